//! What Meta thinks of the business: its token, its number, its account and where its webhooks go.
//! All is well until a tester says otherwise.

use actix_web::{
    HttpResponse,
    web::{Bytes, Data},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{api::Unfit, gate::Visitor, refusal::Refusal, world::World};

/// The permission to read and manage numbers, accounts and templates.
const MANAGEMENT: &str = "whatsapp_business_management";

/// What Meta thinks of the business.
#[derive(Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Standing {
    /// `SYSTEM_USER` or `USER`.
    token_type: String,
    /// When the token ends; it never does without.
    token_expires_at: Option<DateTime<Utc>>,
    /// What the token may do.
    scopes: Vec<String>,
    name_status: String,
    quality_rating: String,
    number_status: String,
    platform_type: String,
    account_mode: String,
    messaging_limit: String,
    account_review_status: String,
    /// Whether the number is one of the account's.
    holds_number: bool,
    /// Whether the account reports to the app.
    pub(super) subscribed: bool,
    /// Where the app's webhooks go; where the simulator posts them unless it is said.
    callback_url: Option<String>,
    /// About what they are.
    fields: Vec<String>,
}

impl Default for Standing {
    fn default() -> Self {
        let word = |word: &str| word.to_owned();
        Self {
            token_type: word("SYSTEM_USER"),
            token_expires_at: None,
            scopes: vec![word("whatsapp_business_messaging"), word(MANAGEMENT)],
            name_status: word("APPROVED"),
            quality_rating: word("GREEN"),
            number_status: word("CONNECTED"),
            platform_type: word("CLOUD_API"),
            account_mode: word("LIVE"),
            messaging_limit: word("TIER_250"),
            account_review_status: word("APPROVED"),
            holds_number: true,
            subscribed: true,
            callback_url: None,
            fields: vec![word("messages"), word("message_template_status_update")],
        }
    }
}

impl Standing {
    /// Whether the token has ended by now.
    pub(super) fn has_ended(&self, now: DateTime<Utc>) -> bool {
        self.token_expires_at.is_some_and(|end| end <= now)
    }

    /// Refuses whoever may not manage the account.
    pub(super) fn may_manage(&self) -> Result<(), Refusal> {
        match self.scopes.iter().any(|scope| scope == MANAGEMENT) {
            true => Ok(()),
            false => Err(Refusal::of(403, 200)),
        }
    }

    /// `debug_token`
    pub(super) fn token(&self, app: &str, account: &str) -> Value {
        let granted =
            self.scopes.iter().map(|scope| json!({ "scope": scope, "target_ids": [account] }));
        json!({
            "app_id": app,
            "type": self.token_type,
            "application": "Simulated app",
            "data_access_expires_at": 0,
            "expires_at": self.token_expires_at.map_or(0, |end| end.timestamp()),
            "is_valid": true,
            "issued_at": 1_767_225_600,
            "scopes": self.scopes,
            "granular_scopes": granted.collect::<Vec<_>>(),
            "user_id": "100000000000004",
        })
    }

    /// Every field of the number.
    pub(super) fn number(&self, id: &str, display: &str) -> Value {
        json!({
            "id": id,
            "display_phone_number": display,
            "verified_name": "Simulated business",
            "quality_rating": self.quality_rating,
            "code_verification_status": "VERIFIED",
            "name_status": self.name_status,
            "status": self.number_status,
            "platform_type": self.platform_type,
            "account_mode": self.account_mode,
            "throughput": { "level": "STANDARD" },
            "whatsapp_business_manager_messaging_limit": self.messaging_limit,
        })
    }

    /// Every field of the account.
    pub(super) fn account(&self, id: &str) -> Value {
        json!({
            "id": id,
            "name": "Simulated account",
            "account_review_status": self.account_review_status,
            "currency": "USD",
            "timezone_id": "1",
        })
    }

    /// The numbers of the account.
    pub(super) fn numbers(&self, number: &str) -> Value {
        match self.holds_number {
            true => json!({ "data": [{ "id": number }] }),
            false => json!({ "data": [] }),
        }
    }

    /// The apps to which the account reports.
    pub(super) fn apps(&self, app: &str) -> Value {
        let about = json!({ "whatsapp_business_api_data": {
            "id": app, "name": "Simulated app", "link": "https://simulated.invalid/" } });
        match self.subscribed {
            true => json!({ "data": [about] }),
            false => json!({ "data": [] }),
        }
    }

    /// Where the app's webhooks go.
    pub(super) fn subscriptions(&self, posted_to: Option<&str>) -> Value {
        let Some(url) = self.callback_url.as_deref().or(posted_to) else {
            return json!({ "data": [] });
        };
        let fields = self.fields.iter().map(|name| json!({ "name": name, "version": "v25.0" }));
        json!({ "data": [{ "object": "whatsapp_business_account", "callback_url": url,
            "active": true, "fields": fields.collect::<Vec<_>>() }] })
    }
}

/// `GET /simulator/api/business`
pub(super) async fn show(_: Visitor, world: Data<World>) -> HttpResponse {
    HttpResponse::Ok().json(&world.memory().standing)
}

/// `PUT /simulator/api/business`; what is left out is well.
pub(super) async fn set(
    _: Visitor,
    world: Data<World>,
    body: Bytes,
) -> Result<HttpResponse, Unfit> {
    let wanted = serde_json::from_slice(&body);
    let wanted: Standing = wanted.map_err(|error| Unfit(error.to_string()))?;
    world.memory().standing = wanted.clone();
    Ok(HttpResponse::Ok().json(wanted))
}
