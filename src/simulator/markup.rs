//! WhatsApp's markup as HTML: everything is escaped, then `*bold*`, `_italic_`, `~struck~` and
//! backticks are given their tags.

/// The signs that WhatsApp's help pages list, with the element that shows them.
const SIGNS: [(&str, &str); 5] =
    [("```", "code"), ("*", "strong"), ("_", "em"), ("~", "del"), ("`", "code")];

/// The text as HTML that is safe whatever was in it.
pub(super) fn html(text: &str) -> String {
    let lines = text.split('\n').map(|line| {
        let mut html = String::with_capacity(line.len() + 16);
        marked(line, &SIGNS, &mut html);
        html
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// One line; inside of a mark the other signs still count.
fn marked(line: &str, signs: &[(&str, &str)], html: &mut String) {
    let mut rest = line;
    let mut before = None;
    while let Some(c) = rest.chars().next() {
        let found = signs.iter().find_map(|(sign, tag)| {
            let inner =
                before.is_none_or(|c: char| !c.is_alphanumeric()).then(|| span(rest, sign))?;
            inner.map(|inner| (*sign, *tag, inner))
        });
        let Some((sign, tag, inner)) = found else {
            escape(c, html);
            before = Some(c);
            rest = &rest[c.len_utf8()..];
            continue;
        };
        let others: Vec<_> =
            signs.iter().filter(|(other, _)| tag != "code" && *other != sign).copied().collect();
        *html += &format!("<{tag}>");
        marked(inner, &others, html);
        *html += &format!("</{tag}>");
        before = sign.chars().last();
        rest = &rest[2 * sign.len() + inner.len()..];
    }
}

/// What stands between a sign here and the next one that can close it: something that neither
/// starts nor ends with a space, with no letter after it.
fn span<'a>(text: &'a str, sign: &str) -> Option<&'a str> {
    let inside = text.strip_prefix(sign)?;
    if inside.starts_with(char::is_whitespace) {
        return None;
    }
    let closes = |at: &usize| {
        let (inner, after) = (&inside[..*at], &inside[at + sign.len()..]);
        !inner.is_empty()
            && !inner.ends_with(char::is_whitespace)
            && !after.starts_with(char::is_alphanumeric)
    };
    inside.match_indices(sign).map(|(at, _)| at).find(closes).map(|at| &inside[..at])
}

fn escape(c: char, html: &mut String) {
    match c {
        '&' => *html += "&amp;",
        '<' => *html += "&lt;",
        '>' => *html += "&gt;",
        '"' => *html += "&quot;",
        '\'' => *html += "&#39;",
        c => html.push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_shown_and_nothing_else_is() {
        let rows = [
            ("✅ *Your Ticket*", "✅ <strong>Your Ticket</strong>"),
            ("*Title:* Login", "<strong>Title:</strong> Login"),
            ("_Support Team_", "<em>Support Team</em>"),
            ("*_both_*", "<strong><em>both</em></strong>"),
            ("~no~ `*x*`", "<del>no</del> <code>*x*</code>"),
            ("2*3*4 snake_case_name", "2*3*4 snake_case_name"),
            ("* a* *b *", "* a* *b *"),
            ("*a\nb*", "*a\nb*"),
            ("**", "**"),
            ("*<script>*", "<strong>&lt;script&gt;</strong>"),
            ("<a href=\"x\">&'", "&lt;a href=&quot;x&quot;&gt;&amp;&#39;"),
        ];
        for (text, expected) in rows {
            assert_eq!(html(text), expected);
        }
    }

    #[test]
    fn a_line_full_of_signs_is_no_trap() {
        assert!(html(&"*_~`".repeat(1_024)).len() >= 4_096);
    }
}
