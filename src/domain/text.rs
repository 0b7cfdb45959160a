//! Text that people type, parsed once at the door: trimmed, measured in characters, free of controls.
use std::borrow::Cow;

/// One flaw of one field, in words that tell how to do it right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct FieldError {
    /// The field as the caller named it.
    pub field: Cow<'static, str>,
    /// A stable word for programs.
    pub code: &'static str,
    /// A sentence for people.
    pub message: String,
}

impl FieldError {
    /// A flaw of `field`.
    pub fn new(
        field: impl Into<Cow<'static, str>>,
        code: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self { field: field.into(), code, message: message.into() }
    }

    /// The field is needed and was not given.
    pub fn required(field: &'static str) -> Self {
        Self::new(field, "required", format!("`{field}` is needed"))
    }
}

/// Collects every flaw of a request, so that the caller hears of all of them at once.
#[derive(Debug, Default)]
pub struct Flaws(Vec<FieldError>);

impl Flaws {
    /// The value, or `None` with its flaw noted.
    pub fn keep<T>(&mut self, parsed: Result<T, FieldError>) -> Option<T> {
        parsed.map_err(|flaw| self.0.push(flaw)).ok()
    }

    /// As [`Self::keep`], for a field that must be there.
    pub fn need<R, T>(
        &mut self,
        field: &'static str,
        raw: Option<R>,
        parse: impl FnOnce(R) -> Result<T, FieldError>,
    ) -> Option<T> {
        let parsed = raw.ok_or_else(|| FieldError::required(field)).and_then(parse);
        self.keep(parsed)
    }

    /// As [`Self::keep`], for a field that may be left out.
    pub fn may<R, T>(
        &mut self,
        raw: Option<R>,
        parse: impl FnOnce(R) -> Result<T, FieldError>,
    ) -> Option<T> {
        raw.and_then(|raw| self.keep(parse(raw)))
    }

    /// The flaws, where there are any.
    ///
    /// # Errors
    /// Every flaw that was noted.
    pub fn check(self) -> Result<(), Vec<FieldError>> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0) }
    }
}

/// One line of text: 1 to `most` characters once trimmed, no control characters.
///
/// # Errors
/// Names the field and what is wrong with it.
pub fn line(field: &'static str, raw: &str, most: usize) -> Result<String, FieldError> {
    let text = bounded(field, raw, most)?;
    // Unicode has two line breaks that are no control characters.
    if text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
        return Err(control(field, "a line break, a tab or another control character"));
    }
    Ok(text)
}

/// Several lines of text: 1 to `most` characters once trimmed; newline and tab are welcome.
///
/// # Errors
/// Names the field and what is wrong with it.
pub fn prose(field: &'static str, raw: &str, most: usize) -> Result<String, FieldError> {
    let text = bounded(field, &raw.replace("\r\n", "\n"), most)?;
    if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return Err(control(field, "a control character other than newline and tab"));
    }
    Ok(text)
}

fn bounded(field: &'static str, raw: &str, most: usize) -> Result<String, FieldError> {
    let text = raw.trim();
    if text.chars().all(is_unseen) {
        return Err(FieldError::new(field, "blank", format!("`{field}` must not be empty")));
    }
    if text.chars().count() > most {
        return Err(FieldError::new(
            field,
            "too_long",
            format!("`{field}` may have {most} characters at most"),
        ));
    }
    Ok(text.to_owned())
}

/// White space, and signs that show nothing by themselves: joiners, direction marks, fillers.
fn is_unseen(sign: char) -> bool {
    sign.is_whitespace()
        || matches!(
            sign,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
                | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
        )
}

fn control(field: &'static str, what: &str) -> FieldError {
    FieldError::new(field, "control_character", format!("`{field}` contains {what}; take it out"))
}

/// Text of several lines where there is room for one: nothing in it begins a line of its own.
pub fn on_one_line(text: &str) -> String {
    let breaks = |sign: char| sign.is_control() || matches!(sign, '\u{2028}' | '\u{2029}');
    let parts = text.split(breaks).map(str::trim).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(" ")
}

/// Cuts `text` to `most` characters, the last of them `…` where something was cut.
pub fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    kept.trim_end().to_owned() + "…"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_trimmed_measured_and_free_of_controls() {
        assert_eq!(line("title", "  Printer on fire ", 200).as_deref(), Ok("Printer on fire"));
        for (raw, code) in [
            ("", "blank"),
            (" \t\n", "blank"),
            ("\u{200b}\u{202e} \u{feff}", "blank"),
            ("\u{3164}\u{2800}", "blank"),
            ("a\nb", "control_character"),
            ("a\0b", "control_character"),
            ("a\u{85}b", "control_character"),
            ("a\u{2028}b", "control_character"),
        ] {
            assert_eq!(line("title", raw, 200).map_err(|e| e.code), Err(code), "{raw:?}");
        }
        for seen in ["\u{202e}txt", "a\u{200d}b", "❤\u{fe0f}", "العربية"] {
            assert_eq!(line("title", seen, 200).as_deref(), Ok(seen));
        }
        assert!(line("title", &"é".repeat(200), 200).is_ok());
        assert_eq!(line("title", &"é".repeat(201), 200).map_err(|e| e.code), Err("too_long"));
    }

    #[test]
    fn prose_keeps_its_lines() {
        assert_eq!(prose("description", "a\r\n\tb", 10).as_deref(), Ok("a\n\tb"));
        assert_eq!(
            prose("description", "a\u{7}b", 10).map_err(|e| e.code),
            Err("control_character")
        );
    }

    #[test]
    fn what_has_one_line_begins_no_other() {
        assert_eq!(on_one_line("a\n*Status:* Closed\t\tb\u{2028}c\r\n"), "a *Status:* Closed b c");
        assert_eq!(on_one_line("plain  words"), "plain  words");
    }

    #[test]
    fn what_is_cut_says_so_and_never_splits_a_character() {
        assert_eq!(cut("fire", 4), "fire");
        assert_eq!(cut("fires", 4), "fir…");
        assert_eq!(cut("🔥🔥🔥", 2), "🔥…");
    }
}
