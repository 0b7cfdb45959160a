//! A message as Twilio takes it: a form. On WhatsApp it is always the Content of a template, but for
//! Twilio's sandbox, where people have joined and free text goes.
use serde_json::{Map, Value};

use super::{Account, SANDBOX, WEBHOOK, errors};
use crate::channels::http;
use crate::domain::attempt::{Failure, Remedy};
use crate::domain::medium::Medium;
use crate::ports::channel::{Form, Outgoing};

/// Under this name the Content of the template for one-time codes is set.
pub(super) const CODE: &str = "code";

/// The form, or why there is none.
pub(super) fn write(
    account: &Account,
    medium: Medium,
    message: &Outgoing,
) -> Result<String, Failure> {
    let settings = &account.settings;
    let mut fields = Fields::default();
    if medium == Medium::WhatsApp {
        let from = settings.whatsapp_from.as_deref().unwrap_or_default();
        fields.add("To", &format!("whatsapp:{}", message.to.as_str()));
        fields.add("From", &format!("whatsapp:{from}"));
        on_whatsapp(account, &message.form, from == SANDBOX, &mut fields)?;
    } else {
        fields.add("To", message.to.as_str());
        match (&settings.messaging_service, &settings.number) {
            (Some(service), _) => fields.add("MessagingServiceSid", service),
            (None, number) => fields.add("From", number.as_deref().unwrap_or_default()),
        }
        match &message.form {
            Form::Text(text) => fields.add("Body", &cut(text)),
            Form::Code(code) => {
                fields.add("Body", &code.text);
                // What is no longer good is not to arrive; Twilio takes 1 to 36,000 seconds.
                fields.add("ValidityPeriod", &(code.minutes.clamp(1, 600) * 60).to_string());
            }
            Form::Template(_) => return Err(never("an SMS has no template")),
        }
    }
    if let Some(base) = &settings.callback_base {
        let named = account.callbacks.write(message.notification, message.attempt);
        fields.add("StatusCallback", &format!("{base}{WEBHOOK}?n={named}"));
    }
    Ok(fields.written())
}

fn on_whatsapp(
    account: &Account,
    form: &Form,
    is_sandbox: bool,
    fields: &mut Fields,
) -> Result<(), Failure> {
    let known = |name: &str, language: &str| {
        let sids = &account.settings.content_sids;
        sids.get(&format!("{name}.{language}")).or_else(|| sids.get(name))
    };
    let (sid, values): (_, Vec<&str>) = match form {
        Form::Text(text) if is_sandbox => {
            fields.add("Body", &cut(text));
            return Ok(());
        }
        // The template that tells the same has its turn.
        Form::Text(_) => return Err(errors::failure(63016, "free text goes in the sandbox only")),
        Form::Code(code) => match known(CODE, &code.language).or_else(|| known(CODE, "en")) {
            None if is_sandbox => {
                fields.add("Body", &code.text);
                return Ok(());
            }
            sid => (sid.ok_or_else(|| not_set(CODE))?, vec![&code.code]),
        },
        Form::Template(template) => {
            let sid = known(&template.name, &template.language);
            let values = template.parameters.iter().map(|(_, value)| value.as_str());
            (sid.ok_or_else(|| not_set(&template.name))?, values.collect())
        }
    };
    let numbered =
        values.into_iter().zip(1_u32..).map(|(value, place)| (place.to_string(), value.into()));
    fields.add("ContentSid", sid);
    fields.add("ContentVariables", &Value::Object(numbered.collect::<Map<_, Value>>()).to_string());
    Ok(())
}

fn not_set(name: &str) -> Failure {
    never(&format!("TWILIO_CONTENT_SIDS names no Content for the template `{name}`"))
}

fn never(message: &str) -> Failure {
    Failure { code: None, message: message.to_owned(), remedy: Remedy::Never }
}

/// Twilio takes 1,600 characters, in whichever unit it counts them.
fn cut(text: &str) -> String {
    const LONGEST: usize = 1600;
    let units = |text: &str| text.encode_utf16().count();
    if units(text) <= LONGEST {
        return text.to_owned();
    }
    let mut kept = String::new();
    for sign in text.chars() {
        if units(&kept) + sign.len_utf16() + 1 > LONGEST {
            break;
        }
        kept.push(sign);
    }
    kept.push('…');
    kept
}

/// The fields of a form.
#[derive(Default)]
struct Fields(Vec<(&'static str, String)>);

impl Fields {
    fn add(&mut self, name: &'static str, value: &str) {
        self.0.push((name, value.to_owned()));
    }

    fn written(&self) -> String {
        let fields: Vec<_> = self.0.iter().map(|(name, value)| (*name, value.as_str())).collect();
        http::form(&fields)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use reqwest::Url;

    use super::super::{Settings, client::Client};
    use super::*;
    use crate::domain::callback::Callbacks;
    use crate::domain::medium::Address;
    use crate::domain::notification::NotificationId;
    use crate::ports::channel::{CodeForm, TemplateMessage};

    fn account(whatsapp_from: &str, service: Option<&str>) -> Account {
        let sids = [("code", "HX1"), ("deskbell_x", "HX2"), ("deskbell_x.ar", "HX3")];
        let settings = Settings {
            api_url: "http://127.0.0.1:9".to_owned(),
            account_sid: "AC1".to_owned(),
            auth_token: "token".into(),
            webhook_key: None,
            number: Some("+15550002222".to_owned()),
            messaging_service: service.map(str::to_owned),
            whatsapp_from: Some(whatsapp_from.to_owned()),
            content_sids: sids.map(|(name, sid)| (name.to_owned(), sid.to_owned())).into(),
            callback_base: Some("https://desk.example.com".to_owned()),
            is_simulated: false,
        };
        let client = Client::new(&settings).expect("an address");
        Account { settings, client, callbacks: Callbacks::new(b"key") }
    }

    fn written(
        account: &Account,
        medium: Medium,
        form: Form,
    ) -> Result<BTreeMap<String, String>, Failure> {
        let to = Address::parse(Medium::Sms, "+447700900123").expect("a number");
        let outgoing =
            Outgoing { notification: NotificationId(7), attempt: 2, to, form, opt_out: None };
        let form = write(account, medium, &outgoing)?;
        let url = Url::parse(&format!("form:?{form}")).expect("a form");
        Ok(url.query_pairs().into_owned().collect())
    }

    fn code() -> Form {
        let (code, text) = ("123456".to_owned(), "It is 123456.".to_owned());
        Form::Code(CodeForm { code, text, minutes: 10, language: "es".to_owned() })
    }

    fn template(language: &str) -> Form {
        let parameters =
            vec![("title".to_owned(), "A \"b\"".to_owned()), ("by".to_owned(), "Ann".to_owned())];
        let language = language.to_owned();
        Form::Template(TemplateMessage { name: "deskbell_x".to_owned(), language, parameters })
    }

    #[test]
    fn an_sms_comes_from_the_service_else_from_the_number() {
        for (service, field, sender) in
            [(Some("MG1"), "MessagingServiceSid", "MG1"), (None, "From", "+15550002222")]
        {
            let form = written(&account(SANDBOX, service), Medium::Sms, code()).unwrap();
            assert_eq!(form[field], sender);
            assert_eq!(
                (form["To"].as_str(), form["Body"].as_str()),
                ("+447700900123", "It is 123456.")
            );
            let callback = &form["StatusCallback"];
            assert!(
                callback.starts_with("https://desk.example.com/webhook/twilio?n=v1:7:2:"),
                "{callback}"
            );
            assert_eq!((form["ValidityPeriod"].as_str(), form.len()), ("600", 5));
        }
        assert!(written(&account(SANDBOX, None), Medium::Sms, template("en")).is_err());
    }

    #[test]
    fn a_code_goes_by_the_english_content_where_there_is_no_other() {
        let mut own = account("+15550003333", None);
        for (sids, sid) in [
            (vec![("code.en", "HX4")], Some("HX4")),
            (vec![("code.en", "HX4"), ("code.es", "HX5")], Some("HX5")),
            (vec![("code.ar", "HX6")], None),
        ] {
            let sids = sids.into_iter().map(|(name, sid)| (name.to_owned(), sid.to_owned()));
            own.settings.content_sids = sids.collect();
            let form = written(&own, Medium::WhatsApp, code()).ok();
            assert_eq!(form.as_ref().map(|form| form["ContentSid"].as_str()), sid);
        }
    }

    #[test]
    fn whatsapp_is_content_and_free_text_goes_in_the_sandbox_only() {
        let own = account("+15550003333", None);
        let form = written(&own, Medium::WhatsApp, code()).unwrap();
        assert_eq!(form["From"], "whatsapp:+15550003333");
        assert_eq!(form["To"], "whatsapp:+447700900123");
        assert_eq!(
            (form["ContentSid"].as_str(), form["ContentVariables"].as_str()),
            ("HX1", r#"{"1":"123456"}"#)
        );
        assert!(!form.contains_key("Body"));
        for (language, sid) in [("en", "HX2"), ("ar", "HX3")] {
            let form = written(&own, Medium::WhatsApp, template(language)).unwrap();
            assert_eq!(form["ContentSid"], sid);
            assert_eq!(form["ContentVariables"], r#"{"1":"A \"b\"","2":"Ann"}"#);
        }
        let refused = written(&own, Medium::WhatsApp, Form::Text("Hi".to_owned())).unwrap_err();
        assert_eq!((refused.code, refused.remedy), (Some(63016), Remedy::AsTemplate));
        let sandbox = account(SANDBOX, None);
        let form = written(&sandbox, Medium::WhatsApp, Form::Text("Hi".to_owned())).unwrap();
        assert_eq!(form["Body"], "Hi");
    }

    #[test]
    fn what_is_too_long_is_cut_between_two_characters() {
        assert_eq!(cut(&"x".repeat(1600)).len(), 1600);
        for long in ["x".repeat(1601), "😀".repeat(900), "é".repeat(5000)] {
            let cut = cut(&long);
            assert!(cut.encode_utf16().count() <= 1600 && cut.ends_with('…'));
        }
    }
}
