//! Settings about how fast messages may go.
use super::reader::Reader;
use crate::domain::pace::Limits;

/// What Meta lets a number send unless it has been raised.
const PER_SECOND: u32 = 80;
const MOST_PER_SECOND: u32 = 1_000_000;

impl Reader<'_> {
    pub(super) fn line(&mut self, production: bool) -> Limits {
        let name = "WHATSAPP_MESSAGES_PER_SECOND";
        let given = self.text(name).map_or(Some(PER_SECOND), |given| given.parse().ok());
        let per_second =
            given.filter(|it| (1..=MOST_PER_SECOND).contains(it)).unwrap_or_else(|| {
                let what = "is how many messages the number may send in a second, 1 or more";
                self.complain(name, what, "80");
                PER_SECOND
            });
        Limits::new(per_second, self.is_on("WHATSAPP_PAIR_LIMIT", production))
    }
}
