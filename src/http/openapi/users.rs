//! The accounts, as admins keep them.
use serde_json::{Value, json};

use super::super::api::shown::UserShown;
use super::super::api::users::{CorrectionBody, NewUserBody};
use super::super::page::Listed;
use super::super::problem::{
    BAD_CURSOR, EMAIL_TAKEN, ERASED, INVALID, LAST_ADMIN, LOG_IN_AGAIN, NUMBER_TAKEN,
    USERNAME_TAKEN,
};
use super::examples;
use super::operation::{About, Operation};
use super::parameters::{page, query, words};
use super::schemas::Schemas;
use crate::domain::user::Role;

const USERS: About = About("Users");

/// Every call about them.
pub fn tell(schemas: &mut Schemas) -> Vec<Operation> {
    vec![create(schemas), list(schemas), show(schemas), change(schemas), erase()]
}

fn create(schemas: &mut Schemas) -> Operation {
    USERS
        .post("/api/users", "createUser", "Make an account")
        .about("For admins. A number that an admin sets is confirmed by that.")
        .only()
        .keyed()
        .takes::<NewUserBody>(schemas, new_user())
        .answers::<UserShown>(schemas, 201, "The account.", examples::user())
        .with(&["Location"])
        .refuses(&[&USERNAME_TAKEN, &EMAIL_TAKEN, &NUMBER_TAKEN])
}

fn list(schemas: &mut Schemas) -> Operation {
    let text = json!({ "type": "string", "maxLength": 100 });
    USERS
        .get("/api/users", "listUsers", "List the accounts")
        .about("For admins. Newest first.")
        .only()
        .parameter(words::<Role>(schemas, "role", "What they are here for."))
        .parameter(query("q", &text, "Words in their username, name or e-mail."))
        .parameter(query("is_active", &json!({ "type": "boolean" }), "Whether they may log in."))
        .parameters(page())
        .answers::<Listed<UserShown>>(schemas, 200, "A page.", examples::page(&examples::user()))
        .refuses(&[&INVALID, &BAD_CURSOR])
}

fn show(schemas: &mut Schemas) -> Operation {
    USERS
        .get("/api/users/{id}", "getUser", "Show an account")
        .about("For admins.")
        .only()
        .answers::<UserShown>(schemas, 200, "The account.", examples::user())
}

fn change(schemas: &mut Schemas) -> Operation {
    USERS
        .patch("/api/users/{id}", "changeUser", "Change an account")
        .about("For admins. What is not given stays. The last active admin stays one. Their own number, e-mail and role an admin changes within 15 minutes of a log-in.")
        .only()
        .may_take::<CorrectionBody>(schemas, json!({ "role": "CLIENT", "is_active": true }))
        .answers::<UserShown>(schemas, 200, "The account as it is now.", examples::user())
        .refuses(&[&LOG_IN_AGAIN, &EMAIL_TAKEN, &NUMBER_TAKEN, &LAST_ADMIN, &ERASED])
}

fn erase() -> Operation {
    USERS
        .delete("/api/users/{id}", "eraseUser", "Erase a person")
        .about("For admins. The account is switched off and what is personal in it is erased; the tickets stay.")
        .only()
        .answers_nothing(204, "Nothing is left of the person.")
        .refuses(&[&LAST_ADMIN])
}

fn new_user() -> Value {
    json!({
        "username": "dan.developer", "email": "dan@example.com",
        "password": "correct horse battery", "full_name": "Dan Developer", "role": "DEVELOPER",
        "whatsapp_number": "+1 555 010-0002", "whatsapp_opt_in": true,
    })
}
