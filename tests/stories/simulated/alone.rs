//! A simulator that runs alone, and a program beside it that only listens.
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use deskbell::app::simulator_alone;
use deskbell::simulator::{Settings, Simulator};
use reqwest::{Client, Method, RequestBuilder, redirect};
use serde_json::Value;

/// A simulator that runs alone.
pub struct Alone {
    /// Where it is.
    pub base: String,
    http: Client,
    _simulator: Simulator,
}

/// What came to the program beside it.
#[derive(Clone, Debug)]
pub struct Heard {
    /// The path and the query.
    pub path: String,
    /// The headers, with their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Heard {
    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The fields of a form.
    pub fn form(&self) -> Vec<(String, String)> {
        let text = String::from_utf8_lossy(&self.body).into_owned();
        web::Query::<Vec<(String, String)>>::from_query(&text).expect("a form").into_inner()
    }

    /// One field of a form.
    pub fn field(&self, name: &str) -> Option<String> {
        self.form().into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }
}

/// A program that listens, and answers as it was told.
pub struct Listener {
    /// Where it is.
    pub base: String,
    heard: Arc<Mutex<Vec<Heard>>>,
}

impl Alone {
    /// One with its usual settings.
    pub async fn usual() -> Self {
        Self::with(|_| {}).await
    }

    /// One whose settings were changed.
    pub async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let secret = || "simulated".to_owned();
        let mut settings = simulator_alone(secret(), secret(), "100000000000001".to_owned(), None);
        change(&mut settings);
        let simulator = Simulator::new(settings);
        let inside = simulator.clone();
        let base = serve(move |cfg| inside.routes(cfg));
        let http = Client::builder().no_proxy().redirect(redirect::Policy::none()).build();
        Self { base, http: http.expect("a client"), _simulator: simulator }
    }

    /// A request to a path under `/simulator`.
    pub fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}/simulator{path}", self.base))
    }

    /// What a GET of its own API answers.
    pub async fn get(&self, path: &str) -> Value {
        let (status, said) = told(self.ask(Method::GET, path)).await;
        assert_eq!(status, 200, "{path}: {said}");
        said
    }

    /// Sets what goes wrong.
    pub async fn faults(&self, faults: Value) {
        let body = serde_json::json!({ "faults": faults });
        let (status, said) = told(self.ask(Method::PUT, "/api/faults").json(&body)).await;
        assert_eq!(status, 200, "{said}");
    }

    /// A person writes, and so opens their window.
    pub async fn hears_from(&self, number: &str) {
        let said = serde_json::json!({ "text": "Hi" });
        let path = format!("/api/phones/{number}/replies");
        let (status, said) = told(self.ask(Method::POST, &path).json(&said)).await;
        assert_eq!(status, 200, "{said}");
    }

    /// What is on a phone.
    pub async fn phone(&self, number: &str) -> Vec<Value> {
        let said = self.get(&format!("/api/phones/{number}/messages")).await;
        said["items"].as_array().expect("a list").clone()
    }
}

/// The status and the JSON of an answer.
pub async fn told(ask: RequestBuilder) -> (u16, Value) {
    let answer = ask.send().await.expect("an answer");
    let status = answer.status().as_u16();
    let body = answer.bytes().await.expect("a whole answer");
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

impl Listener {
    /// One that answers each request with the next of these, and then with 200.
    pub async fn answers(script: &[u16]) -> Self {
        let heard = Arc::new(Mutex::new(vec![]));
        let script = Arc::new(Mutex::new(script.to_vec()));
        let state = Data::new((Arc::clone(&heard), script));
        let base = serve(move |cfg| {
            cfg.app_data(state.clone()).default_service(web::to(listen));
        });
        Self { base, heard }
    }

    /// Everything that came, once there is so much of it.
    pub async fn heard(&self, many: usize) -> Vec<Heard> {
        for _ in 0..2_000 {
            let heard = self.heard.lock().expect("what was heard").clone();
            if heard.len() >= many {
                return heard;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("less than {many} came: {:?}", self.so_far());
    }

    /// What came so far.
    pub fn so_far(&self) -> Vec<Heard> {
        self.heard.lock().expect("what was heard").clone()
    }
}

type Said = Data<(Arc<Mutex<Vec<Heard>>>, Arc<Mutex<Vec<u16>>>)>;

async fn listen(state: Said, request: HttpRequest, body: Bytes) -> HttpResponse {
    let headers = request.headers().iter();
    let headers = headers.map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    let path = request.uri().to_string();
    let heard = Heard { path, headers: headers.collect(), body: body.to_vec() };
    state.0.lock().expect("what was heard").push(heard);
    let mut script = state.1.lock().expect("the script");
    let status = if script.is_empty() { 200 } else { script.remove(0) };
    HttpResponse::build(status.try_into().expect("a status")).finish()
}

/// A server that ends with its test.
fn serve(routes: impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let server = HttpServer::new(move || App::new().configure(routes.clone()));
    let server = server.workers(1).disable_signals().listen(listener).expect("a listener");
    tokio::spawn(server.run());
    base
}
