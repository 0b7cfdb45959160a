//! What a mail server's reply means: 4xx passes by itself, 5xx does not (RFC 5321); and what a person
//! can do about it.
use chrono::TimeDelta;
use lettre::transport::smtp::Error;

use crate::domain::attempt::{Failure, Outcome, Remedy};
use crate::domain::fault::{Fault, Pause};

/// Codes, what to do with the message, and what a person can do.
struct Row(&'static [i64], Remedy, &'static str);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    Row(&[421, 450, 451, 452, 454], Remedy::Again, "The mail server does not take e-mails for the moment: Deskbell tries again by itself, and nobody has to do anything."),
    Row(&[530, 534, 535, 538], Remedy::Hold, "The mail server does not take the user or the password: whoever runs Deskbell corrects SMTP_URL, with signs like `@` in a password written as %40, and an app password where the account asks for a second factor."),
    Row(&[500, 501, 502, 503, 504, 555], Remedy::Never, "The mail server does not understand the e-mail or its address: an admin corrects the e-mail of the person's account, and whoever runs Deskbell reads the details."),
    Row(&[550, 551, 553], Remedy::Never, "The mail server knows no such mailbox, or does not let us write to it or from EMAIL_FROM: an admin corrects the e-mail of the person's account, and whoever runs Deskbell checks EMAIL_FROM."),
    Row(&[552], Remedy::Never, "The person's mailbox is full: an admin tells them another way."),
    Row(&[554], Remedy::Never, "The mail server refused the e-mail, mostly as spam: whoever runs Deskbell sets up SPF and DKIM for the domain of EMAIL_FROM and reads the details."),
];

/// Every code that we know; each has a place in `docs/setup/gmail.md`.
pub fn codes() -> impl Iterator<Item = i64> {
    ROWS.iter().flat_map(|row| row.0.iter().copied())
}

fn row(code: i64) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.0.contains(&code))
}

/// What is known of a mail that met this. What a server said in reply is a refusal; where the
/// connection broke before it was made nothing left; else nobody knows.
pub(super) fn outcome(error: &Error) -> Outcome {
    if let Some(code) = error.status() {
        return Outcome::Rejected(failure(u16::from(code), &error.to_string()));
    }
    let told = error.to_string();
    // The library says of each error at which stage it came, and in words only.
    let before = ["Connection error", "tls error", "internal client error"];
    if before.iter().any(|stage| told.starts_with(stage)) {
        let message = format!("the mail server could not be reached ({})", without_people(&told));
        return Outcome::NotSent(Failure { code: None, message, remedy: Remedy::Again });
    }
    Outcome::Unknown { reason: "the connection to the mail server broke".to_owned() }
}

fn failure(code: u16, told: &str) -> Failure {
    let usual = if code < 500 { Remedy::Again } else { Remedy::Never };
    let code = i64::from(code);
    let remedy = row(code).map_or(usual, |row| row.1);
    Failure { code: Some(code), message: without_people(told), remedy }
}

/// What it says about more than its message.
pub(super) fn fault(failure: &Failure) -> Fault {
    match failure.remedy {
        Remedy::Hold => Fault::Account(Pause::every(TimeDelta::minutes(1))),
        Remedy::Slower => Fault::Number,
        // A mailbox may be busy while the server is well.
        Remedy::Again if matches!(failure.code, Some(450..=452)) => Fault::Message,
        Remedy::Again => Fault::Outage,
        Remedy::Never | Remedy::AsTemplate => Fault::Message,
    }
}

/// What to do about a code; one that we do not know is called unknown.
pub(super) fn hint(code: i64) -> String {
    match row(code) {
        Some(row) => format!("{} (docs/setup/gmail.md#smtp-{code}).", row.2.trim_end_matches('.')),
        None => format!(
            "Reply {code} of the mail server is unknown to Deskbell: whoever runs it reads the details \
             and asks whoever runs the mail server."
        ),
    }
}

/// Servers repeat the address that they refuse.
fn without_people(told: &str) -> String {
    let hidden = |word: &str| if word.contains('@') { "…".to_owned() } else { word.to_owned() };
    told.split(' ').map(hidden).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_says_whether_trying_again_helps() {
        let account = Fault::Account(Pause::every(TimeDelta::minutes(1)));
        for (code, remedy, fault_of) in [
            (421, Remedy::Again, Fault::Outage),
            (450, Remedy::Again, Fault::Message),
            (499, Remedy::Again, Fault::Outage),
            (535, Remedy::Hold, account),
            (550, Remedy::Never, Fault::Message),
            (599, Remedy::Never, Fault::Message),
        ] {
            let failure = failure(code, "m");
            assert_eq!((failure.remedy, fault(&failure)), (remedy, fault_of), "{code}");
        }
        let told = failure(550, "permanent error (550): 5.1.1 <jane@example.com>: no such user");
        assert_eq!(told.message, "permanent error (550): 5.1.1 … no such user");
    }

    #[test]
    fn every_code_has_a_hint_that_says_who_does_what() {
        for Row(codes, _, hint) in ROWS {
            let who = ["whoever ", "an admin ", "Deskbell "];
            assert!(who.iter().any(|who| hint.contains(who)), "{codes:?}: nobody does it: {hint}");
            assert!(hint.ends_with('.') && !hint.contains(". "), "{codes:?}: one sentence: {hint}");
        }
        assert!(hint(535).contains("app password") && hint(599).contains("unknown"));
    }
}
