//! A confirmed number that an account no longer has hears of it: whoever took the account over could
//! not keep that from its owner.
use super::Desk;
use super::error::DeskError;
use super::templates::form;
use crate::domain::event::Event;
use crate::domain::medium::{Address, Medium};
use crate::domain::notification::Lane;
use crate::domain::user::User;
use crate::messages::code::number_changed;
use crate::messages::language::Language;
use crate::store::Tx;
use crate::store::jobs::Job;
use crate::store::letters::NewLetter;

impl Desk {
    /// Writes to the number that was confirmed before this change, where another took its place.
    pub(super) async fn tell_old_number(
        &self,
        tx: &mut Tx,
        before: &User,
        after: &User,
    ) -> Result<(), DeskError> {
        let gone = before.whatsapp_number != after.whatsapp_number;
        let old = before.whatsapp_number.clone().filter(|_| gone);
        let Some(old) = old.filter(|_| before.whatsapp_verified.is_some()) else { return Ok(()) };
        let Ok(via) = self.first_route(Medium::WhatsApp) else { return Ok(()) };
        let language = Language::choose(&before.locale, self.channels.templates().usual());
        let product = &self.codes.settings.product_name;
        let written = number_changed(product, &before.full_name, language);
        let letter = NewLetter {
            event: Event::NumberChanged,
            lane: Lane::Normal,
            recipient: Some(before.id),
            via,
            to: Address::Phone(old),
            body: written.body.clone(),
            expires_at: tx.now + Lane::Normal.worth(),
        };
        let letter = tx.add_letter_as(letter, form(&written)).await?;
        tx.enqueue([Job::of(Lane::Normal, &[letter])]);
        Ok(())
    }
}
