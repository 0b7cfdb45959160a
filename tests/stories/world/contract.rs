//! The OpenAPI document, held against whatever a story asks and is answered: what is not told there,
//! or told otherwise, fails the story.
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use jsonschema::Validator;
use serde_json::{Value, json};

use super::answer::Answer;

static CONTRACT: LazyLock<Contract> = LazyLock::new(Contract::read);

struct Contract {
    document: Value,
    /// Schemas that were needed so far, by where they stand.
    schemas: Mutex<HashMap<String, &'static Validator>>,
}

/// What was asked.
pub struct Asked {
    pub method: String,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub body: Option<Vec<u8>>,
}

impl Asked {
    /// As it goes out.
    pub fn of(request: &reqwest::Request) -> Self {
        let url = request.url();
        Self {
            method: request.method().to_string(),
            path: url.path().to_owned(),
            query: url.query_pairs().into_owned().collect(),
            body: request.body().and_then(|body| body.as_bytes()).map(<[u8]>::to_vec),
        }
    }
}

/// Where something stands in the document.
struct Place<'a> {
    pointer: String,
    value: &'a Value,
}

impl<'a> Place<'a> {
    fn of(&self, names: &[&str]) -> Place<'a> {
        let step = |name: &&str| format!("/{}", name.replace('~', "~0").replace('/', "~1"));
        let below: String = names.iter().map(step).collect();
        let value = self.value.pointer(&below).unwrap_or(&Value::Null);
        Place { pointer: format!("{}{below}", self.pointer), value }
    }
}

/// Fails where the document tells it otherwise.
#[track_caller]
pub fn holds(asked: &Asked, answer: &Answer) {
    if let Err(broken) = CONTRACT.check(asked, answer) {
        panic!("{}: {} {broken}\n{}", answer.asked, answer.status, answer.text());
    }
}

impl Contract {
    fn read() -> Self {
        Self { document: deskbell::http::openapi::document(), schemas: Mutex::default() }
    }

    fn check(&self, asked: &Asked, answer: &Answer) -> Result<(), String> {
        // The simulator and the pages for people are no part of the API, nor is what browsers ask
        // beforehand.
        let other = ["/simulator", "/docs"].iter().any(|other| asked.path.starts_with(other));
        // A HEAD is a GET without its body.
        if other || ["OPTIONS", "HEAD"].contains(&&*asked.method) || nothing_stands_there(answer) {
            return Ok(());
        }
        // Before anybody looks for an address, everybody may be told to wait.
        let passing = [429, 503].contains(&answer.status);
        let Some(path) = self.path(&asked.path) else {
            return told(passing, "comes from an address that is not told");
        };
        let call = path.of(&[&asked.method.to_lowercase()]);
        if call.value.is_null() {
            return told(passing || answer.status == 405, "comes from a method that is not told");
        }
        let status = answer.status.to_string();
        let told = call.of(&["responses", &status]);
        if told.value.is_null() {
            return Err("is a status that is not told".to_owned());
        }
        self.check_answer(&told, answer)?;
        if answer.status < 300 {
            self.check_request(&call, asked)?;
        }
        Ok(())
    }

    /// The most literal of the told paths that it fits; `/api/v1` is `/api`, a slash at the end nothing.
    fn path(&self, path: &str) -> Option<Place<'_>> {
        let path = path.trim_end_matches('/').replacen("/api/v1/", "/api/", 1);
        let fits = |told: &str| {
            let (told, parts): (Vec<_>, Vec<_>) =
                (told.split('/').collect(), path.split('/').collect());
            told.len() == parts.len()
                && told.iter().zip(parts).all(|(told, part)| told.starts_with('{') || *told == part)
        };
        let paths = self.document["paths"].as_object()?;
        let told =
            paths.keys().filter(|told| fits(told)).min_by_key(|told| told.matches('{').count());
        let root = Place { pointer: String::new(), value: &self.document };
        told.map(|told| root.of(&["paths", told]))
    }

    fn check_answer(&self, told: &Place<'_>, answer: &Answer) -> Result<(), String> {
        for (name, header) in told.value["headers"].as_object().into_iter().flatten() {
            let header = self.resolved(header);
            if header["required"] == true && answer.header(name).is_none() {
                return Err(format!("has no {name}, which is told"));
            }
        }
        let kind = answer.header("content-type").and_then(|kind| kind.split(';').next());
        let Some(kind) = kind else {
            let bare = told.value.get("content").is_none() && answer.body.is_empty();
            return bare.then_some(()).ok_or_else(|| "says nothing of its kind".to_owned());
        };
        let content = told.of(&["content", kind]);
        if content.value.is_null() {
            return Err(format!("is {kind}, which is not told"));
        }
        if !kind.ends_with("json") {
            return Ok(());
        }
        self.fits(&content.of(&["schema"]), &answer.json())
    }

    /// What was understood must have been told.
    fn check_request(&self, call: &Place<'_>, asked: &Asked) -> Result<(), String> {
        let parameters: Vec<&Value> =
            call.value["parameters"].as_array().into_iter().flatten().collect();
        for (name, _) in &asked.query {
            let told = parameters.iter().map(|parameter| self.resolved(parameter));
            let mut told = told.filter(|parameter| parameter["in"] == "query");
            if !told.any(|parameter| parameter["name"] == **name) {
                return Err(format!("to the parameter `{name}`, which is not told"));
            }
        }
        let form = call.of(&["requestBody", "content", "application/x-www-form-urlencoded"]);
        if asked.path.starts_with("/webhook/") || !form.value.is_null() {
            // Whatever is signed is stored; it is read later. Any other form is only taken.
            return Ok(());
        }
        let Some(body) = asked.body.as_deref().filter(|body| !body.is_empty()) else {
            return Ok(());
        };
        let schema = call.of(&["requestBody", "content", "application/json", "schema"]);
        let Ok(mut body) = serde_json::from_slice(body) else {
            return Err("to a body that is not JSON".to_owned());
        };
        if schema.value.is_null() {
            let empty = body == json!({});
            return empty.then_some(()).ok_or_else(|| "to a body that is not told".to_owned());
        }
        trim(&mut body);
        self.fits(&schema, &body).map_err(|flaw| format!("to a body that should not fit: {flaw}"))
    }

    fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
        let pointer = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
        pointer.and_then(|pointer| self.document.pointer(pointer)).unwrap_or(value)
    }

    fn fits(&self, schema: &Place<'_>, value: &Value) -> Result<(), String> {
        let flaws: Vec<String> = self
            .validator(&schema.pointer)
            .iter_errors(value)
            .map(|flaw| format!("at {}: {flaw}", flaw.instance_path()))
            .collect();
        if flaws.is_empty() { Ok(()) } else { Err(flaws.join("; ")) }
    }

    fn validator(&self, pointer: &str) -> &'static Validator {
        let mut schemas = self.schemas.lock().expect("the schemas");
        schemas.entry(pointer.to_owned()).or_insert_with(|| {
            let schema = self.document.pointer(pointer).expect("it stands there");
            let whole = json!({ "allOf": [schema], "components": self.document["components"] });
            let read = jsonschema::options().should_validate_formats(true).build(&whole);
            // As many as the document has schemas, and for as long as the stories run.
            Box::leak(Box::new(read.unwrap_or_else(|error| panic!("{pointer}: {error}"))))
        })
    }
}

fn told(so: bool, otherwise: &str) -> Result<(), String> {
    if so { Ok(()) } else { Err(otherwise.to_owned()) }
}

/// An unknown address; to a process that only works nearly all of them are.
fn nothing_stands_there(answer: &Answer) -> bool {
    answer.status == 404 && answer.text().contains("nothing stands at this address")
}

/// The desk trims what people type before it measures it.
fn trim(value: &mut Value) {
    match value {
        Value::String(text) => *text = text.trim().replace("\r\n", "\n"),
        Value::Array(values) => values.iter_mut().for_each(trim),
        Value::Object(fields) => fields.values_mut().for_each(trim),
        _ => {}
    }
}
