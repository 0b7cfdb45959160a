//! How Twilio tells of a message: a form, posted and signed, once or as often as its address says.

use std::time::Duration;

use reqwest::{Client, Url};

use super::super::{phones::Said, provider::Provider};
use super::text::{Status, Text};
use super::{Settings, refusal, segments, signature};

/// How long Twilio tries in all.
const PATIENCE: Duration = Duration::from_secs(15);
/// Retries beyond the first try, unless the address says otherwise, and the most it may say.
const RETRIES: u32 = 1;
const MOST_RETRIES: u32 = 5;

/// What is posted to somebody.
pub struct Callback {
    /// Where.
    pub url: String,
    /// The form.
    pub fields: Vec<(String, String)>,
}

impl Callback {
    /// The news that a message has this status now.
    pub fn of(text: &Text, status: Status, code: Option<i64>, settings: &Settings) -> Option<Self> {
        let url = text.callback.clone()?;
        let word = status.word();
        let mut said = vec![
            ("SmsSid", text.sid.clone()),
            ("SmsStatus", word.to_owned()),
            ("MessageStatus", word.to_owned()),
            ("To", text.spelt(text.to.as_str())),
            ("MessageSid", text.sid.clone()),
            ("AccountSid", settings.account_sid.clone()),
            ("From", text.spelt(&text.from)),
            ("ApiVersion", "2010-04-01".to_owned()),
        ];
        said.extend(text.service.clone().map(|sid| ("MessagingServiceSid", sid)));
        said.extend(code.map(|code| ("ErrorCode", code.to_string())));
        if text.provider == Provider::TwilioWhatsapp {
            said.push(("ChannelPrefix", "whatsapp".to_owned()));
            said.push(("ChannelInstallSid", format!("XE{}", "0".repeat(32))));
            said.push(("ChannelToAddress", masked(text.to.as_str())));
            if let Some(code) = code {
                said.push(("ErrorMessage", refusal::title(code).to_owned()));
                let theirs = "Channel provider error code: ";
                said.push(("ChannelStatusMessage", format!("{theirs}{}", metas(code))));
            }
            if matches!(status, Status::Delivered | Status::Undelivered | Status::Read) {
                said.push(("EventType", word.to_uppercase()));
            }
        } else if status == Status::Delivered {
            let at = text.state().updated_at.format("%y%m%d%H%M").to_string();
            said.push(("RawDlrDoneDate", at));
        }
        let fields = said.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Some(Self { url, fields })
    }

    /// What a person wrote, where somebody wants to have it.
    pub fn inbound(
        said: &Said,
        text: &str,
        provider: Provider,
        settings: &Settings,
    ) -> Option<Self> {
        let url = settings.inbound_url.clone()?;
        let (prefix, own) = match provider {
            Provider::TwilioWhatsapp => ("whatsapp:", &settings.whatsapp_number),
            _ => ("", &settings.number),
        };
        let (from, to) = (format!("{prefix}{}", said.from), format!("{prefix}{own}"));
        let mut told = vec![
            ("MessageSid", said.id.clone()),
            ("SmsSid", said.id.clone()),
            ("SmsMessageSid", said.id.clone()),
            ("SmsStatus", "received".to_owned()),
            ("AccountSid", settings.account_sid.clone()),
            ("From", from),
            ("To", to),
            ("Body", text.to_owned()),
            ("NumMedia", "0".to_owned()),
            ("NumSegments", segments::count(text).to_string()),
            ("ApiVersion", "2010-04-01".to_owned()),
        ];
        if provider == Provider::TwilioWhatsapp {
            let digits = said.from.wa_id().unwrap_or_default();
            told.push(("WaId", digits.to_owned()));
            told.push(("ExternalUserId", said.from.user_id()));
            told.push(("MessageType", "text".to_owned()));
        }
        let fields = told.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Some(Self { url, fields })
    }

    /// Posts it, and again as its address asks for.
    pub async fn post(self, client: &Client, settings: &Settings) {
        let Ok(mut url) = Url::parse(&self.url) else { return };
        let again = Again::of(&url);
        url.set_fragment(None);
        let signed = self.url.split('#').next().unwrap_or_default();
        let all = async {
            let mut wait = Duration::from_millis(200);
            for _ in 0..=again.retries {
                match self.once(client, url.clone(), signed, settings).await {
                    Outcome::Taken => return,
                    missed if !again.is_for(&missed) => return,
                    _ => tokio::time::sleep(wait).await,
                }
                wait *= 2;
            }
        };
        if tokio::time::timeout(PATIENCE, all).await.is_err() {
            tracing::debug!("simulator: a callback of Twilio was not taken in time");
        }
    }

    async fn once(&self, client: &Client, url: Url, signed: &str, settings: &Settings) -> Outcome {
        let body = form(&self.fields);
        let request = client
            .post(url)
            .header("content-type", "application/x-www-form-urlencoded; charset=UTF-8")
            .header("user-agent", "TwilioProxy/1.1")
            .body(body);
        let request = match &settings.shared_key {
            Some(key) => {
                let how = format!("key={},algorithm=HMAC_SHA256", key.sid);
                let signature = signature::sha256(&key.secret, signed, &self.fields);
                request
                    .header("x-twilio-webhooks-signature-settings", how)
                    .header("x-twilio-signature", signature)
            }
            None => {
                let signature = signature::sha1(&settings.auth_token, signed, &self.fields);
                request.header("x-twilio-signature", signature)
            }
        };
        match request.send().await {
            Ok(answer) if answer.status().is_success() => Outcome::Taken,
            Ok(answer) if answer.status().is_server_error() => Outcome::ServerError,
            Ok(answer) if answer.status().is_client_error() => Outcome::ClientError,
            Ok(_) => Outcome::Taken,
            Err(error) if error.is_connect() => Outcome::NoConnection,
            Err(_) => Outcome::NoAnswer,
        }
    }
}

/// What became of one try.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Taken,
    ClientError,
    ServerError,
    NoConnection,
    NoAnswer,
}

/// What the fragment of an address overrides: `#rc=3&rp=all`.
struct Again {
    retries: u32,
    policy: Vec<String>,
}

impl Again {
    fn of(url: &Url) -> Self {
        let mut again = Self { retries: RETRIES, policy: vec!["ct".to_owned()] };
        for part in url.fragment().unwrap_or_default().split('&') {
            match part.split_once('=') {
                Some(("rc", count)) => {
                    again.retries = count.parse().unwrap_or(RETRIES).min(MOST_RETRIES);
                }
                Some(("rp", policy)) => {
                    again.policy = policy.split(',').map(str::to_owned).collect();
                }
                _ => {}
            }
        }
        again
    }

    fn is_for(&self, outcome: &Outcome) -> bool {
        let word = match outcome {
            Outcome::Taken => return false,
            Outcome::ClientError => "4xx",
            Outcome::ServerError => "5xx",
            Outcome::NoConnection => "ct",
            Outcome::NoAnswer => "rt",
        };
        self.policy.iter().any(|policy| policy == word || policy == "all")
    }
}

/// The body of a form.
fn form(fields: &[(String, String)]) -> String {
    let mut body = Url::parse("x:").expect("an address without a place is one");
    body.query_pairs_mut().extend_pairs(fields);
    body.query().unwrap_or_default().to_owned()
}

/// Twilio hides the end of a person's number behind four `X`, as its own callbacks show.
fn masked(number: &str) -> String {
    let shown = number.len().saturating_sub(4);
    format!("{}XXXX", number.get(..shown).unwrap_or_default())
}

/// What the channel behind Twilio says to one of Twilio's errors, after Twilio's own table.
fn metas(code: i64) -> i64 {
    match code {
        63016 => 470,
        63017 | 63018 => 429,
        63024 => 131_026,
        _ => 500,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_how_often_it_is_tried() {
        let rows = [
            ("http://x/", Outcome::NoConnection, 1, true),
            ("http://x/", Outcome::ServerError, 1, false),
            ("http://x/#rc=3&rp=all", Outcome::ServerError, 3, true),
            ("http://x/#rc=9&rp=5xx,rt", Outcome::ClientError, 5, false),
            ("http://x/#rc=0", Outcome::NoConnection, 0, true),
        ];
        for (url, outcome, retries, expected) in rows {
            let again = Again::of(&Url::parse(url).unwrap());
            assert_eq!((again.retries, again.is_for(&outcome)), (retries, expected), "{url}");
        }
    }

    #[test]
    fn a_form_is_written_as_browsers_do() {
        let fields = [("To".to_owned(), "whatsapp:+1 é".to_owned())];
        assert_eq!(form(&fields), "To=whatsapp%3A%2B1+%C3%A9");
        assert_eq!(masked("+15558675310"), "+1555867XXXX");
    }
}
