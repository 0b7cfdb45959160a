//! "No more e-mails about tickets", said from the mail itself: each has an address of its own, under
//! seal, which says whose it is to nobody but us.
use super::Desk;
use super::error::DeskError;
use super::seal::Seal;
use crate::domain::medium::Medium;
use crate::domain::user::UserId;
use crate::messages::language::Language;
use crate::messages::mail_opt_out::words;
use crate::ports::channel::OptOut;
use crate::store::deliveries::Claimed;

/// The seal opens for nothing else.
const PLACE: &str = "no more e-mails about tickets";
/// Where it is said, below our public address.
const PATH: &str = "/mail/opt-out/";

impl Desk {
    /// Where the reader of this message says so. It is for mails about tickets: codes, and what
    /// concerns the safety of an account, come all the same. Without a public address nobody could.
    pub(super) fn opt_out(&self, claimed: &Claimed) -> Option<OptOut> {
        let reader = claimed.reader.filter(|_| claimed.medium == Medium::Email)?;
        let base = self.public_url.as_deref()?.trim_end_matches('/');
        let language = Language::choose(&claimed.locale, self.channels.templates().usual());
        let named = format!("{} {}", reader.0, language.code());
        let sealed = Seal::new(self.keyed.clone()).seal(&named, PLACE)?;
        Some(OptOut { url: format!("{base}{PATH}{sealed}"), words: words(language).link })
    }

    /// In which language whoever follows such an address reads; nothing is done.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] where it is none of ours.
    pub fn reader_of_mails(&self, sealed: &str) -> Result<Language, DeskError> {
        self.whose_mails(sealed).map(|(_, language)| language)
    }

    /// Sends whoever got this address no more e-mails about tickets. May be called twice.
    ///
    /// # Errors
    /// As [`Self::reader_of_mails`].
    pub async fn no_more_mails(&self, sealed: &str) -> Result<Language, DeskError> {
        let (reader, language) = self.whose_mails(sealed)?;
        let tx = self.store.begin().await?;
        tx.no_more_mails(reader).await?;
        tx.commit().await?;
        Ok(language)
    }

    fn whose_mails(&self, sealed: &str) -> Result<(UserId, Language), DeskError> {
        let opened = Seal::new(self.keyed.clone()).open(sealed, PLACE);
        let read = opened.as_deref().and_then(|named| {
            let (id, language) = named.split_once(' ')?;
            Some((UserId(id.parse().ok()?), Language::of(language)?))
        });
        read.ok_or(DeskError::NotFound("address"))
    }
}
