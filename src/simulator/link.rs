//! The addresses of the simulator's pages: each carries the visitor's token on.

/// What every link of a page repeats.
pub(super) struct Link {
    /// The token that opened the gate.
    pub(super) token: Option<String>,
    /// Whether the page looks again by itself.
    pub(super) live: bool,
}

impl Link {
    /// The page with one phone's chat.
    pub(super) fn chat(&self, number: &str) -> String {
        format!("/simulator?phone={}{}", encoded(number), self.rest(self.live))
    }

    /// The page with one mailbox, or with the list of all.
    pub(super) fn mailbox(&self, address: Option<&str>) -> String {
        let address = address.map(encoded).unwrap_or_default();
        format!("/simulator/mail?address={address}{}", self.rest(false))
    }

    /// The page with the list of all phones.
    pub(super) fn phones(&self) -> String {
        format!("/simulator?phone={}", self.rest(self.live))
    }

    /// The same page, with or without looking again by itself.
    pub(super) fn toggled(&self, number: Option<&str>) -> String {
        let number = number.map(encoded).unwrap_or_default();
        format!("/simulator?phone={number}{}", self.rest(!self.live))
    }

    /// Where a form about this phone goes.
    pub(super) fn form(&self, number: &str, what: &str) -> String {
        let rest = self.rest(self.live);
        format!("/simulator/phones/{}/{what}?{}", encoded(number), rest.trim_start_matches('&'))
    }

    fn rest(&self, live: bool) -> String {
        let token = self.token.as_deref().map(|token| format!("&token={}", encoded(token)));
        let live = if live { "&live=on" } else { "" };
        format!("{}{live}", token.unwrap_or_default())
    }
}

/// What RFC 3986 does not leave as it is, by its bytes.
fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_carries_the_token_on() {
        let open = Link { token: None, live: false };
        let gated = Link { token: Some("a&b".into()), live: true };
        let rows = [
            (open.chat("+44"), "/simulator?phone=%2B44"),
            (gated.chat("+44"), "/simulator?phone=%2B44&token=a%26b&live=on"),
            (gated.mailbox(Some("a@x.org")), "/simulator/mail?address=a%40x.org&token=a%26b"),
            (open.phones(), "/simulator?phone="),
            (gated.toggled(None), "/simulator?phone=&token=a%26b"),
            (open.toggled(Some("+44")), "/simulator?phone=%2B44&live=on"),
            (gated.form("+44", "read"), "/simulator/phones/%2B44/read?token=a%26b&live=on"),
        ];
        for (link, expected) in rows {
            assert_eq!(link, expected);
        }
    }
}
