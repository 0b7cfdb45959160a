//! Delivering what waits for one person in one message that lists it.
use std::time::Instant;

use chrono::TimeDelta;

use super::Desk;
use super::deliver::Answered;
use super::line::opens;
use crate::domain::attempt::Answer;
use crate::domain::notification::{Lane, NotificationId};
use crate::domain::pair::STEP;
use crate::messages::digest;
use crate::messages::language::Language;
use crate::messages::letter::Letter;
use crate::messages::template::Template;
use crate::ports::channel::{Form, Outgoing, TemplateMessage};
use crate::store::deliveries::Claimed;
use crate::store::holds::PAIR;
use crate::store::returned::Returned;
use crate::store::waiting::QUIET;

impl Desk {
    /// Sends those of these notifications that wait in one message. Where they are few by now, or
    /// of several people, each goes alone.
    pub async fn deliver_together(&self, ids: Vec<NotificationId>) {
        let Ok(_slot) = self.sends.of(Lane::Normal).acquire().await else { return };
        let ahead = self.lines.ahead(Lane::Normal).await;
        let begun = Instant::now();
        let mut claimed = match self.store.claim_together(&ids).await {
            Ok(claims) => {
                self.lines.do_not_go(&claims.skipped);
                super::deliver::ring_next(&self.store, claims.skipped);
                claims.begun
            }
            Err(error) => {
                tracing::warn!(%error, "{} notifications are left to the sweep", ids.len());
                return;
            }
        };
        claimed.sort_unstable_by_key(|it| it.id);
        let Some(first) = claimed.first().cloned() else { return };
        let (mine, others): (Vec<_>, Vec<_>) =
            claimed.into_iter().partition(|it| it.to == first.to && it.provider == first.provider);
        self.all_back(&others, None).await;
        if let Some(until) = first.quiet_until {
            self.lines.do_not_go(&mine.iter().map(|it| it.id).collect::<Vec<_>>());
            return self.all_back(&mine, Some((QUIET, Some(until)))).await;
        }
        let as_one = self.as_one(&first, &mine);
        let Some((language, template)) = as_one.filter(|_| mine.len() > 1) else {
            let next = self.store.now() + STEP;
            self.all_back(&mine[1..], Some((PAIR, Some(next)))).await;
            return self.deliver_claimed(first, Lane::Normal, begun, ahead).await;
        };
        let named = template.map(|name| (name, language.code().to_owned()));
        let turn = self.lines.turn(&first, Lane::Normal, named.as_ref(), self.store.now()).await;
        drop(ahead);
        if let Err(held) = turn {
            return self.all_back(&mine, held).await;
        }
        let Some(answer) = self.send_together(&first, &mine, language, named.clone()).await else {
            return self.all_back(&mine, None).await;
        };
        let told = mine.iter().map(|it| {
            self.write_down(Answered {
                id: it.id,
                attempt: it.attempt,
                template: named.clone(),
                answer: answer.clone(),
            })
        });
        futures::future::join_all(told).await;
    }

    /// In which language one message can tell of all, and by which template where it is to be one:
    /// outside the person's window only where it is known to be approved.
    fn as_one(&self, first: &Claimed, all: &[Claimed]) -> Option<(Language, Option<String>)> {
        let templates = self.channels.templates();
        match all.iter().any(|it| it.template.is_some()) {
            true => {
                let language = templates.approved(Letter::Digest, &first.locale)?;
                Some((language, Some(Letter::Digest.template_name())))
            }
            false => Some((Language::choose(&first.locale, templates.usual()), None)),
        }
    }

    async fn send_together(
        &self,
        first: &Claimed,
        all: &[Claimed],
        language: Language,
        template: Option<(String, String)>,
    ) -> Option<Answer> {
        let channel = self.channels.of(&first.provider)?;
        let (now, sender) = (self.store.now(), channel.sender());
        let name = template.as_ref().map(|(name, _)| name.as_str());
        let about = match self.store.tell_together(all, sender, name, now).await {
            Ok(about) => about,
            Err(error) => {
                tracing::warn!(%error, "{} notifications wait a little longer", all.len());
                return None;
            }
        };
        let items: Vec<_> = all.iter().filter_map(|it| about.get(&it.id)).collect();
        let written = digest::write(&items, language);
        let form = match &template {
            Some((name, code)) => Form::Template(TemplateMessage {
                name: name.clone(),
                language: code.clone(),
                parameters: Template::of(Letter::Digest, language).fit(&written.values),
            }),
            None => Form::Text(written.body),
        };
        let outgoing = Outgoing {
            notification: first.id,
            attempt: first.attempt,
            to: first.to.clone(),
            form,
            opt_out: self.opt_out(first),
        };
        let answer = channel.send(outgoing).await;
        let opens = opens(first, Lane::Normal);
        self.learn(channel.as_ref(), &first.to, opens, template.as_ref(), &answer).await;
        super::unsent::log(first.id, first.attempt, &answer);
        self.metrics.sent(first.medium.as_str(), &answer);
        Some(answer)
    }

    async fn all_back(&self, claimed: &[Claimed], held: Option<super::line::Held>) {
        // A moment later, so that nothing runs in circles.
        let soon = self.store.now() + TimeDelta::seconds(1);
        let back = claimed.iter().map(|it| {
            let returned = Returned::at_once(it, Lane::Normal, soon);
            self.give_back(returned.held(held))
        });
        futures::future::join_all(back).await;
        if let (Some((PAIR, _)), Some(first)) = (held, claimed.first())
            && let Some(line) = self.lines.of(&first.provider)
        {
            line.wait(vec![first.to.as_str().to_owned()], self.store.now());
        }
    }
}
