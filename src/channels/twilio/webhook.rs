//! Reading what Twilio posts: a form about one message of ours, in any order, with fields we never
//! saw, or one that a person wrote. Which attempt it is about stands in the address that we gave with
//! it.
use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{errors, inbound, signature};
use crate::domain::attempt::{Failure, Remedy, Report};
use crate::domain::callback::Callbacks;
use crate::domain::notification::Receipt;
use crate::ports::webhook::{Read, Reported};

/// Twilio says of most news not when it happened: it is dated by when it came.
pub(super) fn read(kept: &[u8], callbacks: &Callbacks, received_at: DateTime<Utc>) -> Read {
    let mut read = Read::default();
    let Ok(text) = std::str::from_utf8(kept) else {
        read.unreadable += 1;
        return read;
    };
    let form = signature::pairs(text);
    let field = |names: [&str; 2]| {
        let found = names.into_iter().find_map(|name| form.iter().find(|(known, _)| known == name));
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    };
    let id = field(["MessageSid", "SmsSid"]);
    let status = field(["MessageStatus", "SmsStatus"]);
    let (Some(id), Some(status)) = (id, status) else {
        read.unreadable += 1;
        return read;
    };
    let code = field(["ErrorCode", "ErrorCode"]).and_then(|code| code.parse().ok());
    let words = field(["ErrorMessage", "ChannelStatusMessage"]);
    if ["receiving", "received"].contains(&status) {
        match inbound::read(&form, received_at) {
            Some(incoming) => read.incoming.push(incoming),
            None => read.set_aside += 1,
        }
        return read;
    }
    let Some(report) = report(status, code, words) else { return read };
    let named = form.iter().find(|(name, _)| name == "n").map(|(_, value)| value.as_str());
    read.reports.push(Reported {
        attempt: named.and_then(|named| callbacks.read(named)),
        provider_message_id: id.to_owned(),
        report,
        at: received_at,
        pricing: None,
    });
    read
}

/// What a message as Twilio shows it to whoever asks proves, and since when: it writes instants as
/// RFC 2822 does.
pub(super) fn told(message: &Value) -> Option<(Report, Option<DateTime<Utc>>)> {
    let words = message["error_message"].as_str();
    let report = report(message["status"].as_str()?, message["error_code"].as_i64(), words)?;
    let at = message["date_updated"].as_str();
    let at = at.and_then(|at| DateTime::parse_from_rfc2822(at).ok()).map(|at| at.to_utc());
    Some((report, at))
}

/// What a status proves: nothing where the message waits at Twilio, or where we do not know the word.
fn report(status: &str, code: Option<i64>, words: Option<&str>) -> Option<Report> {
    match status {
        "sending" | "sent" => Some(Report::Sent),
        "delivered" => Some(Report::Received(Receipt::Delivered)),
        "read" => Some(Report::Received(Receipt::Read)),
        "failed" | "undelivered" | "canceled" => Some(Report::Failed(failure(code, words, status))),
        _ => None,
    }
}

fn failure(code: Option<i64>, words: Option<&str>, status: &str) -> Failure {
    match code {
        Some(code) => errors::failure(code, words.unwrap_or(status)),
        None => Failure {
            code: None,
            message: format!("Twilio reported `{status}` and gave no reason"),
            remedy: Remedy::Never,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::notification::NotificationId;

    #[test]
    fn each_status_says_what_it_proves_and_no_more() {
        let ours = Callbacks::new(b"key");
        let named = ours.write(NotificationId(7), 2);
        let now = DateTime::UNIX_EPOCH;
        let told = |rest: &str| {
            let kept = format!("n={named}&MessageSid=SM1&{rest}");
            let mut read = read(kept.as_bytes(), &ours, now);
            read.reports.pop().map(|it| (it.attempt, it.provider_message_id, it.report))
        };
        let about = |report| Some((Some((NotificationId(7), 2)), "SM1".to_owned(), report));
        let filtered = errors::failure(30007, "undelivered");
        for (rest, expected) in [
            ("MessageStatus=queued", None),
            ("MessageStatus=accepted", None),
            ("MessageStatus=unheard_of", None),
            ("MessageStatus=sending", about(Report::Sent)),
            ("SmsStatus=sent", about(Report::Sent)),
            ("MessageStatus=delivered&New=1", about(Report::Received(Receipt::Delivered))),
            ("MessageStatus=read", about(Report::Received(Receipt::Read))),
            ("MessageStatus=undelivered&ErrorCode=30007", about(Report::Failed(filtered))),
        ] {
            assert_eq!(told(rest), expected, "{rest}");
        }
        let theirs = read(b"n=v1:7:2:00&MessageSid=SM1&MessageStatus=sent", &ours, now);
        assert_eq!(theirs.reports[0].attempt, None, "only we name attempts");
    }

    #[test]
    fn whoever_asks_is_told_the_same() {
        use serde_json::json;
        let blocked = errors::failure(30004, "Message blocked");
        let arrived = Report::Received(Receipt::Delivered);
        let at = DateTime::from_timestamp(1_692_853_305, 0);
        for (said, expected) in [
            (json!({ "status": "queued", "error_code": null }), None),
            (json!({ "status": "delivered" }), Some((arrived.clone(), None))),
            (
                json!({ "status": "delivered", "date_updated": "soon" }),
                Some((arrived.clone(), None)),
            ),
            (
                json!({ "status": "delivered", "date_updated": "Thu, 24 Aug 2023 05:01:45 +0000" }),
                Some((arrived, at)),
            ),
            (
                json!({ "status": "undelivered", "error_code": 30004, "error_message": "Message blocked" }),
                Some((Report::Failed(blocked), None)),
            ),
            (json!({ "status": 7 }), None),
            (json!([]), None),
        ] {
            assert_eq!(told(&said), expected, "{said}");
        }
    }

    #[test]
    fn whatever_twilio_sends_is_survived() {
        let ours = Callbacks::new(b"key");
        for odd in [&b""[..], b"x", b"\xff\xfe", b"MessageSid=&MessageStatus=sent", b"{}"] {
            let read = read(odd, &ours, DateTime::UNIX_EPOCH);
            assert!(read.reports.is_empty() && read.unreadable == 1, "{odd:?}");
        }
        let short = b"MessageSid=SM2&SmsStatus=received&Body=Hi&From=12345";
        assert_eq!(read(short, &ours, DateTime::UNIX_EPOCH).set_aside, 1, "nobody has that number");
    }
}
