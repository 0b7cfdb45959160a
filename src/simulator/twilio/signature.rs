//! The signature of a callback: over its address and its fields, in the order of their names.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha1::Sha1;
use sha2::Sha256;

/// The value of `X-Twilio-Signature`, as it has been for long: HMAC-SHA1.
pub fn sha1(secret: &SecretString, url: &str, fields: &[(String, String)]) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret.expose_secret().as_bytes())
        .expect("HMAC takes a key of any length");
    mac.update(signed(url, fields).as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

/// The same where the account has a key for signatures: HMAC-SHA256.
pub fn sha256(secret: &SecretString, url: &str, fields: &[(String, String)]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes())
        .expect("HMAC takes a key of any length");
    mac.update(signed(url, fields).as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

/// A field that comes several times counts once with each of its values.
fn signed(url: &str, fields: &[(String, String)]) -> String {
    let mut fields: Vec<_> = fields.iter().collect();
    fields.sort();
    fields.dedup();
    let fields = fields.into_iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]);
    [url].into_iter().chain(fields).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: [(&str, &str); 5] = [
        ("CallSid", "CA1234567890ABCDE"),
        ("Digits", "1234"),
        ("From", "+14158675309"),
        ("To", "+18005551212"),
        ("Caller", "+14158675309"),
    ];
    // To the letter as it was signed: the ids are Twilio's placeholders, and the signature is over them.
    const STATUS: [(&str, &str); 8] = [
        ("SmsSid", "SMXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX"),
        ("SmsStatus", "delivered"),
        ("MessageStatus", "delivered"),
        ("To", "+15558675310"),
        ("MessageSid", "SMXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX"),
        ("AccountSid", "ACXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX"),
        ("From", "+15557122661"),
        ("ApiVersion", "2010-04-01"),
    ];
    const STATUS_URL: &str = "https://help.example.com/hooks/twilio/status?n=ntf_1";

    fn fields(fields: &[(&str, &str)]) -> Vec<(String, String)> {
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_callback_is_signed_as_twilio_signs_it() {
        let secret = SecretString::from("12345");
        let body = [("Body", "café 😕"), ("MediaUrl0", ""), ("From", "whatsapp:+15558675310")];
        let json = "https://help.example.com/hooks/twilio/json?bodySHA256=b3a092a6af48807fa9482b2ee140105575daa26d5b24b3c0e60a7e2dee6683b1";
        // Twilio's published example, and others computed by its own library for Python.
        let rows = [
            (
                "https://mycompany.com/myapp.php?foo=1&bar=2",
                fields(&CALL),
                "RSOYDt4T1cUTdK1PDd93/VVr8B8=",
            ),
            (
                "https://mycompany.com:443/myapp.php?foo=1&bar=2",
                fields(&CALL),
                "kvajT1Ptam85bY51eRf/AJRuM3w=",
            ),
            (STATUS_URL, fields(&STATUS), "7WzimI3lj5f/c0VAULmwkEPFTGA="),
            (
                "https://help.example.com/hooks/twilio/in",
                fields(&body),
                "AxV4yrrUDNGCgI4RQkfv2RVb9O0=",
            ),
            (json, vec![], "2M01rMvM3VZEecE6GiJ7zOT4XVk="),
        ];
        for (url, said, expected) in rows {
            assert_eq!(sha1(&secret, url, &said), expected, "{url}");
        }
        let expected = "FlmrH8bAFJ0LhUYMCczwzmZKqVNFgxjohkeAx9mpntA=";
        assert_eq!(sha256(&secret, STATUS_URL, &fields(&STATUS)), expected);
    }

    #[test]
    fn a_repeated_field_counts_once_with_each_value() {
        let said = fields(&[("b", "2"), ("a", "1"), ("b", "1"), ("b", "2")]);
        assert_eq!(signed("u", &said), "ua1b1b2");
    }
}
