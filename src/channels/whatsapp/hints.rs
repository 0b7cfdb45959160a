//! What to do about an error of Meta's, in one sentence, and who can do it; in the words of Meta's
//! own consoles.
use super::errors::anchor;

/// The hint for a code, with the place where more is said; a code that we do not know is called
/// unknown.
pub(super) fn hint(code: i64) -> String {
    match (known(code), anchor(code)) {
        (Some(hint), Some(anchor)) => {
            format!("{} (docs/setup/whatsapp.md#{anchor}).", hint.trim_end_matches('.'))
        }
        _ => format!(
            "Code {code} is unknown to Deskbell: whoever runs it looks it up on Meta's page \"Error \
             codes\" of the WhatsApp Cloud API and reads the details."
        ),
    }
}

#[rustfmt::skip]
fn known(code: i64) -> Option<&'static str> {
    Some(match code {
        0 | 190 => "The access token has expired or was revoked: whoever administers the business makes a new one under Business settings > Users > System users > Generate token and sets it as WHATSAPP_ACCESS_TOKEN.",
        1 => "Meta could not process the request and Deskbell tries again by itself: if it stays so, whoever runs Deskbell looks at metastatus.com for the WhatsApp Business API.",
        2 | 131_016 | 133_004 => "Meta's service is down for a moment: Deskbell tries again by itself, and nobody has to do anything.",
        3 | 10 | 200..=299 | 131_005 => "The token lacks a permission: whoever administers the business gives the system user `whatsapp_business_messaging` and `whatsapp_business_management` for this app and this WhatsApp account under Business settings > Users > System users.",
        4 => "The app has made too many calls: Deskbell waits and tries again by itself; whoever runs it sees the rest under App Dashboard > Application rate limit.",
        33 => "The business number was deleted: whoever administers the business picks one in WhatsApp Manager > Phone numbers and sets its id as WHATSAPP_PHONE_NUMBER_ID.",
        100 => "Meta refuses a parameter or does not know the number's id: whoever runs Deskbell compares WHATSAPP_PHONE_NUMBER_ID with \"Phone number ID\" under App Dashboard > WhatsApp > API Setup (it is not the number itself) and reads the details.",
        104 => "No access token came with the call: whoever runs Deskbell sets WHATSAPP_ACCESS_TOKEN.",
        368 | 131_031 => "Meta has restricted the account for a violation of its policies: whoever administers the business opens Business Support Home > Account status and asks for a review.",
        613 => "A limit of this kind of call was reached: Deskbell waits and tries again by itself, and nobody has to do anything.",
        80_007 | 80_008 => "The WhatsApp account has made too many calls: Deskbell waits and tries again by itself, and nobody has to do anything.",
        130_403 => "This business has blocked the person: whoever administers the business unblocks them in WhatsApp Manager > Phone numbers > Block users.",
        130_429 => "The number sends faster than Meta allows: Deskbell slows down and tries again by itself; whoever runs it can lower WHATSAPP_MESSAGES_PER_SECOND.",
        130_472 => "Meta keeps marketing messages from this person for an experiment: an admin reaches them another way.",
        130_497 => "This business may not write to people in that country: an admin reaches the person another way, and whoever administers the business finds the countries in Meta's WhatsApp Business Messaging Policy.",
        131_000 => "Something went wrong at Meta: Deskbell tries again by itself, and nobody has to do anything.",
        131_008 | 131_009 => "A parameter is missing or has a value that Meta does not take: whoever runs Deskbell reports it as a defect, with the details.",
        131_021 => "The recipient is the business number itself: an admin gives the person's account another number.",
        131_026 => "The message cannot be delivered: an admin asks the person whether the number is on WhatsApp, whether the app is up to date and whether they have accepted its newest terms.",
        131_030 => "The number is not on the test number's list of recipients: whoever administers the app adds it under App Dashboard > WhatsApp > API Setup > To, or uses a number of the business's own.",
        131_037 => "The number has no approved display name: whoever administers the business asks for one in WhatsApp Manager > Phone numbers.",
        131_042 => "Meta cannot charge the account: whoever administers the business mends the payment method under Business settings > Billing & payments.",
        131_044 => "Meta cannot charge the account for calls: whoever administers the business mends the payment method under Business settings > Billing & payments.",
        131_045 | 133_010 => "The number is not registered with the Cloud API: whoever holds the token registers it by `POST /<phone number id>/register` with a PIN, which Meta's consoles cannot.",
        131_047 => "More than 24 hours have passed since the person last wrote: an admin asks them to write first, or waits until the event's template is approved in WhatsApp Manager > Message templates.",
        131_048 => "Too many people blocked or reported this number: whoever administers the business looks at its quality rating in WhatsApp Manager > Phone numbers and lets it send less until that has risen.",
        131_049 => "Meta chose not to deliver this for now: an admin tries again after 24 hours at the earliest, or reaches the person another way.",
        131_050 => "The person has stopped marketing messages from this business: only they can undo it, in the chat's settings.",
        131_051 => "Meta does not support this type of message: whoever runs Deskbell reports it as a defect, with the details.",
        131_052 => "Meta could not hand on what the person sent: an admin asks them to send it again, smaller than 100 MB.",
        131_053 => "Meta could not take the attachment: whoever wrote sends it again as one of the types and sizes that WhatsApp supports.",
        131_055 => "The account may not use this method: whoever runs Deskbell reads the details and reports it as a defect.",
        131_056 => "This person was sent too many messages in a short time: Deskbell waits and tries again by itself, and nobody has to do anything.",
        131_057 | 2_494_100 => "The number is in maintenance for about a minute: Deskbell tries again by itself, and nobody has to do anything.",
        131_059 => "The list of templates changed while it was read: whoever runs Deskbell asks for it again with `deskbell templates status`.",
        131_062 => "This kind of message needs the person's phone number: an admin asks them to share it and puts it on their account.",
        131_063 => "Marketing messages are switched off for this WhatsApp account: whoever administers the business switches them on in WhatsApp Manager > Account tools.",
        131_064 => "Sending is limited because templates were filed in the wrong category: whoever administers the business corrects them in WhatsApp Manager > Message templates, and Meta lifts the limit by itself.",
        132_000 | 132_012 => "The template's parameters do not fit what is registered: whoever runs Deskbell compares with `deskbell templates status` and registers it anew with `deskbell templates push`.",
        132_001 => "The template does not exist in this language or is not approved: whoever runs Deskbell runs `deskbell templates push` and waits for the review, which WhatsApp Manager > Message templates shows.",
        132_005 => "The template's text is too long with its values filled in: whoever wrote the ticket shortens its texts.",
        132_007 => "The template's text breaks a policy of Meta's: whoever administers the business reads why in WhatsApp Manager > Message templates and changes it.",
        132_008 | 132_018 => "A value of the template holds something that Meta does not take: whoever runs Deskbell reports it as a defect, with the details.",
        132_015 => "Meta paused the template for low quality: it goes on by itself after some hours, or whoever administers the business unpauses it in WhatsApp Manager > Message templates.",
        132_016 => "Meta disabled the template for good: whoever runs Deskbell registers another one with `deskbell templates push`.",
        132_068 | 132_069 => "The flow is blocked or was sent too often: whoever administers the business looks at it in WhatsApp Manager > Flows.",
        133_000 => "An earlier deregistration of the number did not finish: whoever holds the token deregisters and registers it again by the API.",
        133_005 => "The two-step PIN is wrong: whoever administers the business resets it in WhatsApp Manager > Phone numbers > Two-step verification.",
        133_006 => "The number has to be verified before it is registered: whoever administers the business does so in WhatsApp Manager > Phone numbers.",
        133_008 | 133_009 => "The two-step PIN was tried too often or too fast: whoever administers the business waits as long as the details say and tries again.",
        133_015 => "The number was deleted a moment ago: whoever holds the token waits five minutes and registers it again by the API.",
        133_016 => "The number was registered and deregistered too often: whoever holds the token waits 72 hours and tries again.",
        134_011 => "The terms of WhatsApp payments are not accepted: whoever administers the business accepts them in WhatsApp Manager.",
        134_100 => "Only marketing templates can be sent this way: whoever runs Deskbell reports it as a defect, with the details.",
        134_101 => "The template is still being synchronised: Deskbell tries again by itself, and nobody has to do anything for ten minutes.",
        134_102 => "The template cannot be used this way: whoever administers the business looks at its state in WhatsApp Manager > Message templates.",
        135_000 => "Meta refused the message and does not say why: whoever runs Deskbell reads the details and reports it as a defect.",
        137_000 => "The person's identity on WhatsApp has changed: an admin asks them another way whether the number is still theirs and has them confirm it again.",
        139_100..=139_103 => "Meta could not block or unblock the person: whoever administers the business reads the details and tries it in WhatsApp Manager > Phone numbers > Block users.",
        147_001..=147_005 => "Meta refused the business's username: whoever administers the business looks at it in WhatsApp Manager > Phone numbers.",
        2_388_019 => "The WhatsApp account has as many templates as Meta allows: whoever administers the business deletes some in WhatsApp Manager > Message templates.",
        2_388_039 => "The template cannot be edited as it stands now: whoever runs Deskbell waits for its review and pushes again with `deskbell templates push`.",
        2_388_040 | 2_388_047 | 2_388_072 | 2_388_073 | 2_388_293 | 2_388_299 => "Meta refused the template's form: whoever runs Deskbell reads the details, and compares with `deskbell templates status`.",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::errors::{CODES, of_code};
    use super::*;
    use crate::domain::attempt::Remedy;

    #[test]
    fn every_code_has_a_hint_that_says_who_does_what() {
        for code in CODES {
            let hint = known(*code).unwrap_or_else(|| panic!("{code} has no hint"));
            let who = ["whoever ", "an admin ", "Deskbell ", "only they "];
            assert!(who.iter().any(|who| hint.contains(who)), "{code}: nobody does it: {hint}");
            assert!(hint.ends_with('.') && !hint.contains(". "), "{code}: one sentence: {hint}");
            assert!(super::hint(*code).ends_with(&format!("#code-{code}).")), "{code}");
        }
    }

    #[test]
    fn a_code_that_is_sorted_or_has_a_hint_is_on_the_list() {
        for code in 0..3_000_000 {
            let listed = anchor(code).is_some();
            assert_eq!(known(code).is_some(), listed, "{code}");
            assert!(of_code(code) == Remedy::Never || listed, "{code} is sorted and not listed");
        }
    }

    #[test]
    fn an_unknown_code_is_called_unknown() {
        for code in [-1, 5, 987_654, i64::MAX] {
            assert!(hint(code).contains("unknown"), "{code}");
        }
    }
}
