//! What a verb makes of a ticket besides its status: who works it, what is said of it, and when.
use chrono::{DateTime, Utc};

use super::ticket::{Person, Reached, Ticket};
use super::workflow::{Status, Verb};

/// A move that is allowed, with what it brings.
#[derive(Clone, Debug)]
pub struct Move {
    /// The verb.
    pub verb: Verb,
    /// Where it leads.
    pub to: Status,
    /// The resolution or the reason.
    pub note: Option<String>,
    /// To whom the ticket is given.
    pub developer: Option<Person>,
}

impl Move {
    /// The ticket after it.
    pub fn of(&self, before: &Ticket, now: DateTime<Utc>) -> Ticket {
        let mut after = before.clone();
        after.status = self.to;
        after.version += 1;
        after.updated_at = now;
        match self.verb {
            Verb::Open => after.reached.opened_at = Some(now),
            Verb::Assign => {
                after.developer = self.developer.clone();
                after.reached.assigned_at = Some(now);
                after.reached.started_at = None;
            }
            Verb::Start => after.reached.started_at = Some(now),
            Verb::Finish => {
                after.resolution = self.note.clone();
                after.reached.finished_at = Some(now);
            }
            Verb::Close => after.reached.closed_at = Some(now),
            Verb::Reject => {
                after.rejection_reason = self.note.clone();
                after.reached.rejected_at = Some(now);
            }
            Verb::Reopen => {
                after.developer = None;
                after.resolution = None;
                after.rejection_reason = None;
                // The history keeps the instants of the life that it had.
                after.reached = Reached { opened_at: Some(now), ..Default::default() };
            }
        }
        after
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::domain::ticket::{Category, NewTicket, Priority, TicketId};
    use crate::domain::user::UserId;

    const THEN: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn person(id: i64) -> Person {
        Person { id: UserId(id), full_name: format!("Person {id}") }
    }

    /// A ticket that has been everywhere.
    fn travelled() -> Ticket {
        Ticket {
            id: TicketId(1),
            filed: NewTicket {
                title: "t".into(),
                description: "d".into(),
                priority: Priority::Low,
                category: Category::Bug,
                project_name: "p".into(),
            },
            status: Status::Closed,
            client: person(1),
            developer: Some(person(2)),
            resolution: Some("done".into()),
            rejection_reason: Some("no".into()),
            version: 7,
            created_at: THEN,
            updated_at: THEN,
            reached: Reached {
                opened_at: Some(THEN),
                assigned_at: Some(THEN),
                started_at: Some(THEN),
                finished_at: Some(THEN),
                closed_at: Some(THEN),
                rejected_at: Some(THEN),
            },
        }
    }

    #[test]
    fn each_verb_leaves_its_marks_and_no_others() {
        let now = THEN + TimeDelta::hours(1);
        let all = travelled().reached;
        let said = || Some("said".to_owned());
        for (verb, developer, resolution, rejection, reached) in [
            (
                Verb::Open,
                Some(2),
                Some("done"),
                Some("no"),
                Reached { opened_at: Some(now), ..all },
            ),
            (
                Verb::Assign,
                Some(3),
                Some("done"),
                Some("no"),
                Reached { assigned_at: Some(now), started_at: None, ..all },
            ),
            (
                Verb::Start,
                Some(2),
                Some("done"),
                Some("no"),
                Reached { started_at: Some(now), ..all },
            ),
            (
                Verb::Finish,
                Some(2),
                Some("said"),
                Some("no"),
                Reached { finished_at: Some(now), ..all },
            ),
            (
                Verb::Close,
                Some(2),
                Some("done"),
                Some("no"),
                Reached { closed_at: Some(now), ..all },
            ),
            (
                Verb::Reject,
                Some(2),
                Some("done"),
                Some("said"),
                Reached { rejected_at: Some(now), ..all },
            ),
            (
                Verb::Reopen,
                None,
                None,
                None,
                Reached { opened_at: Some(now), ..Default::default() },
            ),
        ] {
            let to = Status::Opened;
            let asked = Move { verb, to, note: said(), developer: Some(person(3)) };
            let after = asked.of(&travelled(), now);
            assert_eq!(after.developer.map(|it| it.id.0), developer, "{verb}");
            assert_eq!(after.resolution.as_deref(), resolution, "{verb}");
            assert_eq!(after.rejection_reason.as_deref(), rejection, "{verb}");
            assert_eq!(after.reached, reached, "{verb}");
            assert_eq!((after.status, after.version, after.updated_at), (to, 8, now), "{verb}");
            assert_eq!((after.created_at, after.filed), (THEN, travelled().filed), "{verb}");
        }
    }
}
