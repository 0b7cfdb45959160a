//! Accounts and tokens.
use serde_json::{Value, json};

use super::super::api::accounts::{
    Credentials, OwnCorrection, Passwords, RefreshToken, Registration, TokensShown,
};
use super::super::api::shown::UserShown;
use super::super::problem::{
    BAD_REFRESH_TOKEN, EMAIL_TAKEN, LOG_IN_AGAIN, REGISTRATION_CLOSED, REGISTRATIONS_USED_UP,
    TOO_MANY_ATTEMPTS, USERNAME_TAKEN, WRONG_CREDENTIALS,
};
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
            .refuses(&[&REGISTRATION_CLOSED, &USERNAME_TAKEN, &EMAIL_TAKEN, &TOO_MANY_ATTEMPTS, &REGISTRATIONS_USED_UP]),
        about
            .post("/api/auth/login", "logIn", "Log in")
            .about("The e-mail serves as the username, too. A wrong name and a wrong password look the same.")
            .open()
            .takes::<Credentials>(
                schemas,
                json!({ "username": "john.doe", "password": "correct horse battery" }),
            )
            .answers::<TokensShown>(schemas, 200, "Tokens, and whose they are.", tokens())
            .refuses(&[&WRONG_CREDENTIALS, &TOO_MANY_ATTEMPTS]),
        about
            .post("/api/auth/refresh", "refreshTokens", "Renew the tokens")
            .about("The old refresh token is spent. Showing it again ends the whole session, but within 30 seconds while its successor is unused, so that a lost answer logs nobody out.")
            .open()
            .takes::<RefreshToken>(schemas, refresh_token())
            .answers::<TokensShown>(schemas, 200, "New tokens, and whose they are.", tokens())
            .refuses(&[&BAD_REFRESH_TOKEN]),
        about
            .post("/api/auth/logout", "logOut", "Log out")
            .about("The session ends, with every refresh token of it.")
            .open()
            .takes::<RefreshToken>(schemas, refresh_token())
            .answers_nothing(204, "It has ended, or never was."),
        about
            .get("/api/auth/me", "getMe", "Show oneself")
            .answers::<UserShown>(schemas, 200, "The caller's account.", examples::user()),
        about
            .patch("/api/auth/me", "changeMe", "Change oneself")
            .about("What is not given stays. Another number has to be confirmed anew. An admin changes number and e-mail within 15 minutes of a log-in.")
            .may_take::<OwnCorrection>(schemas, json!({ "full_name": "John M. Doe", "locale": "en" }))
            .answers::<UserShown>(schemas, 200, "The account as it is now.", examples::user())
            .refuses(&[&EMAIL_TAKEN, &LOG_IN_AGAIN]),
        about
            .post("/api/auth/change-password", "changePassword", "Change one's password")
            .about("Every session of the account ends, this one too.")
            .keyed()
            .takes::<Passwords>(schemas, passwords())
            .answers_nothing(204, "It is changed.")
            .refuses(&[&TOO_MANY_ATTEMPTS]),
    ]
}

fn tokens() -> Value {
    json!({
        "access_token": "eyJhbGciOiJIUzI1NiJ9.e30.ZRrHA1JJJW8opsbCGfG_HACGpVUMN_a9IV7pAx_Zmeo",
        "refresh_token": "Hq2n0o5yqkq3vI8j1Qx0m7S4tq0Vw2b1yQm5pX9cZ3k",
        "token_type": "Bearer", "expires_in": 900, "user": examples::user(),
    })
}

fn refresh_token() -> Value {
    json!({ "refresh_token": "Hq2n0o5yqkq3vI8j1Qx0m7S4tq0Vw2b1yQm5pX9cZ3k" })
}

fn passwords() -> Value {
    json!({ "current_password": "correct horse battery", "new_password": "staple, battery, horse" })
}
