//! Pages of a list: a size, and an opaque cursor that nobody can make but us.
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::DateTime;
use hmac::{Hmac, KeyInit, Mac};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::problem::{BAD_CURSOR, Problem};
use super::reply::Reply;
use crate::domain::text::FieldError;
use crate::domain::ticket::{Priority, TicketId};
use crate::domain::ticket_list::Place;

/// Signs and reads cursors.
#[derive(Clone)]
pub struct Cursors(Hmac<Sha256>);

/// Which part of a list is asked for.
#[derive(Clone, Copy, Debug)]
struct Page<P> {
    /// How many.
    limit: u64,
    /// Behind this one: older, where the list knows no other order.
    before: Option<P>,
}

/// Which part of a list a query asks for, as it was written.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// How many.
    pub limit: Option<&'a str>,
    /// Where the page before ended.
    pub cursor: Option<&'a str>,
}

/// A query that asks for a part of a list and for nothing else.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    limit: Option<String>,
    cursor: Option<String>,
}

impl PageQuery {
    /// What it asks for.
    pub fn asked(&self) -> Asked<'_> {
        Asked { limit: self.limit.as_deref(), cursor: self.cursor.as_deref() }
    }
}

/// A place in a list, as a cursor holds it.
pub trait Marked: Sized {
    /// The place as bytes.
    fn bytes(&self) -> Vec<u8>;
    /// The place that these bytes are.
    fn read(bytes: &[u8]) -> Option<Self>;
}

impl Marked for i64 {
    fn bytes(&self) -> Vec<u8> {
        self.to_be_bytes().to_vec()
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        Some(Self::from_be_bytes(bytes.try_into().ok()?))
    }
}

impl Marked for Place {
    fn bytes(&self) -> Vec<u8> {
        let priority = self.priority.map_or("", Priority::as_str).as_bytes();
        let at = self.at.timestamp_micros().to_be_bytes();
        [&at, &self.id.0.to_be_bytes(), priority].concat()
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (at, bytes) = bytes.split_first_chunk()?;
        let (id, priority) = bytes.split_first_chunk()?;
        let priority = std::str::from_utf8(priority).ok()?.parse().ok();
        let at = DateTime::from_timestamp_micros(i64::from_be_bytes(*at))?;
        Some(Self { priority, at, id: TicketId(i64::from_be_bytes(*id)) })
    }
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

    /// Answers one page of a list. `find` is told behind which place to look and for how many: for
    /// one more than the page shows. `list` names the list, whose cursors fit no other.
    ///
    /// # Errors
    /// Those of `find`; 400 for a limit that is no number, 422 for one out of range or a cursor
    /// that is not ours.
    pub async fn answer<P: Marked + Copy, R, T: Serialize, E>(
        &self,
        list: &str,
        asked: Asked<'_>,
        find: impl AsyncFnOnce(Option<P>, u64) -> Result<Vec<R>, E>,
        place: impl Fn(&R) -> P,
        show: impl Fn(R) -> T,
    ) -> Result<HttpResponse, Problem>
    where
        Problem: From<E>,
    {
        let page = self.page(list, asked);
        // A page that cannot be asked for asks for nothing: whoever may not read the list at all
        // is told that first.
        let (behind, most) = page.as_ref().map_or((None, 0), |page| (page.before, page.limit + 1));
        let found = find(behind, most).await?;
        let listed = self.listed(list, page?, found, place, show);
        Ok(Reply::json(StatusCode::OK, &listed).respond())
    }

    fn page<P: Marked>(&self, list: &str, asked: Asked<'_>) -> Result<Page<P>, Problem> {
        let Asked { limit, cursor } = asked;
        let limit = match limit.map(str::parse::<i64>) {
            None => 50,
            Some(Ok(limit @ 1..=200)) => limit.unsigned_abs(),
            Some(Ok(_)) => {
                let say = "`limit` is 1 to 200";
                return Err(Problem::of_query(vec![FieldError::new("limit", "out_of_range", say)]));
            }
            Some(Err(_)) => {
                let say = "`limit` is a number, 1 to 200";
                return Err(Problem::of_query(vec![FieldError::new("limit", "wrong_type", say)]));
            }
        };
        let before = cursor.map(|cursor| self.read(list, cursor)).transpose()?;
        Ok(Page { limit, before })
    }

    fn read<P: Marked>(&self, list: &str, cursor: &str) -> Result<P, Problem> {
        let ours = || {
            let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
            let (mac, place) = bytes.split_at_checked(MAC)?;
            self.mac(list, place).verify_truncated_left(mac).ok()?;
            P::read(place)
        };
        ours().ok_or_else(|| {
            let say = "use `next_cursor` of a page as it is, with the query of that page";
            Problem::new(&BAD_CURSOR, say)
        })
    }

    fn write<P: Marked>(&self, list: &str, place: &P) -> String {
        let place = place.bytes();
        let mac = self.mac(list, &place).finalize().into_bytes();
        URL_SAFE_NO_PAD.encode([&mac[..MAC], &place[..]].concat())
    }

    fn mac(&self, list: &str, place: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        mac.update(&(list.len() as u64).to_be_bytes());
        mac.update(list.as_bytes());
        mac.update(place);
        mac
    }

    /// One page out of what was found; one more than the limit was looked for.
    fn listed<P: Marked, R, T>(
        &self,
        list: &str,
        page: Page<P>,
        mut found: Vec<R>,
        place: impl Fn(&R) -> P,
        show: impl Fn(R) -> T,
    ) -> Listed<T> {
        let more = found.len() as u64 > page.limit;
        found.truncate(usize::try_from(page.limit).unwrap_or(usize::MAX));
        let last = found.last().map(place).filter(|_| more);
        let next_cursor = last.map(|place| self.write(list, &place));
        Listed { items: found.into_iter().map(show).collect(), next_cursor }
    }
}

/// As many bytes of a signature are enough.
const MAC: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn behind(cursor: &str) -> Asked<'_> {
        Asked { limit: None, cursor: Some(cursor) }
    }

    #[test]
    fn only_our_own_cursor_of_the_same_list_is_read() {
        let ours = Cursors::new(b"key");
        let cursor = ours.write("tickets", &42_i64);
        let page = ours.page::<i64>("tickets", behind(&cursor)).unwrap();
        assert_eq!((page.limit, page.before), (50, Some(42)));
        assert!(ours.page::<i64>("notifications", behind(&cursor)).is_err());
        assert!(Cursors::new(b"other").page::<i64>("tickets", behind(&cursor)).is_err());
        let mut tampered = cursor.clone().into_bytes();
        tampered[3] = if tampered[3] == b'A' { b'B' } else { b'A' };
        let tampered = String::from_utf8(tampered).unwrap();
        for bad in [tampered.as_str(), "", "AAAAAAAAACo", "%%%", &cursor[..12]] {
            assert!(ours.page::<i64>("tickets", behind(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_place_in_an_order_is_read_as_it_was_written() {
        let at = DateTime::from_timestamp_micros(1_769_848_200_123_456).unwrap();
        for priority in [None, Some(Priority::Low), Some(Priority::Critical)] {
            let place = Place { priority, at, id: TicketId(i64::MAX) };
            assert_eq!(Place::read(&place.bytes()), Some(place));
        }
        assert_eq!(Place::read(&[0; 15]), None);
    }

    #[test]
    fn a_limit_is_1_to_200() {
        let ours = Cursors::new(b"key");
        let limit = |raw| {
            let asked = Asked { limit: Some(raw), cursor: None };
            ours.page::<i64>("tickets", asked).ok().map(|page| page.limit)
        };
        assert_eq!((limit("1"), limit("200")), (Some(1), Some(200)));
        for bad in ["0", "201", "-1", "1000000000", "1e9", "", "ten"] {
            assert_eq!(limit(bad), None, "{bad}");
        }
    }
}
