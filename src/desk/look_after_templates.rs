//! Looking after the templates: comparing what stands at the provider with what the code needs,
//! before a ticket needs it.
use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use super::Desk;
use super::error::DeskError;
use super::templates::{after, standing};
use crate::domain::one_time_code::LIFETIME;
use crate::messages::language::Language;
use crate::messages::template::{CODE_TEMPLATE, Template};
use crate::ports::templates::{Registered, Registry, Unwilling, Wanted, Words};
use crate::ports::webhook::TemplateNews;
use crate::store::error::StoreError;
use crate::store::templates::Standing;

/// Between two looks that nobody asked for.
const LOOK: Duration = Duration::from_secs(3600);
/// After a look that came to nothing.
const LOOK_AGAIN: Duration = Duration::from_secs(300);
/// However many doubts there are, nobody looks oftener.
const LOOK_SPARED: Duration = Duration::from_secs(60);
/// What another process has learnt is read from the table so often.
const READ: Duration = Duration::from_secs(60);

/// Why the templates could not be looked after.
#[derive(Debug, thiserror::Error)]
pub enum TemplatesError {
    /// The provider is the reason.
    #[error(transparent)]
    Unwilling(#[from] Unwilling),
    /// The database is.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No provider of ours knows templates.
    #[error("no provider that is set up knows templates")]
    NoRegistry,
}

/// When the templates are to be looked at next.
#[derive(Debug)]
pub struct Looks {
    look: Instant,
    soonest: Instant,
    read: Instant,
}

impl Default for Looks {
    fn default() -> Self {
        let now = Instant::now();
        Self { look: now, soonest: now, read: now }
    }
}

impl Desk {
    /// What the timer of a worker says: looks where it is time to, or where somebody has doubts.
    pub async fn look_after_templates(&self, looks: &mut Looks) {
        let now = Instant::now();
        let templates = self.channels.templates();
        let asked = now >= looks.soonest && templates.are_in_doubt();
        if (asked || now >= looks.look) && self.registry().is_ok() {
            (looks.look, looks.soonest) = (now + LOOK, now + LOOK_SPARED);
            match self.sync_templates().await {
                Ok(_) => looks.read = now + READ,
                // Sends go on by what is known.
                Err(error) => {
                    looks.look = now + LOOK_AGAIN;
                    tracing::warn!(%error, "how the message templates stand is not known");
                }
            }
        }
        if now >= looks.read {
            looks.read = now + READ;
            if let Err(error) = self.read_templates().await {
                tracing::warn!(%error, "how the message templates stand was not read");
            }
        }
    }

    /// Asks the provider how each template stands that the code needs, and writes it down.
    ///
    /// # Errors
    /// Where provider or database is away; then what was known stays.
    pub async fn sync_templates(&self) -> Result<Vec<Standing>, TemplatesError> {
        let all = compared(self.registry()?).await?;
        self.write_down_templates(&all).await?;
        Ok(all)
    }

    /// Merges what the provider reported.
    pub(super) async fn hear_of_templates(&self, news: &[TemplateNews]) -> Result<(), DeskError> {
        if news.is_empty() {
            return Ok(());
        }
        let tx = self.store.begin().await?;
        for one in news {
            tx.heard_of_template(one, after).await?;
        }
        tx.commit().await?;
        // A report may be old, or say half of it only.
        self.channels.templates().doubt();
        Ok(self.read_templates().await?)
    }

    async fn read_templates(&self) -> Result<(), StoreError> {
        let all = self.store.templates().await?;
        self.channels.templates().learn(&all);
        Ok(())
    }

    pub(super) async fn write_down_templates(&self, all: &[Standing]) -> Result<(), StoreError> {
        let before: HashMap<_, _> = self.store.templates().await?.into_iter().map(named).collect();
        let tx = self.store.begin().await?;
        tx.set_templates(all.to_vec()).await?;
        tx.commit().await?;
        self.channels.templates().learn(all);
        for standing in all {
            let known = before.get(&(standing.name.clone(), standing.language.clone()));
            if let Some(trouble) = &standing.trouble
                && known.is_none_or(|known| known.trouble != standing.trouble)
            {
                let (name, language) = (&standing.name, &standing.language);
                tracing::warn!(
                    template = name,
                    language,
                    "template {name} ({language}): {trouble}"
                );
            }
        }
        Ok(())
    }

    pub(super) fn registry(&self) -> Result<&dyn Registry, TemplatesError> {
        let found = self.channels.all().find_map(|channel| channel.registry());
        found.ok_or(TemplatesError::NoRegistry)
    }
}

/// How each template stands that the code needs, asked of the provider now.
pub(super) async fn compared(registry: &dyn Registry) -> Result<Vec<Standing>, Unwilling> {
    let found = by_key(registry.list().await?);
    Ok(wanted().map(|it| standing(&it, found.get(&key(&it)))).collect())
}

/// Every template that the code needs, as it is to stand at the provider.
pub fn wanted() -> impl Iterator<Item = Wanted> {
    let letters = Template::all().map(|it| Wanted {
        name: it.letter.template_name(),
        language: it.language.code().to_owned(),
        words: Words::Ours { body: it.body, examples: it.examples },
    });
    letters.chain(Language::ALL.map(|language| Wanted {
        name: CODE_TEMPLATE.to_owned(),
        language: language.code().to_owned(),
        words: Words::Code { minutes: LIFETIME.num_minutes() },
    }))
}

pub(super) type Key = (String, String);

pub(super) fn key(needed: &Wanted) -> Key {
    (needed.name.clone(), needed.language.clone())
}

fn named(standing: Standing) -> (Key, Standing) {
    ((standing.name.clone(), standing.language.clone()), standing)
}

pub(super) fn by_key(found: Vec<Registered>) -> HashMap<Key, Registered> {
    found.into_iter().map(|it| ((it.name.clone(), it.language.clone()), it)).collect()
}
