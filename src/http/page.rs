//! Pages of a list: a size, and an opaque cursor that nobody can make but us.
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use schemars::JsonSchema;
use serde::Serialize;
use sha2::Sha256;

use super::problem::{BAD_CURSOR, BAD_QUERY, Problem};
use crate::domain::text::FieldError;

/// Signs and reads cursors.
#[derive(Clone)]
pub struct Cursors(Hmac<Sha256>);

/// Which part of a list is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// How many.
    pub limit: u64,
    /// Older than this one.
    pub before: Option<i64>,
}

/// One page of a list.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "{T}Page")]
pub struct Listed<T> {
    items: Vec<T>,
    /// Shows the next page as `cursor`; `null` where there is none.
    next_cursor: Option<String>,
}

impl Cursors {
    /// With a key of this installation.
    pub fn new(key: &[u8]) -> Self {
        Self(Hmac::new_from_slice(key).expect("HMAC takes a key of any length"))
    }

    /// Reads what was asked for; `list` names the list, whose cursors fit no other.
    ///
    /// # Errors
    /// 400 for a limit that is no number, 422 for one out of range or a cursor that is not ours.
    pub fn page(
        &self,
        list: &str,
        limit: Option<&str>,
        cursor: Option<&str>,
    ) -> Result<Page, Problem> {
        let limit = match limit.map(str::parse::<i64>) {
            None => 50,
            Some(Ok(limit @ 1..=200)) => limit.unsigned_abs(),
            Some(Ok(_)) => {
                let say = "`limit` is 1 to 200";
                return Err(Problem::invalid(vec![FieldError::new("limit", "out_of_range", say)]));
            }
            Some(Err(_)) => return Err(Problem::new(&BAD_QUERY, "`limit` is a number, 1 to 200")),
        };
        let before = cursor.map(|cursor| self.read(list, cursor)).transpose()?;
        Ok(Page { limit, before })
    }

    fn read(&self, list: &str, cursor: &str) -> Result<i64, Problem> {
        let ours = || {
            let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
            let (id, mac) = bytes.split_at_checked(8)?;
            self.mac(list, id).verify_truncated_left(mac).ok().filter(|()| mac.len() == 16)?;
            Some(i64::from_be_bytes(id.try_into().ok()?))
        };
        ours().ok_or_else(|| Problem::new(&BAD_CURSOR, "use `next_cursor` of a page as it is"))
    }

    fn write(&self, list: &str, id: i64) -> String {
        let id = id.to_be_bytes();
        let mac = self.mac(list, &id).finalize().into_bytes();
        URL_SAFE_NO_PAD.encode([&id[..], &mac[..16]].concat())
    }

    fn mac(&self, list: &str, id: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        mac.update(list.as_bytes());
        mac.update(&[0]);
        mac.update(id);
        mac
    }

    /// One page out of what was found; one more than the limit was looked for.
    pub fn listed<R, T>(
        &self,
        list: &str,
        page: Page,
        mut found: Vec<R>,
        id: impl Fn(&R) -> i64,
        show: impl Fn(R) -> T,
    ) -> Listed<T> {
        let more = found.len() as u64 > page.limit;
        found.truncate(usize::try_from(page.limit).unwrap_or(usize::MAX));
        let last = found.last().map(id).filter(|_| more);
        let next_cursor = last.map(|id| self.write(list, id));
        Listed { items: found.into_iter().map(show).collect(), next_cursor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_cursor_of_the_same_list_is_read() {
        let ours = Cursors::new(b"key");
        let cursor = ours.write("tickets", 42);
        let page = ours.page("tickets", None, Some(&cursor)).unwrap();
        assert_eq!((page.limit, page.before), (50, Some(42)));
        assert!(ours.page("notifications", None, Some(&cursor)).is_err());
        assert!(Cursors::new(b"other").page("tickets", None, Some(&cursor)).is_err());
        let mut tampered = cursor.clone().into_bytes();
        tampered[3] = if tampered[3] == b'A' { b'B' } else { b'A' };
        let tampered = String::from_utf8(tampered).unwrap();
        for bad in [tampered.as_str(), "", "AAAAAAAAACo", "%%%", &cursor[..12]] {
            assert!(ours.page("tickets", None, Some(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_limit_is_1_to_200() {
        let ours = Cursors::new(b"key");
        let limit = |raw| ours.page("tickets", Some(raw), None).ok().map(|page| page.limit);
        assert_eq!((limit("1"), limit("200")), (Some(1), Some(200)));
        for bad in ["0", "201", "-1", "1000000000", "1e9", "", "ten"] {
            assert_eq!(limit(bad), None, "{bad}");
        }
    }
}
