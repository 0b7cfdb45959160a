//! What providers sent us, for admins: the list, one in full, and reading one again.
use super::Desk;
use super::error::DeskError;
use super::find::only_admins;
use super::once::{Done, Once};
use crate::domain::text::FieldError;
use crate::domain::user::Actor;
use crate::domain::webhook::{WebhookFilter, WebhookId};
use crate::store::jobs::Job;
use crate::store::webhook_log::KeptWebhook;

impl Desk {
    /// Stored webhooks, the newest first, older than `before`, each with the beginning of its body.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for all but admins.
    pub async fn webhooks(
        &self,
        filter: &WebhookFilter,
        before: Option<i64>,
        most: u64,
        by: Actor,
    ) -> Result<Vec<KeptWebhook>, DeskError> {
        only_admins(by)?;
        Ok(self.store.webhooks(filter, before, most).await?)
    }

    /// One webhook, with the whole of its body.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for all but admins, [`DeskError::NotFound`] where there is none.
    pub async fn webhook(&self, id: WebhookId, by: Actor) -> Result<KeptWebhook, DeskError> {
        only_admins(by)?;
        self.store.webhook(id).await?.ok_or(DeskError::NotFound("webhook"))
    }

    /// Has one read again, which does no harm: what it tells is merged as if it came once more.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for all but admins, [`DeskError::NotFound`] where there is none,
    /// [`DeskError::Invalid`] where something was asked for that there is not.
    pub async fn replay_webhook(
        &self,
        id: WebhookId,
        nothing: Result<(), Vec<FieldError>>,
        by: Actor,
        once: Option<Once<KeptWebhook>>,
    ) -> Result<Done<KeptWebhook>, DeskError> {
        only_admins(by)?;
        self.once(once.as_ref(), async || {
            nothing.clone().map_err(DeskError::Invalid)?;
            let mut tx = self.store.begin().await?;
            let found = tx.read_webhook_again(id.0).await?;
            let kept = tx.kept_webhook(id).await?.filter(|_| found);
            let Some(kept) = kept else {
                tx.rollback().await?;
                return Err(DeskError::NotFound("webhook"));
            };
            tx.enqueue([Job::ProcessWebhooks(vec![id.0])]);
            tx.keep_answers(once.iter().map(|once| once.kept(&kept)).collect()).await?;
            tx.commit().await?;
            Ok(kept)
        })
        .await
    }
}
