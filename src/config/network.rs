//! Settings about who may ask from where, and who is believed about it.
use std::net::IpAddr;

use ipnet::IpNet;
use secrecy::SecretString;

use super::reader::Reader;

const ORIGIN: &str = "https://app.example.com,https://admin.example.com";
const NETWORK: &str = "10.0.0.0/8,192.0.2.7";

impl Reader<'_> {
    /// Origins as a browser writes them: a scheme, a host, and a port unless it is the usual one.
    pub(super) fn cors_origins(&mut self) -> Vec<String> {
        let given = self.words("CORS_ALLOWED_ORIGINS");
        let read: Option<Vec<String>> = given.iter().map(|word| origin(word)).collect();
        read.unwrap_or_else(|| {
            let what = "lists whole origins with commas: scheme, host and port, no path and no *";
            self.complain("CORS_ALLOWED_ORIGINS", what, ORIGIN);
            vec![]
        })
    }

    /// Networks, or single addresses.
    pub(super) fn trusted_proxies(&mut self) -> Vec<IpNet> {
        let given = self.words("TRUSTED_PROXIES");
        let read: Option<Vec<IpNet>> = given.iter().map(|word| network(word)).collect();
        read.unwrap_or_else(|| {
            let what = "lists addresses and networks of your proxies with commas";
            self.complain("TRUSTED_PROXIES", what, NETWORK);
            vec![]
        })
    }

    pub(super) fn metrics_token(&mut self, production: bool) -> Option<SecretString> {
        let given = self.text("METRICS_TOKEN").map(SecretString::from);
        if given.is_none() && production {
            let example = "$(openssl rand -hex 32)";
            self.complain("METRICS_TOKEN", "is needed in production", example);
        }
        given
    }

    /// Several words with commas.
    fn words(&self, name: &str) -> Vec<String> {
        let given = self.text(name).unwrap_or_default();
        let words = given.split(',').map(str::trim).filter(|word| !word.is_empty());
        words.map(str::to_owned).collect()
    }
}

fn origin(word: &str) -> Option<String> {
    let url = reqwest::Url::parse(word).ok()?;
    let bare = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    // A star is a letter of a host like any other to whoever reads addresses.
    (bare && !word.contains('*')).then(|| url.origin().ascii_serialization())
}

fn network(word: &str) -> Option<IpNet> {
    let alone = || word.parse::<IpAddr>().ok().map(IpNet::from);
    word.parse().ok().or_else(alone)
}
