//! The callback data that a message carries to the provider and back: which notification, which
//! attempt, and that it is ours; nothing personal.
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::notification::NotificationId;

/// Signs and reads callback data with this installation's key, so that reports about another
/// system's messages on the same account are told apart from ours.
#[derive(Clone)]
pub struct Callbacks(Hmac<Sha256>);

impl Callbacks {
    /// With a key of this installation.
    pub fn new(key: &[u8]) -> Self {
        Self(Hmac::new_from_slice(key).expect("HMAC takes a key of any length"))
    }

    /// What the message of this attempt carries: `v1:<notification>:<attempt>:<mac>`.
    pub fn write(&self, id: NotificationId, attempt: u32) -> String {
        let named = format!("v1:{}:{attempt}", id.0);
        let mac = self.mac(&named);
        format!("{named}:{mac}")
    }

    /// Which attempt a report speaks of; `None` where it is not one of ours.
    pub fn read(&self, data: &str) -> Option<(NotificationId, u32)> {
        let (named, mac) = data.rsplit_once(':')?;
        if !bool::from(self.mac(named).as_bytes().ct_eq(mac.as_bytes())) {
            return None;
        }
        let (id, attempt) = named.strip_prefix("v1:")?.split_once(':')?;
        Some((NotificationId(id.parse().ok()?), attempt.parse().ok()?))
    }

    fn mac(&self, named: &str) -> String {
        let mut mac = self.0.clone();
        mac.update(named.as_bytes());
        hex::encode(&mac.finalize().into_bytes()[..8])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_we_wrote_is_read() {
        let ours = Callbacks::new(b"a key of this installation");
        let theirs = Callbacks::new(b"a key of another installation");
        let data = ours.write(NotificationId(42), 3);
        assert!(data.len() < 80, "Meta echoes 512 characters at most");
        assert_eq!(ours.read(&data), Some((NotificationId(42), 3)));
        assert_eq!(theirs.read(&data), None);
        assert_eq!(ours.read(&data.replace(":3:", ":4:")), None);
        for odd in ["", "v1", ":", "v1:42:3", "campaign-7", "v1:42:3:"] {
            assert_eq!(ours.read(odd), None, "{odd}");
        }
    }
}
