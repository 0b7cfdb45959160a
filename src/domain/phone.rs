//! Phone numbers as the world writes them (E.164), read from what people type.
use std::fmt;

/// A number in E.164: `+`, a country code in use, 8 to 15 digits in all. Its `Debug` is masked.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PhoneNumber(String);

/// What was typed is no number that a message could reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotANumber {
    /// No `+` and no `00`.
    #[error("write the number with its country code, like `+201234567890`")]
    NoCountryCode,
    /// The country code is nobody's.
    #[error("no country has this code; write the number like `+201234567890`")]
    UnknownCountryCode,
    /// Too short or too long.
    #[error("a number has 8 to 15 digits with its country code, like `+201234567890`")]
    Length,
    /// A letter or another sign.
    #[error("a number is made of digits, like `+201234567890`")]
    Sign,
}

impl PhoneNumber {
    /// Reads a number with spaces, dashes, brackets, dots or a leading `00`.
    ///
    /// # Errors
    /// [`NotANumber`] says what is wrong and shows the right form.
    pub fn parse(raw: &str) -> Result<Self, NotANumber> {
        let bare: String =
            raw.trim().chars().filter(|c| !" \u{a0}-().\u{2011}\u{2013}/".contains(*c)).collect();
        let digits = match (bare.strip_prefix('+'), bare.strip_prefix("00")) {
            (Some(digits), _) | (None, Some(digits)) => digits,
            _ if bare.chars().all(|c| c.is_ascii_digit()) => return Err(NotANumber::NoCountryCode),
            _ => return Err(NotANumber::Sign),
        };
        if !digits.chars().all(|c| c.is_ascii_digit()) {
            return Err(NotANumber::Sign);
        }
        if !(8..=15).contains(&digits.len()) {
            return Err(NotANumber::Length);
        }
        if !COUNTRY_CODES.iter().any(|code| digits.starts_with(code)) {
            return Err(NotANumber::UnknownCountryCode);
        }
        Ok(Self(format!("+{digits}")))
    }

    /// Every way in which WhatsApp may write this number, this one first. In Brazil, Mexico and
    /// Argentina one person's number is written with and without a digit after the country code:
    /// Meta may report another spelling than the one that was written to.
    pub fn spellings(&self) -> Vec<Self> {
        let other = match self.0.as_bytes() {
            // +55, area code, 9, eight digits: the 9 was added to old mobile numbers, 6 to 9.
            [b'+', b'5', b'5', _, _, b'9', b'6'..=b'9', ..] if self.0.len() == 14 => {
                Some(self.0[..5].to_owned() + &self.0[6..])
            }
            [b'+', b'5', b'5', _, _, b'6'..=b'9', ..] if self.0.len() == 13 => {
                Some(format!("{}9{}", &self.0[..5], &self.0[5..]))
            }
            [b'+', b'5', b'2', b'1', ..] if self.0.len() == 14 => Some(without_fourth(&self.0)),
            [b'+', b'5', b'2', ..] if self.0.len() == 13 => Some(with_fourth(&self.0, '1')),
            [b'+', b'5', b'4', b'9', ..] if self.0.len() == 14 => Some(without_fourth(&self.0)),
            [b'+', b'5', b'4', ..] if self.0.len() == 13 => Some(with_fourth(&self.0, '9')),
            _ => None,
        };
        std::iter::once(self.clone()).chain(other.map(Self)).collect()
    }

    /// The number with its `+`. Meta puts the business's own country code before one without.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn without_fourth(number: &str) -> String {
    number[..3].to_owned() + &number[4..]
}

fn with_fourth(number: &str, digit: char) -> String {
    format!("{}{digit}{}", &number[..3], &number[3..])
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", masked(&self.0))
    }
}

/// A number for a log: its first three and last two signs.
pub fn masked(number: &str) -> String {
    let signs: Vec<char> = number.chars().collect();
    if signs.len() < 8 {
        return "•••".to_owned();
    }
    let tail: String = signs[signs.len() - 2..].iter().collect();
    signs[..3].iter().collect::<String>() + "•••••" + &tail
}

/// Country codes in use (ITU-T, list of assigned E.164 country codes); none is another's beginning.
#[rustfmt::skip]
const COUNTRY_CODES: &[&str] = &[
    "1", "7", "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48", "49",
    "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66", "81", "82", "84", "86",
    "90", "91", "92", "93", "94", "95", "98",
    "211", "212", "213", "216", "218", "220", "221", "222", "223", "224", "225", "226", "227", "228", "229",
    "230", "231", "232", "233", "234", "235", "236", "237", "238", "239", "240", "241", "242", "243", "244", "245", "246", "247", "248", "249",
    "250", "251", "252", "253", "254", "255", "256", "257", "258", "260", "261", "262", "263", "264", "265", "266", "267", "268", "269",
    "290", "291", "297", "298", "299",
    "350", "351", "352", "353", "354", "355", "356", "357", "358", "359", "370", "371", "372", "373", "374", "375", "376", "377", "378", "379",
    "380", "381", "382", "383", "385", "386", "387", "389", "420", "421", "423",
    "500", "501", "502", "503", "504", "505", "506", "507", "508", "509", "590", "591", "592", "593", "594", "595", "596", "597", "598", "599",
    "670", "672", "673", "674", "675", "676", "677", "678", "679", "680", "681", "682", "683", "685", "686", "687", "688", "689", "690", "691", "692",
    "800", "808", "850", "852", "853", "855", "856", "870", "878", "880", "881", "882", "883", "886", "888",
    "960", "961", "962", "963", "964", "965", "966", "967", "968", "970", "971", "972", "973", "974", "975", "976", "977", "979",
    "992", "993", "994", "995", "996", "998",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_becomes_e164() {
        for raw in ["+201234567890", "00201234567890", " +20 (12) 345-678-90 ", "+20.123.456.7890"]
        {
            assert_eq!(
                PhoneNumber::parse(raw).map(|n| n.0).as_deref(),
                Ok("+201234567890"),
                "{raw}"
            );
        }
    }

    #[test]
    fn what_could_reach_a_stranger_is_refused() {
        for (raw, why) in [
            ("01234567890", NotANumber::NoCountryCode),
            ("", NotANumber::NoCountryCode),
            ("+999123456789", NotANumber::UnknownCountryCode),
            ("+2145551234567", NotANumber::UnknownCountryCode),
            ("+2012345", NotANumber::Length),
            ("+2012345678901234", NotANumber::Length),
            ("US.13491208655302741918", NotANumber::Sign),
            ("+20123456789x", NotANumber::Sign),
            ("+20123+4567890", NotANumber::Sign),
            ("+२०१२३४५६७८९०", NotANumber::Sign),
        ] {
            assert_eq!(PhoneNumber::parse(raw).map(|n| n.0), Err(why), "{raw}");
        }
    }

    #[test]
    fn the_spellings_of_one_number_are_one_person() {
        for (long, short) in [
            ("+5511987654321", "+551187654321"),
            ("+5215512345678", "+525512345678"),
            ("+5491123456789", "+541123456789"),
        ] {
            for (one, other) in [(long, short), (short, long)] {
                let spellings = PhoneNumber::parse(one).map(|number| number.spellings());
                let spellings = spellings.unwrap_or_default();
                let spellings: Vec<&str> = spellings.iter().map(PhoneNumber::as_str).collect();
                assert_eq!(spellings, [one, other]);
            }
        }
        for alone in ["+447700900123", "+551133334444", "+15550100001"] {
            let spellings = PhoneNumber::parse(alone).map(|number| number.spellings().len());
            assert_eq!(spellings, Ok(1), "{alone}");
        }
    }

    #[test]
    fn no_country_code_begins_another() {
        for code in COUNTRY_CODES {
            let begun = COUNTRY_CODES.iter().filter(|other| other.starts_with(code)).count();
            assert_eq!(begun, 1, "{code}");
        }
    }

    #[test]
    fn a_number_is_masked_in_logs() {
        let Ok(number) = PhoneNumber::parse("+201234567890") else { panic!("a good number") };
        assert_eq!(format!("{number:?}"), "+20•••••90");
    }
}
