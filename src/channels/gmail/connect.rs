//! Obtaining the refresh token (RFC 8252, RFC 7636): whose mailbox it is consents in a browser, and
//! what comes back is exchanged under a proof that it was us who asked.
use anyhow::{Context, bail};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::token::exchange;
use crate::channels::http;

/// Where the browser comes back to.
pub const CALLBACK: &str = "/oauth2callback";
/// The least that lets one send.
const SCOPE: &str = "https://www.googleapis.com/auth/gmail.send";
const GOOGLE: &str = "https://accounts.google.com/o/oauth2/v2/auth";

/// One consent that is asked for.
pub struct Consent {
    client_id: String,
    client_secret: SecretString,
    token_url: Url,
    redirect_uri: String,
    state: String,
    verifier: String,
}

#[derive(Deserialize)]
struct Granted {
    refresh_token: Option<String>,
}

impl Consent {
    /// A consent for this client, answered at this address.
    ///
    /// # Errors
    /// Where the token endpoint's address is none.
    pub fn new(
        client_id: String,
        client_secret: SecretString,
        token_url: &str,
        redirect_uri: String,
    ) -> anyhow::Result<Self> {
        let random = || URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
        let token_url = token_url.parse().context("GOOGLE_TOKEN_URL is no address")?;
        let (state, verifier) = (random(), random());
        Ok(Self { client_id, client_secret, token_url, redirect_uri, state, verifier })
    }

    /// The page on which one consents.
    pub fn page(&self) -> String {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&self.verifier));
        let mut page: Url = match self.token_url.host_str() {
            Some("oauth2.googleapis.com") => GOOGLE.parse().expect("an address"),
            // Whoever stands in for Google has its consent page beside the token endpoint.
            _ => {
                let mut page = self.token_url.clone();
                let beside = page.path().trim_end_matches("/token").to_owned();
                page.set_path(&format!("{beside}/o/oauth2/v2/auth"));
                page
            }
        };
        page.query_pairs_mut()
            .append_pair("client_id", &self.client_id)
            .append_pair("redirect_uri", &self.redirect_uri)
            .append_pair("response_type", "code")
            .append_pair("scope", SCOPE)
            .append_pair("access_type", "offline")
            // Google gives a refresh token to whoever consents, not to whoever has consented.
            .append_pair("prompt", "consent")
            .append_pair("state", &self.state)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        page.into()
    }

    /// The refresh token, from what the browser came back with: path and query.
    ///
    /// # Errors
    /// Where it was refused, or somebody else sent the browser.
    pub async fn answered(&self, target: &str) -> anyhow::Result<SecretString> {
        let url = Url::parse("http://localhost")?.join(target)?;
        let field = |name: &str| {
            url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
        };
        let state = field("state").unwrap_or_default();
        if !bool::from(state.as_bytes().ct_eq(self.state.as_bytes())) {
            bail!("this answer is not to our question (its state differs); begin anew");
        }
        if let Some(error) = field("error") {
            bail!("Google says {error}; begin anew, and agree");
        }
        let code = field("code").context("Google gave no code; begin anew")?;
        let fields = [
            ("grant_type", "authorization_code"),
            ("client_id", self.client_id.as_str()),
            ("client_secret", self.client_secret.expose_secret()),
            ("redirect_uri", self.redirect_uri.as_str()),
            ("code", code.as_str()),
            ("code_verifier", self.verifier.as_str()),
        ];
        let http = http::client(self.token_url.as_str())?;
        let body = match exchange(&http, &self.token_url, &fields).await {
            Ok(body) => body,
            Err(failure) => bail!("{}", failure.message),
        };
        let granted: Granted = serde_json::from_slice(&body).context("Google's answer is odd")?;
        let token = granted.refresh_token.context(
            "Google gave no refresh token: take the app's access back at \
             https://myaccount.google.com/permissions and begin anew",
        )?;
        Ok(SecretString::from(token))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn consent(token_url: &str) -> Consent {
        let redirect = "http://127.0.0.1:8765/oauth2callback".to_owned();
        Consent::new("id".to_owned(), "secret".into(), token_url, redirect).unwrap()
    }

    #[test]
    fn the_page_asks_for_no_more_than_sending_and_proves_who_asked() {
        let google = consent("https://oauth2.googleapis.com/token");
        let page = Url::parse(&google.page()).unwrap();
        assert_eq!(page.host_str(), Some("accounts.google.com"));
        let asked: std::collections::HashMap<_, _> = page.query_pairs().into_owned().collect();
        assert_eq!(asked["scope"], SCOPE);
        assert_eq!(
            (asked["access_type"].as_str(), asked["code_challenge_method"].as_str()),
            ("offline", "S256")
        );
        assert_eq!(asked["state"], google.state);
        assert!(!google.page().contains(&google.verifier) && !google.page().contains("secret"));
        let beside = consent("http://127.0.0.1:9/simulator/token").page();
        assert!(beside.starts_with("http://127.0.0.1:9/simulator/o/oauth2/v2/auth?"), "{beside}");
    }

    #[tokio::test]
    async fn an_answer_to_another_question_is_not_exchanged() {
        let asked = consent("http://127.0.0.1:9/token");
        for target in ["/oauth2callback?code=4/0", "/oauth2callback?code=4/0&state=x"] {
            let error = asked.answered(target).await.unwrap_err();
            assert!(error.to_string().contains("state"), "{target}: {error}");
        }
        let refused = format!("/oauth2callback?error=access_denied&state={}", asked.state);
        let error = asked.answered(&refused).await.unwrap_err();
        assert!(error.to_string().contains("access_denied"), "{error}");
    }
}
