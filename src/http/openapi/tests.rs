//! The document says what is true, and says it whole.
use std::collections::HashSet;

use serde_json::Value;

use super::super::known;
use super::*;

/// Pages for people, which are no part of the API.
const PAGES: [&str; 2] = ["GET /docs", "GET /docs/{file}"];

struct Call<'a> {
    /// Like `GET /healthz`.
    name: String,
    told: &'a Value,
}

fn calls(document: &Value) -> Vec<Call<'_>> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let calls = paths.flat_map(|(path, calls)| {
        let calls = calls.as_object().into_iter().flatten();
        calls.map(move |(method, told)| Call {
            name: format!("{} {path}", method.to_uppercase()),
            told,
        })
    });
    calls.collect()
}

#[test]
fn the_documented_calls_are_the_routes_that_there_are() {
    let document = document();
    let mut told: Vec<String> = calls(&document).into_iter().map(|call| call.name).collect();
    told.sort();
    let (versioned, routes): (Vec<_>, Vec<_>) = known::routes()
        .into_iter()
        .filter(|route| !PAGES.contains(&route.as_str()))
        .partition(|route| route.contains(" /api/v1/"));
    assert!(routes.len() > 15, "only {routes:?} were found: this test looks in the wrong place");
    assert_eq!(told, routes, "src/http/openapi tells the left, the program has the right");
    for route in versioned {
        let plain = route.replace("/api/v1/", "/api/");
        assert!(routes.contains(&plain), "{route} stands under /api/v1 only");
    }
}

#[test]
fn every_call_is_named_and_explained() {
    let document = document();
    let tags: HashSet<&str> = TAGS.iter().map(|(name, _)| *name).collect();
    let mut ids = HashSet::new();
    for Call { name, told } in calls(&document) {
        let id = told["operationId"].as_str().unwrap_or_default();
        assert!(!id.is_empty() && ids.insert(id), "{name}: operationId `{id}`");
        assert!(told["summary"].as_str().is_some_and(|it| !it.is_empty()), "{name}: no summary");
        let tagged = told["tags"][0].as_str().is_some_and(|tag| tags.contains(tag));
        assert!(tagged, "{name}: tag {}", told["tags"]);
        assert!(told["security"].is_array(), "{name}: does not say who may");
        let good = told["responses"].as_object().into_iter().flatten();
        assert!(
            good.into_iter().any(|(status, _)| status.starts_with('2')),
            "{name}: no good answer"
        );
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let mut references = vec![];
    gather(&document, &mut references);
    assert!(references.len() > 100, "only {} references were found", references.len());
    for reference in references {
        let pointer = reference.strip_prefix('#').expect("nothing stands elsewhere");
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

#[test]
fn what_may_be_left_out_has_no_default_of_null() {
    let document = document().to_string();
    assert!(!document.contains(r#""default":null"#));
    let quiet = &document_of("QuietHoursChoice")["required"];
    assert_eq!(*quiet, serde_json::json!(["from", "to", "time_zone"]));
}

fn document_of(schema: &str) -> Value {
    document()["components"]["schemas"][schema].clone()
}

fn gather(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            if let Some(Value::String(reference)) = object.get("$ref") {
                references.push(reference.clone());
            }
            object.values().for_each(|value| gather(value, references));
        }
        Value::Array(values) => values.iter().for_each(|value| gather(value, references)),
        _ => {}
    }
}

#[test]
fn every_body_has_an_example_that_fits_its_schema() {
    let document = document();
    let mut examples = 0;
    for Call { name, told } in calls(&document) {
        let request = std::iter::once((format!("{name} request"), &told["requestBody"]));
        let answers = told["responses"].as_object().into_iter().flatten();
        let answers = answers.map(|(status, answer)| (format!("{name} {status}"), answer));
        for (which, body) in request.chain(answers) {
            for (kind, content) in body["content"].as_object().into_iter().flatten() {
                let shown = shown(&document, content);
                assert!(!shown.is_empty(), "{which} {kind}: no example");
                let schema = rooted(&document, &content["schema"]);
                let validator = jsonschema::validator_for(&schema)
                    .unwrap_or_else(|error| panic!("{which} {kind}: {error}"));
                for example in shown {
                    examples += 1;
                    let flaws: Vec<String> = validator
                        .iter_errors(example)
                        .map(|flaw| format!("{}: {flaw}", flaw.instance_path()))
                        .collect();
                    assert!(flaws.is_empty(), "{which} {kind}: {flaws:#?}\n{example:#}");
                }
            }
        }
    }
    assert!(examples > 100, "only {examples} examples were found");
}

/// The examples of a body.
fn shown<'a>(document: &'a Value, content: &'a Value) -> Vec<&'a Value> {
    let many = content["examples"].as_object().into_iter().flatten().map(|(_, example)| {
        let pointer = example["$ref"].as_str().and_then(|it| it.strip_prefix('#'));
        let example = pointer.and_then(|it| document.pointer(it)).unwrap_or(example);
        &example["value"]
    });
    content.get("example").into_iter().chain(many).collect()
}

/// A schema with everything that it may refer to.
fn rooted(document: &Value, schema: &Value) -> Value {
    json!({ "allOf": [schema], "components": document["components"] })
}

#[test]
fn what_may_be_null_is_so_in_its_list_of_values_too() {
    fn look(at: &Value, seen: &mut usize) {
        if let (Some(values), Some(kinds)) = (at["enum"].as_array(), at["type"].as_array()) {
            *seen += 1;
            let null = kinds.contains(&"null".into());
            assert_eq!(null, values.contains(&Value::Null), "{at}");
        }
        match at {
            Value::Object(object) => object.values().for_each(|value| look(value, seen)),
            Value::Array(values) => values.iter().for_each(|value| look(value, seen)),
            _ => {}
        }
    }
    let mut seen = 0;
    look(&document(), &mut seen);
    assert!(seen >= 3, "only {seen} were found: this test looks in the wrong place");
}
