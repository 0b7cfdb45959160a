//! Whom a message is for: a phone number as Meta reads it, or a business-scoped user id.

use std::{borrow::Cow, fmt, sync::Arc};

use sha2::{Digest, Sha256};

use super::spelling;

/// `+447700900123`, or a business-scoped user id such as `GB.1349…`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Address(Arc<str>);

impl Address {
    /// Reads `to` as Meta does: what is not a digit is dropped, and without a `+` the country
    /// code of the business comes first, which is how a message reaches a stranger.
    /// `None` where no digit is left.
    pub(super) fn dialled(to: &str, business_digits: &str) -> Option<Self> {
        let (to, digits) = (to.trim(), digits(to));
        if digits.is_empty() {
            return None;
        }
        let code = if to.starts_with('+') { "" } else { calling_code(business_digits) };
        Some(Self(format!("+{code}{digits}").into()))
    }

    /// Reads `recipient`: two letters of a country, a full stop, letters and digits.
    pub(super) fn user(recipient: &str) -> Option<Self> {
        let (country, id) = recipient.split_once('.')?;
        let country_is_two_letters =
            country.len() == 2 && country.bytes().all(|b| b.is_ascii_uppercase());
        let id = id.strip_prefix("ENT.").unwrap_or(id);
        let id_is_plain =
            (1..=128).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric());
        (country_is_two_letters && id_is_plain).then(|| Self(recipient.into()))
    }

    /// Reads an address as the simulator's own API and pages write it; the `+` may be missing.
    pub(super) fn named(raw: &str) -> Option<Self> {
        if let Some(user) = Self::user(raw) {
            return Some(user);
        }
        let digits = digits(raw);
        (!digits.is_empty()).then(|| Self(format!("+{digits}").into()))
    }

    /// The address as people write it.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The number without its `+`, as Meta writes it; a business-scoped id has none.
    pub(super) fn wa_id(&self) -> Option<&str> {
        self.0.strip_prefix('+')
    }

    /// The number without its `+` as WhatsApp spells it, which is not always as people do.
    pub(super) fn whatsapp_id(&self) -> Option<Cow<'_, str>> {
        let digits = self.wa_id()?;
        Some(spelling::of_whatsapp(digits).map_or(Cow::Borrowed(digits), Cow::Owned))
    }

    /// The person who has this address, however it is spelt.
    pub(super) fn person(&self) -> Self {
        let dialled = self.wa_id().and_then(spelling::of_people);
        dialled.map_or_else(|| self.clone(), |digits| Self(format!("+{digits}").into()))
    }

    /// The business-scoped id that Meta shows for this person in every webhook since 2026.
    /// Ours is derived from the number, so that one person keeps one id.
    pub(super) fn user_id(&self) -> String {
        let person = self.person();
        let Some(digits) = person.wa_id() else {
            return self.0.to_string();
        };
        let digest = Sha256::digest(digits);
        let number = digest.iter().take(8).fold(0, |sum: u64, byte| sum << 8 | u64::from(*byte));
        format!("ZZ.{number:020}")
    }

    /// Whether somebody could have this number at all: E.164 has at most 15 digits.
    pub(super) fn can_exist(&self) -> bool {
        self.wa_id().is_none_or(|digits| (7..=15).contains(&digits.len()))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The digits of a number, whatever stands between them.
pub(super) fn digits(number: &str) -> String {
    number.chars().filter(char::is_ascii_digit).collect()
}

/// The country calling code at the start of a number, after the ITU's list of assigned codes.
fn calling_code(digits: &str) -> &str {
    let length = match digits.as_bytes() {
        [b'1' | b'7', ..] => 1,
        [b'2', b'0' | b'7', ..]
        | [b'3', b'0'..=b'4' | b'6' | b'9', ..]
        | [b'4', b'0' | b'1' | b'3'..=b'9', ..]
        | [b'5', b'1'..=b'8', ..]
        | [b'6', b'0'..=b'6', ..]
        | [b'8', b'1' | b'2' | b'4' | b'6', ..]
        | [b'9', b'0'..=b'5' | b'8', ..] => 2,
        _ => 3,
    };
    digits.get(..length).unwrap_or(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_meta_reads_it() {
        let rows = [
            ("+44 7700 900123", "15550001111", Some("+447700900123")),
            ("+1 (650) 555-1234", "447700900000", Some("+16505551234")),
            ("7700900123", "447700900000", Some("+447700900123")),
            ("447700900123", "15550001111", Some("+1447700900123")),
            ("7700900123", "35312345678", Some("+3537700900123")),
            ("US.13491208655302741918", "15550001111", Some("+113491208655302741918")),
            ("John", "15550001111", None),
        ];
        for (to, business, expected) in rows {
            let read = Address::dialled(to, business);
            assert_eq!(read.as_ref().map(Address::as_str), expected, "{to}");
        }
    }

    #[test]
    fn a_business_scoped_id_is_not_a_number() {
        assert!(Address::user("US.13491208655302741918").is_some());
        assert!(Address::user("US.ENT.11815799212886844830").is_some());
        assert!(Address::user("+16505551234").is_none());
        assert!(Address::user("us.1").is_none());
        assert_eq!(Address::named("GB.77").unwrap().wa_id(), None);
    }

    #[test]
    fn a_number_that_nobody_can_have_is_known() {
        for (number, expected) in [("+447700900123", true), ("+1", false), ("US.1", true)] {
            assert_eq!(Address::named(number).unwrap().can_exist(), expected, "{number}");
        }
        assert!(!Address::named("1134912086553027419").unwrap().can_exist());
    }
}
