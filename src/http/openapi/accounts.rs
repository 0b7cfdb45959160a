//! Accounts and tokens.
use serde_json::{Value, json};

use super::super::api::accounts::{Credentials, LoggedIn, Registration};
use super::super::api::shown::UserShown;
use super::super::problem::{EMAIL_TAKEN, REGISTRATION_CLOSED, USERNAME_TAKEN, WRONG_CREDENTIALS};
use super::examples;
use super::operation::{About, Operation};
use super::schemas::Schemas;

/// Every call about them.
pub fn tell(schemas: &mut Schemas) -> Vec<Operation> {
    let about = About("Accounts");
    vec![
        about
            .post("/api/auth/register", "register", "Open an account")
            .about("Anybody may, unless the operator closed registration. The account is always a `CLIENT`; its number counts once it is confirmed.")
            .open()
            .takes::<Registration>(schemas, examples::registration())
            .answers::<UserShown>(schemas, 201, "The new account.", examples::new_user())
            .with(&["Location"])
            .refuses(&[&REGISTRATION_CLOSED, &USERNAME_TAKEN, &EMAIL_TAKEN]),
        about
            .post("/api/auth/login", "logIn", "Log in")
            .about("The e-mail serves as the username, too. A wrong name and a wrong password look the same.")
            .open()
            .takes::<Credentials>(
                schemas,
                json!({ "username": "john.doe", "password": "correct horse battery" }),
            )
            .answers::<LoggedIn>(schemas, 200, "Tokens, and whose they are.", tokens())
            .refuses(&[&WRONG_CREDENTIALS]),
        about
            .get("/api/auth/me", "getMe", "Show oneself")
            .answers::<UserShown>(schemas, 200, "The caller's account.", examples::user()),
    ]
}

fn tokens() -> Value {
    json!({
        "access_token": "eyJhbGciOiJIUzI1NiJ9.e30.ZRrHA1JJJW8opsbCGfG_HACGpVUMN_a9IV7pAx_Zmeo",
        "token_type": "Bearer", "expires_in": 900, "user": examples::user(),
    })
}
