//! What a tester has asked to go wrong, number by number.

use serde::{Deserialize, Serialize};

use super::{address::Address, kind::Kind, provider::Provider};

/// A day: longer waits are typing errors.
const LONGEST_WAIT_MS: u64 = 86_400_000;

/// One thing that goes wrong.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fault {
    /// The number whose messages it befalls, or the e-mail address; `*` stands for everybody's.
    pub(super) number: String,
    /// Whose service it befalls.
    #[serde(default, skip_serializing_if = "Provider::is_meta")]
    pub(super) provider: Provider,
    /// What goes wrong.
    pub(super) kind: Kind,
    /// How many messages it still befalls; without it, all that come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) times: Option<u32>,
    /// The error code, for the kinds that tell one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<i64>,
    /// The HTTP status, for `ERROR`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) http_status: Option<u16>,
    /// The word by which Google names the error, for `ERROR`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
    /// The wait in milliseconds, for the kinds that wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ms: Option<u64>,
}

impl Fault {
    /// The same fault with its number in one spelling, or what is wrong with it.
    pub(super) fn checked(self) -> Result<Self, String> {
        let number = match self.number.trim() {
            "*" => "*".to_owned(),
            address if self.provider.is_mail() => mailbox(address)?,
            number => Address::named(number)
                .ok_or("number is \"*\" or a phone number with its country code")?
                .to_string(),
        };
        if self.times == Some(0) {
            return Err("times is at least 1".into());
        }
        let says_why = self.code.is_some() || self.reason.is_some() || !self.is_coded();
        if self.kind == Kind::Error && !says_why {
            return Err("ERROR needs a code, one of Meta's".into());
        }
        if self.http_status.is_some_and(|status| !(400..=599).contains(&status)) {
            return Err("http_status is 400 to 599".into());
        }
        if self.ms.is_some_and(|ms| ms > LONGEST_WAIT_MS) {
            return Err(format!("ms is at most {LONGEST_WAIT_MS}"));
        }
        Ok(Self { number, ..self })
    }

    fn is_for(&self, number: &str, provider: Provider) -> bool {
        self.number == number && self.provider == provider
    }

    /// Whether its provider names errors by a number.
    fn is_coded(&self) -> bool {
        use Provider::{Meta, TwilioSms, TwilioWhatsapp};
        matches!(self.provider, Meta | TwilioSms | TwilioWhatsapp)
    }
}

/// An e-mail address, however it was typed.
fn mailbox(address: &str) -> Result<String, String> {
    match address.split_once('@') {
        Some((name, host)) if !name.is_empty() && !host.is_empty() => Ok(address.to_lowercase()),
        _ => Err("number is \"*\" or, for this provider, an e-mail address".into()),
    }
}

/// All that is to go wrong.
#[derive(Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    /// Forgets what was asked before.
    pub(super) fn replace(&mut self, faults: Vec<Fault>) {
        self.0 = faults;
    }

    /// Replaces what was asked for one number.
    pub(super) fn replace_for(&mut self, number: &str, fault: Option<Fault>) {
        self.0.retain(|fault| fault.number != number);
        self.0.extend(fault);
    }

    /// What stands.
    pub(super) fn all(&self) -> &[Fault] {
        &self.0
    }

    /// The fault that befalls a message to this number, used once by it. One that names the
    /// number goes before one for everybody.
    pub(super) fn befall(&mut self, number: &str, provider: Provider) -> Option<Fault> {
        let at = |wanted: &str| self.0.iter().position(|fault| fault.is_for(wanted, provider));
        let index = at(number).or_else(|| at("*"))?;
        let befallen = self.0[index].clone();
        match &mut self.0[index].times {
            None => {}
            Some(1) => drop(self.0.remove(index)),
            Some(times) => *times -= 1,
        }
        Some(befallen)
    }

    /// Whether the token is void for everybody, so that every other call fails with it too.
    pub(super) fn token_is_void(&self) -> bool {
        let is_it = |fault: &Fault| fault.is_for("*", Provider::Meta);
        self.0.iter().any(|fault| is_it(fault) && fault.kind == Kind::TokenExpired)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fault(value: serde_json::Value) -> Result<Fault, String> {
        serde_json::from_value::<Fault>(value).map_err(|error| error.to_string())?.checked()
    }

    #[test]
    fn a_fault_is_checked_when_it_is_asked_for() {
        let rows = [
            (json!({ "number": "+44 7700 900123", "kind": "HANG" }), "+447700900123"),
            (json!({ "number": "447700900123", "kind": "SLOW", "ms": 5 }), "+447700900123"),
            (json!({ "number": "*", "kind": "ERROR", "code": 131031 }), "*"),
            (json!({ "number": "*", "kind": "ERROR" }), "needs a code"),
            (json!({ "number": "*", "kind": "ERROR", "provider": "twilio_sms" }), "needs a code"),
            (json!({ "number": "*", "kind": "ERROR", "provider": "gmail" }), "*"),
            (json!({ "number": "Ann@X.org", "kind": "HANG", "provider": "gmail" }), "ann@x.org"),
            (json!({ "number": "Ann", "kind": "HANG", "provider": "gmail" }), "e-mail"),
            (json!({ "number": "*", "kind": "HANG", "provider": "pigeon" }), "twilio_whatsapp"),
            (json!({ "number": "John", "kind": "HANG" }), "phone number"),
            (json!({ "number": "*", "kind": "HANG", "times": 0 }), "at least 1"),
            (json!({ "number": "*", "kind": "ERROR", "code": 1, "http_status": 200 }), "400"),
            (json!({ "number": "*", "kind": "EXPLODE" }), "NOT_ON_WHATSAPP"),
            (json!({ "number": "*", "kind": "SLOW", "seconds": 5 }), "unknown field"),
        ];
        for (value, expected) in rows {
            let said = fault(value.clone()).map_or_else(|error| error, |fault| fault.number);
            assert!(said.contains(expected), "{value}: {said}");
        }
    }

    #[test]
    fn a_fault_befalls_its_own_provider() {
        let mut faults = Faults::default();
        let sms = json!({ "number": "*", "kind": "HTML", "provider": "twilio_sms" });
        faults.replace(vec![fault(sms).unwrap()]);
        assert!(faults.befall("+1555", Provider::Meta).is_none());
        assert!(faults.befall("+1555", Provider::TwilioSms).is_some());
    }

    #[test]
    fn a_fault_is_used_up_and_a_named_number_goes_first() {
        let mut faults = Faults::default();
        faults.replace(vec![
            fault(json!({ "number": "*", "kind": "HTML" })).unwrap(),
            fault(json!({ "number": "+1555", "kind": "HANG", "times": 2 })).unwrap(),
        ]);
        let mut befall =
            |number| faults.befall(number, Provider::Meta).map(|fault| fault.kind.name());
        assert_eq!(befall("+1556"), Some("HTML"));
        assert_eq!(befall("+1555"), Some("HANG"));
        assert_eq!(befall("+1555"), Some("HANG"));
        assert_eq!(befall("+1555"), Some("HTML"));
        faults.replace_for("*", None);
        assert!(faults.befall("+1555", Provider::Meta).is_none());
    }
}
