//! Which templates the provider of a line does not take now.
use chrono::{DateTime, Utc};

use super::one::Line;
use crate::domain::template_holds::{Stands, TemplateHolds};
use crate::messages::language::Language;

impl Line {
    /// The provider refused a template; `true` where it was not held before.
    pub(in crate::desk) fn template_refused(
        &self,
        (name, language): &(String, String),
        approved: bool,
        now: DateTime<Utc>,
    ) -> bool {
        self.state().templates.refused(name, language, approved, now)
    }

    /// The provider took one.
    pub(in crate::desk) fn template_went(&self, (name, language): &(String, String)) {
        self.state().templates.went(name, language);
    }

    /// How one stands for what waits.
    pub(in crate::desk) fn template_stands(
        &self,
        name: &str,
        language: &str,
        approved: bool,
        now: DateTime<Utc>,
    ) -> Stands {
        self.state().templates.stands(name, language, approved, now)
    }

    /// Names of templates by which messages may wait.
    pub(in crate::desk) fn templates_waited_for(&self) -> Vec<String> {
        self.state().templates.names()
    }

    /// By these something waited before this process began to send.
    pub(in crate::desk) fn recall_templates(&self, names: Vec<String>, now: DateTime<Utc>) {
        let languages = Language::ALL.map(Language::code);
        self.state().templates = TemplateHolds::recall(names, &languages, now);
    }

    /// A message was set aside that waits for this one.
    pub(in crate::desk) fn template_is_waited_for(&self, name: &str) {
        self.state().templates.waits(name);
    }

    /// Nothing waits by this one any more.
    pub(in crate::desk) fn template_is_told(&self, name: &str, now: DateTime<Utc>) {
        self.state().templates.is_told(name, now);
    }
}
