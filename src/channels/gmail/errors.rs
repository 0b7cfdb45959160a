//! Google's errors, sorted by what to do next. Google names them by words; the log keeps numbers, so
//! each word that matters has one: that of its HTTP status, or one of our own from 900 on.
use chrono::TimeDelta;

use crate::domain::attempt::{Failure, Remedy};
use crate::domain::fault::{Fault, Pause};

/// A code, Google's words that it stands for, what to do with the message, and what a person can do.
struct Row(i64, &'static [&'static str], Remedy, &'static str);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    Row(400, &["invalidArgument", "badRequest", "failedPrecondition", "invalid"], Remedy::Never, "Gmail does not take this e-mail, mostly for its address: an admin corrects the e-mail of the person's account."),
    Row(401, &["authError"], Remedy::Hold, "Gmail does not take the access token: whoever runs Deskbell runs `deskbell gmail connect` anew and sets EMAIL_REFRESH_TOKEN."),
    Row(403, &["insufficientPermissions", "forbidden", "domainPolicy", "accessNotConfigured", "SERVICE_DISABLED"], Remedy::Hold, "The account or its project may not send: whoever administers it enables the Gmail API in Google Cloud Console > APIs & Services, and consents to `gmail.send` by `deskbell gmail connect`."),
    Row(429, &["rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded"], Remedy::Slower, "Gmail was sent too much in a short time: Deskbell waits and tries again by itself, and nobody has to do anything."),
    Row(430, &["dailyLimitExceeded"], Remedy::Slower, "The mailbox has sent what it may in a day: Deskbell tries again once an hour, and whoever runs it can set SMTP_URL for the rest."),
    Row(500, &["internalError", "backendError"], Remedy::Again, "Gmail is away for a moment: Deskbell tries again by itself, and nobody has to do anything."),
    Row(900, &["invalid_grant"], Remedy::Hold, "The refresh token was revoked or has ended (a changed password, six months without use, or seven days while the app is in Testing): whoever runs Deskbell runs `deskbell gmail connect`, sets EMAIL_REFRESH_TOKEN and restarts; publish the app under Google Auth Platform > Audience so that it lasts."),
    Row(901, &["invalid_client", "unauthorized_client"], Remedy::Hold, "Google does not know the client or its secret: whoever runs Deskbell copies both anew from Google Cloud Console > APIs & Services > Credentials into EMAIL_CLIENT_ID and EMAIL_CLIENT_SECRET."),
    Row(902, &["invalid_request", "invalid_scope", "unsupported_grant_type", "admin_policy_enforced"], Remedy::Hold, "Google gives no access token as things are set: whoever runs Deskbell reads the details, and runs `deskbell gmail connect` anew."),
];

/// Every code that we know; each has a place in `docs/setup/gmail.md`.
pub fn codes() -> impl Iterator<Item = i64> {
    ROWS.iter().map(|row| row.0)
}

fn of(word: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.1.contains(&word))
}

/// What an answer of Gmail's API means.
pub(super) fn of_api(status: u16, reason: &str, message: &str) -> Failure {
    let usual = match status {
        401 => Some(401),
        403 => Some(403),
        429 => Some(429),
        500.. => Some(500),
        _ => None,
    };
    let row = of(reason).or_else(|| ROWS.iter().find(|row| Some(row.0) == usual));
    let (code, remedy) = row.map_or((i64::from(status), Remedy::Never), |row| (row.0, row.2));
    Failure { code: Some(code), message: words(reason, message), remedy }
}

/// What an answer of the token endpoint means; one that we do not know passes by itself, perhaps.
pub(super) fn of_oauth(error: &str, description: &str) -> Failure {
    let row = of(error);
    Failure {
        code: row.map(|row| row.0),
        message: words(error, description),
        remedy: row.map_or(Remedy::Again, |row| row.2),
    }
}

fn words(word: &str, message: &str) -> String {
    match (word, message) {
        ("", message) => message.to_owned(),
        (word, "") => word.to_owned(),
        (word, message) => format!("{word}: {message}"),
    }
}

/// What it says about more than its message.
pub(super) fn fault(failure: &Failure) -> Fault {
    let every = |minutes| Fault::Account(Pause::every(TimeDelta::minutes(minutes)));
    match (failure.code, failure.remedy) {
        // A token can be good again at any time.
        (Some(401 | 900 | 901), _) => every(1),
        (Some(430), _) => every(60),
        (_, Remedy::Hold) => every(10),
        (_, Remedy::Slower) => Fault::Number,
        (_, Remedy::Again) => Fault::Outage,
        (_, Remedy::Never | Remedy::AsTemplate) => Fault::Message,
    }
}

/// What to do about a code; one that we do not know is called unknown.
pub(super) fn hint(code: i64) -> String {
    match ROWS.iter().find(|row| row.0 == code) {
        Some(row) => format!("{} (docs/setup/gmail.md#code-{code}).", row.3.trim_end_matches('.')),
        None => format!(
            "Code {code} is unknown to Deskbell: whoever runs it looks it up on Google's page \
             \"Resolve errors\" of the Gmail API and reads the details."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_decides_what_to_do_next_and_who_pauses() {
        let account = |minutes| Fault::Account(Pause::every(TimeDelta::minutes(minutes)));
        for (failure, code, remedy, fault_of) in [
            (
                of_api(400, "invalidArgument", "Invalid To header"),
                Some(400),
                Remedy::Never,
                Fault::Message,
            ),
            (of_api(401, "authError", ""), Some(401), Remedy::Hold, account(1)),
            (of_api(403, "insufficientPermissions", ""), Some(403), Remedy::Hold, account(10)),
            (of_api(403, "userRateLimitExceeded", ""), Some(429), Remedy::Slower, Fault::Number),
            (of_api(403, "dailyLimitExceeded", ""), Some(430), Remedy::Slower, account(60)),
            (of_api(429, "", ""), Some(429), Remedy::Slower, Fault::Number),
            (of_api(503, "backendError", ""), Some(500), Remedy::Again, Fault::Outage),
            (of_api(418, "teapot", ""), Some(418), Remedy::Never, Fault::Message),
            (of_oauth("invalid_grant", "revoked"), Some(900), Remedy::Hold, account(1)),
            (of_oauth("invalid_client", ""), Some(901), Remedy::Hold, account(1)),
            (of_oauth("temporarily_unavailable", ""), None, Remedy::Again, Fault::Outage),
        ] {
            assert_eq!((failure.code, failure.remedy), (code, remedy), "{failure:?}");
            assert_eq!(fault(&failure), fault_of, "{failure:?}");
        }
    }

    #[test]
    fn every_code_has_a_hint_that_says_who_does_what() {
        for Row(code, words, _, hint) in ROWS {
            let who = ["whoever ", "an admin ", "Deskbell "];
            assert!(who.iter().any(|who| hint.contains(who)), "{code}: nobody does it: {hint}");
            assert!(hint.ends_with('.') && !hint.contains(". "), "{code}: one sentence: {hint}");
            assert!(!words.is_empty());
        }
        assert!(hint(900).contains("deskbell gmail connect") && hint(987).contains("unknown"));
    }
}
