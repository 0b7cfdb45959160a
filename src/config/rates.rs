//! What a message costs by the operator's own table: providers change their rate cards each quarter.
use super::reader::Reader;
use crate::domain::rates::Rates;

impl Reader<'_> {
    pub(super) fn rates(&mut self) -> Option<Rates> {
        const NAME: &str = "WHATSAPP_RATES";
        let given = self.text(NAME)?;
        match Rates::parse(&given) {
            Ok(rates) => Some(rates),
            Err(why) => {
                let example = "USD, utility=0.004, service=0.004, GB.utility=0.022";
                self.complain(NAME, &why, example);
                None
            }
        }
    }
}
