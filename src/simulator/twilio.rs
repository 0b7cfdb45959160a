//! Twilio's Messaging API: SMS and WhatsApp as Twilio carries them, with its callbacks.

pub mod account;
pub mod callback;
pub mod door;
pub mod flow;
pub mod magic;
pub mod plan;
pub mod refusal;
pub mod request;
pub mod segments;
pub mod shape;
pub mod signature;
pub mod text;
pub mod texts;

use secrecy::SecretString;

/// The account at Twilio.
pub struct Settings {
    /// Its id, which stands in every path.
    pub account_sid: String,
    /// Its secret, which is the password of every request and the key of every callback.
    pub auth_token: SecretString,
    /// The number from which it sends SMS.
    pub number: String,
    /// The number from which it sends on WhatsApp.
    pub whatsapp_number: String,
    /// Its Messaging Service.
    pub messaging_service_sid: String,
    /// Where what people write is posted; without it, nowhere.
    pub inbound_url: Option<String>,
    /// The key of the newer signatures, HMAC-SHA256; without it, HMAC-SHA1 with the auth token.
    pub shared_key: Option<SharedKey>,
}

/// A key that is made for signatures alone.
pub struct SharedKey {
    /// Its id, which a callback names.
    pub sid: String,
    /// The key.
    pub secret: SecretString,
}

/// The number of Twilio's sandbox for WhatsApp, which everybody shares.
pub const SANDBOX: &str = "+14155238886";

impl Default for Settings {
    fn default() -> Self {
        Self {
            account_sid: "AC00000000000000000000000000000001".to_owned(),
            auth_token: "simulated".into(),
            number: "+15550002222".to_owned(),
            whatsapp_number: SANDBOX.to_owned(),
            messaging_service_sid: "MG00000000000000000000000000000001".to_owned(),
            inbound_url: None,
            shared_key: None,
        }
    }
}
