//! The simulated phones, reached over HTTP like everything else.
use std::sync::Arc;

use deskbell::desk::Pushed;
use deskbell::store::templates::Standing;
use reqwest::Method;
use serde_json::{Value, json};

use super::World;
use super::answer::Answer;
use super::door::Door;
use super::person::Person;

/// Faults after which reports do not come, or not all.
const QUIET: [&str; 7] = [
    "DELIVERED_LATE",
    "DELIVERED_NEVER",
    "HELD",
    "NO_STATUS",
    "STATUS_LATE",
    "UNREPORTED",
    "WRONG_SIGNATURE",
];

/// A person's phone on the simulator.
pub struct Phone {
    door: Arc<Door>,
    number: String,
}

impl Phone {
    /// Every message on it, as the simulator knows it, the first one first.
    pub async fn messages(&self) -> Vec<Value> {
        let path = format!("/simulator/api/phones/{}/messages", self.number);
        let page = self.door.get(&path).await.plain();
        page["items"].as_array().expect("a list of messages").clone()
    }

    /// The words on it, the first ones first.
    pub async fn texts(&self) -> Vec<String> {
        let messages = self.messages().await;
        messages.iter().map(|it| it["body"].as_str().expect("a body").to_owned()).collect()
    }

    /// The headlines on it: what stands between the first two stars of each message.
    pub async fn headlines(&self) -> Vec<String> {
        let line = |text: &String| text.split('*').nth(1).unwrap_or(text).to_owned();
        self.texts().await.iter().map(line).collect()
    }
}

impl World {
    /// The phone of a person.
    pub fn phone(&self, of: &Person) -> Phone {
        Phone { door: self.simulator().clone(), number: of.number().to_owned() }
    }

    /// A ticket under this title, and the admin's message about it, which the simulator took and
    /// will say nothing of.
    pub async fn files_in_silence(&self, title: &str) -> (Value, Value) {
        let admin = self.admin();
        self.fault_once(&admin, "NO_STATUS").await;
        let ticket = self.client().files(title).await;
        self.settle().await;
        let message = self.ledger_of(&admin).await.pop().expect("a message");
        (ticket, message)
    }

    /// The person writes to us, which opens their window.
    pub async fn writes(&self, person: &Person, text: &str) {
        let path = format!("/simulator/api/phones/{}/replies", person.number());
        let said = json!({ "text": text });
        self.simulator().ask(Method::POST, &path).json(&said).send().await.plain();
        let heard = format!(
            "SELECT count(*) FROM users WHERE id = {} AND whatsapp_heard_at >= '{}'",
            person.id,
            (self.now() - chrono::TimeDelta::seconds(1)).to_rfc3339()
        );
        self.until("they were heard", async || self.count(&heard).await == 1).await;
    }

    /// Registers every template with the provider.
    pub async fn pushes_templates(&self) -> Vec<(Standing, Pushed)> {
        self.desk().push_templates().await.expect("the provider takes templates")
    }

    /// What becomes of templates at the simulator.
    pub async fn turns_templates(&self, turn: Value) {
        let ask = self.simulator().ask(Method::PUT, "/simulator/api/templates");
        ask.json(&turn).send().await.plain();
    }

    /// The person looks at their phone.
    pub async fn reads(&self, person: &Person) {
        let messages = self.phone(person).messages().await;
        let ids = messages.iter().map(|it| it["id"].as_str().expect("an id").to_owned());
        self.read.lock().expect("what was read").extend(ids);
        let path = format!("/simulator/api/phones/{}/read", person.number());
        self.simulator().ask(Method::POST, &path).send().await.plain();
    }

    /// Every message that the simulator accepted, in the order of acceptance.
    pub async fn ledger(&self) -> Vec<Value> {
        let (mut items, mut from) = (vec![], 0);
        loop {
            let path = format!("/simulator/api/messages?from={from}");
            let page = self.simulator().get(&path).await.plain();
            let next = page["next"].as_u64().expect("where the next page starts");
            let found = page["items"].as_array().expect("a list of messages");
            if found.is_empty() {
                return items;
            }
            items.extend(found.iter().cloned());
            from = next;
        }
    }

    /// The messages of the ledger to one person.
    pub async fn ledger_of(&self, person: &Person) -> Vec<Value> {
        let all = self.ledger().await;
        all.into_iter().filter(|it| it["to"] == person.number()).collect()
    }

    /// From now on this goes wrong with every message to this person.
    pub async fn fault(&self, person: &Person, kind: &str) {
        self.faults(json!([{ "number": person.number(), "kind": kind }])).await;
    }

    /// This goes wrong with the next message to this person.
    pub async fn fault_once(&self, person: &Person, kind: &str) {
        self.faults(json!([{ "number": person.number(), "kind": kind, "times": 1 }])).await;
    }

    /// From now on these things go wrong, and no others.
    pub async fn faults(&self, faults: Value) {
        let quiet = faults.as_array().expect("a list of faults").iter();
        let quiet = quiet.filter(|it| it["kind"].as_str().is_some_and(|it| QUIET.contains(&it)));
        let numbers = quiet.map(|it| it["number"].as_str().expect("a number").to_owned());
        self.quiet.lock().expect("quiet numbers").extend(numbers);
        let body = json!({ "faults": faults });
        let ask = self.simulator().ask(Method::PUT, "/simulator/api/faults");
        ask.json(&body).send().await.plain();
    }

    /// From now on Meta thinks so of the business, and well of all that is left out.
    pub async fn business(&self, thought: Value) {
        let ask = self.simulator().ask(Method::PUT, "/simulator/api/business");
        ask.json(&thought).send().await.plain();
    }

    /// From now on nothing goes wrong.
    pub async fn no_faults(&self) {
        self.faults(json!([])).await;
    }

    /// Whether the simulated Meta keeps its limits; in a story, where the clock stands still, it
    /// does not unless it is told to.
    pub async fn provider_keeps_limits(&self, keeps: bool) -> Answer {
        let rules = json!({ "messages_per_second": if keeps { 80 } else { 0 },
            "pair_limit": keeps, "mails_per_minute": if keeps { 60 } else { 0 },
            "templates_per_hour": if keeps { 100 } else { 0 } });
        let ask = self.simulator().ask(Method::PATCH, "/simulator/api/settings");
        ask.json(&rules).send().await
    }

    /// The simulated providers forget everything but their rules.
    pub async fn provider_forgets(&self) {
        let answer = self.simulator().ask(Method::POST, "/simulator/api/reset").send().await;
        assert_eq!(answer.status, 204, "{}", answer.text());
    }

    /// From now on the simulated providers keep these rules, too.
    pub async fn rules(&self, rules: Value) {
        let ask = self.simulator().ask(Method::PATCH, "/simulator/api/settings");
        ask.json(&rules).send().await.plain();
    }

    pub(super) fn is_quiet(&self, number: &str) -> bool {
        let quiet = self.quiet.lock().expect("quiet numbers");
        quiet.contains(number) || quiet.contains("*")
    }

    fn simulator(&self) -> &Arc<Door> {
        self.outside.as_ref().unwrap_or(&self.door)
    }

    /// Whether there are simulated phones in this world, not a provider by a script.
    pub(super) fn has_simulator(&self) -> bool {
        self.outside.is_some() || self.is_simulated_inside()
    }

    /// Whether the phones of this world are simulated inside the program.
    pub(super) fn is_simulated_inside(&self) -> bool {
        !self.settings.iter().any(|(name, _)| *name == "WHATSAPP_ACCESS_TOKEN")
    }
}
