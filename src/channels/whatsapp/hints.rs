//! What to do about an error of Meta's, in one sentence, and who can do it; in the words of Meta's
//! own consoles.

/// The hint for a code; a code that we do not know is called unknown.
pub(super) fn hint(code: i64) -> String {
    match known(code) {
        Some(hint) => hint.to_owned(),
        None => format!(
            "Code {code} is unknown to Deskbell: look it up on Meta's page \"Error codes\" of the \
             WhatsApp Cloud API."
        ),
    }
}

#[rustfmt::skip]
fn known(code: i64) -> Option<&'static str> {
    Some(match code {
        0 | 190 => "The access token has expired or was revoked: whoever administers the Meta business creates a permanent system-user token and sets it as WHATSAPP_ACCESS_TOKEN.",
        1 => "Meta could not process the request: Deskbell tries again; if it stays, look at Meta's status page.",
        2 | 131_016 | 133_004 => "Meta's service is down for a moment: Deskbell tries again by itself.",
        3 | 10 | 200..=299 | 131_005 => "The token lacks a permission: in Business settings, give the system user `whatsapp_business_messaging` and `whatsapp_business_management` for this app and WhatsApp account.",
        4 | 613 | 80_007 => "The app or WhatsApp account has made too many calls: Deskbell waits and tries again by itself.",
        33 => "The business number was deleted: an admin sets WHATSAPP_PHONE_NUMBER_ID to a number that exists in WhatsApp Manager.",
        100 => "Meta refuses a parameter or does not know the number id: compare WHATSAPP_PHONE_NUMBER_ID with WhatsApp > API Setup (it is the id, not the number) and see the details.",
        104 => "No access token came with the call: an admin sets WHATSAPP_ACCESS_TOKEN.",
        368 | 131_031 => "Meta has locked the account for a policy violation: the business owner opens Account quality in Business Manager and asks for a review.",
        130_403 => "This business has blocked the person: unblock them in WhatsApp Manager.",
        130_429 => "The number sends faster than Meta allows: Deskbell slows down and tries again by itself.",
        130_472 => "Meta keeps marketing messages from this person for an experiment: reach them another way.",
        130_497 => "This business may not write to people in that country: see Meta's country restrictions.",
        131_000 => "Something went wrong at Meta: Deskbell tries again by itself.",
        131_008 | 131_009 => "A parameter is missing or wrong: report it to whoever runs Deskbell, with the details.",
        131_021 => "The recipient is the business number itself: give the person another number.",
        131_026 => "The message cannot be delivered: ask the person whether the number is on WhatsApp, is up to date and has accepted the current terms.",
        131_030 => "The number is not in the allowed list of the test number: add it under WhatsApp > API Setup > To, or use a number of your own.",
        131_037 => "The number needs an approved display name: an admin asks for it in WhatsApp Manager > Phone numbers.",
        131_042 | 131_044 => "Meta cannot charge the account: the business owner mends the payment method under Billing in WhatsApp Manager.",
        131_045 | 133_010 => "The number is not registered for the Cloud API: whoever holds the token registers it by `POST /<phone number id>/register` with a PIN; Meta's consoles cannot.",
        131_047 => "More than 24 hours have passed since the person last wrote: only an approved template can reach them now.",
        131_048 => "Too many people reported or blocked this number: the business owner looks at the quality rating in WhatsApp Manager; wait before sending more.",
        131_049 => "Meta chose not to deliver this for now: do not send it again within 24 hours; reach the person another way.",
        131_050 => "The person has stopped marketing messages from this business: respect it.",
        131_051 => "Meta does not support this type of message: report it to whoever runs Deskbell.",
        131_052 => "Meta could not download what the person sent: ask them to send it again, smaller than 100 MB.",
        131_053 => "Meta could not take the attachment: check its type and size.",
        131_055 => "The account may not use this method: see the details.",
        131_056 => "Too many messages to this one person in a short time: Deskbell waits and tries again by itself.",
        131_057 | 2_494_100 => "The number is in maintenance for a minute: Deskbell tries again by itself.",
        131_059 => "A list of templates changed while it was read: it is read again from the start.",
        131_062 => "This kind of message needs the person's phone number: ask them to share it.",
        131_063 => "Marketing messages are switched off for this account: see WhatsApp Manager.",
        131_064 => "Sending is limited because templates were filed in the wrong category; Meta lifts it by itself: correct their categories.",
        132_000 | 132_012 | 132_018 => "The template's parameters do not fit what is registered: run `deskbell templates status` and push the templates again.",
        132_001 => "The template does not exist in this language or is not approved: run `deskbell templates push` and wait for Meta's review.",
        132_005 => "The text is too long with its values filled in: shorten the ticket's texts.",
        132_007 => "The template breaks a policy of Meta's: change its text in WhatsApp Manager.",
        132_008 => "A value of the template is not allowed: see the details.",
        132_015 => "Meta paused the template for low quality: it resumes by itself or in WhatsApp Manager > Message templates.",
        132_016 => "Meta disabled the template for good: register another one.",
        132_068 | 132_069 => "The flow is blocked or throttled: see WhatsApp Manager > Flows.",
        133_000 => "An earlier deregistration did not finish: whoever holds the token deregisters and registers the number again by the API.",
        133_005 => "The two-step PIN is wrong: reset it in WhatsApp Manager > Phone numbers > Two-step verification.",
        133_006 => "The number must be verified again: do so in WhatsApp Manager > Phone numbers.",
        133_008 | 133_009 | 133_016 => "The number was registered or its PIN tried too often: wait, then try again.",
        133_015 => "The number was deleted a moment ago: wait five minutes.",
        134_011 => "The terms of WhatsApp payments are not accepted: the business owner accepts them in WhatsApp Manager.",
        134_100..=134_102 => "The marketing API is not ready for this template or account: wait ten minutes, then see WhatsApp Manager.",
        135_000 => "Meta refused the message and does not say why: see the details.",
        137_000 => "The person's identity on WhatsApp has changed: confirm the number again.",
        139_100..=139_103 => "Meta could not block or unblock the person: see the details.",
        147_001..=147_005 => "Meta refused a business username: see WhatsApp Manager.",
        2_388_019 | 2_388_039 | 2_388_040 | 2_388_047 | 2_388_072 | 2_388_073 | 2_388_293 | 2_388_299 => "Meta refused the template's form: see the details, and run `deskbell templates status`.",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::errors::of_code;
    use super::*;
    use crate::domain::attempt::Remedy;

    #[test]
    fn every_code_that_we_sort_has_a_hint_and_an_unknown_one_says_so() {
        for code in 0..3_000_000 {
            if of_code(code) != Remedy::Never {
                assert!(known(code).is_some(), "{code} is sorted and has no hint");
            }
        }
        for code in [130_403, 131_026, 131_030, 131_047, 131_049, 132_000, 137_000] {
            assert!(known(code).is_some(), "{code}");
        }
        assert!(hint(987_654).contains("unknown"));
    }
}
