//! What the provider says of our token.
use chrono::{DateTime, Utc};

use super::{Circumstances, Standing, Token, Until};
use crate::domain::finding::{Check, Finding};

/// Both permissions, in the words of Meta's console.
const NEEDED: [&str; 2] = ["whatsapp_business_messaging", "whatsapp_business_management"];
const NEW_TOKEN: &str = "whoever administers the business makes a new one under Business settings > \
    Users > System users > Generate token, expiry Never, and sets it as WHATSAPP_ACCESS_TOKEN or \
    writes it into the file of WHATSAPP_ACCESS_TOKEN_FILE";
const EXPIRES_SOON_DAYS: i64 = 14;

pub(super) fn findings(of: &Standing, about: &Circumstances) -> Vec<Finding> {
    let refused = of.token.refusal().or(of.number.refusal()).filter(|it| it.is_about_token);
    if let Some(refusal) = refused {
        return vec![Finding::failed(Check::Token, refusal.words(), refusal.hint.clone())];
    }
    let token = match of.token.or_say(Check::Token) {
        Ok(token) => token,
        // A token that shows us our number is good enough, whatever it does not tell of itself.
        Err(_) if of.number.said().is_some() => {
            return vec![Finding::warning(
                Check::Token,
                "the number answers, but the token does not tell of itself until when it is good",
                "whoever runs Deskbell looks it up at \
                 https://developers.facebook.com/tools/debug/accesstoken",
            )];
        }
        Err(finding) => return vec![finding],
    };
    if !token.is_valid {
        let why = token.error.as_deref().unwrap_or("it is not valid any more");
        return vec![Finding::failed(Check::Token, why, NEW_TOKEN)];
    }
    vec![good(token), expiry(token, about.now), permissions(token)]
}

fn good(token: &Token) -> Finding {
    match token.kind.as_deref() {
        Some("SYSTEM_USER") | None => Finding::ok(Check::Token, "valid, a system user's"),
        Some(kind) => Finding::warning(
            Check::Token,
            format!("valid, but a token of the kind {kind}: it ends with that person's session"),
            NEW_TOKEN,
        ),
    }
}

fn expiry(token: &Token, now: DateTime<Utc>) -> Finding {
    const CHECK: Check = Check::TokenExpiry;
    match token.ends {
        Until::Ever => Finding::ok(CHECK, "it never ends"),
        Until::Unsaid => Finding::warning(CHECK, "nobody says when it ends", NEW_TOKEN),
        Until::At(end) => {
            let (days, on) = ((end - now).num_days(), end.format("%Y-%m-%d %H:%M"));
            let so = format!("it ends on {on} UTC, in {days} days");
            match days {
                _ if end <= now => {
                    Finding::failed(CHECK, format!("it ended on {on} UTC"), NEW_TOKEN)
                }
                0 => {
                    let hours = (end - now).num_hours();
                    let so = format!("it ends on {on} UTC, in {hours} hours");
                    Finding::warning(CHECK, so, NEW_TOKEN)
                }
                ..EXPIRES_SOON_DAYS => Finding::warning(CHECK, so, NEW_TOKEN),
                _ => Finding::ok(CHECK, so),
            }
        }
    }
}

fn permissions(token: &Token) -> Finding {
    let lacks = |needed: &&&str| token.scopes.iter().all(|scope| scope != **needed);
    let lacking: Vec<&str> = NEEDED.iter().filter(lacks).copied().collect();
    if lacking.is_empty() {
        return Finding::ok(Check::Permissions, NEEDED.join(" and "));
    }
    let so = format!("{} is missing", lacking.join(" and "));
    let todo = format!(
        "whoever administers the business generates the system user's token anew with {}",
        NEEDED.join(" and ")
    );
    // Without the second one still sends; what stands at the provider is out of sight.
    match lacking.contains(&NEEDED[0]) {
        true => Finding::failed(Check::Permissions, so, todo),
        false => Finding::warning(Check::Permissions, so, todo),
    }
}
