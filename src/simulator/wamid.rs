//! The id of a message, built as Meta's look: base64 over the other side's number and something
//! unique.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::address::Address;

/// Which way a message goes, as the byte in the id tells it.
#[derive(Clone, Copy)]
pub(super) enum Way {
    /// From the business to a person.
    Out = 0x11,
    /// From a person to the business.
    In = 0x12,
}

/// A new id, never given before and, by 72 random bits, not given before a restart either.
pub(super) fn new(address: &Address, way: Way) -> String {
    let person = address.wa_id().unwrap_or(address.as_str()).as_bytes();
    let unique = hex::encode_upper(rand::random::<[u8; 9]>());
    let mut bytes = Vec::with_capacity(11 + person.len() + unique.len());
    bytes.extend([0x1c, 0x18, u8::try_from(person.len()).unwrap_or(u8::MAX)]);
    bytes.extend(person);
    bytes.extend([0x15, 0x02, 0x00, way as u8, 0x18]);
    bytes.extend([u8::try_from(unique.len()).unwrap_or(u8::MAX)]);
    bytes.extend(unique.as_bytes());
    bytes.push(0x00);
    format!("wamid.{}", STANDARD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_looks_like_one_of_metas() {
        let address = Address::named("+16505551234").unwrap();
        for _ in 0..100 {
            let id = new(&address, Way::Out);
            let shown = id.strip_prefix("wamid.").unwrap_or_else(|| panic!("{id}"));
            let bytes = STANDARD.decode(shown).unwrap();
            let unique = bytes
                .strip_prefix(b"\x1c\x18\x0b16505551234\x15\x02\x00\x11\x18\x12".as_slice())
                .and_then(|rest| rest.strip_suffix(b"\x00"))
                .unwrap_or_else(|| panic!("{id}"));
            assert_eq!(unique.len(), 18, "{id}");
            assert!(unique.iter().all(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(b)), "{id}");
        }
        let id = new(&address, Way::Out);
        assert_ne!(id, new(&address, Way::Out));
    }
}
