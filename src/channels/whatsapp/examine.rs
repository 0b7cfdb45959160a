//! Asking Meta how we stand with it: token, number, account, app and webhook. What Meta adds or
//! leaves out does no harm; what it does not answer stands as not answered.
use chrono::DateTime;
use futures::future::join_all;
use reqwest::Url;
use secrecy::ExposeSecret;
use serde_json::Value;

use super::graph::NoAnswer;
use super::{WhatsApp, version};
use crate::domain::standing::{
    Account, Handshake, Number, Standing, Subscription, Token, Told, Until,
};

/// What we ask about the number; each version of the API knows fields of its own.
const NUMBER: &str = "id,display_phone_number,verified_name,name_status,quality_rating,status,\
    code_verification_status,platform_type,account_mode,throughput,\
    whatsapp_business_manager_messaging_limit";
const ACCOUNT: &str = "id,name,account_review_status";
/// A token may be good for many accounts; one of them holds our number.
const MOST_ACCOUNTS: usize = 5;
/// What Meta answers to an app secret that is not the app's.
const NOT_THE_SECRET: [i64; 5] = [1, 100, 101, 104, 190];

impl WhatsApp {
    /// Everything that Meta says of us, and whether our webhook answers under its public address.
    pub(super) async fn standing(&self, public_url: Option<&str>) -> Standing {
        let (number, token, webhook) =
            tokio::join!(self.number(), self.token(), self.handshake(public_url));
        let (token, accounts) = match token {
            Ok((token, accounts)) => (Told::Said(token), accounts),
            Err(refused) => (refused.told(), vec![]),
        };
        let app = token.said().and_then(|token| token.app_id.clone());
        let ((app_secrets, subscription), (account, subscribed_apps)) =
            tokio::join!(self.app(app.as_deref()), self.account(accounts));
        Standing {
            version: version::about(&self.settings.api_version),
            token,
            number: number.map_or_else(NoAnswer::told, Told::Said),
            account,
            app_secrets,
            subscription,
            subscribed_apps,
            webhook,
            told: None,
        }
    }

    async fn number(&self) -> Result<Number, NoAnswer> {
        let id = &self.settings.phone_number_id;
        let said = match self.client.ask(id, &[("fields", NUMBER)]).await {
            Err(refused) if refused.is_about_fields() => self.client.ask(id, &[]).await?,
            said => said?,
        };
        Ok(number(&said, self.settings.business_number.as_deref()))
    }

    /// The token, and the accounts that it was made for.
    async fn token(&self) -> Result<(Token, Vec<String>), NoAnswer> {
        let held = self.client.token.now().await;
        let about = [("input_token", held.secret.expose_secret())];
        let said = self.client.ask("debug_token", &about).await?;
        let said = &said["data"];
        Ok((token(said), accounts(said)))
    }

    /// Whether each secret is the app's, and where the app's webhooks go.
    async fn app(&self, app: Option<&str>) -> (Told<Vec<bool>>, Told<Subscription>) {
        let nobody = || "the token does not tell which app it is for".to_owned();
        let Some(app) = app else { return (Told::LeftOut(nobody()), Told::LeftOut(nobody())) };
        let path = format!("{app}/subscriptions");
        let secrets = self.settings.app_secrets.iter();
        let asked = secrets.map(|secret| self.client.ask_as_app(app, secret, &path));
        let (mut each, mut told) = (vec![], Told::LeftOut("no app secret is right".to_owned()));
        for said in join_all(asked).await {
            match said {
                Ok(said) => {
                    each.push(true);
                    told = Told::Said(subscription(&said));
                }
                Err(refused) if refused.code().is_some_and(|it| NOT_THE_SECRET.contains(&it)) => {
                    each.push(false);
                }
                Err(other) => return (other.told(), Told::LeftOut("the app was not asked".into())),
            }
        }
        (Told::Said(each), told)
    }

    /// The account that is set, else the one of the token's that holds our number; and the apps to
    /// which it reports.
    async fn account(&self, of_token: Vec<String>) -> (Told<Account>, Told<Vec<String>>) {
        let set = self.settings.business_account_id.clone().map(|id| vec![id]);
        let mut found = None;
        for id in set.unwrap_or(of_token).into_iter().take(MOST_ACCOUNTS) {
            let path = format!("{id}/phone_numbers");
            let numbers = self.client.ask(&path, &[("fields", "id"), ("limit", "100")]).await;
            let holds = numbers.as_ref().ok().map(|said| {
                let ours = self.settings.phone_number_id.as_str();
                let more = said.pointer("/paging/next").is_some();
                list(said).any(|it| it["id"].as_str() == Some(ours)) || more
            });
            if holds == Some(true) || found.is_none() {
                found = Some((id, holds));
            }
            if holds == Some(true) {
                break;
            }
        }
        let Some((id, holds)) = found else {
            let why = "WHATSAPP_BUSINESS_ACCOUNT_ID is not set, and the token names no account";
            return (Told::LeftOut(why.to_owned()), Told::LeftOut(why.to_owned()));
        };
        let path = format!("{id}/subscribed_apps");
        let about = [("fields", ACCOUNT)];
        let (itself, apps) =
            tokio::join!(self.client.ask(&id, &about), self.client.ask(&path, &[]));
        let account = |said: Value| Account {
            name: word(&said, "name"),
            review: word(&said, "account_review_status"),
            holds_number: holds,
            id,
        };
        let apps = apps.map(|said| {
            let ids = list(&said).filter_map(|it| word(&it["whatsapp_business_api_data"], "id"));
            ids.collect()
        });
        (
            itself.map(account).map_or_else(NoAnswer::told, Told::Said),
            apps.map_or_else(NoAnswer::told, Told::Said),
        )
    }

    /// Asks our own webhook as Meta does when one subscribes to it.
    async fn handshake(&self, public_url: Option<&str>) -> Told<Handshake> {
        let left_out = |why: &str| Told::LeftOut(why.to_owned());
        let Some(base) = public_url else { return left_out("PUBLIC_URL is not set") };
        let Some(token) = &self.settings.verify_token else {
            return left_out("WHATSAPP_VERIFY_TOKEN is not set");
        };
        let Ok(mut url) = Url::parse(&format!("{base}/webhook/whatsapp")) else {
            return left_out("PUBLIC_URL is no address");
        };
        let challenge = rand::random::<u32>().to_string();
        url.query_pairs_mut().extend_pairs([
            ("hub.mode", "subscribe"),
            ("hub.verify_token", token.expose_secret()),
            ("hub.challenge", &challenge),
        ]);
        match self.client.look_at(url).await {
            Ok((200, body)) if body == challenge.as_bytes() => Told::Said(Handshake::Ours),
            Ok((status, _)) => Told::Said(Handshake::Other(status)),
            Err(why) => Told::Unreached(why),
        }
    }
}

fn number(said: &Value, set: Option<&str>) -> Number {
    let digits = |number: &str| number.chars().filter(char::is_ascii_digit).collect::<String>();
    let display = word(said, "display_phone_number");
    Number {
        is_as_set: display.as_deref().zip(set).map(|(is, set)| digits(is) == digits(set)),
        display,
        name: word(said, "verified_name"),
        name_status: word(said, "name_status"),
        quality: word(said, "quality_rating"),
        status: word(said, "status"),
        verification: word(said, "code_verification_status"),
        platform: word(said, "platform_type"),
        mode: word(said, "account_mode"),
        throughput: word(&said["throughput"], "level"),
        limit: word(said, "whatsapp_business_manager_messaging_limit"),
    }
}

fn token(said: &Value) -> Token {
    let ends = match said["expires_at"].as_i64() {
        Some(0) => Until::Ever,
        Some(at) => DateTime::from_timestamp(at, 0).map_or(Until::Unsaid, Until::At),
        None => Until::Unsaid,
    };
    Token {
        is_valid: said["is_valid"].as_bool().unwrap_or(false),
        error: word(&said["error"], "message"),
        kind: word(said, "type"),
        app_id: word(said, "app_id").filter(|id| is_id(id)),
        ends,
        scopes: said["scopes"].as_array().into_iter().flatten().filter_map(text).collect(),
    }
}

/// The accounts for which a permission was given, where it was not given for all.
fn accounts(said: &Value) -> Vec<String> {
    let granted = said["granular_scopes"].as_array().into_iter().flatten();
    let about = granted.filter(|it| it["scope"] == "whatsapp_business_management");
    let ids = about.flat_map(|it| it["target_ids"].as_array().into_iter().flatten());
    ids.filter_map(text).filter(|id| is_id(id)).collect()
}

fn subscription(said: &Value) -> Subscription {
    let mut of_account = list(said).filter(|it| it["object"] == "whatsapp_business_account");
    let Some(told) = of_account.next() else {
        return Subscription { callback_url: None, is_active: false, fields: vec![] };
    };
    // A field is an object with its version; older versions of the API give its name alone.
    let name = |field: &Value| word(field, "name").or_else(|| text(field));
    Subscription {
        callback_url: word(told, "callback_url"),
        is_active: told["active"].as_bool().unwrap_or(true),
        fields: told["fields"].as_array().into_iter().flatten().filter_map(name).collect(),
    }
}

fn list(said: &Value) -> impl Iterator<Item = &Value> {
    said["data"].as_array().into_iter().flatten()
}

fn word(said: &Value, name: &str) -> Option<String> {
    text(&said[name])
}

/// Ids are strings mostly, and numbers at times.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// What goes into the path of a question.
fn is_id(id: &str) -> bool {
    !id.is_empty() && id.chars().all(|sign| sign.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_token_is_read_whatever_else_meta_says() {
        let said = json!({ "app_id": "138483919580948", "type": "SYSTEM_USER", "expires_at": 0,
            "is_valid": true, "scopes": ["whatsapp_business_messaging", 7],
            "granular_scopes": [{ "scope": "whatsapp_business_management",
                "target_ids": ["102290129340398", "../me"] }, { "scope": "public_profile" }] });
        let read = token(&said);
        assert_eq!((read.is_valid, read.ends), (true, Until::Ever));
        assert_eq!(read.app_id.as_deref(), Some("138483919580948"));
        assert_eq!(accounts(&said), ["102290129340398"], "an id and no path");
        let read = token(&json!({ "is_valid": false, "expires_at": 1_700_000_000,
            "app_id": "1/../2", "error": { "code": 190, "message": "Session has expired" } }));
        assert_eq!(read.error.as_deref(), Some("Session has expired"));
        assert!(matches!(read.ends, Until::At(_)) && read.app_id.is_none());
        for odd in [json!(null), json!([]), json!("x"), json!({ "scopes": "x", "expires_at": {} })]
        {
            let read = token(&odd);
            assert_eq!((read.is_valid, read.ends, read.scopes), (false, Until::Unsaid, vec![]));
            assert_eq!(accounts(&odd), Vec::<String>::new());
        }
    }

    #[test]
    fn a_number_is_compared_by_its_digits() {
        let said = json!({ "display_phone_number": "+1 555-078-3881",
            "throughput": { "level": "STANDARD" } });
        for (set, expected) in
            [(None, None), (Some("+15550783881"), Some(true)), (Some("+15550783882"), Some(false))]
        {
            assert_eq!(number(&said, set).is_as_set, expected, "{set:?}");
        }
        assert_eq!(number(&said, None).throughput.as_deref(), Some("STANDARD"));
        assert_eq!(number(&json!([]), Some("+1")).is_as_set, None);
    }

    #[test]
    fn fields_are_read_with_and_without_versions() {
        for fields in [json!(["messages"]), json!([{ "name": "messages", "version": "v25.0" }])] {
            let said = json!({ "data": [{ "object": "user", "fields": [] },
                { "object": "whatsapp_business_account", "callback_url": "https://d/webhook",
                  "fields": fields, "active": true }] });
            let read = subscription(&said);
            assert_eq!((read.fields, read.is_active), (vec!["messages".to_owned()], true));
        }
        assert!(!subscription(&json!({ "data": [] })).is_active);
    }
}
