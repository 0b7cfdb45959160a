//! The small world that the simulator keeps: its settings, its phones, and the way back to the
//! business.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::TimeDelta;
use serde_json::{Value, json};
use tokio::{sync::watch, time::timeout};

use super::{
    Settings,
    address::{Address, digits},
    courier::Courier,
    faults::{Fault, Faults},
    google::grants::Grants,
    ledger::Ledger,
    limits::Limits,
    line::Ink,
    mailboxes::Mailboxes,
    media::MediaStore,
    message::{Message, Progress},
    odd,
    phones::{Bubble, Phones, Said},
    plan,
    refusal::Refusal,
    request::Draft,
    rules::Rules,
    said::Content,
    standing::Standing,
    tasks::Tasks,
    templates::{Registered, Templates},
    twilio::texts::Texts,
    wamid,
    webhook::{Business, Notice},
};

/// How long a connection hangs that nobody answers.
const LONGEST_HANG: Duration = Duration::from_secs(120);

/// How long after somebody's last message a business may write freely.
const WINDOW: TimeDelta = TimeDelta::hours(24);

/// Everything that the routes share.
pub(super) struct World {
    /// As they were given.
    pub(super) settings: Settings,
    /// The digits of the business's number.
    pub(super) business_digits: String,
    memory: Mutex<Memory>,
    /// What runs beside the requests.
    pub(super) tasks: Tasks,
    courier: Arc<Courier>,
    stopped: watch::Sender<bool>,
}

/// What the world remembers, under one lock.
#[derive(Default)]
pub(super) struct Memory {
    /// Whose phones there are.
    pub(super) phones: Phones,
    /// What was accepted.
    pub(super) ledger: Ledger,
    /// What is to go wrong.
    pub(super) faults: Faults,
    /// The templates of the account.
    pub(super) templates: Templates,
    /// What Meta thinks of the business.
    pub(super) standing: Standing,
    /// What Twilio remembers.
    pub(super) texts: Texts,
    /// What Google has granted.
    pub(super) grants: Grants,
    /// What arrived by e-mail.
    pub(super) mailboxes: Mailboxes,
    /// Files at Meta.
    pub(super) media: MediaStore,
    /// What the providers enforce.
    pub(super) rules: Rules,
    /// What was sent of late.
    pub(super) limits: Limits,
}

impl World {
    /// A world in which nothing has happened yet.
    pub(super) fn new(settings: Settings) -> Self {
        let business_digits = digits(&settings.display_number);
        let business = Business {
            account_id: settings.business_account_id.clone(),
            number_id: settings.phone_number_id.clone(),
            digits: business_digits.clone(),
        };
        let url = settings.webhook_url.clone();
        let courier = Arc::new(Courier::new(business, settings.app_secret.clone(), url));
        let rules = settings.rules.clone();
        courier.keep_pace(&rules);
        let memory = Mutex::new(Memory { rules, ..Memory::default() });
        let stopped = watch::Sender::new(false);
        let tasks = Tasks::default();
        Self { settings, business_digits, memory, tasks, courier, stopped }
    }

    /// Whether Meta lets this message go: by its lists, then by its limits, which it counts for.
    pub(super) fn lets_send(&self, draft: &Draft) -> Result<(), Refusal> {
        let mut memory = self.memory();
        let Memory { rules, limits, .. } = &mut *memory;
        let to = draft.to.person();
        if let Some(allowed) = &rules.allowed_recipients
            && !Rules::lists(allowed, &to)
        {
            return Err(Refusal::of(400, 131030));
        }
        if Rules::lists(&rules.blocked, &to) {
            return Err(Refusal::of(400, 130403));
        }
        limits.take(rules, &to, (self.settings.now)())
    }

    /// Posts webhooks as these rules say.
    pub(super) fn keep_pace(&self, rules: &Rules) {
        self.courier.keep_pace(rules);
    }

    /// Forgets everything but the rules.
    pub(super) fn reset(&self) {
        let mut memory = self.memory();
        let rules = memory.rules.clone();
        *memory = Memory { rules, ..Memory::default() };
    }

    /// Accepts a message: it is on its phone, and its statuses will come.
    pub(super) fn accept(&self, draft: Draft, raw: &[u8], fault: Option<&Fault>) -> Arc<Message> {
        let at = (self.settings.now)();
        let message = Arc::new(Message::accept(draft, raw, at));
        {
            let mut memory = self.memory();
            memory.phones.receive(Arc::clone(&message));
            memory.ledger.write(Arc::clone(&message));
        }
        let steps = plan::steps(fault, message.to.can_exist());
        let news = steps.into_iter().map(|step| {
            let (message, progress, code) = (Arc::clone(&message), step.progress, step.code);
            (step.after, Notice::Status { message, progress, code, at: at + step.after })
        });
        let ink = plan::ink(fault);
        let odd = odd::beside(fault, &self.business_digits, &self.settings, &message.to, at);
        self.courier.take(ink, odd.into_iter().map(|odd| (Duration::ZERO, odd)).chain(news));
        message
    }

    /// Whether this may go now: a template as it stands, anything else within a day after the
    /// person wrote. Says what the person reads of a template, and its category.
    pub(super) fn may_send(
        &self,
        draft: &Draft,
        raw: &[u8],
    ) -> Result<Option<(String, String)>, Refusal> {
        let memory = self.memory();
        if draft.kind == "template" {
            let root = serde_json::from_slice(raw).unwrap_or_default();
            return memory.templates.words(&root).map(Some);
        }
        let heard_at = memory.phones.heard_at(&draft.to);
        match heard_at.is_some_and(|at| (self.settings.now)() - at < WINDOW) {
            true => Ok(None),
            false => Err(Refusal::of(400, 131_047)),
        }
    }

    /// Posts news of a template.
    pub(super) fn post_about(&self, template: &Registered, field: &'static str, news: Value) {
        let mut value = json!({
            "message_template_id": template.id,
            "message_template_name": template.name,
            "message_template_language": template.language,
        });
        if let (Some(all), Value::Object(news)) = (value.as_object_mut(), news) {
            all.extend(news);
        }
        self.courier.take(Ink::Ours, [(Duration::ZERO, Notice::Template { field, value })]);
    }

    /// A person looks at their phone: what is on it is read. Says how much was new.
    pub(super) fn read(&self, address: &Address) -> usize {
        let at = (self.settings.now)();
        let chat = self.memory().phones.chat(address);
        let news = chat.iter().filter_map(Bubble::received);
        let news: Vec<_> = news.filter(|message| message.note(Progress::Read)).cloned().collect();
        let read = news.len();
        self.courier.take(
            Ink::Ours,
            news.into_iter().map(|message| {
                (
                    Duration::ZERO,
                    Notice::Status { message, progress: Progress::Read, code: None, at },
                )
            }),
        );
        read
    }

    /// A person writes to the business.
    pub(super) fn reply(
        &self,
        from: Address,
        content: Content,
        quote: Option<String>,
        hides_number: bool,
    ) -> Arc<Said> {
        let id = wamid::new(&from, wamid::Way::In);
        let at = (self.settings.now)();
        let said = Arc::new(Said { id, from, content, quote, hides_number, at });
        self.memory().phones.say(Arc::clone(&said));
        self.courier.take(Ink::Ours, [(Duration::ZERO, Notice::Said(Arc::clone(&said)))]);
        said
    }

    /// What the world remembers; hold it shortly.
    pub(super) fn memory(&self) -> MutexGuard<'_, Memory> {
        // Nothing under this lock can panic half-way, so a poisoned one is as good as new.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets somebody wait for an answer that does not come; ends early when the world does.
    pub(super) async fn hang(&self) {
        let mut stopped = self.stopped.subscribe();
        let _ = timeout(LONGEST_HANG, stopped.wait_for(|stopped| *stopped)).await;
    }

    /// Posts nothing any more, and lets go of everybody who hangs.
    pub(super) async fn stop(&self) {
        self.stopped.send_replace(true);
        self.tasks.stop();
        self.courier.stop().await;
    }
}

/// A simulator that everybody has forgotten posts nothing any more.
impl Drop for World {
    fn drop(&mut self) {
        self.courier.abort();
    }
}

#[cfg(test)]
mod tests {

    use super::*;

    #[actix_web::test]
    async fn a_world_that_ends_lets_go_of_everybody_who_hangs() {
        let world = World::new(Settings::of_a_test());
        let from = Address::named("+447700900123").unwrap();
        world.reply(from.clone(), Content::text("Hello"), None, false);
        tokio::join!(world.hang(), world.stop());
        world.reply(from.clone(), Content::text("Nobody hears this"), None, false);
        assert_eq!(world.memory().phones.chat(&from).len(), 2);
        assert!(world.courier.is_idle());
    }
}
