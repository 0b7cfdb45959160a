//! Whether a callback is Twilio's own: signed over the address that Twilio was given, which is made
//! from `PUBLIC_URL` and never from what the request says of itself, and over every field.
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::{Settings, WEBHOOK};
use crate::ports::channel::{Genuine, Posted};

/// In the query of an address whose body is no form stands the digest of that body.
const BODY_DIGEST: &str = "bodySHA256";

/// What this account's secrets say to a callback.
pub(super) fn judge(settings: &Settings, posted: &Posted<'_>) -> Genuine {
    let Some(base) = &settings.callback_base else { return Genuine::NoSecret };
    let Some(signature) = posted.signature else { return Genuine::No };
    let newer = posted.settings.is_some_and(|how| how.contains("HMAC_SHA256"));
    let key = settings.webhook_key.as_ref().filter(|_| newer).unwrap_or(&settings.auth_token);
    let Some(fields) = fields(posted.query, posted.body) else { return Genuine::No };
    let is_ours = addresses(base, posted.query)
        .iter()
        .any(|url| is_signed(key, newer, &said(url, &fields), signature));
    if is_ours { Genuine::Yes } else { Genuine::No }
}

/// The addresses under which Twilio may have seen us: with the usual port said and unsaid, and with
/// a slash at the end, where somebody typed one.
fn addresses(base: &str, query: &str) -> Vec<String> {
    let usual = if base.starts_with("https:") { ":443" } else { ":80" };
    let (scheme, rest) = base.split_once("://").unwrap_or(("https", base));
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let bare = host.strip_suffix(usual).unwrap_or(host);
    let has_port = bare.rsplit_once(':').is_some_and(|(_, port)| !port.ends_with(']'));
    let mut hosts = vec![bare.to_owned()];
    if !has_port {
        hosts.push(format!("{bare}{usual}"));
    }
    let query = if query.is_empty() { String::new() } else { format!("?{query}") };
    let slashes = |host: &String| {
        ["", "/"].map(|slash| format!("{scheme}://{host}{path}{WEBHOOK}{slash}{query}"))
    };
    hosts.iter().flat_map(slashes).collect()
}

/// Every field that is signed; none where the body is no form and its digest fits. `None` where the
/// digest does not fit.
fn fields(query: &str, body: &[u8]) -> Option<Vec<(String, String)>> {
    let asked = pairs(query);
    if let Some((_, digest)) = asked.iter().find(|(name, _)| name == BODY_DIGEST) {
        let own = hex::encode(Sha256::digest(body));
        return bool::from(own.as_bytes().ct_eq(digest.to_lowercase().as_bytes())).then(Vec::new);
    }
    Some(pairs(std::str::from_utf8(body).ok()?))
}

/// A form, read.
pub(super) fn pairs(form: &str) -> Vec<(String, String)> {
    let mut url = Url::parse("form:").expect("an address without a place is one");
    url.set_query(Some(form));
    url.query_pairs().into_owned().collect()
}

/// A field of a form that says something.
pub(super) fn field<'a>(form: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = form.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
}

/// What is signed: the address, then every field in the order of their names; one that comes several
/// times counts once with each of its values.
fn said(url: &str, fields: &[(String, String)]) -> String {
    let mut fields: Vec<_> = fields.iter().collect();
    fields.sort();
    fields.dedup();
    let fields = fields.into_iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]);
    std::iter::once(url).chain(fields).collect()
}

fn is_signed(key: &SecretString, newer: bool, said: &str, signature: &str) -> bool {
    let key = key.expose_secret().as_bytes();
    let Ok(claimed) = STANDARD.decode(signature.trim()) else { return false };
    match newer {
        true => {
            let mut mac: Hmac<Sha256> = Hmac::new_from_slice(key).expect("HMAC takes any key");
            mac.update(said.as_bytes());
            mac.verify_slice(&claimed).is_ok()
        }
        false => {
            let mut mac: Hmac<Sha1> = Hmac::new_from_slice(key).expect("HMAC takes any key");
            mac.update(said.as_bytes());
            mac.verify_slice(&claimed).is_ok()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // To the letter as it was signed: the ids are Twilio's placeholders, and the signature is over them.
    const STATUS: &str = "SmsSid=SMXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX&SmsStatus=delivered\
        &MessageStatus=delivered&To=%2B15558675310&MessageSid=SMXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX\
        &AccountSid=ACXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX&From=%2B15557122661&ApiVersion=2010-04-01";

    /// The first is Twilio's published example; the others were computed by its own library.
    #[test]
    fn twilios_published_signature_passes() {
        let call = "CallSid=CA1234567890ABCDE&Digits=1234&From=%2B14158675309&To=%2B18005551212\
            &Caller=%2B14158675309";
        let odd = "Body=caf%C3%A9+%F0%9F%98%95&MediaUrl0=&From=whatsapp%3A%2B15558675310";
        let digest = "b3a092a6af48807fa9482b2ee140105575daa26d5b24b3c0e60a7e2dee6683b1";
        let json = format!("https://help.example.com/hooks/twilio/json?bodySHA256={digest}");
        let own = "https://mycompany.com/myapp.php?foo=1&bar=2";
        let with_port = "https://mycompany.com:443/myapp.php?foo=1&bar=2";
        let status = "https://help.example.com/hooks/twilio/status?n=ntf_1";
        let inbound = "https://help.example.com/hooks/twilio/in";
        for (newer, url, body, signature) in [
            (false, own, call, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
            (false, with_port, call, "kvajT1Ptam85bY51eRf/AJRuM3w="),
            (false, status, STATUS, "7WzimI3lj5f/c0VAULmwkEPFTGA="),
            (false, inbound, odd, "AxV4yrrUDNGCgI4RQkfv2RVb9O0="),
            (true, status, STATUS, "FlmrH8bAFJ0LhUYMCczwzmZKqVNFgxjohkeAx9mpntA="),
            (false, &json, "{\"a\":\"é\"}", "2M01rMvM3VZEecE6GiJ7zOT4XVk="),
        ] {
            let query = url.split_once('?').map_or("", |(_, query)| query);
            let fields = fields(query, body.as_bytes()).expect("its digest fits");
            let key = SecretString::from("12345");
            assert!(is_signed(&key, newer, &said(url, &fields), signature), "{url}");
            let other = SecretString::from("54321");
            assert!(!is_signed(&other, newer, &said(url, &fields), signature), "{url}");
        }
        assert_eq!(fields(&format!("bodySHA256={digest}"), b"{}"), None);
    }

    #[test]
    fn a_field_counts_once_with_each_of_its_values() {
        let fields = pairs("b=2&a=1&b=1&b=2");
        assert_eq!(said("u", &fields), "ua1b1b2");
    }

    #[test]
    fn the_usual_port_may_be_said_or_not() {
        let at = |base| addresses(base, "n=1");
        for base in ["https://desk.example.com", "https://desk.example.com:443"] {
            assert_eq!(
                at(base),
                [
                    "https://desk.example.com/webhook/twilio?n=1",
                    "https://desk.example.com/webhook/twilio/?n=1",
                    "https://desk.example.com:443/webhook/twilio?n=1",
                    "https://desk.example.com:443/webhook/twilio/?n=1",
                ]
            );
        }
        assert_eq!(at("http://127.0.0.1:8000").len(), 2);
        assert_eq!(addresses("https://h/desk", "")[0], "https://h/desk/webhook/twilio");
    }
}
