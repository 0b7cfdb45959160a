//! Registering the templates that are missing, as many at a time as the provider takes.
use std::collections::HashMap;
use std::time::Duration;

use super::Desk;
use super::look_after_templates::{Key, TemplatesError, by_key, key, wanted};
use super::templates::{differs, standing};
use crate::messages::language::Language;
use crate::messages::template::CODE_TEMPLATE;
use crate::ports::templates::{Registered, Registry, Unwilling, Wanted};
use crate::store::templates::Standing;

/// Where the provider does not say in how long it takes more. What is refused for coming too early
/// costs one call.
const AGAIN: Duration = Duration::from_secs(600);

/// What became of a template that was pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// It stood as it should, or nothing can be done but wait.
    Left,
    /// It was registered.
    Created,
    /// It was given our text, and is reviewed again.
    Edited,
    /// The provider refused it.
    Refused(String),
    /// The provider takes no more for now, and is to be asked again after this time.
    Waits(Duration),
}

impl Desk {
    /// Registers what is missing, and gives our text to what has another or was rejected or
    /// paused: codes first, then the usual language and English, so that a provider which takes
    /// only so many an hour has taken what is needed most. Once done, a second time does nothing.
    ///
    /// # Errors
    /// Where provider or database is away; what was refused is told with each template.
    pub async fn push_templates(&self) -> Result<Vec<(Standing, Pushed)>, TemplatesError> {
        let registry = self.registry()?;
        let found = by_key(registry.list().await?);
        let usual = self.channels.templates().usual();
        let mut needed: Vec<Wanted> = wanted().collect();
        needed.sort_by_key(|it| rank(it, usual));
        let (mut told, mut again) = (vec![], None);
        for needed in needed {
            let known = found.get(&key(&needed));
            let (now, pushed) = push_one(registry, &needed, known, &mut again).await?;
            told.push((standing(&needed, now.as_ref()), pushed));
        }
        let all: Vec<Standing> = told.iter().map(|(standing, _)| standing.clone()).collect();
        self.write_down_templates(&all).await?;
        Ok(told)
    }

    /// As [`Self::push_templates`], again and again until nothing waits any more. `wait` is told how
    /// many are left and in how long to go on, and comes back then.
    ///
    /// # Errors
    /// As [`Self::push_templates`]; what was registered stays.
    pub async fn push_all_templates(
        &self,
        mut wait: impl AsyncFnMut(usize, Duration),
    ) -> Result<Vec<(Standing, Pushed)>, TemplatesError> {
        let mut done: HashMap<Key, Pushed> = HashMap::new();
        loop {
            let mut told = match self.push_templates().await {
                // To list them counts against the same limit.
                Err(TemplatesError::Unwilling(Unwilling::NotNow { again, .. })) => {
                    wait(wanted().count() - done.len(), again.unwrap_or(AGAIN)).await;
                    continue;
                }
                told => told?,
            };
            for (standing, pushed) in &mut told {
                let key = (standing.name.clone(), standing.language.clone());
                match pushed {
                    Pushed::Created | Pushed::Edited => _ = done.insert(key, pushed.clone()),
                    Pushed::Left => *pushed = done.get(&key).cloned().unwrap_or(Pushed::Left),
                    Pushed::Refused(_) | Pushed::Waits(_) => {}
                }
            }
            let Some((left, again)) = left(&told) else { return Ok(told) };
            wait(left, again).await;
        }
    }
}

/// How many wait, and in how long the provider takes more.
pub fn left(told: &[(Standing, Pushed)]) -> Option<(usize, Duration)> {
    let waits = told.iter().filter_map(|(_, pushed)| match pushed {
        Pushed::Waits(again) => Some(*again),
        _ => None,
    });
    waits.clone().max().map(|again| (waits.count(), again))
}

/// Nobody gets in without a code; English is what goes where a language is missing.
fn rank(needed: &Wanted, usual: Language) -> u8 {
    match &*needed.language {
        _ if needed.name == CODE_TEMPLATE => 0,
        language if language == usual.code() => 1,
        language if language == Language::English.code() => 2,
        _ => 3,
    }
}

/// Once the provider took no more, which `again` remembers, it is not asked any more.
async fn push_one(
    registry: &dyn Registry,
    needed: &Wanted,
    known: Option<&Registered>,
    again: &mut Option<Duration>,
) -> Result<(Option<Registered>, Pushed), Unwilling> {
    if known.is_some_and(|known| !is_to_be_edited(needed, known)) {
        return Ok((known.cloned(), Pushed::Left));
    }
    if let Some(again) = *again {
        return Ok((known.cloned(), Pushed::Waits(again)));
    }
    let done = match known {
        None => registry.create(needed).await.map(|made| (Some(made), Pushed::Created)),
        Some(known) => {
            let edited = Registered { body: needed.body().map(str::to_owned), ..known.clone() };
            let now = Registered { status: "PENDING".to_owned(), reason: None, ..edited };
            registry.edit(&known.id, needed).await.map(|()| (Some(now), Pushed::Edited))
        }
    };
    match done {
        Err(Unwilling::Refused { code, message }) => {
            Ok((known.cloned(), Pushed::Refused(format!("{message} (code {code})"))))
        }
        Err(Unwilling::NotNow { again: said, .. }) => {
            let wait = *again.insert(said.unwrap_or(AGAIN));
            Ok((known.cloned(), Pushed::Waits(wait)))
        }
        done => done,
    }
}

/// What is in review, or gone for good, takes no edit.
fn is_to_be_edited(needed: &Wanted, known: &Registered) -> bool {
    match known.status.as_str() {
        "APPROVED" => differs(needed, known),
        "REJECTED" | "PAUSED" => true,
        _ => false,
    }
}
