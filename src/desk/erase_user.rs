//! Erasing a person: nothing of them is left but an empty account, to which their tickets point.
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::RwLock;

use super::Desk;
use super::error::DeskError;
use super::find::only_admins;
use super::users::keeps_an_admin;
use crate::domain::markup::plain;
use crate::domain::user::{Actor, User, UserId};
use crate::store::Tx;

/// Whoever files a ticket has read the names that it tells before its story began: none of those
/// people is erased meanwhile.
pub(super) type Erasing = Arc<RwLock<()>>;

impl Desk {
    /// Switches an account off and erases its person: name, e-mail, number, what was written to
    /// them, raw webhooks and kept answers that speak of them. Saying it again does no harm, and
    /// ends what a crash has cut off: until the last story is told, all that is needed stands there.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for all but admins, [`DeskError::NotFound`],
    /// [`DeskError::Conflict`] where nobody would be left to administer.
    pub async fn erase_user(&self, id: UserId, by: Actor) -> Result<(), DeskError> {
        only_admins(by)?;
        let user = self.switch_off(id).await?;
        self.actors.forget(id);
        if user.erased_at.is_some() {
            return Ok(());
        }
        let numbers = self.store.numbers_of(&user).await?;
        // Webhooks are many: they are gone through before anybody is held up by it.
        let seen = self.store.forget_webhooks(&numbers).await?;
        let _nobody_files = self.erasing.write().await;
        let mut tx = self.store.begin().await?;
        forget(&mut tx, &user, &numbers, seen).await?;
        tx.commit().await?;
        tracing::info!(user.id = id.0, by = by.id.0, "the person of account {} was erased", id.0);
        Ok(())
    }

    async fn switch_off(&self, id: UserId) -> Result<User, DeskError> {
        let tx = self.store.begin().await?;
        let held = tx.hold_user_and_admins(id).await?;
        let (before, other_admins) = held.ok_or(DeskError::NotFound("account"))?;
        if before.erased_at.is_some() {
            return Ok(before);
        }
        let after = User { is_active: false, updated_at: tx.now, ..before.clone() };
        keeps_an_admin(&before, &after, other_admins)?;
        tx.change_user(&after).await?;
        tx.end_sessions_of(id).await?;
        tx.commit().await?;
        Ok(after)
    }
}

async fn forget(tx: &mut Tx, user: &User, numbers: &[String], seen: i64) -> Result<(), DeskError> {
    // Whoever was let in again meanwhile is held to the same.
    let held = tx.hold_user_and_admins(user.id).await?;
    let (now, other_admins) = held.ok_or(DeskError::NotFound("account"))?;
    keeps_an_admin(&now, user, other_admins)?;
    tx.forget_codes(user.id, &user.email, numbers).await?;
    let names: Vec<String> = tx.names_ever(user.id).await?.iter().map(|name| plain(name)).collect();
    tx.forget_notifications(user.id, &names).await?;
    tx.forget_webhooks_since(seen, numbers).await?;
    tx.forget_answers_to(user.id).await?;
    for (id, body) in tx.answers_naming(user.id).await? {
        tx.change_answer(id, forgotten(&body, user.id)).await?;
    }
    tx.forget_user(user.id).await?;
    Ok(())
}

/// An answer without what it says of this person. It stays an answer: without it, a request that is
/// repeated would be done again.
fn forgotten(body: &str, id: UserId) -> String {
    let Ok(mut answer) = serde_json::from_str(body) else { return String::new() };
    blank(&mut answer, id);
    answer.to_string()
}

fn blank(answer: &mut Value, id: UserId) {
    let is_theirs = |value: &Value| value["id"] == id.0 && value.get("full_name").is_some();
    match answer {
        Value::Array(all) => all.iter_mut().for_each(|each| blank(each, id)),
        Value::Object(_) => {
            if is_theirs(answer) {
                empty(answer, &["full_name", "username", "email", "whatsapp_number"]);
            }
            if answer.get("recipient").is_some_and(is_theirs) {
                empty(answer, &["to", "body"]);
            }
            if let Value::Object(fields) = answer {
                fields.values_mut().for_each(|each| blank(each, id));
            }
        }
        _ => {}
    }
}

fn empty(of: &mut Value, fields: &[&str]) {
    for field in fields {
        if let Some(value @ Value::String(_)) = of.get_mut(field) {
            *value = Value::String(String::new());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_forgets_one_person_and_keeps_the_rest() {
        let answer = json!({ "id": 7, "title": "John", "client": { "id": 7, "full_name": "John" },
            "developer": { "id": 8, "full_name": "Dan" },
            "would_notify": [{ "recipient": { "id": 7, "full_name": "John" }, "to": "+1", "body": "Hello John" },
                { "recipient": { "id": 8, "full_name": "Dan" }, "to": "+2", "body": "Hello Dan" }] });
        let forgotten: Value =
            serde_json::from_str(&forgotten(&answer.to_string(), UserId(7))).unwrap();
        let expected = json!({ "id": 7, "title": "John", "client": { "id": 7, "full_name": "" },
            "developer": { "id": 8, "full_name": "Dan" },
            "would_notify": [{ "recipient": { "id": 7, "full_name": "" }, "to": "", "body": "" },
                { "recipient": { "id": 8, "full_name": "Dan" }, "to": "+2", "body": "Hello Dan" }] });
        assert_eq!(forgotten, expected);
    }
}
