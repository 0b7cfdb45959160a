//! The templates that tell the same as free text where somebody's window is shut: made from the
//! very files of the letters, so that the two cannot drift.
use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

use super::language::Language;
use super::letter::Letter;
use super::words::{NOTHING, Words, said};

/// Meta takes so much of a body, its values filled in. Whether it counts characters or UTF-16
/// units is not documented; of the two the latter are more.
pub const LONGEST: usize = 1024;

/// The template that carries one-time codes, in each language in Meta's own words; its category is
/// `AUTHENTICATION`.
pub const CODE_TEMPLATE: &str = "deskbell_verification_code";

/// A template as it is to stand at Meta: `UTILITY`, with named parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Which letter it is.
    pub letter: Letter,
    /// In which language.
    pub language: Language,
    /// Its text, with `{{name}}` for each value.
    pub body: String,
    /// An example of each value, in the order of their first places.
    pub examples: Vec<(String, String)>,
}

impl Letter {
    /// Its name at Meta, the same in every language.
    ///
    /// Words may change under a name: `deskbell templates push` edits what stands at Meta. Places
    /// may not, since a message that is under way would no longer fit: a letter that gets another
    /// value, or loses one, gets a new name by [`Letter::edition`], and the old template stays at
    /// Meta until nobody sends it any more.
    pub fn template_name(self) -> String {
        match self.edition() {
            1 => format!("deskbell_{}", self.file()),
            later => format!("deskbell_{}_v{later}", self.file()),
        }
    }

    /// The names of its places, in every language the same.
    pub(super) fn places(self) -> &'static [String] {
        PLACES.get(&self).map_or(&[], Vec::as_slice)
    }

    /// One more for each change of its places; a test holds them.
    pub(super) fn edition(self) -> u32 {
        1
    }

    /// The letter that goes by this name.
    pub fn named(template: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|letter| letter.template_name() == template)
    }
}

/// The names of each letter's places. Filing is no time to render a letter once more.
static PLACES: LazyLock<HashMap<Letter, Vec<String>>> = LazyLock::new(|| {
    let names =
        |letter| Template::of(letter, Language::English).names().map(str::to_owned).collect();
    Letter::ALL.into_iter().map(|letter| (letter, names(letter))).collect()
});

impl Template {
    /// This letter in this language.
    pub fn of(letter: Letter, language: Language) -> Self {
        let body = letter.fill(language, &Words::each(|name| format!("{{{{{name}}}}}")));
        let example = |name: &str| (name.to_owned(), said(name, example(name), language));
        let examples = places(&body).into_iter().map(example).collect();
        Self { letter, language, body, examples }
    }

    /// Every template.
    pub fn all() -> impl Iterator<Item = Self> {
        let each = |letter| Language::ALL.map(|language| Self::of(letter, language));
        Letter::ALL.into_iter().flat_map(each)
    }

    /// The names of its places.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.examples.iter().map(|(name, _)| name.as_str())
    }

    /// Makes values fit its places: each is one line and says something, and together they are no
    /// longer than Meta takes. Where they would be, the longest gives way.
    pub fn fit(&self, values: &[(String, String)]) -> Vec<(String, String)> {
        let given = |name: &str| {
            values.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
        };
        let fitted = self.names().map(|name| {
            let value = one_line(&said(name, given(name), self.language));
            (name.to_owned(), value)
        });
        let mut fitted: Vec<(String, String)> = fitted.collect();
        let mut over = units(&self.filled(&fitted)).saturating_sub(LONGEST);
        while over > 0
            && let Some((_, longest)) = fitted.iter_mut().max_by_key(|(_, value)| units(value))
            && units(longest) > 1
        {
            *longest = shortened(longest, units(longest).saturating_sub(over).max(1));
            over = units(&self.filled(&fitted)).saturating_sub(LONGEST);
        }
        fitted
    }

    /// What a person reads.
    pub fn filled(&self, values: &[(String, String)]) -> String {
        let mut filled = String::with_capacity(LONGEST);
        let mut rest = self.body.as_str();
        while let Some((before, name, after)) = next_place(rest) {
            filled.push_str(before);
            let value = values.iter().find(|(known, _)| known == name);
            filled.push_str(value.map_or(NOTHING, |(_, value)| value));
            rest = after;
        }
        filled + rest
    }
}

/// What a parameter may hold: no line break, no tab, no run of spaces, nothing that hides, and
/// never nothing.
fn one_line(text: &str) -> String {
    let signs: String =
        text.nfc().map(|sign| if sign.is_whitespace() { ' ' } else { sign }).collect();
    let signs: String = signs.chars().filter(|sign| !sign.is_control()).collect();
    let line = signs.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().all(|sign| matches!(sign, '\u{200c}' | '\u{200d}' | '\u{2060}')) {
        return NOTHING.to_owned();
    }
    line
}

/// Cuts to so many UTF-16 units, the last of them `…`; what belongs together is not torn apart.
fn shortened(text: &str, most: usize) -> String {
    let mut left = most.saturating_sub(1);
    let mut kept = String::new();
    let mut whole = 0;
    let mut joined = false;
    for sign in text.chars() {
        let goes_on = joined || unicode_normalization::char::is_combining_mark(sign) || joins(sign);
        if !goes_on {
            whole = kept.len();
        }
        joined = sign == '\u{200d}';
        match left.checked_sub(sign.len_utf16()) {
            Some(rest) => left = rest,
            None => {
                // The sign that does not fit may belong to the one before it.
                kept.truncate(if goes_on { whole } else { kept.len() });
                return kept.trim_end().to_owned() + "…";
            }
        }
        kept.push(sign);
    }
    kept
}

/// Signs that belong to the one before them: joiners, variants of emoji, tones of skin.
fn joins(sign: char) -> bool {
    matches!(sign, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}')
}

fn units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// The names of the places in a text, each once.
pub(super) fn places(body: &str) -> Vec<&str> {
    let (mut names, mut rest) = (vec![], body);
    while let Some((_, name, after)) = next_place(rest) {
        if !names.contains(&name) {
            names.push(name);
        }
        rest = after;
    }
    names
}

fn next_place(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once("{{")?;
    let (name, after) = rest.split_once("}}")?;
    Some((before, name, after))
}

/// What Meta's reviewers see in each place.
fn example(name: &str) -> Option<&'static str> {
    Some(match name {
        "reader" => "Grace Hopper",
        "client" => "John Doe",
        "author" => "Ada Lovelace",
        "developer" => "Grace Hopper",
        "title" => "Login page not working",
        "project" => "Web Portal",
        "priority" => "HIGH",
        "category" => "BUG",
        "visibility" => "PUBLIC",
        "description" => "Users cannot login to the portal...",
        "product" => "Deskbell",
        "number" => "+44•••••••23",
        "count" => "7",
        "limit" => "250",
        "channel" => "WhatsApp",
        "reason" => "(#190) Error validating access token: Session has expired",
        "remedy" => "Make a permanent token and put it into WHATSAPP_ACCESS_TOKEN.",
        "items" => "New ticket: Login page not working · Closed: Printer on fire",
        "note" | "resolution" => "The certificate had expired and was renewed.",
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
