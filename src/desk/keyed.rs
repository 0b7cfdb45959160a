//! Digests under a key of this installation: whoever reads the database alone can neither try
//! words against them nor make one.
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use super::Desk;

/// Makes digests.
#[derive(Clone)]
pub(super) struct Keyed(Hmac<Sha256>);

impl Keyed {
    pub(super) fn new(key: &SecretString) -> Self {
        let key = key.expose_secret().as_bytes();
        Self(Hmac::new_from_slice(key).expect("HMAC takes a key of any length"))
    }

    /// The digest of these parts for this purpose.
    pub(super) fn digest(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.0.clone();
        for part in std::iter::once(&purpose.as_bytes()).chain(parts) {
            // With its length in front no part can pass for two.
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// As [`Self::digest`], in hexadecimal.
    pub(super) fn word(&self, purpose: &str, parts: &[&[u8]]) -> String {
        hex::encode(self.digest(purpose, parts))
    }
}

impl Desk {
    /// Tells two bodies apart without keeping what a plain digest would give away: passwords stand
    /// in some of them.
    pub fn fingerprint(&self, body: &[u8]) -> String {
        self.keyed.word("body of a request", &[body])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_purpose_and_division_has_a_digest_of_its_own() {
        let keyed = |key: &str| Keyed::new(&SecretString::from(key));
        let one = keyed("a").word("p", &[b"ab", b"c"]);
        assert_eq!(one, keyed("a").word("p", &[b"ab", b"c"]));
        for other in [
            keyed("b").word("p", &[b"ab", b"c"]),
            keyed("a").word("q", &[b"ab", b"c"]),
            keyed("a").word("p", &[b"a", b"bc"]),
            keyed("a").word("p", &[b"abc"]),
        ] {
            assert_ne!(one, other);
        }
    }
}
