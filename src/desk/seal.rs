//! Sealing what has to be kept for a moment and must not be read: AES-256-GCM under a key of this
//! installation, bound to where it stands.
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use super::keyed::Keyed;

/// Seals and opens.
#[derive(Clone)]
pub(super) struct Seal(Keyed);

impl Seal {
    pub(super) fn new(keyed: Keyed) -> Self {
        Self(keyed)
    }

    fn key(&self) -> Option<LessSafeKey> {
        let key = self.0.digest("key of seals", &[]);
        UnboundKey::new(&AES_256_GCM, &key).ok().map(LessSafeKey::new)
    }

    /// Under a seal that opens only with the same `place`.
    pub(super) fn seal(&self, text: &str, place: &str) -> Option<String> {
        let nonce: [u8; NONCE_LEN] = rand::random();
        let mut sealed = text.as_bytes().to_vec();
        let unique = Nonce::assume_unique_for_key(nonce);
        let place = Aad::from(place.as_bytes());
        self.key()?.seal_in_place_append_tag(unique, place, &mut sealed).ok()?;
        Some(hex::encode(nonce) + &hex::encode(sealed))
    }

    /// What stands under a seal of ours.
    pub(super) fn open(&self, sealed: &str, place: &str) -> Option<String> {
        let bytes = hex::decode(sealed).ok()?;
        let (nonce, rest) = bytes.split_first_chunk::<NONCE_LEN>()?;
        let mut rest = rest.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened =
            self.key()?.open_in_place(nonce, Aad::from(place.as_bytes()), &mut rest).ok()?;
        String::from_utf8(opened.to_vec()).ok()
    }
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;

    #[test]
    fn a_seal_opens_with_its_key_and_in_its_place_only() {
        let of = |key: &str| Seal::new(Keyed::new(&SecretString::from(key)));
        let sealed = of("a").seal("123456", "here").unwrap();
        assert!(!sealed.contains("123456"));
        assert_ne!(Some(&sealed), of("a").seal("123456", "here").as_ref(), "never twice the same");
        assert_eq!(of("a").open(&sealed, "here").as_deref(), Some("123456"));
        assert_eq!(of("a").open(&sealed, "there"), None);
        assert_eq!(of("b").open(&sealed, "here"), None);
        for wrong in ["", "00", "zz", &sealed[2..], &format!("{sealed}00")] {
            assert_eq!(of("a").open(wrong, "here"), None, "{wrong}");
        }
    }
}
