//! What Meta takes as a template's text, and what it refuses.

use serde_json::Value;

use super::refusal::Refusal;

/// Whether a component is of this kind.
pub(super) fn is(component: &Value, kind: &str) -> bool {
    component.get("type").and_then(Value::as_str).is_some_and(|it| it.eq_ignore_ascii_case(kind))
}

/// The component of this kind.
pub(super) fn part<'a>(components: &'a Value, kind: &str) -> Option<&'a Value> {
    components.as_array()?.iter().find(|it| is(it, kind))
}

/// As [`part`], to be changed.
pub(super) fn part_mut<'a>(components: &'a mut Value, kind: &str) -> Option<&'a mut Value> {
    components.as_array_mut()?.iter_mut().find(|it| is(it, kind))
}

/// The components of a request, with a body that Meta would take.
pub(super) fn checked(root: &Value, named: bool) -> Result<Value, Refusal> {
    let components = root.get("components").filter(|it| it.is_array());
    let components = components.ok_or_else(|| Refusal::missing("components"))?;
    let body = part(components, "BODY").ok_or_else(|| Refusal::missing("components[BODY]"))?;
    let text = body.get("text").and_then(Value::as_str).unwrap_or_default();
    // An authentication template's words are Meta's own.
    if !text.is_empty() {
        fits(text, body, named)?;
    }
    Ok(components.clone())
}

fn fits(text: &str, body: &Value, named: bool) -> Result<(), Refusal> {
    let refuse = |code, told: &str| Err(Refusal::of_template(code, told));
    if text.chars().count() > 1024 {
        return refuse(2_388_040, "The body has more than 1024 characters.");
    }
    let places = places(text);
    if places.is_empty() {
        return Ok(());
    }
    let proper = |name: &&str| match named {
        true => !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '_'),
        false => name.parse::<usize>().is_ok_and(|number| number > 0),
    };
    if !places.iter().all(proper) {
        return refuse(2_388_073, "A variable's name is not in the format of this template.");
    }
    let trimmed = text.trim();
    if trimmed.starts_with("{{") || trimmed.ends_with("}}") {
        return refuse(2_388_299, "Variables can't be at the start or end of the template.");
    }
    let squeezed: String = text.split_whitespace().collect();
    if squeezed.contains("}}{{") {
        return refuse(2_388_299, "Variables can't stand next to each other.");
    }
    let words = text.split_whitespace().filter(|word| !word.contains("{{")).count();
    if words <= 2 * places.len() {
        let told = "This template has too many variables for its length.";
        return refuse(2_388_293, told);
    }
    let examples = match named {
        true => body.pointer("/example/body_text_named_params"),
        false => body.pointer("/example/body_text/0"),
    };
    let examples = examples.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let told = |name: &&str| !named || examples.iter().any(|it| it["param_name"] == **name);
    if examples.len() != places.len() || !places.iter().all(told) {
        return refuse(2_388_047, "Each variable of the body needs an example.");
    }
    Ok(())
}

/// The names in a text, each once.
pub(super) fn places(text: &str) -> Vec<&str> {
    let mut found = vec![];
    for part in text.split("{{").skip(1) {
        if let Some((name, _)) = part.split_once("}}")
            && !found.contains(&name)
        {
            found.push(name);
        }
    }
    found
}
