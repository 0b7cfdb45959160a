//! Which templates stand at the provider, and in which language a message can go therefore.
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use crate::messages::Written;
use crate::messages::language::Language;
use crate::messages::letter::Letter;
use crate::messages::template::{CODE_TEMPLATE, Template};
use crate::ports::channel::TemplateMessage;
use crate::ports::templates::{Registered, Wanted};
use crate::ports::webhook::{TemplateChange, TemplateNews};
use crate::store::deliveries::FormTemplate;
use crate::store::templates::Standing;

/// What goes out.
const APPROVED: &str = "APPROVED";

/// What is known of the templates. Cheap to clone.
#[derive(Clone)]
pub struct Templates {
    usual: Language,
    /// By name and language, how each stands; empty until that is known.
    known: Arc<RwLock<HashMap<(String, String), String>>>,
    /// Somebody said that they stand otherwise than we know.
    stale: Arc<AtomicBool>,
}

impl Templates {
    /// Nothing is known yet; people who chose no language of ours are written to in this one.
    pub fn new(locale: &str) -> Self {
        Self {
            usual: Language::of(locale).unwrap_or_default(),
            known: Arc::default(),
            stale: Arc::new(AtomicBool::new(true)),
        }
    }

    /// The language for people who chose none of ours.
    pub(super) fn usual(&self) -> Language {
        self.usual
    }

    /// Takes note of how they stand.
    pub(super) fn learn(&self, all: &[Standing]) {
        let known =
            all.iter().map(|it| ((it.name.clone(), it.language.clone()), it.status.clone()));
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = known.collect();
    }

    /// They may stand otherwise: somebody is to look.
    pub(super) fn doubt(&self) {
        self.stale.store(true, Ordering::Relaxed);
    }

    /// A code was refused for its template: until somebody has looked, codes go in English, which
    /// stands at the provider longest.
    pub(super) fn code_refused(&self) {
        let english = Language::English.code();
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(name, language), _| name != CODE_TEMPLATE || language == english);
        drop(known);
        self.doubt();
    }

    /// Whether somebody is to look; whoever asks does.
    pub(super) fn are_in_doubt(&self) -> bool {
        self.stale.swap(false, Ordering::Relaxed)
    }

    /// The message that goes: in the person's language, else in the usual one, else in English,
    /// as they are approved. Where none is known to be, the provider decides.
    pub(super) fn message(&self, form: FormTemplate) -> TemplateMessage {
        let FormTemplate { name, locale, values } = form;
        let Some(letter) = Letter::named(&name) else {
            // An older edition of this program wrote it down, with the places of that time.
            return TemplateMessage { name, language: locale, parameters: values };
        };
        let language = self.language(&name, Language::choose(&locale, self.usual));
        let parameters = Template::of(letter, language).fit(&values);
        TemplateMessage { name, language: language.code().to_owned(), parameters }
    }

    /// The language in which a letter is known to be approved, for people of this locale.
    pub(super) fn approved(&self, letter: Letter, locale: &str) -> Option<Language> {
        let name = letter.template_name();
        self.known_to_go(&name, Language::choose(locale, self.usual))
    }

    /// The language in which a code goes to people of this locale: down the same ladder. Where
    /// nothing is known it is English, which stands at the provider longest.
    pub(super) fn of_codes(&self, locale: &str) -> Language {
        let own = Language::choose(locale, self.usual);
        self.known_to_go(CODE_TEMPLATE, own).unwrap_or_default()
    }

    /// Whether the provider's list calls it approved.
    pub(super) fn is_approved(&self, name: &str, code: &str) -> bool {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let found = known.get(&(name.to_owned(), code.to_owned()));
        found.is_some_and(|status| status == APPROVED)
    }

    /// The template that goes where this one is meant, and the code of its language.
    pub(super) fn goes_as(&self, form: &FormTemplate) -> (String, String) {
        let language = match Letter::named(&form.name) {
            Some(_) => {
                let own = Language::choose(&form.locale, self.usual);
                self.language(&form.name, own).code().to_owned()
            }
            None => form.locale.clone(),
        };
        (form.name.clone(), language)
    }

    pub(super) fn language(&self, name: &str, own: Language) -> Language {
        self.known_to_go(name, own).unwrap_or(own)
    }

    fn known_to_go(&self, name: &str, own: Language) -> Option<Language> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let approved = |language: &Language| {
            let key = (name.to_owned(), language.code().to_owned());
            known.get(&key).is_some_and(|status| status == APPROVED)
        };
        own.ladder(self.usual).find(approved)
    }
}

/// The template that tells the same as this message.
pub(super) fn form(written: &Written) -> FormTemplate {
    FormTemplate {
        name: written.letter.template_name(),
        locale: written.language.code().to_owned(),
        values: written.values.clone(),
    }
}

/// How a template stands that the code needs, by what was found.
pub(super) fn standing(needed: &Wanted, found: Option<&Registered>) -> Standing {
    let (name, language) = (needed.name.clone(), needed.language.clone());
    let Some(found) = found else {
        let trouble = "it is not registered: `deskbell templates push`".to_owned();
        return Standing {
            name,
            language,
            template_id: None,
            status: "MISSING".to_owned(),
            category: None,
            quality: None,
            trouble: Some(trouble),
        };
    };
    let trouble =
        trouble(&found.status, &found.category, needed.category(), found.reason.as_deref());
    let text = differs(needed, found)
        .then(|| "its text is another one: `deskbell templates push`".to_owned());
    Standing {
        name,
        language,
        template_id: Some(found.id.clone()),
        status: found.status.clone(),
        category: Some(found.category.clone()),
        quality: found.quality.clone(),
        trouble: trouble.or(text),
    }
}

/// Whether other words than ours stand there.
pub(super) fn differs(needed: &Wanted, found: &Registered) -> bool {
    needed.body().zip(found.body.as_deref()).is_some_and(|(ours, theirs)| ours != theirs)
}

/// What is wrong with a template that stands so, where something is.
fn trouble(status: &str, category: &str, needed: &str, reason: Option<&str>) -> Option<String> {
    let because = reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
    match status {
        APPROVED if category == needed => None,
        APPROVED => Some(format!(
            "Meta counts it as {category}, which costs more and reaches fewer people: appeal in \
             WhatsApp Manager > Message templates"
        )),
        "PENDING" | "IN_APPEAL" => Some("Meta has not approved it yet".to_owned()),
        "REJECTED" => Some(format!(
            "Meta rejected it{because}: read why in WhatsApp Manager > Message templates, then \
             `deskbell templates push`"
        )),
        "PAUSED" => Some(format!(
            "Meta paused it for low quality{because}: it goes on by itself after some hours, or \
             unpause it in WhatsApp Manager > Message templates"
        )),
        "DISABLED" => Some(format!("Meta disabled it for good{because}")),
        other => Some(format!("it stands as {other}{because}")),
    }
}

/// How a template stands after this news.
pub(super) fn after(before: &Standing, news: &TemplateNews) -> Standing {
    let mut after = before.clone();
    let mut reason = None;
    match &news.change {
        TemplateChange::Status { event, reason: why } => {
            after.status = match event.as_str() {
                "REINSTATED" | "UNARCHIVED" | "FLAGGED" | "UNPAUSED" => APPROVED.to_owned(),
                "DELETED" => "MISSING".to_owned(),
                other => other.to_owned(),
            };
            reason = why.as_deref();
        }
        TemplateChange::Category { category, from: None } => {
            after.category = Some(category.clone());
        }
        TemplateChange::Quality(quality) => {
            after.quality = Some(quality.clone());
            return after;
        }
        TemplateChange::Category { .. } | TemplateChange::Text => return after,
    }
    let needed = if after.name == CODE_TEMPLATE { "AUTHENTICATION" } else { "UTILITY" };
    let of = |it: &Standing, reason| {
        trouble(&it.status, it.category.as_deref().unwrap_or(needed), needed, reason)
    };
    // Where its words were another's they still are: no news of this kind says otherwise.
    let words = before.trouble.clone().filter(|_| of(before, None).is_none());
    after.trouble = of(&after, reason).or(words);
    after
}
