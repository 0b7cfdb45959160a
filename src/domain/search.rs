//! Text as it is searched: words without accents and capitals. It is folded here, once, so that
//! every database finds the same, and so that what somebody types is words and never a language.
use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

use super::text::FieldError;

/// A longer word is cut; what was pasted without a blank is found by its beginning all the same.
const LONGEST_WORD: usize = 64;
/// A search of more says too much.
const MOST_WORDS: usize = 32;
/// As long as a title may be, and an error message besides.
const LONGEST_SEARCH: usize = 500;

/// Every word of a text once, between single blanks, with one in front and one behind: ` lazy fox `
/// has the word `fox` where it contains ` fox `, and one that begins with `la` where it contains
/// ` la`.
pub fn words_of<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut known = HashSet::new();
    let mut words = " ".to_owned();
    for word in texts.into_iter().flat_map(split) {
        if !known.contains(&word) {
            words.push_str(&word);
            words.push(' ');
            known.insert(word);
        }
    }
    words
}

/// What somebody looks for: every word, the last one perhaps not typed to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sought {
    words: Vec<String>,
    beginning: String,
}

impl Sought {
    /// Reads what somebody typed; `None` where that is nothing but blanks.
    ///
    /// # Errors
    /// Where it is too long to be meant.
    pub fn parse(field: &'static str, raw: &str) -> Result<Option<Self>, FieldError> {
        if raw.trim().is_empty() {
            return Ok(None);
        }
        if raw.chars().count() > LONGEST_SEARCH {
            let say = format!("`{field}` may have {LONGEST_SEARCH} characters at most");
            return Err(FieldError::new(field, "too_long", say));
        }
        let mut words = split(raw);
        let beginning = words.pop().unwrap_or_default();
        let mut known = HashSet::new();
        words.retain(|word| *word != beginning && known.insert(word.clone()));
        if words.len() >= MOST_WORDS {
            let say = format!("`{field}` may have {MOST_WORDS} words at most; leave some out");
            return Err(FieldError::new(field, "too_many", say));
        }
        Ok(Some(Self { words, beginning }))
    }

    /// Nothing is left of it to look for: no letter, no digit, no sign that is a word of its own.
    pub fn is_nothing(&self) -> bool {
        self.beginning.is_empty()
    }

    /// The words that were typed in full.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// How the last word begins.
    pub fn beginning(&self) -> &str {
        &self.beginning
    }
}

fn split(text: &str) -> Vec<String> {
    let mut words = vec![];
    let mut word = String::new();
    let mut long = 0;
    let folded = text.nfkd().filter(|c| canonical_combining_class(*c) == 0);
    for c in folded.flat_map(char::to_lowercase) {
        let alone = stands_alone(c);
        if alone || !c.is_alphanumeric() {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            long = 0;
            if alone {
                words.push(c.to_string());
            }
        } else if long < LONGEST_WORD {
            match plain(c) {
                Some(letters) => word.push_str(letters),
                None => word.push(c),
            }
            long += 1;
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Scripts that put no blanks between words are searched by the character, and so are pictures.
fn stands_alone(c: char) -> bool {
    matches!(
        u32::from(c),
        0x0E00..=0x0EFF // Thai, Lao
            | 0x1000..=0x109F // Burmese
            | 0x1780..=0x17FF // Khmer
            | 0x3041..=0x30FF // Kana
            | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x3FFFF // Han
            | 0x2600..=0x27BF | 0x1F000..=0x1FAFF // pictures
    )
}

/// Letters that Unicode does not take apart, as people without them on their keyboard write them.
fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ı' => "i",
        'ς' => "σ",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_its_words_each_once_without_accents_and_capitals() {
        for (text, words) in [
            ("Café  CAFE\u{301}, cafe!", " cafe "),
            ("Straße STRASSE Øre Łódź", " strasse ore lodz "),
            ("e-mail: a.b@c.de (v2.0)", " e mail a b c de v2 0 "),
            ("ΟΔΟΣ οδός", " οδοσ "),
            ("ﬁle №5 Ⅷ ２", " file no5 viii 2 "),
            ("打印机坏了", " 打 印 机 坏 了 "),
            ("brûle🔥🔥fort", " brule 🔥 fort "),
            ("a\0b\"c*d'e\\f", " a b c d e f "),
            ("AND NOT NEAR", " and not near "),
            ("مُحَمَّد", " محمد "),
            (" \t-- !!", " "),
            ("", " "),
        ] {
            assert_eq!(words_of([text]), words, "{text:?}");
        }
        assert_eq!(words_of(["one two", "two three"]), " one two three ");
    }

    #[test]
    fn no_word_is_longer_than_an_index_takes() {
        assert_eq!(words_of([&*"x".repeat(10_000)]), format!(" {} ", "x".repeat(64)));
        assert!(words_of([&*"ß".repeat(10_000)]).len() < 300);
    }

    fn sought(raw: &str) -> (Vec<String>, String) {
        let sought = Sought::parse("q", raw).unwrap().unwrap();
        (sought.words().to_vec(), sought.beginning().to_owned())
    }

    #[test]
    fn the_last_word_may_be_a_beginning() {
        assert_eq!(sought("  Login PAGE pag"), (vec!["login".into(), "page".into()], "pag".into()));
        assert_eq!(sought("a b a b"), (vec!["a".into()], "b".into()));
        assert_eq!(sought("prin*"), (vec![], "prin".into()));
        assert_eq!(sought("\"x\" OR 1=1 --"), (vec!["x".into(), "or".into()], "1".into()));
    }

    #[test]
    fn what_holds_no_word_finds_nothing_and_what_is_too_long_is_refused() {
        assert_eq!(Sought::parse("q", " \t"), Ok(None));
        assert!(Sought::parse("q", "*\"'-").unwrap().unwrap().is_nothing());
        assert!(!Sought::parse("q", "🔥").unwrap().unwrap().is_nothing());
        let code = |raw: &str| Sought::parse("q", raw).map_err(|flaw| flaw.code);
        assert_eq!(code(&"x".repeat(10_000)), Err("too_long"));
        let many: String = (0..33).map(|n| format!("w{n} ")).collect();
        assert_eq!(code(&many), Err("too_many"));
        assert!(code(&"w ".repeat(250)).is_ok());
    }
}
