//! What Meta takes of a message with buttons, a list or a link: its limits, from its reference.

use std::collections::HashSet;

use serde_json::Value;

use super::{
    fields::{list, needed, optional},
    refusal::Refusal,
};

/// Checks the object `interactive` of a request.
pub(super) fn check(root: &Value) -> Result<(), Refusal> {
    let kind = needed(root, "/interactive/type", 64)?;
    optional(root, "/interactive/header/text", 60)?;
    optional(root, "/interactive/footer/text", 60)?;
    match kind {
        "button" => {
            needed(root, "/interactive/body/text", 1024)?;
            buttons(root)
        }
        "list" => {
            needed(root, "/interactive/body/text", 4096)?;
            needed(root, "/interactive/action/button", 20)?;
            sections(root)
        }
        "cta_url" => {
            needed(root, "/interactive/body/text", 1024)?;
            needed(root, "/interactive/action/parameters/display_text", 20)?;
            needed(root, "/interactive/action/parameters/url", 2000).map(drop)
        }
        "address_message"
        | "call_permission_request"
        | "catalog_message"
        | "flow"
        | "location_request_message"
        | "order_details"
        | "order_status"
        | "product"
        | "product_list"
        | "request_contact_info"
        | "voice_call" => Ok(()),
        _ => Err(Refusal::bad_value("Param interactive['type'] is not a known type.")),
    }
}

fn buttons(root: &Value) -> Result<(), Refusal> {
    const BUTTONS: &str = "/interactive/action/buttons";
    let (mut titles, mut ids) = (HashSet::new(), HashSet::new());
    for (index, _) in list(root, BUTTONS, 3)?.iter().enumerate() {
        let title = needed(root, &format!("{BUTTONS}/{index}/reply/title"), 20)?;
        let id = needed(root, &format!("{BUTTONS}/{index}/reply/id"), 256)?;
        if !titles.insert(title) || !ids.insert(id) {
            return Err(Refusal::invalid("Each button needs a title and an id of its own."));
        }
    }
    Ok(())
}

fn sections(root: &Value) -> Result<(), Refusal> {
    const SECTIONS: &str = "/interactive/action/sections";
    let (mut rows, mut ids) = (0, HashSet::new());
    for (section, _) in list(root, SECTIONS, 10)?.iter().enumerate() {
        needed(root, &format!("{SECTIONS}/{section}/title"), 24)?;
        let base = format!("{SECTIONS}/{section}/rows");
        for (row, _) in list(root, &base, 10)?.iter().enumerate() {
            needed(root, &format!("{base}/{row}/title"), 24)?;
            optional(root, &format!("{base}/{row}/description"), 72)?;
            rows += 1;
            if !ids.insert(needed(root, &format!("{base}/{row}/id"), 200)?) {
                return Err(Refusal::invalid("Each row needs an id of its own."));
            }
        }
    }
    if rows > 10 {
        return Err(Refusal::invalid("A list has at most 10 rows in all its sections."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn button(id: &str, title: &str) -> Value {
        json!({ "type": "reply", "reply": { "id": id, "title": title } })
    }

    fn with_buttons(body: &str, buttons: &[Value]) -> Value {
        json!({ "interactive": {
            "type": "button", "body": { "text": body }, "action": { "buttons": buttons },
        } })
    }

    fn with_rows(sections: usize, rows: usize) -> Value {
        let row = |s, r| json!({ "id": format!("{s}:{r}"), "title": "Row" });
        let section =
            |s| json!({ "title": "S", "rows": (0..rows).map(|r| row(s, r)).collect::<Vec<_>>() });
        let sections: Vec<_> = (0..sections).map(section).collect();
        json!({ "interactive": {
            "type": "list", "body": { "text": "x" },
            "action": { "button": "Choose", "sections": sections },
        } })
    }

    #[test]
    fn limits_are_metas() {
        let (a, b) = (button("a", "A"), button("b", "B"));
        let four: Vec<_> = ["a", "b", "c", "d"].iter().map(|id| button(id, id)).collect();
        let rows = [
            (with_buttons(&"é".repeat(1024), &[a.clone(), b.clone()]), None),
            (with_buttons(&"x".repeat(1025), std::slice::from_ref(&a)), Some(100)),
            (with_buttons("", std::slice::from_ref(&a)), Some(131008)),
            (with_buttons("x", &[]), Some(100)),
            (with_buttons("x", &four), Some(100)),
            (with_buttons("x", &four[..3]), None),
            (with_buttons("x", &[button("a", &"t".repeat(20))]), None),
            (with_buttons("x", &[button("a", &"t".repeat(21))]), Some(100)),
            (with_buttons("x", &[button(&"i".repeat(256), "A")]), None),
            (with_buttons("x", &[button(&"i".repeat(257), "A")]), Some(100)),
            (with_buttons("x", &[a.clone(), button("b", "A")]), Some(100)),
            (with_buttons("x", &[a, button("a", "B")]), Some(100)),
            (with_rows(2, 5), None),
            (with_rows(2, 6), Some(100)),
            (with_rows(0, 0), Some(100)),
            (json!({ "interactive": { "type": "drum" } }), Some(131009)),
            (json!({}), Some(131008)),
        ];
        for (root, expected) in rows {
            assert_eq!(check(&root).err().map(|refusal| refusal.code), expected, "{root}");
        }
    }
}
