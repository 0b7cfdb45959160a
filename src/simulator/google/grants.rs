//! What Google has granted: codes that are exchanged once, and tokens that end.

use std::collections::{HashMap, HashSet};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

/// How long an access token is good; Google says one second less.
pub const LIFETIME: TimeDelta = TimeDelta::seconds(3_600);
const CODE_LIFETIME: TimeDelta = TimeDelta::minutes(10);
const MOST: usize = 10_000;

/// What somebody agreed to.
#[derive(Clone)]
pub struct Consent {
    /// Where the code went.
    pub redirect_uri: String,
    /// What may be done.
    pub scope: String,
    /// Whether a refresh token comes with it.
    pub is_offline: bool,
    /// The challenge of PKCE, with whether it is a digest.
    pub challenge: Option<(String, bool)>,
}

/// Everything that was granted.
#[derive(Default)]
pub struct Grants {
    codes: HashMap<String, (Consent, DateTime<Utc>)>,
    access: HashMap<String, (String, DateTime<Utc>)>,
    refresh: HashMap<String, String>,
    revoked: HashSet<String>,
}

impl Grants {
    /// A code for what somebody agreed to.
    pub fn code(&mut self, consent: Consent, now: DateTime<Utc>) -> String {
        self.codes.retain(|_, (_, until)| now < *until);
        if self.codes.len() == MOST {
            self.codes.clear();
        }
        let code = format!("4/0{}", random());
        self.codes.insert(code.clone(), (consent, now + CODE_LIFETIME));
        code
    }

    /// What this code stands for; it is spent by that.
    pub fn spend(&mut self, code: &str, now: DateTime<Utc>) -> Option<Consent> {
        let (consent, until) = self.codes.remove(code)?;
        (now < until).then_some(consent)
    }

    /// A refresh token for this scope.
    pub fn refresh_token(&mut self, scope: &str) -> String {
        let token = format!("1//0{}", random());
        self.refresh.insert(token.clone(), scope.to_owned());
        token
    }

    /// What a refresh token that was granted here allows.
    pub fn refreshes(&self, token: &str) -> Option<String> {
        self.refresh.get(token).filter(|_| !self.revoked.contains(token)).cloned()
    }

    /// Whether a token was taken back.
    pub fn is_revoked(&self, token: &str) -> bool {
        self.revoked.contains(token)
    }

    /// Takes a token back.
    pub fn revoke(&mut self, token: &str) {
        self.access.remove(token);
        self.revoked.insert(token.to_owned());
    }

    /// An access token for this scope.
    pub fn access_token(&mut self, scope: &str, now: DateTime<Utc>) -> String {
        self.access.retain(|_, (_, until)| now < *until);
        if self.access.len() == MOST {
            self.access.clear();
        }
        let token = format!("ya29.{}", random());
        self.access.insert(token.clone(), (scope.to_owned(), now + LIFETIME));
        token
    }

    /// What an access token allows now.
    pub fn scope(&self, token: &str, now: DateTime<Utc>) -> Option<&str> {
        self.access.get(token).filter(|(_, until)| now < *until).map(|(scope, _)| scope.as_str())
    }
}

impl Consent {
    /// Whether this verifier proves that the same client asked.
    pub fn is_proven_by(&self, verifier: Option<&str>) -> bool {
        match (&self.challenge, verifier) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some((challenge, false)), Some(verifier)) => challenge == verifier,
            (Some((challenge, true)), Some(verifier)) => {
                *challenge == URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
            }
        }
    }
}

fn random() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 30]>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_spent_once_and_in_time() {
        let consent = Consent {
            redirect_uri: String::new(),
            scope: "s".into(),
            is_offline: true,
            challenge: None,
        };
        let (mut grants, now) = (Grants::default(), DateTime::UNIX_EPOCH);
        let code = grants.code(consent.clone(), now);
        assert!(grants.spend(&code, now).is_some());
        assert!(grants.spend(&code, now).is_none());
        let late = grants.code(consent, now);
        assert!(grants.spend(&late, now + CODE_LIFETIME).is_none());
        let token = grants.access_token("s", now);
        assert_eq!(grants.scope(&token, now + LIFETIME - TimeDelta::seconds(1)), Some("s"));
        assert_eq!(grants.scope(&token, now + LIFETIME), None);
    }

    #[test]
    fn only_who_asked_can_prove_it() {
        // The example of RFC 7636, appendix B.
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".to_owned();
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let consent = Consent {
            redirect_uri: String::new(),
            scope: String::new(),
            is_offline: true,
            challenge: Some((challenge, true)),
        };
        for (verifier, expected) in [(Some(verifier), true), (Some("other"), false), (None, false)]
        {
            assert_eq!(consent.is_proven_by(verifier), expected);
        }
    }
}
