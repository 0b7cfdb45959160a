//! The small world that the simulator keeps: its settings, its phones, and the way back to the
//! business.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::watch, time::timeout};

use super::{
    Settings,
    address::{Address, digits},
    courier::Courier,
    faults::{Fault, Faults},
    ledger::Ledger,
    message::{Message, Progress},
    phones::{Bubble, Phones, Said},
    plan,
    request::Draft,
    wamid,
    webhook::{Business, Notice},
};

/// How long a connection hangs that nobody answers.
const LONGEST_HANG: Duration = Duration::from_secs(120);

/// Everything that the routes share.
pub(super) struct World {
    /// As they were given.
    pub(super) settings: Settings,
    /// The digits of the business's number.
    pub(super) business_digits: String,
    memory: Mutex<Memory>,
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
        let (memory, stopped) = (Mutex::default(), watch::Sender::new(false));
        Self { settings, business_digits, memory, courier, stopped }
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
        self.courier.take(steps.into_iter().map(|step| {
            let (message, progress, code) = (Arc::clone(&message), step.progress, step.code);
            (step.after, Notice::Status { message, progress, code, at: at + step.after })
        }));
        message
    }

    /// A person looks at their phone: what is on it is read. Says how much was new.
    pub(super) fn read(&self, address: &Address) -> usize {
        let at = (self.settings.now)();
        let chat = self.memory().phones.chat(address);
        let news = chat.iter().filter_map(Bubble::received);
        let news: Vec<_> = news.filter(|message| message.note(Progress::Read)).cloned().collect();
        let read = news.len();
        self.courier.take(news.into_iter().map(|message| {
            (Duration::ZERO, Notice::Status { message, progress: Progress::Read, code: None, at })
        }));
        read
    }

    /// A person writes to the business.
    pub(super) fn reply(&self, from: Address, text: String, quote: Option<String>) -> Arc<Said> {
        let id = wamid::new(&from, wamid::Way::In);
        let said = Arc::new(Said { id, from, text, quote, at: (self.settings.now)() });
        self.memory().phones.say(Arc::clone(&said));
        self.courier.take([(Duration::ZERO, Notice::Said(Arc::clone(&said)))]);
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
    use chrono::DateTime;

    use super::*;

    #[actix_web::test]
    async fn a_world_that_ends_lets_go_of_everybody_who_hangs() {
        let world = World::new(Settings {
            access_token: "token".into(),
            phone_number_id: "1".into(),
            business_account_id: "2".into(),
            display_number: "+15550001111".into(),
            app_secret: "secret".into(),
            webhook_url: None,
            gate: None,
            now: Arc::new(|| DateTime::UNIX_EPOCH),
        });
        let from = Address::named("+447700900123").unwrap();
        world.reply(from.clone(), "Hello".into(), None);
        tokio::join!(world.hang(), world.stop());
        world.reply(from.clone(), "Nobody hears this".into(), None);
        assert_eq!(world.memory().phones.chat(&from).len(), 2);
        assert!(world.courier.is_idle());
    }
}
