//! What a line of a ticket's history tells of.
use super::comment::{CommentId, Visibility};
use super::edit::FieldChange;
use super::event::Event;

/// What somebody did to a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// They filed it, or moved it through the workflow.
    Moved(Event),
    /// They commented on it.
    Commented(CommentId, Visibility),
    /// They edited what was filed; nobody is told of that.
    Edited(Vec<FieldChange>),
}

impl Deed {
    /// The word of every edit.
    pub const EDITED: &str = "TICKET_UPDATED";

    /// The word on the wire and in the table.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Moved(event) => event.as_str(),
            Self::Commented(..) => Event::CommentAdded.as_str(),
            Self::Edited(_) => Self::EDITED,
        }
    }
}
