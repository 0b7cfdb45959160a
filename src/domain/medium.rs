//! By which medium people are reached, and where on it.
use std::fmt;
use std::str::FromStr;

use super::phone::PhoneNumber;
use super::workflow::UnknownWord;

/// What carries a message to a person; several providers may serve one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Medium {
    /// A chat.
    WhatsApp,
    /// A text message.
    Sms,
    /// A letter box.
    Email,
}

impl Medium {
    /// Every medium, in the order in which a person is reached who chose none.
    pub const ALL: [Self; 3] = [Self::WhatsApp, Self::Sms, Self::Email];

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::WhatsApp => "WhatsApp",
            Self::Sms => "SMS",
            Self::Email => "e-mail",
        }
    }

    /// The word on the wire and in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WhatsApp => "WHATSAPP",
            Self::Sms => "SMS",
            Self::Email => "EMAIL",
        }
    }
}

impl FromStr for Medium {
    type Err = UnknownWord;
    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        let found = Self::ALL.into_iter().find(|medium| medium.as_str() == word);
        found.ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

/// An e-mail address that was measured when it was taken in. Its `Debug` is masked.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Reads an address; `None` where it is none, or holds what could become a header.
    pub fn parse(raw: &str) -> Option<Self> {
        super::account::email(raw).ok().map(Self)
    }

    /// The address, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("•••@•••")
    }
}

/// Where a message goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// To a phone.
    Phone(PhoneNumber),
    /// To a letter box.
    Email(EmailAddress),
}

impl Address {
    /// Reads what stands in a row of this medium.
    pub fn parse(medium: Medium, raw: &str) -> Option<Self> {
        match medium {
            Medium::WhatsApp | Medium::Sms => PhoneNumber::parse(raw).ok().map(Self::Phone),
            Medium::Email => EmailAddress::parse(raw).map(Self::Email),
        }
    }

    /// As it stands in the log.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Phone(number) => number.as_str(),
            Self::Email(address) => address.as_str(),
        }
    }
}

impl From<PhoneNumber> for Address {
    fn from(number: PhoneNumber) -> Self {
        Self::Phone(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_medium_has_addresses_of_its_own() {
        for (medium, raw, read) in [
            (Medium::WhatsApp, "+201234567890", true),
            (Medium::Sms, "+201234567890", true),
            (Medium::Email, "Jane@Example.com", true),
            (Medium::Email, "+201234567890", false),
            (Medium::Sms, "jane@example.com", false),
            (Medium::Email, "a@example.com\r\nBcc: b@example.com", false),
        ] {
            assert_eq!(Address::parse(medium, raw).is_some(), read, "{medium:?} {raw}");
        }
        assert!(Medium::ALL.into_iter().all(|medium| medium.as_str().parse() == Ok(medium)));
    }

    #[test]
    fn nobody_is_named_in_a_log() {
        let address = Address::parse(Medium::Email, "jane@example.com");
        assert_eq!(format!("{address:?}"), "Some(Email(•••@•••))");
    }
}
