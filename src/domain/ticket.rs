//! A ticket: what a client files, and what became of it.
use std::str::FromStr;

use chrono::{DateTime, Utc};

use super::text::{FieldError, Flaws, prose};
use super::user::UserId;
use super::workflow::{Status, UnknownWord};

/// Names one ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TicketId(pub i64);

/// How urgent it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Priority {
    /// Whenever there is time.
    Low,
    /// The usual.
    #[default]
    Medium,
    /// Before the usual.
    High,
    /// Now.
    Critical,
}

/// What kind of matter it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// Something does not work as it should.
    Bug,
    /// Something has stopped working.
    Incident,
    /// Something is wished for.
    Feature,
    /// Somebody needs a hand.
    Support,
    /// None of these.
    Other,
}

impl Priority {
    /// Every priority, the least urgent first.
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The word on the wire and in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "LOW",
            Self::Medium => "MEDIUM",
            Self::High => "HIGH",
            Self::Critical => "CRITICAL",
        }
    }
}

impl Category {
    /// Every category.
    pub const ALL: [Self; 5] =
        [Self::Bug, Self::Incident, Self::Feature, Self::Support, Self::Other];

    /// The word on the wire and in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bug => "BUG",
            Self::Incident => "INCIDENT",
            Self::Feature => "FEATURE",
            Self::Support => "SUPPORT",
            Self::Other => "OTHER",
        }
    }
}

impl FromStr for Priority {
    type Err = UnknownWord;
    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        let found = Self::ALL.into_iter().find(|priority| priority.as_str() == word);
        found.ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

impl FromStr for Category {
    type Err = UnknownWord;
    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        let found = Self::ALL.into_iter().find(|category| category.as_str() == word);
        found.ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

/// Who stands behind an id, as far as a ticket shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Their account.
    pub id: UserId,
    /// Their name.
    pub full_name: String,
}

/// What somebody filed, read and measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTicket {
    /// What is wrong, in a few words.
    pub title: String,
    /// What is wrong, in full.
    pub description: String,
    /// How urgent it is.
    pub priority: Priority,
    /// What kind of matter it is.
    pub category: Category,
    /// The project it concerns.
    pub project_name: String,
}

/// What somebody typed when filing a ticket.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// Raw title.
    pub title: Option<String>,
    /// Raw description.
    pub description: Option<String>,
    /// Raw priority.
    pub priority: Option<String>,
    /// Raw category.
    pub category: Option<String>,
    /// Raw project name.
    pub project_name: Option<String>,
}

impl Draft {
    /// Reads the draft, with every flaw noted in `flaws`; `None` where there was one.
    pub fn read(self, flaws: &mut Flaws) -> Option<NewTicket> {
        let title = flaws.need("title", self.title, |raw| prose("title", &raw, 200));
        let description =
            flaws.need("description", self.description, |raw| prose("description", &raw, 10_000));
        let priority = match self.priority {
            Some(raw) => flaws.keep(word("priority", &raw, &Priority::ALL.map(Priority::as_str))),
            None => Some(Priority::default()),
        };
        let category = flaws.need("category", self.category, |raw| {
            word("category", &raw, &Category::ALL.map(Category::as_str))
        });
        let project_name =
            flaws.need("project_name", self.project_name, |raw| prose("project_name", &raw, 100));
        Some(NewTicket {
            title: title?,
            description: description?,
            priority: priority?,
            category: category?,
            project_name: project_name?,
        })
    }
}

/// Reads one word of a closed list.
///
/// # Errors
/// Names the words that are allowed.
pub fn word<T: FromStr>(field: &'static str, raw: &str, allowed: &[&str]) -> Result<T, FieldError> {
    raw.parse().map_err(|_| {
        FieldError::new(
            field,
            "unknown_value",
            format!("`{field}` is one of {}", allowed.join(", ")),
        )
    })
}

/// A ticket as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Its name.
    pub id: TicketId,
    /// What was filed.
    pub filed: NewTicket,
    /// Where it stands.
    pub status: Status,
    /// Who filed it, or for whom it was filed.
    pub client: Person,
    /// Who works it.
    pub developer: Option<Person>,
    /// What the developer did.
    pub resolution: Option<String>,
    /// Why it was turned down.
    pub rejection_reason: Option<String>,
    /// Counts its changes, from 1.
    pub version: i64,
    /// When it was filed.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When each state was last reached.
    pub reached: Reached,
}

impl Ticket {
    /// A ticket that has just been filed.
    pub fn filed(id: TicketId, filed: NewTicket, client: Person, now: DateTime<Utc>) -> Self {
        Self {
            id,
            filed,
            status: Status::New,
            client,
            developer: None,
            resolution: None,
            rejection_reason: None,
            version: 1,
            created_at: now,
            updated_at: now,
            reached: Reached::default(),
        }
    }
}

/// When a ticket last reached each of its states.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// Opened.
    pub opened_at: Option<DateTime<Utc>>,
    /// Assigned.
    pub assigned_at: Option<DateTime<Utc>>,
    /// Started.
    pub started_at: Option<DateTime<Utc>>,
    /// Finished.
    pub finished_at: Option<DateTime<Utc>>,
    /// Closed.
    pub closed_at: Option<DateTime<Utc>>,
    /// Rejected.
    pub rejected_at: Option<DateTime<Utc>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_names_all_its_flaws_at_once() {
        let mut flaws = Flaws::default();
        let draft = Draft {
            title: Some(" ".into()),
            priority: Some("URGENT".into()),
            category: Some("bug".into()),
            ..Draft::default()
        };
        assert!(draft.read(&mut flaws).is_none());
        let Err(flaws) = flaws.check() else { panic!("flaws were expected") };
        let named: Vec<_> = flaws.iter().map(|flaw| (flaw.field.as_ref(), flaw.code)).collect();
        assert_eq!(
            named,
            [
                ("title", "blank"),
                ("description", "required"),
                ("priority", "unknown_value"),
                ("category", "unknown_value"),
                ("project_name", "required")
            ]
        );
    }
}
