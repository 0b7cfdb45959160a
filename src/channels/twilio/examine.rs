//! Asking Twilio how we stand with it: the account, its money, the sender, and whether its callbacks
//! can reach us. Nothing is sent and nothing is changed.
use serde_json::Value;

use super::{SANDBOX, Twilio, errors, form};
use crate::domain::attempt::Failure;
use crate::domain::finding::{Check, Finding};
use crate::domain::medium::Medium;

/// With less money than this codes may stop any day; in the account's currency.
const LITTLE: f64 = 2.0;

impl Twilio {
    pub(super) async fn findings(&self) -> Vec<Finding> {
        let client = &self.account.client;
        let account = match client.ask(".json").await {
            Ok(account) => account,
            Err(Failure { code: None, message, .. }) => {
                let todo = "whoever runs Deskbell checks the network and TWILIO_API_URL";
                return vec![Finding::failed(Check::Api, format!("Twilio: {message}"), todo)];
            }
            Err(Failure { code: Some(code), message, .. }) => {
                let so = format!("Twilio: refused with code {code}: {message}");
                return vec![Finding::failed(Check::Token, so, errors::hint(code))];
            }
        };
        let mut found = vec![
            Finding::ok(Check::Api, "Twilio answers"),
            Finding::ok(Check::Token, "Twilio knows the account and its secret"),
            standing(&account),
        ];
        // A part of another account does not see the money.
        if let Ok(money) = client.ask("/Balance.json").await {
            found.extend(balance(&money));
        }
        found.push(match self.medium {
            Medium::WhatsApp => self.whatsapp_sender(),
            Medium::Sms | Medium::Email => self.sms_sender().await,
        });
        found.push(self.callbacks());
        found
    }

    async fn sms_sender(&self) -> Finding {
        const CHECK: Check = Check::Number;
        let (settings, client) = (&self.account.settings, &self.account.client);
        let refused = |failure: Failure| match failure.code {
            Some(20404) => Finding::failed(CHECK, "Twilio: no such service", errors::hint(21705)),
            Some(code) => Finding::failed(CHECK, failure.message, errors::hint(code)),
            None => Finding::left_out(CHECK, format!("not known: {}", failure.message)),
        };
        if let Some(service) = &settings.messaging_service {
            return match client.senders(service).await {
                Ok(said) if is_empty(&said["phone_numbers"]) => {
                    let so = "Twilio: the Messaging Service has no sender";
                    Finding::failed(CHECK, so, errors::hint(21704))
                }
                Ok(_) => Finding::ok(CHECK, "Twilio: the Messaging Service has senders"),
                Err(failure) => refused(failure),
            };
        }
        let number = settings.number.as_deref().unwrap_or_default();
        let said = match client.number(number).await {
            Ok(said) => said,
            Err(failure) => return refused(failure),
        };
        let ours = said["incoming_phone_numbers"].as_array().into_iter().flatten();
        match ours.into_iter().find(|it| it["phone_number"] == number) {
            None => Finding::failed(
                CHECK,
                "Twilio: the number is not this account's",
                errors::hint(21660),
            ),
            Some(it) if it["capabilities"]["sms"] == false => {
                Finding::failed(CHECK, "Twilio: the number has no SMS", errors::hint(21606))
            }
            Some(_) => Finding::ok(CHECK, "Twilio: the number is ours and has SMS"),
        }
    }

    fn whatsapp_sender(&self) -> Finding {
        const CHECK: Check = Check::Number;
        let settings = &self.account.settings;
        if settings.whatsapp_from.as_deref() == Some(SANDBOX) {
            let so = "Twilio's sandbox reaches only people who have joined it";
            return Finding::warning(CHECK, so, errors::hint(63015));
        }
        if !settings.content_sids.keys().any(|name| name.split('.').next() == Some(form::CODE)) {
            let so = "TWILIO_CONTENT_SIDS names no Content for codes, so none goes over Twilio";
            return Finding::warning(CHECK, so, errors::hint(21655));
        }
        Finding::ok(CHECK, "Twilio: a sender of our own, with a Content for codes")
    }

    fn callbacks(&self) -> Finding {
        const CHECK: Check = Check::Webhook;
        let settings = &self.account.settings;
        let todo = "whoever runs Deskbell sets PUBLIC_URL to the very https:// address by which it is \
            reached from outside (docs/setup/twilio.md#twilio-no-receipt)";
        match &settings.callback_base {
            None => Finding::warning(CHECK, "Twilio is asked for no reports", todo),
            Some(base) if base.starts_with("http:") && settings.api_url.starts_with("https:") => {
                Finding::warning(CHECK, "Twilio reports without TLS", todo)
            }
            Some(_) => Finding::ok(CHECK, "Twilio is given an address for its reports"),
        }
    }
}

fn standing(account: &Value) -> Finding {
    const CHECK: Check = Check::Account;
    match (account["status"].as_str(), account["type"].as_str()) {
        (Some(status), _) if status != "active" => {
            Finding::failed(CHECK, format!("Twilio: the account is {status}"), errors::hint(20005))
        }
        (_, Some("Trial")) => {
            let so = "Twilio: a trial, which writes to verified numbers only";
            Finding::warning(CHECK, so, errors::hint(21608))
        }
        _ => Finding::ok(CHECK, "Twilio: the account is active"),
    }
}

fn balance(money: &Value) -> Option<Finding> {
    const CHECK: Check = Check::Account;
    let left: f64 = money["balance"].as_str()?.parse().ok()?;
    let so = format!("Twilio: {left:.2} {} left", money["currency"].as_str().unwrap_or_default());
    Some(match left {
        left if left <= 0.0 => Finding::failed(CHECK, so, errors::hint(30002)),
        left if left < LITTLE => Finding::warning(CHECK, so, errors::hint(30002)),
        _ => Finding::ok(CHECK, so),
    })
}

fn is_empty(list: &Value) -> bool {
    list.as_array().is_none_or(Vec::is_empty)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::finding::Verdict;

    #[test]
    fn the_account_and_its_money_are_judged() {
        for (account, verdict) in [
            (json!({ "status": "active", "type": "Full" }), Verdict::Ok),
            (json!({ "status": "active", "type": "Trial" }), Verdict::Warning),
            (json!({ "status": "suspended", "type": "Full" }), Verdict::Failed),
            (json!({}), Verdict::Ok),
        ] {
            assert_eq!(standing(&account).verdict, verdict, "{account}");
        }
        for (left, verdict) in
            [("20.00", Verdict::Ok), ("1.5", Verdict::Warning), ("-0.1", Verdict::Failed)]
        {
            let money = json!({ "balance": left, "currency": "USD" });
            assert_eq!(balance(&money).map(|it| it.verdict), Some(verdict), "{left}");
        }
        assert_eq!(balance(&json!({ "balance": null })), None);
    }
}
