//! The front door of the program, wherever it listens now.
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::Value;

use super::answer::Answer;
use super::contract::{self, Asked};
use super::settle::PATIENCE;

/// Where requests go; a program that starts anew listens elsewhere.
pub struct Door {
    http: reqwest::Client,
    base: Mutex<String>,
}

/// A request that is being made up.
pub struct Ask {
    builder: reqwest::RequestBuilder,
    what: String,
}

impl Door {
    pub(super) fn new() -> Self {
        Self::reached_from(Ipv4Addr::LOCALHOST)
    }

    /// The same door, for somebody who comes from this address.
    pub fn from(&self, address: Ipv4Addr) -> Self {
        let other = Self::reached_from(address);
        other.base.lock().expect("an address").clone_from(&self.base());
        other
    }

    fn reached_from(address: Ipv4Addr) -> Self {
        let http = reqwest::Client::builder()
            .no_proxy()
            // It speaks no TLS, and reading everybody's certificates takes a while.
            .tls_certs_only([])
            .local_address(IpAddr::V4(address))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client of plain HTTP");
        Self { http, base: Mutex::default() }
    }

    /// The door of a program that listens here.
    pub fn at(address: SocketAddr) -> Self {
        let door = Self::new();
        door.leads_to(address);
        door
    }

    pub(super) fn leads_to(&self, address: SocketAddr) {
        *self.base.lock().expect("an address") = format!("http://{address}");
    }

    /// The address in front of every path.
    pub fn base(&self) -> String {
        self.base.lock().expect("an address").clone()
    }

    /// A request.
    pub fn ask(&self, method: Method, path: &str) -> Ask {
        let what = format!("{method} {path}");
        Ask { builder: self.http.request(method, self.base() + path), what }
    }

    /// A GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path).send().await
    }

    /// A POST of JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask(Method::POST, path).json(body).send().await
    }
}

impl Ask {
    /// With one more header.
    pub fn with(self, name: &str, value: &str) -> Self {
        Self { builder: self.builder.header(name, value), ..self }
    }

    /// With a body of JSON.
    pub fn json(self, body: &Value) -> Self {
        Self { builder: self.builder.json(body), ..self }
    }

    /// With these bytes and nothing that says what they are.
    pub fn bytes(self, body: impl Into<Vec<u8>>) -> Self {
        Self { builder: self.builder.body(body.into()), ..self }
    }

    /// Sends it, and waits for the whole answer. Where the program cannot get at its database in time,
    /// it says that nothing was done: on a machine that is slow today this asks again, as every
    /// client has to.
    pub async fn send(self) -> Answer {
        let begun = Instant::now();
        let what = self.what;
        let (client, request) = self.builder.build_split();
        let request = request.unwrap_or_else(|error| panic!("{what}: no request: {error:?}"));
        let asked = Asked::of(&request);
        loop {
            let again = request.try_clone().expect("a body of bytes");
            let answer = answered(&client, again, &what).await;
            contract::holds(&asked, &answer);
            let is_busy = answer.status == 503 && answer.json()["code"] == "unavailable";
            if !is_busy || begun.elapsed() > PATIENCE {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

async fn answered(client: &reqwest::Client, request: reqwest::Request, what: &str) -> Answer {
    let answered = client.execute(request).await;
    let answered = answered.unwrap_or_else(|error| panic!("{what}: no answer: {error:?}"));
    let (status, headers) = (answered.status().as_u16(), answered.headers().clone());
    let body = answered.bytes().await;
    let body = body.unwrap_or_else(|error| panic!("{what}: half an answer: {error:?}"));
    Answer { asked: what.to_owned(), status, headers, body: body.to_vec() }
}
