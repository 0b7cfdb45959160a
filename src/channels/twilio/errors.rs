//! Twilio's error codes: what each means for its message and for the channel, and what to do about
//! it, in one sentence and in the words of Twilio's own console. One row a code.
use chrono::TimeDelta;

use crate::domain::attempt::{Failure, Remedy};
use crate::domain::fault::{Fault, Pause};

/// The person wrote STOP to our number.
pub(super) const SAID_STOP: i64 = 21610;

/// The number is not on WhatsApp.
pub(super) const NOBODY_THERE: [i64; 2] = [63003, 63024];

/// A code, what to do with its message, and what a person can do.
struct Row(&'static [i64], Remedy, &'static str);

/// Sources: Twilio's error dictionary as JSON (its state of 2024-12-19), and its table of WhatsApp's
/// errors (2026-11). A code that could come from one destination alone never pauses the channel.
#[rustfmt::skip]
const ROWS: &[Row] = &[
    Row(&[20003], Remedy::Hold, "Twilio does not know the account or its secret: whoever runs Deskbell copies Account SID and Auth Token anew from Twilio Console > Account Info into TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN."),
    Row(&[20006, 20010, 20403], Remedy::Hold, "The account may not do this, as one that is suspended or closed may not: whoever administers the Twilio account looks under Twilio Console > Billing, and under Account > API keys & tokens whether the credentials are restricted."),
    Row(&[20005, 30002], Remedy::Hold, "The Twilio account is suspended or closed, mostly for want of money: whoever administers it fills up the balance under Twilio Console > Billing, or asks Twilio's support."),
    Row(&[20008], Remedy::Hold, "These are Twilio's test credentials, which send nothing: whoever runs Deskbell takes the live ones from Twilio Console > Account Info."),
    Row(&[20404], Remedy::Hold, "Twilio has no such account at this address: whoever runs Deskbell compares TWILIO_ACCOUNT_SID with Twilio Console > Account Info, and TWILIO_API_URL with https://api.twilio.com."),
    Row(&[20429, 14107, 30001, 30022], Remedy::Slower, "Twilio was asked too much in a short time: Deskbell waits and tries again by itself, and nobody has to do anything."),
    Row(&[20500, 20503, 20504, 30020, 30021, 30500], Remedy::Again, "Twilio is away for a moment: Deskbell tries again by itself, and whoever runs it finds the state of Twilio at status.twilio.com."),
    Row(&[21211, 21217, 21401], Remedy::Never, "The number is none that Twilio can reach: an admin corrects it on the person's account, with `+` and the country code."),
    Row(&[21212, 21659, 21660, 21661], Remedy::Hold, "The number that the SMS would come from is not this account's, or cannot send any: whoever runs Deskbell compares TWILIO_PHONE_NUMBER with Twilio Console > Phone Numbers > Active numbers."),
    Row(&[21265], Remedy::Never, "The number is a short code, to which nobody can write: an admin gives the person's account another number."),
    Row(&[21266, 63031], Remedy::Never, "The recipient is our own number: an admin gives the person's account another number."),
    Row(&[21268], Remedy::Never, "The number is one of those that cost whoever writes to them, to which Twilio sends nothing: an admin gives the person's account another number."),
    Row(&[21408], Remedy::Never, "The account may not send SMS to that country: whoever administers the Twilio account ticks it under Twilio Console > Messaging > Settings > Geo permissions."),
    Row(&[20001, 20004, 20422, 21602, 21603, 21604, 21609, 21617, 21618, 21619, 21624], Remedy::Never, "Twilio does not take the request as it is made: whoever runs Deskbell reads the details, checks that PUBLIC_URL is an address that Twilio can call, and reports a defect otherwise."),
    Row(&[21606, 21612], Remedy::Never, "From this number no SMS goes to that destination: whoever runs Deskbell sets another TWILIO_PHONE_NUMBER that has SMS under Twilio Console > Phone Numbers, or a TWILIO_MESSAGING_SERVICE_SID with numbers for that country."),
    Row(&[21608], Remedy::Never, "A trial account writes to verified numbers only: whoever administers the Twilio account verifies this one under Twilio Console > Phone Numbers > Verified Caller IDs, or upgrades the account."),
    Row(&[SAID_STOP], Remedy::Never, "The person wrote STOP to this number: only they can undo it, by writing START to it."),
    Row(&[21611], Remedy::Slower, "Too many SMS wait for this number at Twilio: Deskbell waits and tries again by itself; whoever runs it can give a TWILIO_MESSAGING_SERVICE_SID with several numbers."),
    Row(&[21614, 21635, 30006], Remedy::Never, "The number cannot receive SMS, as landlines cannot: an admin asks the person for a mobile number."),
    Row(&[21655, 21656], Remedy::Never, "The Content is unknown or its variables do not fit: whoever runs Deskbell compares TWILIO_CONTENT_SIDS with Twilio Console > Messaging > Content Template Builder."),
    Row(&[21703], Remedy::Never, "The Messaging Service has no number that fits this destination: whoever administers the Twilio account adds one under Twilio Console > Messaging > Services > Sender Pool."),
    Row(&[21704], Remedy::Hold, "The Messaging Service has no sender at all: whoever administers the Twilio account adds a number under Twilio Console > Messaging > Services > Sender Pool."),
    Row(&[21701, 21702, 21705], Remedy::Hold, "There is no such Messaging Service, or it sends nothing: whoever runs Deskbell copies its SID, which begins with MG, from Twilio Console > Messaging > Services into TWILIO_MESSAGING_SERVICE_SID."),
    Row(&[21910], Remedy::Never, "Sender and recipient are of different channels: whoever runs Deskbell writes TWILIO_WHATSAPP_FROM as a number only, like +15550003333."),
    Row(&[30003], Remedy::Again, "The phone was off or out of reach: Deskbell tries again by itself a few times, and an admin can ask the person whether the number is right."),
    Row(&[30004], Remedy::Never, "The carrier or the person blocks messages from this number: an admin reaches the person another way."),
    Row(&[30005], Remedy::Never, "Nobody has this number any more: an admin asks the person for another one."),
    Row(&[30007, 30038], Remedy::Never, "The carrier took the message for spam: whoever administers the Twilio account registers the number for its use (A2P 10DLC, toll-free verification, sender id) under Twilio Console > Messaging > Regulatory Compliance."),
    Row(&[30410], Remedy::Never, "The carrier did not answer in time, so the SMS may have arrived and is not sent again: an admin reaches the person another way if it matters."),
    Row(&[30017], Remedy::Again, "The carrier was away or had too much to do: Deskbell tries again by itself a few times, and an admin can reach the person another way."),
    Row(&[30008], Remedy::Again, "The carrier did not say why it failed: Deskbell tries again by itself a few times, and an admin can reach the person another way."),
    Row(&[30010, 30011, 30019], Remedy::Never, "The carrier could not carry the message as it is, or not for the price that is allowed: whoever administers the Twilio account looks at it under Twilio Console > Monitor > Logs > Messaging."),
    Row(&[30023, 30027], Remedy::Never, "The day's limit of this number at that carrier is reached: whoever administers the Twilio account raises it under Twilio Console > Messaging > Regulatory Compliance, or waits until tomorrow."),
    Row(&[30018, 30024, 30032, 30033, 30034, 30035, 30040, 30041, 30042], Remedy::Never, "The sender is not registered for that country, or no longer: whoever administers the Twilio account registers it under Twilio Console > Messaging > Regulatory Compliance."),
    Row(&[30036], Remedy::Never, "It waited at Twilio until the code was no longer good: they ask for another one."),
    Row(&[30037], Remedy::Hold, "Twilio has switched off what this account sends: whoever administers the Twilio account asks Twilio's support."),
    Row(&[30450, 30453, 30485], Remedy::Never, "Twilio took it for SMS pumping and stopped it: whoever administers the Twilio account looks at Twilio Console > Messaging > Settings > SMS pumping protection, and whoever runs Deskbell names its countries in OTP_ALLOWED_COUNTRIES."),
    Row(&[63001, 63002, 63007, 63008, 63020, 63022, 63051, 63112], Remedy::Hold, "Twilio has no WhatsApp sender of this number, or Meta has locked its account: whoever runs Deskbell compares TWILIO_WHATSAPP_FROM with Twilio Console > Messaging > Senders > WhatsApp senders."),
    Row(&[63003, 63024], Remedy::Never, "The number is not on WhatsApp: an admin asks the person for the number that they use there."),
    Row(&[63009, 63010, 63012, 63023], Remedy::Again, "WhatsApp behind Twilio is away for a moment: Deskbell tries again by itself, and whoever runs it finds the state of Twilio at status.twilio.com."),
    Row(&[63005, 63006, 63013, 63021, 63026, 63030], Remedy::Never, "WhatsApp does not take what the message says: whoever administers the Twilio account compares the template under Twilio Console > Messaging > Content Template Builder with the details."),
    Row(&[63015], Remedy::Never, "The person has not joined Twilio's sandbox: they send the words that Twilio Console > Messaging > Try it out > Send a WhatsApp message shows to +1 415 523 8886, or whoever runs Deskbell sets a sender of its own as TWILIO_WHATSAPP_FROM."),
    Row(&[63016], Remedy::AsTemplate, "More than a day has passed since the person wrote: Deskbell sends the template instead, whose Content whoever runs it names in TWILIO_CONTENT_SIDS."),
    Row(&[63017, 63018], Remedy::Slower, "WhatsApp was sent too much in a short time: Deskbell waits and tries again by itself, and nobody has to do anything."),
    Row(&[63027, 63028, 63040, 63041, 63042], Remedy::Never, "The template is not approved in this language, is paused, or has other places: whoever administers the Twilio account looks at it under Twilio Console > Messaging > Content Template Builder."),
    Row(&[63032, 63049], Remedy::Never, "Meta chose not to deliver this for now: an admin tries again after 24 hours at the earliest, or reaches the person another way."),
    Row(&[63014], Remedy::Never, "The person has blocked this sender on WhatsApp: an admin reaches them another way."),
    Row(&[63033], Remedy::Never, "The person wants no marketing from this sender, and the template counts as such: whoever administers the Twilio account has its category changed to Utility under Twilio Console > Messaging > Content Template Builder."),
    Row(&[30454, 63038], Remedy::Slower, "The account has sent what it may in a day (50 in a trial): Deskbell tries again once an hour, and whoever administers the Twilio account upgrades it under Twilio Console > Billing."),
];

/// Every code that we know; each has a place in `docs/setup/twilio.md`.
pub fn codes() -> impl Iterator<Item = i64> {
    ROWS.iter().flat_map(|row| row.0.iter().copied())
}

fn row(code: i64) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.0.contains(&code))
}

/// What an error means for its message. Twilio writes numbers into its words, which are nobody
/// else's business.
pub(super) fn failure(code: i64, message: &str) -> Failure {
    let remedy = row(code).map_or(Remedy::Never, |row| row.1);
    Failure { code: Some(code), message: without_numbers(message), remedy }
}

/// What it says about more than its message.
pub(super) fn fault(failure: &Failure) -> Fault {
    let every = |minutes| Fault::Account(Pause::every(TimeDelta::minutes(minutes)));
    match (failure.code, failure.remedy) {
        // The same token can be good again at any time.
        (Some(20003), _) => every(1),
        (Some(30454 | 63038), _) => every(60),
        (_, Remedy::Hold) => every(10),
        (_, Remedy::Slower) => Fault::Number,
        (_, Remedy::Again) => Fault::Outage,
        (_, Remedy::Never | Remedy::AsTemplate) => Fault::Message,
    }
}

/// What to do about a code; one that we do not know is called unknown.
pub(super) fn hint(code: i64) -> String {
    match row(code) {
        Some(row) => {
            format!("{} (docs/setup/twilio.md#code-{code}).", row.2.trim_end_matches('.'))
        }
        None => format!(
            "Code {code} is unknown to Deskbell: whoever runs it looks it up at \
             https://www.twilio.com/docs/api/errors/{code}."
        ),
    }
}

fn without_numbers(message: &str) -> String {
    let mut told = String::with_capacity(message.len());
    let mut rest = message;
    while let Some(at) = rest.find('+') {
        let digits = rest[at + 1..].chars().take_while(char::is_ascii_digit).count();
        told.push_str(&rest[..at]);
        told.push_str(if digits > 6 { "+…" } else { &rest[at..=at + digits] });
        rest = &rest[at + 1 + digits..];
    }
    told + rest
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_code_has_one_row_with_a_hint_that_says_who_does_what() {
        let all: Vec<i64> = codes().collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "a code stands twice");
        for Row(codes, _, hint) in ROWS {
            let who = ["whoever ", "an admin ", "Deskbell ", "only they ", "they "];
            assert!(who.iter().any(|who| hint.contains(who)), "{codes:?}: nobody does it: {hint}");
            assert!(hint.ends_with('.') && !hint.contains(". "), "{codes:?}: one sentence: {hint}");
        }
        assert!(hint(20003).ends_with("(docs/setup/twilio.md#code-20003)."), "{}", hint(20003));
        assert!(hint(987_654).contains("unknown"));
    }

    #[test]
    fn the_code_decides_what_to_do_next_and_who_pauses() {
        let account = |minutes| Fault::Account(Pause::every(TimeDelta::minutes(minutes)));
        for (code, remedy, fault_of) in [
            (20003, Remedy::Hold, account(1)),
            (20429, Remedy::Slower, Fault::Number),
            (20500, Remedy::Again, Fault::Outage),
            (21211, Remedy::Never, Fault::Message),
            (21408, Remedy::Never, Fault::Message),
            (21610, Remedy::Never, Fault::Message),
            (21704, Remedy::Hold, account(10)),
            (30002, Remedy::Hold, account(10)),
            (30003, Remedy::Again, Fault::Outage),
            // It may have arrived.
            (30410, Remedy::Never, Fault::Message),
            (30007, Remedy::Never, Fault::Message),
            (30454, Remedy::Slower, account(60)),
            (63012, Remedy::Again, Fault::Outage),
            (63016, Remedy::AsTemplate, Fault::Message),
            (63038, Remedy::Slower, account(60)),
            (987_654, Remedy::Never, Fault::Message),
        ] {
            let failure = failure(code, "m");
            assert_eq!((failure.remedy, fault(&failure)), (remedy, fault_of), "{code}");
        }
    }

    #[test]
    fn nobodys_number_stands_in_the_words() {
        for (told, expected) in [
            ("Invalid 'To' Phone Number: +447700900123", "Invalid 'To' Phone Number: +…"),
            ("+1 and +447700900123, é+", "+1 and +…, é+"),
            ("none", "none"),
        ] {
            assert_eq!(without_numbers(told), expected);
        }
    }
}
