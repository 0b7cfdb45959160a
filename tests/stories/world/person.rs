//! Somebody with an account, who logs in when they have to and asks over HTTP.
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use deskbell::domain::user::User;
use deskbell::ports::clock::Clock;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::answer::Answer;
use super::clock::MovedClock;
use super::door::{Ask, Door};

/// A token is good for 15 minutes; this leaves time to use it.
const TOKEN_USED_FOR: TimeDelta = TimeDelta::minutes(14);

/// Somebody with an account. A clone is the same person.
#[derive(Clone)]
pub struct Person {
    /// Their account.
    pub id: i64,
    /// What they log in with.
    pub username: String,
    /// Their password.
    pub password: String,
    number: Option<String>,
    door: Arc<Door>,
    clock: Arc<MovedClock>,
    token: Arc<Mutex<Option<Token>>>,
}

/// A token, and since when it is good.
type Token = (String, DateTime<Utc>);

impl Person {
    pub(super) fn new(
        door: Arc<Door>,
        clock: Arc<MovedClock>,
        user: User,
        password: String,
        number: Option<String>,
    ) -> Self {
        Self {
            id: user.id.0,
            username: user.username,
            password,
            number,
            door,
            clock,
            token: Arc::default(),
        }
    }

    /// Their number on WhatsApp.
    #[track_caller]
    pub fn number(&self) -> &str {
        self.number.as_deref().expect("this person has a number")
    }

    /// The same person at the door of another program.
    pub fn at(&self, door: Door) -> Self {
        Self { door: Arc::new(door), ..self.clone() }
    }

    /// A token that is good now.
    pub async fn token(&self) -> String {
        let mut held = self.token.lock().await;
        if let Some((token, since)) = &*held
            && self.clock.now() - *since < TOKEN_USED_FOR
        {
            return token.clone();
        }
        let token = self.logs_in().await;
        *held = Some((token.clone(), self.clock.now()));
        token
    }

    /// Logs in, for a token of one's own.
    pub async fn logs_in(&self) -> String {
        let answer = self.tries(&self.password).await.ok(200);
        answer["access_token"].as_str().expect("an access token").to_owned()
    }

    /// Tries to log in with this password.
    pub async fn tries(&self, password: &str) -> Answer {
        let credentials = json!({ "username": self.username, "password": password });
        self.door.post("/api/auth/login", &credentials).await
    }

    /// Logs in, for a refresh token.
    pub async fn begins_a_session(&self) -> String {
        let answer = self.tries(&self.password).await.ok(200);
        answer["refresh_token"].as_str().expect("a refresh token").to_owned()
    }

    /// A request in their name.
    pub async fn ask(&self, method: Method, path: &str) -> Ask {
        let bearer = format!("Bearer {}", self.token().await);
        self.door.ask(method, path).with("authorization", &bearer)
    }

    /// A GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path).await.send().await
    }

    /// What a GET shows, which they may see.
    pub async fn sees(&self, path: &str) -> Value {
        self.get(path).await.ok(200)
    }

    /// A PATCH of JSON.
    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.ask(Method::PATCH, path).await.json(body).send().await
    }

    /// A DELETE.
    pub async fn delete(&self, path: &str) -> Answer {
        self.ask(Method::DELETE, path).await.send().await
    }

    /// A POST of JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask(Method::POST, path).await.json(body).send().await
    }

    /// A POST of JSON under an `Idempotency-Key`.
    pub async fn posts_once(&self, key: &str, path: &str, body: &Value) -> Answer {
        self.ask(Method::POST, path).await.with("idempotency-key", key).json(body).send().await
    }

    /// Files a ticket with this title.
    pub async fn files(&self, title: &str) -> Value {
        self.files_with(title, json!({})).await
    }

    /// Files a ticket with this title and these fields.
    pub async fn files_with(&self, title: &str, fields: Value) -> Value {
        self.post("/api/tickets", &draft(title, fields)).await.ok(201)
    }

    /// Says a verb to a ticket.
    pub async fn says(&self, verb: &str, ticket: &Value, body: Value) -> Answer {
        self.post(&format!("/api/tickets/{}/{verb}", id(ticket)), &body).await
    }

    /// Says a verb that leads somewhere; the ticket as it stands then.
    pub async fn does(&self, verb: &str, ticket: &Value, body: Value) -> Value {
        self.says(verb, ticket, body).await.ok(200)
    }
}

/// A ticket as somebody files it.
pub fn draft(title: &str, fields: Value) -> Value {
    let mut draft = json!({
        "title": title,
        "description": "Users cannot login to the portal...",
        "category": "BUG",
        "project_name": "Web Portal",
    });
    let (Some(draft_fields), Value::Object(fields)) = (draft.as_object_mut(), fields) else {
        panic!("the fields of a draft are an object");
    };
    draft_fields.extend(fields);
    draft
}

/// The id of a thing.
#[track_caller]
pub fn id(of: &Value) -> i64 {
    of["id"].as_i64().unwrap_or_else(|| panic!("no id in {of}"))
}
