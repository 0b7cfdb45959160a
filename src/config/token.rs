//! Where the access token comes from: the variable itself, or a file that holds it.
use std::path::PathBuf;

use secrecy::SecretString;

use super::reader::Reader;

const VARIABLE: &str = "WHATSAPP_ACCESS_TOKEN";
const FILE: &str = "WHATSAPP_ACCESS_TOKEN_FILE";

impl Reader<'_> {
    /// The token, with the file that it stands in. Nothing where neither is set, or one is wrong.
    pub(super) fn access_token(&mut self, needed: bool) -> Option<(SecretString, Option<PathBuf>)> {
        let example = "/run/secrets/whatsapp_token";
        match (self.text(VARIABLE), self.text(FILE)) {
            (Some(_), Some(_)) => {
                let what =
                    "is set and WHATSAPP_ACCESS_TOKEN, too: which of them counts? Leave one out";
                self.complain(FILE, what, example);
                None
            }
            (Some(token), None) => Some((SecretString::from(token), None)),
            (None, Some(file)) => match std::fs::read_to_string(&file) {
                Ok(token) if !token.trim().is_empty() => {
                    Some((SecretString::from(token.trim().to_owned()), Some(PathBuf::from(file))))
                }
                _ => {
                    let what = "names a file that holds the token; it cannot be read or is empty";
                    self.complain(FILE, what, example);
                    None
                }
            },
            (None, None) => {
                if needed {
                    self.complain(VARIABLE, "is needed in production", "EAA…");
                }
                None
            }
        }
    }
}
