//! Templates at Meta: which stand there, registering a new one, giving one another text.
use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::HeaderMap;
use reqwest::{Response, Url};
use serde::Deserialize;
use serde_json::{Value, json};

use super::WhatsApp;
use super::errors::of_code;
use super::wire::Refused;
use crate::domain::attempt::Remedy;
use crate::ports::templates::{Registered, Registry, Unwilling, Wanted, Words};

/// Of one page.
const PAGE: usize = 200;
/// An account has 6,000 templates at most.
const MOST_PAGES: usize = 40;
/// How ours begin; an account may have others.
const OURS: &str = "deskbell_";
const FIELDS: &str = "id,name,language,status,category,components,quality_score,rejected_reason";
const NO_ACCOUNT: &str = "templates are registered with the WhatsApp Business Account: set \
     WHATSAPP_BUSINESS_ACCOUNT_ID, which WhatsApp Manager > Account tools shows";

impl WhatsApp {
    fn graph(&self, path: &str) -> Result<Url, Unwilling> {
        let base = self.settings.api_url.trim_end_matches('/');
        let url = format!("{base}/{}/{path}", self.settings.api_version);
        url.parse().map_err(|_| Unwilling::NotSet("an id of Meta's is made of digits"))
    }

    fn templates_url(&self) -> Result<Url, Unwilling> {
        let account = self.settings.business_account_id.as_deref();
        let account = account.ok_or(Unwilling::NotSet(NO_ACCOUNT))?;
        self.graph(&format!("{account}/message_templates"))
    }
}

#[async_trait]
impl Registry for WhatsApp {
    async fn list(&self) -> Result<Vec<Registered>, Unwilling> {
        let (mut found, mut after) = (vec![], None::<String>);
        for _ in 0..MOST_PAGES {
            let mut url = self.templates_url()?;
            let limit = PAGE.to_string();
            url.query_pairs_mut()
                .append_pair("fields", FIELDS)
                .append_pair("limit", &limit)
                .extend_pairs(after.iter().map(|after| ("after", after)));
            let page: Page = answer(self.client.get(url).await).await?;
            let ours = page.data.iter().filter_map(registered);
            found.extend(ours.filter(|template| template.name.starts_with(OURS)));
            // Only a page that names another one is followed by one.
            let paging = page.paging.unwrap_or_default();
            after = paging.cursors.and_then(|cursors| cursors.after);
            if after.is_none() || paging.next.is_none() {
                return Ok(found);
            }
        }
        Ok(found)
    }

    async fn create(&self, wanted: &Wanted) -> Result<Registered, Unwilling> {
        let made = self.client.post(self.templates_url()?, &request(wanted)).await;
        let made: Made = answer(made).await?;
        Ok(Registered {
            id: text(&made.id).unwrap_or_default(),
            name: wanted.name.clone(),
            language: wanted.language.clone(),
            status: made.status.unwrap_or_else(|| "PENDING".to_owned()),
            // Meta may have chosen another one.
            category: made.category.unwrap_or_else(|| wanted.category().to_owned()),
            body: wanted.body().map(str::to_owned),
            quality: None,
            reason: None,
        })
    }

    async fn edit(&self, id: &str, wanted: &Wanted) -> Result<(), Unwilling> {
        let asked = self.client.post(self.graph(id)?, &components(wanted)).await;
        answer::<Value>(asked).await.map(drop)
    }
}

/// As one asks Meta for it.
pub fn request(wanted: &Wanted) -> Value {
    let mut body = components(wanted);
    body["name"] = json!(wanted.name);
    body["language"] = json!(wanted.language);
    body["category"] = json!(wanted.category());
    // The place of a code has no name.
    if let Words::Ours { .. } = wanted.words {
        body["parameter_format"] = json!("NAMED");
    }
    body
}

fn components(wanted: &Wanted) -> Value {
    let (body, examples) = match &wanted.words {
        Words::Ours { body, examples } => (body, examples),
        Words::Code { minutes } => return super::code::components(*minutes),
    };
    let examples: Vec<Value> = examples
        .iter()
        .map(|(name, example)| json!({ "param_name": name, "example": example }))
        .collect();
    json!({ "components": [{
        "type": "BODY",
        "text": body,
        "example": { "body_text_named_params": examples },
    }] })
}

async fn answer<T: serde::de::DeserializeOwned>(
    asked: Result<Response, reqwest::Error>,
) -> Result<T, Unwilling> {
    let unreached = |error: reqwest::Error| Unwilling::Unreached(error.without_url().to_string());
    let response = asked.map_err(unreached)?;
    let status = response.status();
    let again = regains_access(response.headers());
    let body = response.bytes().await.map_err(unreached)?;
    if status.is_success() {
        let unreadable = |_| Unwilling::Unreached("something else than Meta answered".to_owned());
        return serde_json::from_slice(&body).map_err(unreadable);
    }
    match serde_json::from_slice::<Refused>(&body) {
        Ok(Refused { error }) if of_code(error.code) == Remedy::Slower => {
            Err(Unwilling::NotNow { code: error.code, message: error.words(), again })
        }
        // Templates are refused by subcodes, which say more than `100`.
        Ok(Refused { error }) => Err(Unwilling::Refused {
            code: error.error_subcode.filter(|code| *code > 100_000).unwrap_or(error.code),
            message: error.words(),
        }),
        Err(_) => Err(Unwilling::Unreached(format!("Meta answered with {}", status.as_u16()))),
    }
}

/// Meta says how much of its limits is used, and in how many minutes an account may call again.
fn regains_access(headers: &HeaderMap) -> Option<Duration> {
    let told = headers.get("x-business-use-case-usage")?.to_str().ok()?;
    let used: HashMap<String, Vec<Used>> = serde_json::from_str(told).ok()?;
    let minutes =
        used.into_values().flatten().map(|it| it.estimated_time_to_regain_access).max()?;
    (minutes > 0).then(|| Duration::from_secs(60 * minutes))
}

#[derive(Deserialize)]
struct Used {
    #[serde(default)]
    estimated_time_to_regain_access: u64,
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    data: Vec<Value>,
    paging: Option<Paging>,
}

#[derive(Default, Deserialize)]
struct Paging {
    cursors: Option<Cursors>,
    next: Option<String>,
}

#[derive(Deserialize)]
struct Cursors {
    after: Option<String>,
}

#[derive(Deserialize)]
struct Made {
    id: Value,
    status: Option<String>,
    category: Option<String>,
}

/// One of the list; what cannot be read is as good as not there.
fn registered(value: &Value) -> Option<Registered> {
    let word = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let components = value.get("components").and_then(Value::as_array);
    let body = components.into_iter().flatten().find(|part| {
        part.get("type")
            .and_then(Value::as_str)
            .is_some_and(|kind| kind.eq_ignore_ascii_case("BODY"))
    });
    let quality = value.get("quality_score");
    Some(Registered {
        id: text(value.get("id")?)?,
        name: word("name")?,
        // Written `en-US` as well as `en_US`.
        language: word("language")?.replace('-', "_"),
        status: word("status")?.to_ascii_uppercase(),
        category: word("category").unwrap_or_default().to_ascii_uppercase(),
        body: body.and_then(|body| body.get("text")?.as_str()).map(str::to_owned),
        quality: quality
            .and_then(|quality| quality.get("score").unwrap_or(quality).as_str())
            .map(str::to_owned),
        reason: word("rejected_reason").filter(|reason| reason != "NONE"),
    })
}

/// An id, which is a string in answers and a number in webhooks.
fn text(id: &Value) -> Option<String> {
    match id {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}
