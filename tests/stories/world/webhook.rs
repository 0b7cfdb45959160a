//! Webhooks as Meta posts them: an envelope, statuses, a signature over the raw bytes.
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Sha256;

use super::answer::Answer;
use super::door::Door;
use super::{SECRET_KEY, World};

/// What the scripted provider signs with.
pub(super) const APP_SECRET: &str = "the stories' app secret";
const DOOR: &str = "/webhook/whatsapp";

/// One status of one message.
pub struct Status(Value);

impl Status {
    /// A status of this kind about the message with this id, at this instant.
    pub fn new(message: &str, kind: &str, world: &World) -> Self {
        let at = world.now().timestamp().to_string();
        Self(json!({ "id": message, "status": kind, "timestamp": at,
            "recipient_id": "15550100001" }))
    }

    /// A status of this kind about a message as the simulator keeps it, with its callback data.
    pub fn about(message: &Value, kind: &str, world: &World) -> Self {
        let word = |name: &str| message[name].as_str().expect("a word").to_owned();
        Self::new(&word("id"), kind, world).of_attempt(&word("callback_data"))
    }

    /// With the callback data that the message carried.
    pub fn of_attempt(mut self, callback_data: &str) -> Self {
        self.0["biz_opaque_callback_data"] = json!(callback_data);
        self
    }

    /// With an error.
    pub fn because(mut self, code: i64) -> Self {
        self.0["errors"] = json!([{ "code": code, "title": "An error of the story" }]);
        self
    }

    /// As it stands in an envelope.
    pub fn value(self) -> Value {
        self.0
    }
}

/// An envelope with these statuses.
pub fn batch(statuses: impl IntoIterator<Item = Value>) -> String {
    let statuses: Vec<Value> = statuses.into_iter().collect();
    let value = json!({ "messaging_product": "whatsapp", "metadata": {
        "display_phone_number": "15550001111", "phone_number_id": "100000000000001" },
        "statuses": statuses });
    json!({ "object": "whatsapp_business_account", "entry": [{ "id": "100000000000002",
        "changes": [{ "field": "messages", "value": value }] }] })
    .to_string()
}

/// The signature over a body under a secret.
pub fn signed(body: &[u8], secret: &[u8]) -> String {
    format!("sha256={}", hex::encode(mac(secret, body)))
}

impl World {
    /// Posts a webhook under the right signature.
    pub async fn webhook(&self, body: impl Into<Vec<u8>>) -> Answer {
        let body = body.into();
        let signature = signed(&body, self.app_secret().as_bytes());
        self.webhook_under(Some(&signature), body).await
    }

    /// Posts a webhook under the right signature to another program.
    pub async fn webhook_at(&self, door: &Door, body: &str) -> Answer {
        let signature = signed(body.as_bytes(), self.app_secret().as_bytes());
        let ask = door.ask(Method::POST, DOOR).with("content-type", "application/json");
        ask.with("x-hub-signature-256", &signature).bytes(body.as_bytes().to_vec()).send().await
    }

    /// Posts a webhook under any signature, or none.
    pub async fn webhook_under(&self, signature: Option<&str>, body: Vec<u8>) -> Answer {
        let ask = self.door.ask(Method::POST, DOOR).with("content-type", "application/json");
        let ask = match signature {
            Some(signature) => ask.with("x-hub-signature-256", signature),
            None => ask,
        };
        ask.bytes(body).send().await
    }

    /// One report about a message, taken in and read.
    pub async fn reports(&self, status: Status) {
        self.webhook(batch([status.value()])).await.taken();
        self.settle().await;
    }

    fn app_secret(&self) -> String {
        match self.is_simulated_inside() {
            // Every process of an installation derives the same.
            true => hex::encode(mac(SECRET_KEY.as_bytes(), b"simulated app secret")),
            false => APP_SECRET.to_owned(),
        }
    }
}

/// The callback data that attempt `number` at this notification carries. The provider tells it
/// back; where an attempt never reached one, only its maker knows it.
pub fn callback_data(notification: &Value, number: u32) -> String {
    let named = format!("v1:{}:{number}", super::id(notification));
    let key = mac(SECRET_KEY.as_bytes(), b"callback data");
    let signature = mac(&key, named.as_bytes());
    format!("{named}:{}", hex::encode(&signature[..8]))
}

fn mac(key: &[u8], said: &[u8]) -> Vec<u8> {
    let mut mac: Hmac<Sha256> = Hmac::new_from_slice(key).expect("HMAC takes any key");
    mac.update(said);
    mac.finalize().into_bytes().to_vec()
}

impl Answer {
    /// A webhook was acknowledged.
    #[track_caller]
    pub fn taken(&self) {
        assert_eq!(self.status, 200, "{}: {}", self.asked, self.text());
    }
}
