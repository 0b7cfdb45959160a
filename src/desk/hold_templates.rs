//! A template that the provider does not take holds what would go by it, all at once, and nothing else;
//! once it goes again, what waited goes in its order.
use super::Desk;
use super::error::DeskError;
use super::line::Line;
use crate::domain::template_holds::Stands;
use crate::messages::language::Language;
use crate::store::holds::TEMPLATE;

/// Let go in one statement.
const TOGETHER: u64 = 1000;
/// Whoever wrote meanwhile gets free text; let go at a time.
const WRITERS: u64 = 128;

impl Desk {
    /// A template was refused: what waits to go by it in this language is set aside.
    pub(super) async fn template_refused(&self, line: &Line, form: &(String, String)) {
        let templates = self.channels.templates();
        let (name, code) = form;
        templates.doubt();
        if !line.template_refused(form, templates.is_approved(name, code), self.store.now()) {
            return;
        }
        let locales: Vec<&str> = readers(|own| templates.language(name, own))
            .filter(|(_, goes)| goes.code() == code)
            .map(|(own, _)| own.code())
            .collect();
        match self.store.hold_template(line.provider(), name, &locales).await {
            Ok(held) => tracing::warn!(
                template = name,
                language = code,
                held,
                "template {name} ({code}) is refused: {held} messages wait for it and nothing else"
            ),
            // Each is set aside when it comes to leave.
            Err(error) => {
                tracing::warn!(%error, template = name, "what waits is set aside one by one")
            }
        }
    }

    /// Lets go what waits for templates that go again, one where that is to be tried.
    pub(super) async fn let_templates_go(&self, line: &Line) -> Result<(), DeskError> {
        let names = line.templates_waited_for();
        if names.is_empty() || line.paused().is_some() {
            return Ok(());
        }
        let templates = self.channels.templates();
        let mut tx = self.store.begin().await?;
        tx.let_writers_go(TEMPLATE, line.provider(), WRITERS).await?;
        let mut idle = vec![];
        for name in names {
            let mut goes_on = false;
            for (own, goes) in readers(|own| templates.language(&name, own)) {
                let approved = templates.is_approved(&name, goes.code());
                let now = self.store.now();
                let most = match line.template_stands(&name, goes.code(), approved, now) {
                    Stands::Free => TOGETHER,
                    Stands::Due => 1,
                    Stands::Held => continue,
                };
                goes_on |= tx.let_template_go(line.provider(), &name, own.code(), most).await? > 0;
            }
            if !goes_on {
                idle.push(name);
            }
        }
        tx.commit().await?;
        for name in idle {
            // What stands still may be held, or in somebody's hand at this moment.
            if !self.store.waits_for_template(line.provider(), &name).await? {
                line.template_is_told(&name, self.store.now());
            }
        }
        Ok(())
    }
}

/// In which language a template goes to readers of each.
fn readers(goes: impl Fn(Language) -> Language) -> impl Iterator<Item = (Language, Language)> {
    Language::ALL.into_iter().map(move |own| (own, goes(own)))
}
