//! How WhatsApp spells numbers of countries that changed theirs: one person, two spellings.

/// The digits by which WhatsApp knows a number, where they are not those that people dial.
pub(super) fn of_whatsapp(digits: &str) -> Option<String> {
    let bytes = digits.as_bytes();
    match (bytes.len(), digits.get(..2)?) {
        // Brazil put a 9 in front of mobile numbers; accounts keep what they began with.
        (13, "55") if bytes[4] == b'9' => Some(format!("{}{}", &digits[..4], &digits[5..])),
        // Mexico took the 1 of mobile numbers away.
        (12, "52") if bytes[2] != b'1' => Some(format!("521{}", &digits[2..])),
        // Argentina's mobile numbers have a 9 when they are called from abroad.
        (12, "54") if bytes[2] != b'9' => Some(format!("549{}", &digits[2..])),
        _ => None,
    }
}

/// The digits that people dial, where they are not those by which WhatsApp knows the number.
pub(super) fn of_people(digits: &str) -> Option<String> {
    let bytes = digits.as_bytes();
    match (bytes.len(), digits.get(..2)?) {
        (12, "55") if bytes[4] >= b'6' => Some(format!("{}9{}", &digits[..4], &digits[4..])),
        (13, "52") if bytes[2] == b'1' => Some(format!("52{}", &digits[3..])),
        (12, "54") if bytes[2] != b'9' => Some(format!("549{}", &digits[2..])),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_has_two_spellings() {
        let rows = [
            ("5511987654321", Some("551187654321"), None),
            ("551187654321", None, Some("5511987654321")),
            ("551133334444", None, None),
            ("525512345678", Some("5215512345678"), None),
            ("5215512345678", None, Some("525512345678")),
            ("541112345678", Some("5491112345678"), Some("5491112345678")),
            ("5491112345678", None, None),
            ("447700900123", None, None),
            ("1", None, None),
        ];
        for (digits, whatsapp, people) in rows {
            assert_eq!(of_whatsapp(digits).as_deref(), whatsapp, "{digits}");
            assert_eq!(of_people(digits).as_deref(), people, "{digits}");
        }
    }
}
