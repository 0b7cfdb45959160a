//! What a person typed is text, never WhatsApp markup: a `*` in a title turns nothing bold.

/// Stands before what would begin a quotation or a list: U+2060, which shows nothing.
const WORD_JOINER: char = '\u{2060}';

/// Makes typed text harmless. WhatsApp formats what stands between two `*`, `_`, `~` or backticks
/// and knows no escape, so each of them gives way to a sign that looks the same and does nothing; a
/// `_` inside a word formats nothing and stays, since addresses of pages hold it. Lines that begin
/// like a quotation or a list get a word joiner first. Signs that hide or turn text are taken out.
pub fn plain(typed: &str) -> String {
    let mut out = String::with_capacity(typed.len() + 8);
    for (number, line) in typed.split('\n').enumerate() {
        if number > 0 {
            out.push('\n');
        }
        if begins_a_block(line) {
            out.push(WORD_JOINER);
        }
        let mut signs = line.chars().filter(|sign| !is_hidden(*sign)).peekable();
        let mut in_word = false;
        while let Some(sign) = signs.next() {
            let goes_on = signs.peek().is_some_and(|next| next.is_alphanumeric());
            out.push(match sign {
                '_' if in_word && goes_on => sign,
                _ => look_alike(sign),
            });
            in_word = sign.is_alphanumeric();
        }
    }
    out
}

/// Our own words where nobody formats anything: without the signs that turn text bold or slanted, and
/// with what was typed as it was typed.
pub fn unmarked(ours: &str) -> String {
    let lines = ours.split('\n').map(|line| {
        let slanted = line.strip_prefix('_').and_then(|rest| rest.strip_suffix('_'));
        slanted.unwrap_or(line).chars().filter(|sign| *sign != '*' && *sign != WORD_JOINER)
    });
    let plain: Vec<String> = lines.map(|line| line.map(typed).collect()).collect();
    plain.join("\n")
}

/// What [`look_alike`] stands for.
fn typed(sign: char) -> char {
    ['*', '_', '~', '`'].into_iter().find(|it| look_alike(*it) == sign).unwrap_or(sign)
}

fn look_alike(sign: char) -> char {
    match sign {
        '*' => '\u{2217}', // asterisk operator
        '_' => '\u{2cd}',  // modifier letter low macron
        '~' => '\u{223c}', // tilde operator
        '`' => '\u{2cb}',  // modifier letter grave accent
        other => other,
    }
}

fn begins_a_block(line: &str) -> bool {
    let start = line.trim_start();
    let after_number = start.trim_start_matches(|c: char| c.is_ascii_digit());
    start.starts_with('>')
        || start.starts_with("- ")
        || (after_number.len() < start.len() && after_number.starts_with(". "))
}

/// Bidirectional overrides and isolates, and zero-width signs that could carry a message past a
/// reader; the joiners of emoji and of Arabic and Indic scripts (U+200C, U+200D) stay.
fn is_hidden(sign: char) -> bool {
    matches!(sign, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}' | '\u{2060}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn markup_that_was_typed_is_shown_and_does_nothing() {
        for (typed, shown) in [
            ("plain words", "plain words"),
            ("*bold*", "∗bold∗"),
            ("~gone~", "∼gone∼"),
            ("`code`", "ˋcodeˋ"),
            ("_slanted_", "ˍslantedˍ"),
            ("https://example.com/a_b", "https://example.com/a_b"),
            ("> quote\n- item\n1. first", "\u{2060}> quote\n\u{2060}- item\n\u{2060}1. first"),
            ("3.5 - 2", "3.5 - 2"),
            ("a\u{202e}b\u{200b}c", "abc"),
            ("\nsecond", "\nsecond"),
            ("", ""),
        ] {
            assert_eq!(plain(typed), shown, "{typed:?}");
        }
    }

    #[test]
    fn our_own_words_without_their_marks() {
        let ours =
            format!("🎫 *New Ticket*\n\n*Title:* {}\n_Support Team_", plain("> *a* b_c _d_"));
        assert_eq!(unmarked(&ours), "🎫 New Ticket\n\nTitle: > *a* b_c _d_\nSupport Team");
    }

    proptest! {
        #[test]
        fn what_was_typed_is_told_as_it_was_typed(typed in "[ab*_~` >\n.1-]{0,40}") {
            prop_assert_eq!(unmarked(&format!("T: {}", plain(&typed))), format!("T: {typed}"));
        }

        #[test]
        fn no_sign_of_markup_is_left_at_the_edge_of_a_word(typed in "[ab*_~` >\n.1-]{0,40}") {
            let shown: Vec<char> = plain(&typed).chars().collect();
            prop_assert!(!shown.iter().any(|sign| matches!(sign, '*' | '~' | '`')));
            for at in (0..shown.len()).filter(|at| shown[*at] == '_') {
                prop_assert!(shown[at - 1].is_alphanumeric() && shown[at + 1].is_alphanumeric());
            }
        }

        #[test]
        fn nothing_that_can_be_seen_is_lost(typed in "\\PC{0,60}") {
            let seen = |text: &str| text.chars().filter(|c| !is_hidden(*c)).count();
            prop_assert_eq!(seen(&plain(&typed)), seen(&typed));
        }
    }
}
