//! Which tickets somebody asks for, in which order, and from where on.
use chrono::{DateTime, Utc};

use super::filter::{AnyOf, Period};
use super::search::Sought;
use super::text::FieldError;
use super::ticket::{Category, Priority, Ticket, TicketId};
use super::user::UserId;
use super::workflow::Status;

/// Which tickets somebody asks for.
#[derive(Clone, Debug, Default)]
pub struct TicketFilter {
    /// Standing there.
    pub status: AnyOf<Status>,
    /// As urgent as this.
    pub priority: AnyOf<Priority>,
    /// Of this kind.
    pub category: AnyOf<Category>,
    /// Of this project.
    pub project_name: AnyOf<String>,
    /// Of this client.
    pub client_id: AnyOf<UserId>,
    /// Of this developer.
    pub developer_id: AnyOf<UserId>,
    /// Filed then.
    pub created: Period,
    /// With these words in them.
    pub text: Option<Sought>,
}

/// What tickets are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortBy {
    /// When they were filed.
    #[default]
    CreatedAt,
    /// When they last changed.
    UpdatedAt,
    /// How urgent they are; among equals the newest comes first, either way.
    Priority,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TicketSort {
    /// By what.
    pub by: SortBy,
    /// The latest, or the most urgent, first.
    pub descending: bool,
}

impl Default for TicketSort {
    fn default() -> Self {
        Self { by: SortBy::CreatedAt, descending: true }
    }
}

impl TicketSort {
    /// Reads a column, with `-` in front for the other way round.
    ///
    /// # Errors
    /// Names the columns there are.
    pub fn parse(raw: &str) -> Result<Self, FieldError> {
        let (column, descending) = match raw.strip_prefix('-') {
            Some(column) => (column, true),
            None => (raw, false),
        };
        let by = match column {
            "created_at" => SortBy::CreatedAt,
            "updated_at" => SortBy::UpdatedAt,
            "priority" => SortBy::Priority,
            _ => {
                let say = "`sort` is one of created_at, updated_at, priority, with `-` in front \
                           for descending";
                return Err(FieldError::new("sort", "unknown_value", say));
            }
        };
        Ok(Self { by, descending })
    }

    /// Where `ticket` stands in this order.
    pub fn place(self, ticket: &Ticket) -> Place {
        let at = match self.by {
            SortBy::UpdatedAt => ticket.updated_at,
            SortBy::CreatedAt | SortBy::Priority => ticket.created_at,
        };
        let priority = (self.by == SortBy::Priority).then_some(ticket.filed.priority);
        Place { priority, at, id: ticket.id }
    }

    /// Whether later ones come first among those that are equally urgent, or at all.
    pub fn newest_first(self) -> bool {
        self.descending || self.by == SortBy::Priority
    }
}

/// A place in the order of a list. No two tickets share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// How urgent, where that is the order.
    pub priority: Option<Priority>,
    /// When it was filed, or last changed.
    pub at: DateTime<Utc>,
    /// Which ticket it is.
    pub id: TicketId,
}

/// One page of tickets, as it is asked of the database.
#[derive(Clone, Debug)]
pub struct TicketPage {
    /// Which tickets.
    pub filter: TicketFilter,
    /// In which order.
    pub sort: TicketSort,
    /// Behind this place.
    pub after: Option<Place>,
    /// How many at most.
    pub most: u64,
}

impl TicketPage {
    /// Whether all that it goes by, but for words, is when a ticket was filed.
    pub fn is_by_filing_alone(&self) -> bool {
        let TicketFilter {
            status,
            priority,
            category,
            project_name,
            client_id,
            developer_id,
            created: _,
            text: _,
        } = &self.filter;
        self.sort.by == SortBy::CreatedAt
            && status.is_any()
            && priority.is_any()
            && category.is_any()
            && project_name.is_any()
            && client_id.is_any()
            && developer_id.is_any()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_a_column_with_or_without_a_minus() {
        for (raw, read) in [
            ("created_at", Some((SortBy::CreatedAt, false))),
            ("-created_at", Some((SortBy::CreatedAt, true))),
            ("updated_at", Some((SortBy::UpdatedAt, false))),
            ("-priority", Some((SortBy::Priority, true))),
            ("--priority", None),
            ("-", None),
            ("", None),
            ("Priority", None),
            ("created_at,priority", None),
            ("created_at desc", None),
            ("id", None),
        ] {
            let sort = TicketSort::parse(raw).ok().map(|sort| (sort.by, sort.descending));
            assert_eq!(sort, read, "{raw}");
        }
    }
}
