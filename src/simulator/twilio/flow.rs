//! What happens in the world when Twilio takes a message: it is on its phone, and news follows.

use std::{future::Future, sync::Arc, time::Duration};

use super::super::{
    address::Address,
    faults::Fault,
    kind::Kind,
    phones::{Bubble, Said},
    provider::Provider,
    rules::Rules,
    said::Content,
    world::World,
};
use super::callback::Callback;
use super::refusal::Refusal;
use super::request::about;
use super::text::{Draft, Status, Text};
use super::{SANDBOX, plan};

/// News comes mostly after the answer to the message that it tells about.
const GATHERING: Duration = Duration::from_millis(10);

impl World {
    /// Whether Twilio takes this message, as the account stands and as its person wants.
    pub fn twilio_takes(&self, draft: &Draft) -> Result<(), Refusal> {
        let is_sms = draft.provider == Provider::TwilioSms;
        let refused = |code| Err(Refusal::of(code, about(code, draft.to.as_str())));
        let rules = self.memory().rules.clone();
        if rules.twilio_status != "active" {
            return refused(20005);
        }
        if draft.service.is_some() && !rules.twilio_service_has_senders {
            return refused(21704);
        }
        if let Some(regions) = &rules.twilio_regions
            && is_sms
            && !regions.iter().any(|region| draft.to.as_str().starts_with(region.as_str()))
        {
            return refused(21408);
        }
        if is_sms && rules.twilio_trial && !Rules::lists(&rules.twilio_verified, &draft.to) {
            return refused(21608);
        }
        if is_sms && self.memory().texts.has_stopped(&draft.to) {
            return refused(21610);
        }
        Ok(())
    }

    /// Takes a message: it is on its phone, and what is given back tells of it.
    pub fn take_text(
        self: &Arc<Self>,
        draft: Draft,
        fault: Option<&Fault>,
    ) -> (Arc<Text>, impl Future<Output = ()> + Send + use<>) {
        let at = (self.settings.now)();
        let is_sandbox = draft.from == SANDBOX;
        let is_free = !draft.is_template && !is_sandbox;
        let (provider, by_service) = (draft.provider, draft.service.is_some());
        let text = Arc::new(Text::take(draft, at));
        let is_outside = {
            let mut memory = self.memory();
            memory.phones.be_texted(Arc::clone(&text));
            memory.texts.keep(Arc::clone(&text));
            is_free && !memory.texts.is_open(&text.to, at)
        };
        let steps = plan::steps(fault, provider, by_service, is_outside);
        let is_told = fault.is_none_or(|fault| fault.kind != Kind::Unreported);
        let (world, told) = (Arc::clone(self), Arc::clone(&text));
        let news = async move {
            tokio::time::sleep(GATHERING).await;
            let mut waited = Duration::ZERO;
            for step in steps {
                tokio::time::sleep(step.after.saturating_sub(waited)).await;
                waited = waited.max(step.after);
                match is_told {
                    true => world.tell_of(&told, step.status, step.code).await,
                    false => _ = told.note(step.status, step.code, (world.settings.now)()),
                }
            }
        };
        (text, news)
    }

    /// A person writes to the number at Twilio.
    pub fn write_to_twilio(
        self: &Arc<Self>,
        from: Address,
        provider: Provider,
        text: String,
    ) -> String {
        let at = (self.settings.now)();
        let id = format!("SM{}", hex::encode(rand::random::<[u8; 16]>()));
        let content = Content::text(&text);
        let (quote, hides_number) = (None, false);
        let said = Said { id: id.clone(), from: from.clone(), content, quote, hides_number, at };
        let inbound = Callback::inbound(&said, &text, provider, &self.settings.twilio);
        {
            let mut memory = self.memory();
            match provider {
                Provider::TwilioWhatsapp => memory.texts.hear_whatsapp(&from, at),
                _ => memory.texts.hear_sms(&from, &text),
            }
            memory.phones.say(Arc::new(said));
        }
        if let Some(inbound) = inbound {
            let world = Arc::clone(self);
            self.tasks.start(async move {
                inbound.post(&world.tasks.client(), &world.settings.twilio).await;
            });
        }
        id
    }

    /// A person looks at their phone: what came on WhatsApp is read. Says how much was new.
    pub fn read_texts(self: &Arc<Self>, address: &Address) -> usize {
        let chat = self.memory().phones.chat(address);
        let is_new = |text: &&Arc<Text>| {
            text.provider == Provider::TwilioWhatsapp && text.state().status == Status::Delivered
        };
        let texts = chat.iter().filter_map(Bubble::texted).filter(is_new);
        let mut read = 0;
        for text in texts {
            read += 1;
            let (world, text) = (Arc::clone(self), Arc::clone(text));
            self.tasks.start(async move { world.tell_of(&text, Status::Read, None).await });
        }
        read
    }

    /// A message came further, and whoever wants to know is told.
    pub async fn tell_of(&self, text: &Text, status: Status, code: Option<i64>) {
        text.note(status, code, (self.settings.now)());
        if let Some(callback) = Callback::of(text, status, code, &self.settings.twilio) {
            callback.post(&self.tasks.client(), &self.settings.twilio).await;
        }
    }
}
