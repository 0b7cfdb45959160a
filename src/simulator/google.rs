//! Google: the token endpoint with its consent page, and Gmail's way to send.

pub mod consent;
pub mod gmail;
pub mod grants;
pub mod refusal;
pub mod token;

use secrecy::SecretString;

/// The client of Google's OAuth, and the mailbox of who has consented.
pub struct Settings {
    /// The client's id.
    pub client_id: String,
    /// The client's secret.
    pub client_secret: SecretString,
    /// A refresh token that was granted long ago.
    pub refresh_token: SecretString,
    /// The address of the mailbox, which every mail is from.
    pub address: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            client_id: "simulated.apps.googleusercontent.com".to_owned(),
            client_secret: "simulated".into(),
            refresh_token: "1//simulated".into(),
            address: "desk@example.com".to_owned(),
        }
    }
}
