//! The channels to people: every provider that is set up, found by its name or by the medium that
//! it serves, the preferred one first.
use std::sync::Arc;

use super::templates::Templates;
use crate::domain::medium::Medium;
use crate::domain::notification::Lane;
use crate::metrics::Metrics;
use crate::ports::channel::{Channel, Route, Senders};

/// Every provider that is set up. Cheap to clone.
#[derive(Clone)]
pub struct Channels {
    usual: Arc<dyn Channel>,
    /// The usual one in front.
    all: Arc<[Arc<dyn Channel>]>,
    senders: Senders,
    templates: Templates,
}

impl Channels {
    /// `usual` serves everybody who chose nothing else; `others` stand in order of preference.
    pub fn new(
        usual: Arc<dyn Channel>,
        others: Vec<Arc<dyn Channel>>,
        templates: Templates,
    ) -> Self {
        let all: Arc<[_]> = std::iter::once(usual.clone()).chain(others).collect();
        let senders = all.iter().map(|it| (it.provider(), it.sender().to_owned())).collect();
        Self { usual, all, senders, templates }
    }

    /// What is known of the templates.
    pub fn templates(&self) -> &Templates {
        &self.templates
    }

    /// Every one, in order of preference.
    pub fn all(&self) -> impl Iterator<Item = &Arc<dyn Channel>> {
        self.all.iter()
    }

    /// The one that people are reached by who chose nothing else.
    pub fn usual(&self) -> Route {
        self.usual.route()
    }

    /// The provider that a row names; none where it is not set up any more.
    pub fn of(&self, provider: &str) -> Option<&Arc<dyn Channel>> {
        self.all().find(|channel| channel.provider() == provider)
    }

    /// Those that serve a medium, in order of preference.
    pub fn by(&self, medium: Medium) -> impl Iterator<Item = &Arc<dyn Channel>> {
        self.all().filter(move |channel| channel.medium() == medium)
    }

    /// Who carries a message of this medium after this provider has failed.
    pub(super) fn after(
        &self,
        provider: &str,
        medium: Medium,
        lane: Lane,
        template: Option<&str>,
    ) -> Option<&'static str> {
        let those = self.by(medium).skip_while(|channel| channel.provider() != provider);
        let mut later = those.skip(1).filter(|channel| channel.carries(lane, template));
        later.next().map(|channel| channel.provider())
    }

    /// Media that only the simulator serves.
    pub fn simulated_media(&self) -> impl Iterator<Item = Medium> {
        let only_simulated = |medium: &Medium| {
            let mut those = self.by(*medium).peekable();
            those.peek().is_some() && those.all(|channel| channel.is_simulated())
        };
        Medium::ALL.into_iter().filter(only_simulated)
    }

    /// Whoever reads the webhooks that are kept under this name.
    pub(super) fn reading(&self, webhooks: &str) -> Option<&Arc<dyn Channel>> {
        self.all().find(|channel| channel.webhooks() == Some(webhooks))
    }

    /// From which of our numbers and addresses each provider sends.
    pub(super) fn senders(&self) -> &Senders {
        &self.senders
    }

    /// What a person can do about an error of this provider.
    pub(super) fn hint(&self, provider: &str, code: i64) -> String {
        match self.of(provider) {
            Some(channel) => channel.hint(code),
            None => format!(
                "Code {code} came from a provider that is not set up any more ({provider}): whoever \
                 runs Deskbell sets it up again, or an admin sends the message another way."
            ),
        }
    }

    /// Each medium stands in the metrics from the start.
    pub(super) fn announce_to(&self, metrics: &Metrics) {
        self.all().for_each(|channel| metrics.channel(channel.medium().as_str()));
    }
}
