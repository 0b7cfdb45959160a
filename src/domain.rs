//! What we mean: the rules of the desk, pure and without a database, a network or a clock.
pub mod account;
pub mod attempt;
pub mod callback;
pub mod comment;
pub mod delivery;
pub mod edit;
pub mod event;
pub mod history;
pub mod markup;
pub mod notification;
pub mod phone;
pub mod policy;
pub mod text;
pub mod ticket;
pub mod transition;
pub mod user;
pub mod workflow;
