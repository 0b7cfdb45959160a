//! The signature under a webhook: Meta signs the raw body with the app secret.

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// The value of `X-Hub-Signature-256` for this body.
pub(super) fn of(body: &[u8], app_secret: &SecretString) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(app_secret.expose_secret().as_bytes())
        .expect("HMAC takes a key of any length");
    mac.update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP_SECRET: &str = "deskbell-app-secret";
    const RAW: &str = r#"{"object":"whatsapp_business_account","entry":[]}"#;
    const HEADER: &str = "sha256=68353de98839e65fcace98dd421ece1fd36134802da04c2cbbdcb031d94d88f6";

    #[test]
    fn a_body_is_signed_as_meta_signs_it() {
        assert_eq!(of(RAW.as_bytes(), &SecretString::from(APP_SECRET)), HEADER);
    }
}
