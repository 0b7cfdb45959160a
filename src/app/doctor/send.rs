//! `deskbell doctor --send-to`: one test message over each channel that reaches the address.
use secrecy::SecretString;

use super::super::{open_channels, secrets};
use super::here;
use crate::config::Config;
use crate::domain::attempt::{Answer, Outcome, Remedy};
use crate::domain::finding::{Check, Finding};
use crate::domain::medium::{Address, Medium};
use crate::domain::notification::NotificationId;
use crate::messages::language::Language;
use crate::ports::channel::{Channel, CodeForm, Form, Outgoing};
use crate::ports::clock::SharedClock;

const CHECK: Check = Check::TestMessage;

/// Sends to a number or to an e-mail address, and says of each channel what came of it.
pub async fn send_to(config: &Config, raw: &str, clock: SharedClock) -> Vec<Finding> {
    let phone = Address::parse(Medium::Sms, raw);
    let Some(to) = phone.or_else(|| Address::parse(Medium::Email, raw)) else {
        let todo = "write a number like +447700900123, or an e-mail address";
        return vec![Finding::failed(CHECK, "--send-to is neither a number nor an address", todo)];
    };
    let key = secrets::given_or_there(config.secret_key.as_ref(), &config.data_dir, "secret_key");
    let key = key.unwrap_or_else(|| SecretString::from("nothing is signed with this"));
    let channels = match open_channels::all(config, &key, &here(config), clock) {
        Ok(channels) => channels,
        Err(error) => {
            let todo = "whoever runs Deskbell corrects that setting";
            return vec![Finding::failed(CHECK, format!("{error:#}"), todo)];
        }
    };
    let by_mail = matches!(to, Address::Email(_));
    let reaching = channels.all().filter(|it| (it.medium() == Medium::Email) == by_mail);
    let mut found = vec![];
    for channel in reaching {
        found.push(send(channel.as_ref(), &to, &config.codes.product_name).await);
    }
    if found.is_empty() {
        found.push(Finding::left_out(CHECK, "no channel reaches such an address"));
    }
    found
}

async fn send(channel: &dyn Channel, to: &Address, product: &str) -> Finding {
    let name = format!("{} by {}", channel.medium().as_str(), channel.provider());
    let text = format!("This is a test message of {product}.");
    let outgoing = |form| Outgoing {
        notification: NotificationId(0),
        attempt: 1,
        to: to.clone(),
        form,
        opt_out: None,
    };
    let mut answer = channel.send(outgoing(Form::Text(text.clone()))).await;
    if is_refused_as_text(&answer) {
        // Outside somebody's window the template of codes goes, with a code that is good for nothing.
        let language = Language::English.code().to_owned();
        let code = CodeForm { code: "000000".to_owned(), text, minutes: 10, language };
        answer = channel.send(outgoing(Form::Code(code))).await;
    }
    match answer.outcome {
        Outcome::Accepted { .. } => Finding::ok(CHECK, format!("{name}: taken")),
        Outcome::Rejected(failure) | Outcome::NotSent(failure) => {
            let todo = match failure.code {
                Some(code) => channel.hint(code),
                None => channel.unreached().to_owned(),
            };
            Finding::failed(CHECK, format!("{name}: {}", failure.message), todo)
        }
        Outcome::Unknown { reason } => {
            let todo = "look whether it came: nobody knows";
            Finding::warning(CHECK, format!("{name}: {reason}"), todo)
        }
        Outcome::Started => Finding::left_out(CHECK, name),
    }
}

fn is_refused_as_text(answer: &Answer) -> bool {
    let (Outcome::Rejected(failure) | Outcome::NotSent(failure)) = &answer.outcome else {
        return false;
    };
    failure.remedy == Remedy::AsTemplate
}
