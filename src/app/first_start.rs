//! Three accounts for a database that is new and a WhatsApp that is simulated, so that a stranger
//! can try everything at once.
use crate::desk::Desk;
use crate::desk::error::DeskError;
use crate::domain::account::Application;
use crate::domain::user::Role;

/// An account that was just made, with its password, which is told once.
#[derive(Clone)]
pub struct Account {
    /// What it logs in with.
    pub username: &'static str,
    /// Its password.
    pub password: String,
    /// Its number on the simulator.
    pub number: &'static str,
}

pub(super) async fn accounts(desk: &Desk) -> anyhow::Result<Vec<Account>> {
    if desk.store().has_users().await? {
        return Ok(vec![]);
    }
    let mut made = vec![];
    for (username, full_name, role, number) in [
        ("admin", "Ada Admin", Role::Admin, "+15550100001"),
        ("dev", "Dan Developer", Role::Developer, "+15550100002"),
        ("client", "John Doe", Role::Client, "+15550100003"),
    ] {
        let password = password();
        let application = Application {
            username: Some(username.to_owned()),
            email: Some(format!("{username}@example.com")),
            password: Some(password.clone()),
            full_name: Some(full_name.to_owned()),
            whatsapp_number: Some(number.to_owned()),
            locale: None,
        };
        match desk.create_user(application, role).await {
            // Another that started at the same time makes them, and tells their passwords.
            Err(DeskError::Conflict(_)) => break,
            other => other?,
        };
        made.push(Account { username, password, number });
    }
    Ok(made)
}

/// Sixteen signs that are easy to tell apart: 80 bits.
pub(crate) fn password() -> String {
    const SIGNS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    (0..16).map(|_| char::from(SIGNS[usize::from(rand::random::<u8>() % 32)])).collect()
}
