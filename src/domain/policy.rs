//! Who may do what: the rules of authorisation, apart from what state allows.
use super::ticket::Ticket;
use super::user::{Actor, Role};
use super::workflow::{Status, Verb};

/// Whether `who` may know that this ticket exists.
pub fn may_see(who: Actor, ticket: &Ticket) -> bool {
    match who.role {
        Role::Admin => true,
        Role::Client => ticket.client.id == who.id,
        Role::Developer => ticket.developer.as_ref().is_some_and(|dev| dev.id == who.id),
    }
}

/// Whether `who` may read and write what is kept from clients.
pub fn is_staff(role: Role) -> bool {
    match role {
        Role::Admin | Role::Developer => true,
        Role::Client => false,
    }
}

/// Whether the role of `who` on this ticket may edit what was filed, in some state.
pub fn may_edit(who: Actor, ticket: &Ticket) -> bool {
    match who.role {
        Role::Admin => true,
        Role::Client => ticket.client.id == who.id,
        Role::Developer => false,
    }
}

/// Whether the state leaves editing to `who`: a client's words are theirs until somebody has
/// looked at them.
pub fn state_leaves_editing(who: Actor, status: Status) -> bool {
    who.role == Role::Admin || status == Status::New
}

/// Whether the role of `who` on this ticket has that verb at all, in some state.
pub fn has_verb(who: Actor, ticket: &Ticket, verb: Verb) -> bool {
    match who.role {
        Role::Admin => true,
        Role::Client => ticket.client.id == who.id && matches!(verb, Verb::Close | Verb::Reopen),
        Role::Developer => {
            let theirs = ticket.developer.as_ref().is_some_and(|dev| dev.id == who.id);
            theirs && matches!(verb, Verb::Start | Verb::Finish)
        }
    }
}

/// Whether the state leaves that verb to `who`, beyond what the workflow itself says: closing is
/// the admin's from everywhere but NEW, and the client's from FINISHED and, to withdraw, from NEW.
/// An admin who filed a ticket for themselves is both.
pub fn state_leaves(who: Actor, ticket: &Ticket, verb: Verb) -> bool {
    match (verb, who.role) {
        (Verb::Close, Role::Admin) => ticket.status != Status::New || ticket.client.id == who.id,
        (Verb::Close, _) => matches!(ticket.status, Status::New | Status::Finished),
        _ => true,
    }
}

/// The verbs that `who` can say now.
pub fn allowed_transitions(who: Actor, ticket: &Ticket) -> Vec<Verb> {
    let may = |verb: &Verb| {
        has_verb(who, ticket, *verb)
            && state_leaves(who, ticket, *verb)
            && ticket.status.after(*verb).is_ok()
    };
    Verb::ALL.into_iter().filter(may).collect()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::domain::ticket::{Category, NewTicket, Person, Priority, Reached, TicketId};
    use crate::domain::user::UserId;

    fn ticket(status: Status) -> Ticket {
        Ticket {
            id: TicketId(1),
            filed: NewTicket {
                title: "t".into(),
                description: "d".into(),
                priority: Priority::Low,
                category: Category::Bug,
                project_name: "p".into(),
            },
            status,
            client: Person { id: UserId(1), full_name: "C".into() },
            developer: Some(Person { id: UserId(2), full_name: "D".into() }),
            resolution: None,
            rejection_reason: None,
            version: 1,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
            reached: Reached::default(),
        }
    }

    fn allowed(id: i64, role: Role, status: Status) -> String {
        let who = Actor { id: UserId(id), role };
        let verbs = allowed_transitions(who, &ticket(status));
        verbs.iter().map(|verb| verb.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn each_role_may_what_the_contract_gives_it() {
        for (status, client, developer, admin) in [
            (Status::New, "close", "", "open assign reject"),
            (Status::Opened, "", "", "assign close reject"),
            (Status::Assigned, "", "start", "assign start close"),
            (Status::InProgress, "", "finish", "assign finish close"),
            (Status::Finished, "close reopen", "", "close reopen"),
            (Status::Closed, "reopen", "", "reopen"),
            (Status::Rejected, "reopen", "", "reopen"),
        ] {
            assert_eq!(allowed(1, Role::Client, status), client, "client {status}");
            assert_eq!(allowed(2, Role::Developer, status), developer, "developer {status}");
            assert_eq!(allowed(3, Role::Admin, status), admin, "admin {status}");
            let own = if status == Status::New { "open assign close reject" } else { admin };
            assert_eq!(allowed(1, Role::Admin, status), own, "an admin's own {status}");
            assert_eq!(allowed(9, Role::Client, status), "", "another client {status}");
            assert_eq!(allowed(9, Role::Developer, status), "", "another developer {status}");
        }
    }

    #[test]
    fn a_ticket_is_edited_by_admins_and_while_it_is_new_by_its_client() {
        for status in Status::ALL {
            let edits = |id, role| {
                let who = Actor { id: UserId(id), role };
                may_edit(who, &ticket(status)) && state_leaves_editing(who, status)
            };
            assert!(edits(9, Role::Admin), "{status}");
            assert_eq!(edits(1, Role::Client), status == Status::New, "{status}");
            assert!(!edits(9, Role::Client) && !edits(2, Role::Developer), "{status}");
        }
    }

    #[test]
    fn a_ticket_is_seen_by_its_own_people_and_by_admins() {
        let sees = |id, role| may_see(Actor { id: UserId(id), role }, &ticket(Status::New));
        assert!(sees(1, Role::Client) && sees(2, Role::Developer) && sees(9, Role::Admin));
        assert!(!sees(9, Role::Client) && !sees(9, Role::Developer));
        assert!(!sees(2, Role::Client) && !sees(1, Role::Developer));
    }
}
