//! Whether a webhook is Meta's: HMAC-SHA256 over the raw body with the app secret.
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// Whether one of our secrets made this `X-Hub-Signature-256`; compared in constant time.
pub(super) fn is_ours(secrets: &[SecretString], body: &[u8], header: &str) -> bool {
    let Some(claimed) = header.strip_prefix("sha256=").and_then(|hex| hex::decode(hex).ok()) else {
        return false;
    };
    secrets.iter().any(|secret| {
        let key = secret.expose_secret().as_bytes();
        let mut mac: Hmac<Sha256> = Hmac::new_from_slice(key).expect("HMAC takes any key");
        mac.update(body);
        mac.verify_slice(&claimed).is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_raw_body_under_our_secret_passes() {
        let ours = [SecretString::from("deskbell-app-secret")];
        let both = [SecretString::from("the next secret"), ours[0].clone()];
        let good = "sha256=68353de98839e65fcace98dd421ece1fd36134802da04c2cbbdcb031d94d88f6";
        let body = br#"{"object":"whatsapp_business_account","entry":[]}"#;
        assert!(is_ours(&ours, body, good));
        assert!(is_ours(&both, body, good), "while a secret is rotated both count");
        assert!(is_ours(&ours, body, &good.to_uppercase().replace("SHA256", "sha256")));
        assert!(!is_ours(&ours, br#"{"object": "whatsapp_business_account","entry":[]}"#, good));
        assert!(!is_ours(&[SecretString::from("another")], body, good));
        for bad in ["", "sha1=deadbeef", "sha256=", "sha256=zz", &"0".repeat(64)] {
            assert!(!is_ours(&ours, body, bad), "{bad}");
        }
    }
}
