//! What we mean: the rules of the desk, pure and without a database, a network or a clock.
pub mod account;
pub mod attempt;
pub mod callback;
pub mod delivery;
pub mod event;
pub mod filter;
pub mod markup;
pub mod notification;
pub mod phone;
pub mod policy;
pub mod search;
pub mod text;
pub mod ticket;
pub mod ticket_list;
pub mod user;
pub mod workflow;
