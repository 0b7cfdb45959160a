//! Which news follows a message that Twilio took, and when.

use std::time::Duration;

use super::super::{faults::Fault, kind::Kind, provider::Provider};
use super::text::Status;

/// One piece of news to come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// What it tells.
    pub status: Status,
    /// How long after the message was taken.
    pub after: Duration,
    /// The error, where it tells of a failure.
    pub code: Option<i64>,
}

/// The news of a message that this fault befell; `outside` is free text to somebody on WhatsApp
/// who has not written for a day.
pub fn steps(
    fault: Option<&Fault>,
    provider: Provider,
    by_service: bool,
    outside: bool,
) -> Vec<Step> {
    let step = |status| Step { status, after: Duration::ZERO, code: None };
    let failed = |code| Step { code: Some(code), ..step(outcome(code)) };
    let mut begin = if by_service { vec![step(Status::Queued)] } else { vec![] };
    if provider == Provider::TwilioSms {
        begin.push(step(Status::Sending));
    }
    let (sent, delivered) = (step(Status::Sent), step(Status::Delivered));
    let kind = fault.map(|fault| fault.kind);
    let rest = match kind {
        Some(Kind::NoStatus) => return vec![],
        Some(Kind::NotOnWhatsapp) => vec![failed(nobody(provider))],
        _ if outside => vec![failed(63016)],
        Some(Kind::DeliveredNever) => vec![sent],
        Some(Kind::DeliveredLate) => {
            let ms = fault.and_then(|fault| fault.ms).unwrap_or(5_000);
            vec![sent, Step { after: Duration::from_millis(ms), ..delivered }]
        }
        Some(Kind::FailedLater) => {
            let code = fault.and_then(|fault| fault.code).unwrap_or(nobody(provider));
            vec![sent, failed(code)]
        }
        Some(Kind::Unreported) => match fault.and_then(|fault| fault.code) {
            Some(code) => vec![sent, failed(code)],
            None => vec![sent, delivered],
        },
        Some(Kind::Duplicated) => vec![sent, sent, delivered, delivered],
        Some(Kind::Shuffled) => return vec![delivered, delivered, sent, sent],
        _ => vec![sent, delivered],
    };
    begin.extend(rest);
    begin
}

/// What Twilio says where nobody is at the other end.
fn nobody(provider: Provider) -> i64 {
    if provider == Provider::TwilioWhatsapp { 63024 } else { 30003 }
}

/// Some errors keep a message from leaving; most others come back from the carrier.
fn outcome(code: i64) -> Status {
    match code {
        30001 | 30002 | 30010 | 63007 | 63017 | 63018 | 63021 | 63038 => Status::Failed,
        _ => Status::Undelivered,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(fault: Option<(Kind, i64)>, provider: Provider, by_service: bool) -> String {
        let fault = fault.map(|(kind, code)| Fault {
            number: "*".into(),
            provider,
            kind,
            times: None,
            code: Some(code),
            http_status: None,
            reason: None,
            ms: None,
        });
        let steps = steps(fault.as_ref(), provider, by_service, false);
        let word = |step: &Step| match step.code {
            Some(code) => format!("{} {code}", step.status.word()),
            None => step.status.word().to_owned(),
        };
        steps.iter().map(word).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn news_follows_the_fault() {
        use Provider::{TwilioSms, TwilioWhatsapp};
        let rows = [
            (None, TwilioSms, true, "queued, sending, sent, delivered"),
            (None, TwilioWhatsapp, false, "sent, delivered"),
            (
                Some((Kind::FailedLater, 30007)),
                TwilioSms,
                false,
                "sending, sent, undelivered 30007",
            ),
            (Some((Kind::FailedLater, 30001)), TwilioSms, false, "sending, sent, failed 30001"),
            (Some((Kind::NotOnWhatsapp, 0)), TwilioSms, false, "sending, undelivered 30003"),
            (Some((Kind::NotOnWhatsapp, 0)), TwilioWhatsapp, false, "undelivered 63024"),
            (Some((Kind::Shuffled, 0)), TwilioSms, true, "delivered, delivered, sent, sent"),
            (Some((Kind::NoStatus, 0)), TwilioSms, true, ""),
        ];
        for (fault, provider, by_service, expected) in rows {
            assert_eq!(told(fault, provider, by_service), expected);
        }
        let outside = steps(None, TwilioWhatsapp, false, true);
        assert_eq!((outside.len(), outside[0].code), (1, Some(63016)));
    }
}
