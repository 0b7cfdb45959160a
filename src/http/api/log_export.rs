//! The log as a file of comma-separated values, page by page: a million rows take no more memory
//! than a few hundred, and no transaction stays open between two pages.
use std::borrow::Cow;

use actix_web::web::{Bytes, Data};
use csv::{Terminator, Writer, WriterBuilder};
use futures::stream::{self, Stream};

use super::logged::NotificationShown;
use crate::desk::Desk;
use crate::desk::error::DeskError;
use crate::domain::log::NotificationFilter;
use crate::domain::user::Actor;
use crate::store::notifications::Logged;

/// Rows of one page.
const PAGE: u64 = 500;

/// The file's first line.
const HEADER: [&str; 27] = [
    "id",
    "event",
    "channel",
    "ticket_id",
    "recipient_id",
    "recipient",
    "to",
    "status",
    "receipt",
    "receipt_overdue",
    "skip_reason",
    "body",
    "template",
    "provider",
    "provider_message_id",
    "attempts",
    "error_code",
    "error_message",
    "hint",
    "next_attempt_at",
    "created_at",
    "sent_at",
    "delivered_at",
    "read_at",
    "failed_at",
    "fallback_of",
    "fallback_id",
];

/// Where the file goes on.
struct Place {
    desk: Data<Desk>,
    filter: NotificationFilter,
    by: Actor,
    page: Option<Vec<Logged>>,
}

/// The file in pages. The first one is fetched before this returns, so that whatever is wrong is
/// said in a proper answer; later on all one can do is break off.
pub(super) async fn pages(
    desk: Data<Desk>,
    filter: NotificationFilter,
    by: Actor,
) -> Result<impl Stream<Item = Result<Bytes, DeskError>> + use<>, DeskError> {
    let page = desk.notifications(&filter, None, PAGE, by).await?;
    let first = Bytes::from(line(HEADER)?);
    let place = Place { desk, filter, by, page: Some(page) };
    let rest = stream::try_unfold(place, next);
    Ok(futures::StreamExt::chain(stream::iter([Ok(first)]), rest))
}

async fn next(mut place: Place) -> Result<Option<(Bytes, Place)>, DeskError> {
    let Some(page) = place.page.take() else { return Ok(None) };
    let Some(last) = page.last().map(|row| row.id.0) else { return Ok(None) };
    let is_last = (page.len() as u64) < PAGE;
    let mut lines = writer();
    for row in page {
        let cells = NotificationShown::of(&place.desk, row).cells();
        lines.write_record(cells.iter().map(|cell| guarded(cell).into_owned())).map_err(unheard)?;
    }
    if !is_last {
        place.page =
            Some(place.desk.notifications(&place.filter, Some(last), PAGE, place.by).await?);
    }
    Ok(Some((Bytes::from(finished(lines)?), place)))
}

/// A cell that a spreadsheet would take for a formula is told to be text.
fn guarded(cell: &str) -> Cow<'_, str> {
    match cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => Cow::Owned(format!("'{cell}")),
        false => Cow::Borrowed(cell),
    }
}

fn line<const N: usize>(cells: [&str; N]) -> Result<Vec<u8>, DeskError> {
    let mut lines = writer();
    lines.write_record(cells).map_err(unheard)?;
    finished(lines)
}

fn writer() -> Writer<Vec<u8>> {
    WriterBuilder::new().terminator(Terminator::CRLF).from_writer(vec![])
}

fn finished(lines: Writer<Vec<u8>>) -> Result<Vec<u8>, DeskError> {
    lines.into_inner().map_err(|error| DeskError::Defect(error.to_string()))
}

/// Nothing can go wrong with lines of one length in memory.
#[expect(clippy::needless_pass_by_value, reason = "as `map_err` hands it over")]
fn unheard(error: csv::Error) -> DeskError {
    DeskError::Defect(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for (cell, expected) in [
            ("=1+1", "'=1+1"),
            ("+447700900123", "'+447700900123"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("\r=1", "'\r=1"),
            ("a=1", "a=1"),
            ("", ""),
        ] {
            assert_eq!(guarded(cell), expected, "{cell:?}");
        }
    }
}
