//! Into how many parts an SMS is cut, by which Twilio counts and charges.

/// The letters of GSM 03.38 that ASCII does not have; each takes one place.
const LETTERS: &str = "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà";
/// Each of these takes two places.
const EXTENDED: &str = "^{}\\[~]|€";

/// How many parts this text takes: 160 characters of the phone's own alphabet or 70 of any other
/// in one, some fewer in each of several.
pub fn count(text: &str) -> usize {
    let places = |c: char| match c {
        c if EXTENDED.contains(c) => Some(2),
        '`' => None,
        ' '..='~' | '\n' | '\r' => Some(1),
        c if LETTERS.contains(c) => Some(1),
        _ => None,
    };
    let (length, alone, each) = match text.chars().map(places).sum::<Option<usize>>() {
        Some(places) => (places, 160, 153),
        None => (text.encode_utf16().count(), 70, 67),
    };
    if length <= alone { 1 } else { length.div_ceil(each) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_as_phones_cut_it() {
        let rows = [
            (String::new(), 1),
            ("a".repeat(160), 1),
            ("a".repeat(161), 2),
            ("a".repeat(307), 3),
            ("€".repeat(80), 1),
            ("€".repeat(81), 2),
            ("é".repeat(160), 1),
            ("ê".repeat(70), 1),
            ("ê".repeat(71), 2),
            ("😕".repeat(35), 1),
            ("😕".repeat(36), 2),
        ];
        for (text, parts) in rows {
            assert_eq!(
                count(&text),
                parts,
                "{} of {:?}",
                text.chars().count(),
                text.chars().next()
            );
        }
    }
}
