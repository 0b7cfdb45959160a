//! One call as the document tells it: what it takes, what it answers, every refusal it can give.
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::super::problem::{
    BAD_IDEMPOTENCY_KEY, BAD_JSON, BAD_QUERY, DEFECT, FORBIDDEN, IDEMPOTENCY_KEY_REUSED, INVALID,
    Kind, NOT_FOUND, NOT_JSON, RATE_LIMITED, REQUEST_RUNNING, SLOW_BODY, STALE, TOO_LARGE,
    UNAUTHENTICATED, UNAVAILABLE,
};
use super::answers::{header, refusal};
use super::schemas::Schemas;

/// One call.
pub struct Operation {
    method: &'static str,
    path: String,
    tag: &'static str,
    id: String,
    summary: String,
    about: String,
    /// What one shows to be let in; nobody is asked where there is none.
    security: Option<&'static str>,
    parameters: Vec<Value>,
    body: Option<Value>,
    answers: BTreeMap<u16, Value>,
    refusals: Vec<&'static Kind>,
}

/// Calls of one kind of thing, which share their place in the table of contents.
#[derive(Clone, Copy)]
pub struct About(pub &'static str);

impl About {
    /// A reading call. Everybody who calls has to say who they are, unless it is [`Operation::open`].
    pub fn get(self, path: &str, id: &str, summary: &str) -> Operation {
        self.call("get", path, id, summary)
    }

    /// A call that changes something or makes something.
    pub fn post(self, path: &str, id: &str, summary: &str) -> Operation {
        self.call("post", path, id, summary)
    }

    /// A call that changes what is given, and leaves the rest.
    pub fn patch(self, path: &str, id: &str, summary: &str) -> Operation {
        self.call("patch", path, id, summary)
    }

    /// A call that replaces something whole.
    pub fn put(self, path: &str, id: &str, summary: &str) -> Operation {
        self.call("put", path, id, summary)
    }

    /// A call that takes something away.
    pub fn delete(self, path: &str, id: &str, summary: &str) -> Operation {
        self.call("delete", path, id, summary)
    }

    fn call(self, method: &'static str, path: &str, id: &str, summary: &str) -> Operation {
        let operation = Operation {
            method,
            path: path.to_owned(),
            tag: self.0,
            id: id.to_owned(),
            summary: summary.to_owned(),
            about: String::new(),
            security: Some("bearer"),
            parameters: vec![json!({ "$ref": "#/components/parameters/RequestId" })],
            body: None,
            answers: BTreeMap::new(),
            refusals: vec![&UNAUTHENTICATED, &BAD_QUERY, &RATE_LIMITED, &DEFECT, &UNAVAILABLE],
        };
        if path.contains("{id}") { operation.of_one() } else { operation }
    }
}

impl Operation {
    fn of_one(mut self) -> Self {
        self.parameters.push(json!({ "$ref": "#/components/parameters/Id" }));
        self.refuses(&[&NOT_FOUND])
    }

    /// In full sentences.
    pub fn about(self, about: &str) -> Self {
        Self { about: about.to_owned(), ..self }
    }

    /// Nobody is asked who they are.
    pub fn open(mut self) -> Self {
        self.refusals.retain(|kind| kind.code != UNAUTHENTICATED.code);
        Self { security: None, ..self }
    }

    /// Another token opens it, where the operator set one.
    pub fn security(self, scheme: &'static str) -> Self {
        Self { security: Some(scheme), ..self }
    }

    /// A wrong query is never looked at.
    pub fn any_query(mut self) -> Self {
        self.refusals.retain(|kind| kind.code != BAD_QUERY.code);
        self
    }

    /// Anybody may ask as often as they like.
    pub fn unlimited(mut self) -> Self {
        self.refusals.retain(|kind| kind.code != RATE_LIMITED.code);
        self
    }

    /// Only some roles may.
    pub fn only(self) -> Self {
        self.refuses(&[&FORBIDDEN])
    }

    /// Can be said twice and is done once.
    pub fn keyed(mut self) -> Self {
        self.parameters.push(json!({ "$ref": "#/components/parameters/IdempotencyKey" }));
        self.refuses(&[&BAD_IDEMPOTENCY_KEY, &IDEMPOTENCY_KEY_REUSED, &REQUEST_RUNNING])
    }

    /// Can be said of one version only.
    pub fn of_a_version(mut self) -> Self {
        self.parameters.push(json!({ "$ref": "#/components/parameters/IfMatch" }));
        self.refuses(&[&STALE])
    }

    /// With one more parameter.
    pub fn parameter(mut self, parameter: Value) -> Self {
        self.parameters.push(parameter);
        self
    }

    /// With several more.
    pub fn parameters(mut self, parameters: impl IntoIterator<Item = Value>) -> Self {
        self.parameters.extend(parameters);
        self
    }

    /// With a body of JSON.
    pub fn takes<T: JsonSchema>(self, schemas: &mut Schemas, example: Value) -> Self {
        let schema = schemas.read::<T>();
        self.body(schema, example, true)
    }

    /// With a body of JSON that may be left out.
    pub fn may_take<T: JsonSchema>(self, schemas: &mut Schemas, example: Value) -> Self {
        let schema = schemas.read::<T>();
        self.body(schema, example, false)
    }

    /// With a body of JSON like this.
    pub fn body(mut self, schema: Value, example: Value, required: bool) -> Self {
        let content = json!({ "application/json": { "schema": schema, "example": example } });
        self.body = Some(json!({ "required": required, "content": content }));
        self.refuses(&[&BAD_JSON, &SLOW_BODY, &TOO_LARGE, &NOT_JSON, &INVALID])
    }

    /// With bytes that are looked at only later.
    pub fn raw(self, schema: Value, example: Value) -> Self {
        self.raw_as("application/json", schema, example, true)
    }

    /// The same, in another form than JSON, which may be left out where it is not required.
    pub fn raw_as(mut self, kind: &str, schema: Value, example: Value, required: bool) -> Self {
        let content = json!({ kind: { "schema": schema, "example": example } });
        self.body = Some(json!({ "required": required, "content": content }));
        self
    }

    /// A good answer with JSON.
    pub fn answers<T: JsonSchema>(
        self,
        schemas: &mut Schemas,
        status: u16,
        says: &str,
        example: Value,
    ) -> Self {
        let schema = schemas.shown::<T>();
        self.answers_with(status, says, "application/json", &schema, &example)
    }

    /// A good answer with a body of this kind.
    pub fn answers_with(
        self,
        status: u16,
        says: &str,
        kind: &str,
        schema: &Value,
        example: &Value,
    ) -> Self {
        let mut operation = self.answers_nothing(status, says);
        if let Some(answer) = operation.answers.get_mut(&status) {
            answer["content"] = json!({ kind: { "schema": schema, "example": example } });
        }
        operation
    }

    /// That good answer may be this one instead.
    pub fn or<T: JsonSchema>(
        mut self,
        schemas: &mut Schemas,
        status: u16,
        (usual, instead): (&str, &str),
        example: Value,
    ) -> Self {
        let schema = schemas.shown::<T>();
        if let Some(answer) = self.answers.get_mut(&status) {
            let content = &mut answer["content"]["application/json"];
            *content = json!({
                "schema": { "anyOf": [content["schema"].take(), schema] },
                "examples": {
                    usual: { "value": content["example"].take() },
                    instead: { "value": example },
                },
            });
        }
        self
    }

    /// A good answer without a body.
    pub fn answers_nothing(mut self, status: u16, says: &str) -> Self {
        let mut headers = header("RequestId");
        if self.refusals.iter().any(|kind| kind.code == REQUEST_RUNNING.code) {
            headers.extend(header("IdempotencyReplayed"));
        }
        self.answers.insert(status, json!({ "description": says, "headers": headers }));
        self
    }

    /// Whether it may answer so.
    pub fn answers_with_status(&self, status: u16) -> bool {
        self.answers.contains_key(&status)
    }

    /// Every good answer so far carries these headers, too.
    pub fn with(mut self, names: &[&str]) -> Self {
        for answer in self.answers.values_mut() {
            if let Some(headers) = answer["headers"].as_object_mut() {
                headers.extend(names.iter().flat_map(|name| header(name)));
            }
        }
        self
    }

    /// It may be refused for these reasons besides.
    pub fn refuses(mut self, kinds: &[&'static Kind]) -> Self {
        for kind in kinds {
            if !self.refusals.iter().any(|known| known.code == kind.code) {
                self.refusals.push(kind);
            }
        }
        self
    }

    /// Writes it into the paths of the document.
    pub fn write(mut self, paths: &mut Map<String, Value>) {
        let mut refused: BTreeMap<u16, Vec<&'static Kind>> = BTreeMap::new();
        for kind in std::mem::take(&mut self.refusals) {
            refused.entry(kind.status).or_default().push(kind);
        }
        for (status, kinds) in refused {
            // What a good answer says besides is said by the answer itself.
            let refusal = refusal(status, &kinds);
            match self.answers.get_mut(&status) {
                Some(answer) => {
                    answer["content"]["application/problem+json"] =
                        refusal["content"]["application/problem+json"].clone()
                }
                None => _ = self.answers.insert(status, refusal),
            }
        }
        let answers = self.answers.into_iter().map(|(status, answer)| (status.to_string(), answer));
        let security = match self.security {
            None => json!([]),
            // Without a METRICS_TOKEN nobody is asked.
            Some("metrics") => json!([{}, { "metrics": [] }]),
            Some(scheme) => json!([{ scheme: [] }]),
        };
        let mut told = json!({
            "tags": [self.tag],
            "operationId": self.id,
            "summary": self.summary,
            "description": self.about,
            "security": security,
            "parameters": self.parameters,
        });
        if let Some(body) = self.body {
            told["requestBody"] = body;
        }
        told["responses"] = Value::Object(answers.collect());
        let path = paths.entry(self.path).or_insert_with(|| json!({}));
        path[self.method] = told;
    }
}
