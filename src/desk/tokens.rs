//! Access tokens: short-lived JWTs under one algorithm that the server fixes.
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::domain::user::{Actor, UserId};

/// How long an access token is good for.
pub(super) const LIFETIME: TimeDelta = TimeDelta::minutes(15);
const ISSUER: &str = "deskbell";
const AUDIENCE: &str = "deskbell-api";
const ALGORITHM: Algorithm = Algorithm::HS256;

/// Issues and reads access tokens.
pub(super) struct Tokens {
    sign: EncodingKey,
    check: DecodingKey,
    rules: Validation,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    iat: i64,
    exp: i64,
    /// When its person showed what they log in with, as OpenID Connect names it.
    auth_time: Option<i64>,
    jti: String,
    role: String,
}

impl Tokens {
    pub(super) fn new(secret: &SecretString) -> Self {
        let key = secret.expose_secret().as_bytes();
        let mut rules = Validation::new(ALGORITHM);
        rules.set_issuer(&[ISSUER]);
        rules.set_audience(&[AUDIENCE]);
        rules.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        // The end is checked against our own clock, below.
        rules.validate_exp = false;
        Self { sign: EncodingKey::from_secret(key), check: DecodingKey::from_secret(key), rules }
    }

    /// A token for this account, whose person logged in `since`, from `now` on.
    pub(super) fn issue(
        &self,
        actor: Actor,
        since: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<String, jsonwebtoken::errors::Error> {
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: actor.id.0.to_string(),
            iat: now.timestamp(),
            exp: (now + LIFETIME).timestamp(),
            auth_time: Some(since.timestamp()),
            jti: ulid::Ulid::generate().to_string(),
            role: actor.role.as_str().to_owned(),
        };
        encode(&Header::new(ALGORITHM), &claims, &self.sign)
    }

    /// Whose token this is, if it is ours and still good; their role is not taken from it.
    pub(super) fn read(&self, token: &str, now: DateTime<Utc>) -> Option<UserId> {
        self.claims(token, now)?.sub.parse().ok().map(UserId)
    }

    /// When whoever shows this token logged in, if it is ours and still good.
    pub(super) fn logged_in_at(&self, token: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp(self.claims(token, now)?.auth_time?, 0)
    }

    fn claims(&self, token: &str, now: DateTime<Utc>) -> Option<Claims> {
        let claims = decode::<Claims>(token, &self.check, &self.rules).ok()?.claims;
        (claims.exp > now.timestamp()).then_some(claims)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::user::Role;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;
    const WHO: Actor = Actor { id: UserId(7), role: Role::Client };

    fn forged(algorithm: Algorithm, aud: &str, key: &str) -> String {
        let claims = serde_json::json!({
            "iss": ISSUER, "aud": aud, "sub": "7", "iat": 0, "exp": 900, "jti": "x", "role": "ADMIN"
        });
        encode(&Header::new(algorithm), &claims, &EncodingKey::from_secret(key.as_bytes())).unwrap()
    }

    #[test]
    fn only_our_own_tokens_are_read_and_only_in_their_time() {
        let key = "a secret of at least thirty-two bytes";
        let tokens = Tokens::new(&SecretString::from(key));
        let good = tokens.issue(WHO, NOW - TimeDelta::hours(1), NOW).unwrap();
        assert_eq!(tokens.read(&good, NOW), Some(UserId(7)));
        assert_eq!(tokens.read(&good, NOW + LIFETIME), None, "its time is over");
        assert_eq!(tokens.logged_in_at(&good, NOW), Some(NOW - TimeDelta::hours(1)));
        assert!(tokens.read(&forged(ALGORITHM, AUDIENCE, key), NOW).is_some(), "a fair forgery");
        for bad in [
            forged(Algorithm::HS384, AUDIENCE, key),
            forged(ALGORITHM, "another", key),
            forged(ALGORITHM, AUDIENCE, "another key"),
            // {"alg":"none"} and the claims of a good token
            format!("eyJhbGciOiJub25lIn0.{}.", good.split('.').nth(1).unwrap()),
            String::new(),
            "a.b.c".to_owned(),
        ] {
            assert_eq!(tokens.read(&bad, NOW), None, "{bad}");
        }
    }
}
