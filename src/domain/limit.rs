//! How often something may be tried: a bucket that fills again drop by drop.
use chrono::TimeDelta;

/// A bucket holds `most`, and another one comes `every` so often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// How many at once.
    pub most: i64,
    /// How long until there is one more.
    pub every: TimeDelta,
}

/// Wrong passwords for one name from one address. Whoever guesses from elsewhere cannot use up what
/// the owner has at home.
pub const NAME_AT_ADDRESS: Limit = Limit { most: 10, every: TimeDelta::minutes(1) };
/// Wrong passwords from one address, for whatever names.
pub const ADDRESS: Limit = Limit { most: 60, every: TimeDelta::seconds(10) };
/// Wrong passwords for one name from all addresses from which its owner never logged in.
pub const NAME_ELSEWHERE: Limit = Limit { most: 200, every: TimeDelta::seconds(18) };
/// Accounts that one address opens.
pub const REGISTRATIONS: Limit = Limit { most: 3, every: TimeDelta::minutes(20) };
/// Registrations from one address that were told what is taken: each of them says who is here.
pub const TAKEN_NAMES: Limit = Limit { most: 20, every: TimeDelta::minutes(3) };
