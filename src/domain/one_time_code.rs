//! One-time codes: how one is made, what it is good for, and when it is dead. A code stands nowhere;
//! whoever has the key of this installation and its row makes it again.
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use subtle::ConstantTimeEq;

use super::workflow::UnknownWord;

/// How long a code is good for, however often it is sent.
pub const LIFETIME: TimeDelta = TimeDelta::minutes(10);
/// Tries that a code gets, right or wrong; then it is dead.
pub const MOST_TRIES: i64 = 5;
/// How often it is sent within its lifetime.
pub const MOST_SENDS: i64 = 3;
/// Nobody gets another one before this.
pub const RESEND_AFTER: TimeDelta = TimeDelta::seconds(60);
/// With less time left another code begins anew; nobody can type one in less.
const WORTH_RESENDING: TimeDelta = TimeDelta::seconds(90);
/// What stands for a code wherever one could be read later.
pub const HIDDEN: &str = "••••••";

/// Six digits. Their `Debug` is masked.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(String);

impl Code {
    /// The code that this digest stands for. Of 2¹²⁸ values no code has more than one in a million
    /// and a part in 10³² beyond that.
    pub fn of(digest: [u8; 32]) -> Self {
        let [high, _] = halves(digest);
        Self(format!("{:06}", high % 1_000_000))
    }

    /// A code that somebody else made: 4 to 8 digits.
    pub fn given(raw: &str) -> Option<Self> {
        let fits = (4..=8).contains(&raw.len()) && raw.bytes().all(|sign| sign.is_ascii_digit());
        fits.then(|| Self(raw.to_owned()))
    }

    /// Six digits as somebody typed them, perhaps with spaces or a dash in between.
    pub fn typed(raw: &str) -> Option<Self> {
        // Nobody is made to look through a novel.
        let raw = Some(raw).filter(|raw| raw.len() <= 32)?;
        let digits: String =
            raw.chars().filter(|sign| !sign.is_whitespace() && *sign != '-').collect();
        Self::given(&digits).filter(|code| code.0.len() == 6)
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is the same, told in a time that says nothing about where they differ.
    pub fn is(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

fn halves(digest: [u8; 32]) -> [u128; 2] {
    let mut halves = [0; 2];
    for (half, bytes) in halves.iter_mut().zip(digest.chunks_exact(16)) {
        *half = bytes.iter().fold(0, |value, byte| (value << 8) | u128::from(*byte));
    }
    halves
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

/// What a code is good for, and for nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// To confirm the number of an account.
    ConfirmNumber,
    /// The same, sent by its owner to us.
    ReverseNumber,
    /// To open an account.
    Register,
    /// To choose another password.
    ResetPassword,
    /// Whatever the caller who gave it means.
    External,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 5] = [
        Self::ConfirmNumber,
        Self::ReverseNumber,
        Self::Register,
        Self::ResetPassword,
        Self::External,
    ];

    /// The word in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ConfirmNumber => "CONFIRM_NUMBER",
            Self::ReverseNumber => "REVERSE_NUMBER",
            Self::Register => "REGISTER",
            Self::ResetPassword => "RESET_PASSWORD",
            Self::External => "EXTERNAL",
        }
    }
}

impl FromStr for Purpose {
    type Err = UnknownWord;
    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        let found = Self::ALL.into_iter().find(|purpose| purpose.as_str() == word);
        found.ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

/// How far a code that was sent before has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Tries so far.
    pub tries: i64,
    /// How often it was sent.
    pub sends: i64,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// What follows from asking for a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// A code with a time and tries of its own; what was before is dead.
    Anew,
    /// Another one in the place of this one: neither its time nor its tries begin anew.
    Again,
    /// None until then.
    Not(DateTime<Utc>),
}

/// What somebody gets who asks for a code while one of theirs may still be good.
pub fn next(before: Option<Standing>, now: DateTime<Utc>) -> Next {
    match before {
        None => Next::Anew,
        Some(before) if before.tries >= MOST_TRIES => Next::Anew,
        Some(before) if before.expires_at - now < WORTH_RESENDING => Next::Anew,
        Some(before) if before.sends >= MOST_SENDS => Next::Not(before.expires_at),
        Some(_) => Next::Again,
    }
}

/// The minutes that a message names: whole ones that are left.
pub fn minutes_left(expires_at: DateTime<Utc>, now: DateTime<Utc>) -> i64 {
    (expires_at - now).num_minutes().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_six_digits_and_none_is_likelier_than_another() {
        let mut digest = [0; 32];
        assert_eq!(Code::of(digest).as_str(), "000000");
        digest[15] = 42;
        assert_eq!(Code::of(digest).as_str(), "000042");
        assert_eq!(Code::of([0xff; 32]).as_str().len(), 6);
        // Each first digit about as often as any other.
        let mut first = [0u32; 10];
        for number in 0..20_000u32 {
            use sha2::Digest;
            let digest: [u8; 32] = sha2::Sha256::digest(number.to_be_bytes()).into();
            first[usize::from(Code::of(digest).as_str().as_bytes()[0] - b'0')] += 1;
        }
        assert!(first.iter().all(|count| (1_800..2_200).contains(count)), "{first:?}");
    }

    #[test]
    fn what_is_typed_is_read_kindly_and_nothing_else_is() {
        for (typed, read) in [
            ("123456", Some("123456")),
            (" 123 456 ", Some("123456")),
            ("123-456", Some("123456")),
            ("12345", None),
            ("1234567", None),
            ("12345a", None),
            ("١٢٣٤٥٦", None),
            ("", None),
        ] {
            assert_eq!(Code::typed(typed).as_ref().map(Code::as_str), read, "{typed:?}");
        }
        for (given, fits) in
            [("1234", true), ("12345678", true), ("123", false), ("1 234", false), ("abcd", false)]
        {
            assert_eq!(Code::given(given).is_some(), fits, "{given}");
        }
        assert_eq!(format!("{:?}", Code::typed("123456")), "Some(••••••)");
    }

    #[test]
    fn another_code_neither_lengthens_nor_resets_and_a_dead_one_begins_anew() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(1);
        let ends = now + TimeDelta::minutes(8);
        let before = Standing { tries: 2, sends: 1, expires_at: ends };
        for (before, expected) in [
            (None, Next::Anew),
            (Some(before), Next::Again),
            (Some(Standing { sends: 3, ..before }), Next::Not(ends)),
            (Some(Standing { tries: 5, ..before }), Next::Anew),
            (Some(Standing { tries: 5, sends: 3, ..before }), Next::Anew),
            (Some(Standing { expires_at: now + TimeDelta::seconds(60), ..before }), Next::Anew),
            (Some(Standing { expires_at: now - TimeDelta::hours(1), ..before }), Next::Anew),
        ] {
            assert_eq!(next(before, now), expected, "{before:?}");
        }
    }

    #[test]
    fn a_message_names_whole_minutes() {
        let now = DateTime::UNIX_EPOCH;
        assert_eq!(minutes_left(now + LIFETIME, now), 10);
        assert_eq!(minutes_left(now + TimeDelta::seconds(539), now), 8);
        assert_eq!(minutes_left(now + TimeDelta::seconds(20), now), 1);
    }

    #[test]
    fn words_are_read_back_as_they_are_written() {
        assert!(Purpose::ALL.into_iter().all(|purpose| purpose.as_str().parse() == Ok(purpose)));
    }
}
