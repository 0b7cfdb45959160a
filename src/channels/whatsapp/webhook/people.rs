//! News about people whom we write to: another number, another id, what they want to hear. Nothing
//! follows of it yet; it stands in the raw event, which says how many there are.
use serde_json::Value;

use super::field::list;
use crate::ports::webhook::Read;

pub(super) fn read(value: &Value, read: &mut Read) {
    let kinds = ["user_id_update", "user_preferences"];
    read.people += kinds.into_iter().map(|kind| list(value, kind).count()).sum::<usize>();
}
