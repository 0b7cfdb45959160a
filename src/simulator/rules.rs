//! The rules that the simulated providers keep: limits and lists, which a tester may change while
//! it runs.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::address::Address;

/// What the providers enforce; out of the box, what Meta and Google publish.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// Messages a second from the number at Meta; 0 is no limit.
    pub messages_per_second: u32,
    /// Whether Meta keeps its limit of messages to one person.
    pub pair_limit: bool,
    /// A test number of Meta's sends to these numbers only.
    pub allowed_recipients: Option<Vec<String>>,
    /// New templates that Meta takes within an hour; 0 is no limit.
    pub templates_per_hour: u32,
    /// The business has blocked these numbers at Meta.
    pub blocked: Vec<String>,
    /// Updates in one webhook of Meta's, at most 1,000.
    pub webhook_batch: usize,
    /// How long Meta gathers updates for one webhook.
    pub webhook_wait_ms: u64,
    /// Mails a minute by Gmail's API; 0 is no limit.
    pub mails_per_minute: u32,
    /// Whether the account at Twilio is a trial, which sends to verified numbers only.
    pub twilio_trial: bool,
    /// The numbers that a trial may send to.
    pub twilio_verified: Vec<String>,
    /// The beginnings of numbers to which Twilio may send SMS; without it, all.
    pub twilio_regions: Option<Vec<String>>,
    /// How the account at Twilio stands: `active`, `suspended` or `closed`.
    pub twilio_status: String,
    /// What money is left in it.
    pub twilio_balance: String,
    /// Whether its Messaging Service has a sender.
    pub twilio_service_has_senders: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            messages_per_second: 80,
            pair_limit: true,
            allowed_recipients: None,
            templates_per_hour: 100,
            blocked: vec![],
            webhook_batch: 100,
            webhook_wait_ms: 10,
            mails_per_minute: 60,
            twilio_trial: false,
            twilio_verified: vec![],
            twilio_regions: None,
            twilio_status: "active".to_owned(),
            twilio_balance: "20.00".to_owned(),
            twilio_service_has_senders: true,
        }
    }
}

impl Rules {
    /// The same rules with these changes, or what is wrong with them.
    pub(super) fn with(&self, changes: &Value) -> Result<Self, String> {
        let Value::Object(changes) = changes else {
            return Err("send an object with the rules that change".into());
        };
        let mut rules = serde_json::to_value(self).map_err(|error| error.to_string())?;
        for (name, value) in changes {
            rules[name] = value.clone();
        }
        let rules: Self = serde_json::from_value(rules).map_err(|error| error.to_string())?;
        if !(1..=1_000).contains(&rules.webhook_batch) {
            return Err("webhook_batch is 1 to 1000".into());
        }
        if rules.webhook_wait_ms > 60_000 {
            return Err("webhook_wait_ms is at most 60000".into());
        }
        Ok(rules)
    }

    /// Whether this is on one of the lists.
    pub(super) fn lists(list: &[String], address: &Address) -> bool {
        list.iter().any(|listed| Address::named(listed).is_some_and(|listed| listed == *address))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rules_change_one_by_one() {
        let usual = Rules::default();
        let rows = [
            (json!({}), Ok(80)),
            (json!({ "messages_per_second": 0 }), Ok(0)),
            (json!({ "pair_limit": "no" }), Err("boolean")),
            (json!({ "speed": 1 }), Err("unknown field")),
            (json!({ "webhook_batch": 1_001 }), Err("1 to 1000")),
            (json!([]), Err("an object")),
        ];
        for (changes, expected) in rows {
            match (usual.with(&changes), expected) {
                (Ok(rules), Ok(limit)) => assert_eq!(rules.messages_per_second, limit),
                (Err(said), Err(word)) => assert!(said.contains(word), "{changes}: {said}"),
                (said, _) => panic!("{changes}: {said:?}"),
            }
        }
    }
}
