//! What the provider says of our number and our account.
use super::{Account, Circumstances, Limit, Number, Standing};
use crate::domain::finding::{Check, Finding};

const REGISTER: &str = "whoever holds the token registers it by `POST /<phone number id>/register` \
    with a PIN, as docs/setup/going-live.md#register shows";

pub(super) fn findings(of: &Standing, about: &Circumstances) -> Vec<Finding> {
    let mut found = vec![];
    match of.number.or_say(Check::Number) {
        Ok(number) => found.extend([
            itself(number),
            registration(number),
            quality(number),
            limit(number, about.written_to),
            recipients(number, about.unlisted),
        ]),
        Err(finding) => found.push(finding),
    }
    found.push(of.account.or_say(Check::Account).map_or_else(|finding| finding, account));
    found.sort_by_key(|finding| finding.check);
    found
}

fn itself(number: &Number) -> Finding {
    if number.is_as_set == Some(false) {
        return Finding::failed(
            Check::Number,
            format!("the id is that of {}, not of WHATSAPP_BUSINESS_NUMBER", number.shown()),
            "whoever runs Deskbell corrects WHATSAPP_PHONE_NUMBER_ID, or leaves \
             WHATSAPP_BUSINESS_NUMBER out",
        );
    }
    match number.name_status.as_deref() {
        Some("DECLINED" | "EXPIRED" | "NONE") => Finding::warning(
            Check::Number,
            format!("{}; the display name is not approved", number.shown()),
            "whoever administers the business asks for one in WhatsApp Manager > Phone numbers",
        ),
        _ => Finding::ok(Check::Number, number.shown()),
    }
}

fn registration(number: &Number) -> Finding {
    const CHECK: Check = Check::Registration;
    match number.platform.as_deref() {
        None | Some("CLOUD_API") => {}
        Some(other) => {
            return Finding::failed(CHECK, format!("not with the Cloud API ({other})"), REGISTER);
        }
    }
    match number.status.as_deref() {
        None | Some("CONNECTED") => Finding::ok(CHECK, "registered with the Cloud API"),
        Some("FLAGGED") => Finding::warning(
            CHECK,
            "registered, and flagged: its limit goes down unless its quality rises in a week",
            "whoever administers the business looks at WhatsApp Manager > Phone numbers > Insights",
        ),
        Some(status @ ("BANNED" | "RESTRICTED" | "RATE_LIMITED")) => Finding::failed(
            CHECK,
            format!("the number is {status}"),
            "whoever administers the business opens Business Support Home > Account status and asks \
             for a review",
        ),
        Some(status) => Finding::failed(CHECK, format!("the number is {status}"), REGISTER),
    }
}

fn account(account: &Account) -> Finding {
    const CHECK: Check = Check::Account;
    let named = account.name.as_deref().unwrap_or("without a name");
    if account.holds_number == Some(false) {
        return Finding::failed(
            CHECK,
            format!("the account ({named}) does not hold this number"),
            "whoever runs Deskbell compares WHATSAPP_BUSINESS_ACCOUNT_ID and \
             WHATSAPP_PHONE_NUMBER_ID with App Dashboard > WhatsApp > API Setup",
        );
    }
    match account.review.as_deref() {
        None | Some("APPROVED") => Finding::ok(CHECK, named),
        Some("REJECTED") => Finding::failed(
            CHECK,
            format!("{named}; the review rejected it"),
            "whoever administers the business asks for another review in Business Support Home",
        ),
        Some(review) => Finding::warning(
            CHECK,
            format!("{named}; its review is {review}"),
            "whoever administers the business follows it in Business Support Home",
        ),
    }
}

fn quality(number: &Number) -> Finding {
    const CHECK: Check = Check::Quality;
    let todo = "an admin lets fewer people be written to who did not ask for it: many block or \
        report this number, and Meta lowers its limit next";
    match number.quality.as_deref() {
        Some("RED") => Finding::failed(CHECK, "RED", todo),
        Some("YELLOW") => Finding::warning(CHECK, "YELLOW", todo),
        Some("GREEN") => Finding::ok(CHECK, "GREEN"),
        None | Some("UNKNOWN" | "NA") => Finding::ok(CHECK, "not rated yet"),
        Some(other) => Finding::ok(CHECK, other),
    }
}

impl Number {
    /// The portfolio's limit of new conversations in a day, where it was told in a word that we know.
    pub fn limit(&self) -> Option<Limit> {
        let size = self.limit.as_deref()?.strip_prefix("TIER_")?;
        if size == "UNLIMITED" {
            return Some(Limit::None);
        }
        let (number, times) = size.strip_suffix('K').map_or((size, 1), |number| (number, 1000));
        number.parse::<u64>().ok()?.checked_mul(times).map(Limit::Of)
    }
}

fn limit(number: &Number, used: u64) -> Finding {
    const CHECK: Check = Check::Limit;
    let limit = match number.limit() {
        Some(Limit::Of(limit)) => limit,
        Some(Limit::None) => return Finding::ok(CHECK, "unlimited"),
        None => {
            let told = number.limit.as_deref().unwrap_or("not told");
            return Finding::left_out(CHECK, format!("not known ({told})"));
        }
    };
    let so = format!("{used} of {limit} new conversations within a day, as far as Deskbell knows");
    let todo = "less urgent messages wait for the hour to move on: whoever administers the business \
        verifies it in Business settings > Security centre to raise the limit";
    match used {
        _ if used >= limit => Finding::failed(CHECK, so, todo),
        _ if used * 5 >= limit * 4 => Finding::warning(CHECK, so, todo),
        _ => Finding::ok(CHECK, so),
    }
}

fn recipients(number: &Number, unlisted: u64) -> Finding {
    const CHECK: Check = Check::Recipients;
    let todo = "whoever administers the app adds each recipient under App Dashboard > WhatsApp > API \
        Setup > To > Manage phone number list";
    if unlisted > 0 {
        let so = format!("{unlisted} messages of this week failed: not on the test number's list");
        return Finding::failed(CHECK, so, todo);
    }
    match number.mode.as_deref() {
        Some("SANDBOX") => {
            Finding::warning(CHECK, "a test number: it reaches five people on its list", todo)
        }
        _ => Finding::ok(CHECK, "everybody who agreed"),
    }
}
