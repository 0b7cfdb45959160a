//! A comment on a ticket: for everybody around it, or for those who work here only.
use std::str::FromStr;

use chrono::{DateTime, Utc};

use super::text::{Flaws, prose};
use super::ticket::{Person, TicketId, word};
use super::workflow::UnknownWord;

/// Names one comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CommentId(pub i64);

/// For whom a comment is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Visibility {
    /// Everybody who sees the ticket.
    #[default]
    Public,
    /// Those who work here: no client.
    Internal,
}

impl Visibility {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Public, Self::Internal];

    /// The word on the wire and in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "PUBLIC",
            Self::Internal => "INTERNAL",
        }
    }
}

impl FromStr for Visibility {
    type Err = UnknownWord;
    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        let found = Self::ALL.into_iter().find(|visibility| visibility.as_str() == word);
        found.ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

/// What somebody typed as a comment.
#[derive(Clone, Debug, Default)]
pub struct Remark {
    /// Raw text.
    pub body: Option<String>,
    /// Raw visibility.
    pub visibility: Option<String>,
}

/// A comment, read and measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewComment {
    /// What it says.
    pub body: String,
    /// For whom.
    pub visibility: Visibility,
}

impl Remark {
    /// Whether it asks to be kept from clients.
    pub fn is_internal(&self) -> bool {
        self.visibility.as_deref() == Some(Visibility::Internal.as_str())
    }

    /// Reads the remark, with every flaw noted in `flaws`; `None` where there was one.
    pub fn read(&self, flaws: &mut Flaws) -> Option<NewComment> {
        let body = flaws.need("body", self.body.as_deref(), |raw| prose("body", raw, 4_000));
        let visibility = match self.visibility.as_deref() {
            Some(raw) => {
                flaws.keep(word("visibility", raw, &Visibility::ALL.map(Visibility::as_str)))
            }
            None => Some(Visibility::default()),
        };
        Some(NewComment { body: body?, visibility: visibility? })
    }
}

/// A comment as it stands; nobody changes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Its name.
    pub id: CommentId,
    /// On which ticket.
    pub ticket: TicketId,
    /// Who wrote it.
    pub author: Person,
    /// For whom.
    pub visibility: Visibility,
    /// What it says.
    pub body: String,
    /// When it was written.
    pub created_at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: Option<&str>, visibility: Option<&str>) -> Result<NewComment, Vec<String>> {
        let mut flaws = Flaws::default();
        let remark =
            Remark { body: body.map(str::to_owned), visibility: visibility.map(str::to_owned) };
        let read = remark.read(&mut flaws);
        let named = flaws.check().map_err(|flaws| {
            flaws.iter().map(|flaw| format!("{} {}", flaw.field, flaw.code)).collect::<Vec<_>>()
        });
        named.map(|()| read.expect("no flaws"))
    }

    #[test]
    fn a_comment_is_measured_and_public_unless_it_says_so() {
        let comment = |body: &str, visibility| NewComment { body: body.to_owned(), visibility };
        assert_eq!(read(Some(" a\r\nb "), None), Ok(comment("a\nb", Visibility::Public)));
        assert_eq!(read(Some("a"), Some("PUBLIC")), Ok(comment("a", Visibility::Public)));
        assert_eq!(read(Some("a"), Some("INTERNAL")), Ok(comment("a", Visibility::Internal)));
        let longest = "🔥".repeat(4_000);
        assert_eq!(read(Some(&longest), None), Ok(comment(&longest, Visibility::Public)));
        for (body, visibility, flaws) in [
            (None, None, &["body required"][..]),
            (Some(" \u{200b}\n"), None, &["body blank"]),
            (Some(&*"x".repeat(4_001)), None, &["body too_long"]),
            (Some("a\0b"), None, &["body control_character"]),
            (None, Some("internal"), &["body required", "visibility unknown_value"]),
            (Some("a"), Some(""), &["visibility unknown_value"]),
        ] {
            let flaws: Vec<String> = flaws.iter().map(|flaw| (*flaw).to_owned()).collect();
            assert_eq!(read(body, visibility), Err(flaws), "{body:?} {visibility:?}");
        }
    }
}
