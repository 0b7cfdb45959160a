//! Which number and which account are ours, for whoever wants them compared with what Meta says.
use super::reader::Reader;
use crate::domain::phone::PhoneNumber;

impl Reader<'_> {
    /// Our number; asked of Meta unless it is set.
    pub(super) fn business_number(&mut self) -> Option<String> {
        const NAME: &str = "WHATSAPP_BUSINESS_NUMBER";
        let given = self.text(NAME)?;
        match PhoneNumber::parse(&given) {
            Ok(number) => Some(number.as_str().to_owned()),
            Err(_) => {
                self.complain(NAME, "is our number with its country code", "+15550001111");
                None
            }
        }
    }

    /// The account that holds our number; the token says which unless it is set.
    pub(super) fn business_account_id(&mut self) -> Option<String> {
        const NAME: &str = "WHATSAPP_BUSINESS_ACCOUNT_ID";
        let given = self.text(NAME)?;
        if given.chars().all(|sign| sign.is_ascii_digit()) {
            return Some(given);
        }
        let what = "is the id of the account, all digits, from WhatsApp > API Setup";
        self.complain(NAME, what, "102290129340398");
        None
    }
}
