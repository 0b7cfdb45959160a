//! Templates that Meta takes and refuses, and what goes out by them.
use super::*;

fn asked(body: &str, names: &[&str]) -> Value {
    let examples: Vec<_> =
        names.iter().map(|name| json!({ "param_name": name, "example": "x" })).collect();
    json!({ "name": "greeting", "language": "en", "category": "UTILITY",
        "parameter_format": "NAMED", "components": [{ "type": "BODY", "text": body,
        "example": { "body_text_named_params": examples } }] })
}

fn sent(name: &str, language: &str, values: &Value) -> Value {
    json!({ "template": { "name": name, "language": { "code": language },
        "components": [{ "type": "body", "parameters": values }] } })
}

#[test]
fn a_body_is_checked_as_meta_checks_it() {
    for (body, names, expected) in [
        ("Hello {{name}}, how are you?", &["name"][..], None),
        ("Hello to you all!", &[], None),
        ("{{name}}, how are you today?", &["name"], Some(2_388_299)),
        ("How are you today, {{name}}", &["name"], Some(2_388_299)),
        ("Hello dear old {{a}} {{b}} of mine!", &["a", "b"], Some(2_388_299)),
        ("Hi {{name}}!", &["name"], Some(2_388_293)),
        ("Hello {{name}}, how are you?", &[], Some(2_388_047)),
        ("Hello {{name}}, how are you?", &["other"], Some(2_388_047)),
        ("Hello {{Name1}}, how are you?", &["Name1"], Some(2_388_073)),
    ] {
        let made = Templates::default().create(&asked(body, names));
        assert_eq!(made.err().and_then(|it| it.subcode()), expected, "{body}");
    }
    let mut templates = Templates::default();
    let hello = asked("Hello {{name}}, how are you?", &["name"]);
    assert!(templates.create(&hello).is_ok());
    let again = templates.create(&hello).err().and_then(|it| it.subcode());
    assert_eq!(again, Some(2_388_024), "once a language");
}

#[test]
fn what_goes_out_is_what_was_registered_with_its_values() {
    let mut templates = Templates::default();
    let hello = asked("Hello {{name}}, how is {{pet}} doing today?", &["name", "pet"]);
    assert!(templates.create(&hello).is_ok());
    let value =
        |name: &str, text: &str| json!({ "type": "text", "parameter_name": name, "text": text });
    let good = json!([value("pet", "Rex"), value("name", "{{pet}}")]);
    let words = templates.words(&sent("greeting", "en", &good)).ok();
    let expected = "Hello {{pet}}, how is Rex doing today?".to_owned();
    assert_eq!(words, Some((expected, "UTILITY".to_owned())));
    for (name, language, values, code) in [
        ("greeting", "en_US", &good, 132_001),
        ("farewell", "en", &good, 132_001),
        ("greeting", "en", &json!([value("name", "Ann")]), 132_000),
        ("greeting", "en", &json!([value("name", "Ann"), value("cat", "Tom")]), 100),
        (
            "greeting",
            "en",
            &json!([value("pet", "Rex"), value("name", &"x".repeat(1000))]),
            132_005,
        ),
    ] {
        let refused = templates.words(&sent(name, language, values)).err();
        assert_eq!(refused.map(|it| it.code), Some(code), "{name} {language}");
    }
    for (status, code) in [("PAUSED", 132_015), ("DISABLED", 132_016), ("REJECTED", 132_001)] {
        templates.named("greeting", None).for_each(|it| it.status = status.to_owned());
        let refused = templates.words(&sent("greeting", "en", &good)).err();
        assert_eq!(refused.map(|it| it.code), Some(code), "{status}");
    }
}
