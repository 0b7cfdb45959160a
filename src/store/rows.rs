//! From rows to meaning: the one place that says which cell could not be read.
use std::collections::HashMap;
use std::str::FromStr;

use chrono::TimeDelta;
use entity::{delivery_attempt, ticket, user};

use super::error::StoreError;
use super::preferences;
use crate::domain::attempt::{Attempt, Failure, Outcome, Pricing};
use crate::domain::phone::PhoneNumber;
use crate::domain::ticket::{NewTicket, Person, Reached, Ticket, TicketId};
use crate::domain::user::{User, UserId};

/// Reads a word of a closed list.
pub(super) fn word<T: FromStr>(
    table: &'static str,
    column: &'static str,
    value: &str,
) -> Result<T, StoreError> {
    let unreadable = |_| StoreError::Unreadable { table, column, value: value.to_owned() };
    value.parse().map_err(unreadable)
}

/// As [`word`], where there may be none.
pub(super) fn maybe<T: FromStr>(
    table: &'static str,
    column: &'static str,
    value: Option<&str>,
) -> Result<Option<T>, StoreError> {
    value.map(|value| word(table, column, value)).transpose()
}

/// A count, which nobody writes negative.
pub(super) fn count(
    table: &'static str,
    column: &'static str,
    value: i64,
) -> Result<u32, StoreError> {
    let unreadable = |_| StoreError::Unreadable { table, column, value: value.to_string() };
    value.try_into().map_err(unreadable)
}

fn number(raw: &str) -> Result<PhoneNumber, StoreError> {
    PhoneNumber::parse(raw).map_err(|_| StoreError::Unreadable {
        table: "users",
        column: "whatsapp_number",
        value: crate::domain::phone::masked(raw),
    })
}

/// An account.
pub(super) fn user(row: user::Model) -> Result<User, StoreError> {
    let by = maybe("users", "whatsapp_verified_by", row.whatsapp_verified_by.as_deref())?;
    // What stands in the place of a name that was erased is nobody's to see.
    let named = |name: String| if row.erased_at.is_some() { String::new() } else { name };
    Ok(User {
        id: UserId(row.id),
        role: word("users", "role", &row.role)?,
        username: named(row.username),
        email: named(row.email),
        full_name: row.full_name,
        whatsapp_number: row.whatsapp_number.as_deref().map(number).transpose()?,
        whatsapp_verified: row.whatsapp_verified_at.zip(by),
        whatsapp_opt_in_at: row.whatsapp_opt_in_at,
        whatsapp_heard_at: row.whatsapp_heard_at,
        opted_out_at: row.opted_out_at,
        sms_opted_out_at: row.sms_opted_out_at,
        email_opted_out_at: row.email_opted_out_at,
        undeliverable_at: row.undeliverable_at,
        email_verified_at: row.email_verified_at,
        preferences: preferences::read(row.preferences.as_deref())?,
        locale: row.locale,
        is_active: row.is_active,
        created_at: row.created_at,
        updated_at: row.updated_at,
        erased_at: row.erased_at,
    })
}

/// A ticket, with the names of its people.
pub(super) fn ticket(
    row: ticket::Model,
    names: &HashMap<i64, String>,
) -> Result<Ticket, StoreError> {
    Ok(Ticket {
        id: TicketId(row.id),
        status: word("tickets", "status", &row.status)?,
        filed: NewTicket {
            priority: word("tickets", "priority", &row.priority)?,
            category: word("tickets", "category", &row.category)?,
            title: row.title,
            description: row.description,
            project_name: row.project_name,
        },
        client: person(row.client_id, names),
        developer: row.developer_id.map(|id| person(id, names)),
        resolution: row.resolution,
        rejection_reason: row.rejection_reason,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
        reached: Reached {
            opened_at: row.opened_at,
            assigned_at: row.assigned_at,
            started_at: row.started_at,
            finished_at: row.finished_at,
            closed_at: row.closed_at,
            rejected_at: row.rejected_at,
        },
    })
}

/// Somebody and their name; an account is never deleted, so there is one.
pub(super) fn person(id: i64, names: &HashMap<i64, String>) -> Person {
    Person { id: UserId(id), full_name: names.get(&id).cloned().unwrap_or_default() }
}

const ATTEMPTS: &str = "delivery_attempts";

/// An attempt.
pub(super) fn attempt(row: delivery_attempt::Model) -> Result<Attempt, StoreError> {
    let refused = failure(row.error_code, row.error_message.as_deref(), row.remedy.as_deref())?;
    let failed =
        failure(row.failed_code, row.failed_message.as_deref(), row.failed_remedy.as_deref())?;
    let unreadable = || StoreError::Unreadable {
        table: ATTEMPTS,
        column: "outcome",
        value: row.outcome.clone(),
    };
    let outcome = match row.outcome.as_str() {
        "STARTED" => Outcome::Started,
        "UNKNOWN" => Outcome::Unknown { reason: row.error_message.unwrap_or_default() },
        "NOT_SENT" => Outcome::NotSent(refused.ok_or_else(unreadable)?),
        "REJECTED" => Outcome::Rejected(refused.ok_or_else(unreadable)?),
        "ACCEPTED" => {
            let provider_message_id = row.provider_message_id.clone().ok_or_else(unreadable)?;
            Outcome::Accepted { provider_message_id }
        }
        _ => return Err(unreadable()),
    };
    Ok(Attempt {
        number: count(ATTEMPTS, "number", row.number)?,
        started_at: row.started_at,
        outcome,
        answered_at: row.answered_at,
        http_status: row.http_status.and_then(|status| status.try_into().ok()),
        took: row.duration_ms.map(TimeDelta::milliseconds),
        provider_message_id: row.provider_message_id,
        sent_at: row.sent_at,
        delivered_at: row.delivered_at,
        read_at: row.read_at,
        failed: row.failed_at.zip(failed),
        heard_at: row.heard_at,
        pricing: pricing(row.pricing_category, row.pricing_type, row.billable),
        template: row.template,
        locale: row.locale,
    })
}

/// What a message counts as on the bill.
pub(super) fn pricing(
    category: Option<String>,
    kind: Option<String>,
    billable: Option<bool>,
) -> Option<Pricing> {
    category.map(|category| Pricing { category, kind, billable })
}

pub(super) fn failure(
    code: Option<i64>,
    message: Option<&str>,
    remedy: Option<&str>,
) -> Result<Option<Failure>, StoreError> {
    let remedy = maybe(ATTEMPTS, "remedy", remedy)?;
    let message = message.unwrap_or_default().to_owned();
    Ok(remedy.map(|remedy| Failure { code, message, remedy }))
}

/// The row of an attempt.
pub(super) fn attempt_row(
    notification_id: i64,
    sender: &str,
    attempt: &Attempt,
) -> delivery_attempt::ActiveModel {
    use sea_orm::ActiveValue::{NotSet, Set};
    let failure = match &attempt.outcome {
        Outcome::NotSent(failure) | Outcome::Rejected(failure) => Some(failure),
        _ => None,
    };
    let message = match &attempt.outcome {
        Outcome::Unknown { reason } => Some(reason.clone()),
        _ => failure.map(|failure| failure.message.clone()),
    };
    let failed = attempt.failed.as_ref().map(|(_, failure)| failure);
    let pricing = attempt.pricing.as_ref();
    delivery_attempt::ActiveModel {
        id: NotSet,
        notification_id: Set(notification_id),
        number: Set(attempt.number.into()),
        sender: Set(sender.to_owned()),
        started_at: Set(attempt.started_at),
        answered_at: Set(attempt.answered_at),
        duration_ms: Set(attempt.took.map(|took| took.num_milliseconds())),
        outcome: Set(attempt.outcome.as_str().to_owned()),
        remedy: Set(failure.map(|failure| failure.remedy.as_str().to_owned())),
        http_status: Set(attempt.http_status.map(i64::from)),
        error_code: Set(failure.and_then(|failure| failure.code)),
        error_message: Set(message),
        provider_message_id: Set(attempt.provider_message_id.clone()),
        sent_at: Set(attempt.sent_at),
        delivered_at: Set(attempt.delivered_at),
        read_at: Set(attempt.read_at),
        failed_at: Set(attempt.failed.as_ref().map(|(at, _)| *at)),
        failed_code: Set(failed.and_then(|failure| failure.code)),
        failed_message: Set(failed.map(|failure| failure.message.clone())),
        failed_remedy: Set(failed.map(|failure| failure.remedy.as_str().to_owned())),
        heard_at: Set(attempt.heard_at),
        template: Set(attempt.template.clone()),
        locale: Set(attempt.locale.clone()),
        told_by: Set(None),
        pricing_category: Set(pricing.map(|pricing| pricing.category.clone())),
        pricing_type: Set(pricing.and_then(|pricing| pricing.kind.clone())),
        billable: Set(pricing.and_then(|pricing| pricing.billable)),
        told_by_number: Set(None),
    }
}
