//! What the page shows, ready for its template.

use askama::Template;

use super::{
    address::Address,
    faults::Fault,
    kind::KINDS,
    link::Link,
    markup,
    message::{Message, Progress},
    phones::Bubble,
    provider::Provider,
    shown,
    world::World,
};

/// A page shows no more than this; the API has the rest.
const MOST_PHONES: usize = 200;
const MOST_BUBBLES: usize = 100;
const MOST_QUOTES: usize = 10;

/// The page: all phones, and the chat of one.
#[derive(Template)]
#[template(path = "simulator/page.html")]
pub(super) struct Page {
    phones: Vec<Row>,
    chat: Option<Chat>,
    business: String,
    live: bool,
    toggle: String,
    mail: String,
    token: Option<String>,
}

/// Why something cannot be done as it was asked.
#[derive(Template)]
#[template(path = "simulator/refused.html")]
pub(super) struct Refused {
    /// One sentence.
    pub(super) why: String,
}

struct Row {
    number: String,
    link: String,
    messages: usize,
    unread: usize,
    is_open: bool,
}

struct Chat {
    number: String,
    bubbles: Vec<Shown>,
    quotes: Vec<Quote>,
    faults: Vec<String>,
    replies: String,
    read: String,
    set_fault: String,
    kinds: [(&'static str, &'static str); KINDS.len()],
}

struct Shown {
    is_persons: bool,
    quoted: Option<String>,
    html: String,
    buttons: Vec<String>,
    time: String,
    instant: String,
    ticks: &'static str,
    status: &'static str,
    /// By which way it came, where that is not Meta.
    by: &'static str,
}

struct Quote {
    id: String,
    start: String,
}

impl Page {
    /// The page as it is now.
    pub(super) fn of(world: &World, link: Link, phone: Option<Address>) -> Self {
        let number = phone.as_ref().map(Address::as_str);
        let mut summaries = world.memory().phones.newest_first();
        summaries.truncate(MOST_PHONES);
        let phones = summaries
            .iter()
            .map(|summary| Row {
                number: summary.number().to_owned(),
                link: link.chat(summary.number()),
                messages: summary.messages,
                unread: summary.unread,
                is_open: Some(summary.number()) == number,
            })
            .collect();
        Self {
            phones,
            toggle: link.toggled(number),
            mail: link.mailbox(None),
            chat: phone.as_ref().map(|phone| Chat::of(world, &link, phone)),
            business: world.settings.display_number.clone(),
            live: link.live,
            token: link.token,
        }
    }
}

impl Chat {
    fn of(world: &World, link: &Link, phone: &Address) -> Self {
        let number = phone.as_str();
        let (mut bubbles, faults) = {
            let memory = world.memory();
            let faults = memory.faults.all().iter();
            let here = faults.filter(|fault| fault.number == number || fault.number == "*");
            (memory.phones.chat(phone), here.map(in_words).collect())
        };
        bubbles.drain(..bubbles.len().saturating_sub(MOST_BUBBLES));
        let newest = bubbles.iter().rev().filter_map(Bubble::received).take(MOST_QUOTES);
        Self {
            number: number.to_owned(),
            quotes: newest.map(|message| Quote::of(message)).collect(),
            bubbles: bubbles.iter().rev().map(|bubble| Shown::of(bubble, &bubbles)).collect(),
            faults,
            replies: link.form(number, "replies"),
            read: link.form(number, "read"),
            set_fault: link.form(number, "faults"),
            kinds: KINDS.map(|(_, name, meaning)| (name, meaning)),
        }
    }
}

fn in_words(fault: &Fault) -> String {
    let whom = if fault.number == "*" { "everybody" } else { "this number" };
    let meaning = KINDS.iter().find(|row| row.0 == fault.kind).map_or("", |row| row.2);
    let times = fault.times.map(|times| format!(", {times} × more")).unwrap_or_default();
    let code = fault.code.map(|code| format!(", code {code}")).unwrap_or_default();
    let wait = fault.ms.map(|ms| format!(", {ms} ms")).unwrap_or_default();
    format!("{}: {meaning} ({whom}{code}{wait}{times})", fault.kind.name())
}

impl Shown {
    fn of(bubble: &Bubble, chat: &[Bubble]) -> Self {
        let at = match bubble {
            Bubble::Received(message) => message.at,
            Bubble::Texted(text) => text.at,
            Bubble::Said(said) => said.at,
        };
        let (text, buttons, progress) = match bubble {
            Bubble::Received(message) => {
                let request = message.request();
                (message.text(), shown::buttons(&request), Some(message.progress()))
            }
            Bubble::Texted(text) => (text.body.clone(), vec![], None),
            Bubble::Said(said) => (said.content.shown(), vec![], None),
        };
        let quote = match bubble {
            Bubble::Received(_) | Bubble::Texted(_) => None,
            Bubble::Said(said) => said.quote.as_deref(),
        };
        let quoted = quote.and_then(|id| {
            let mut received = chat.iter().filter_map(Bubble::received);
            received.find(|message| message.id == id).map(|message| start(message))
        });
        Self {
            is_persons: matches!(bubble, Bubble::Said(_)),
            quoted,
            html: markup::html(&text),
            buttons,
            time: at.format("%H:%M").to_string(),
            instant: at.to_rfc3339(),
            ticks: progress.map(ticks).unwrap_or_default(),
            status: match bubble {
                Bubble::Texted(text) => text.state().status.word(),
                _ => progress.map(Progress::word).unwrap_or_default(),
            },
            by: match bubble {
                Bubble::Texted(text) if text.provider == Provider::TwilioSms => "SMS",
                Bubble::Texted(_) => "WhatsApp by Twilio",
                _ => "",
            },
        }
    }
}

fn ticks(progress: Progress) -> &'static str {
    match progress {
        Progress::Accepted => "·",
        Progress::Sent => "✓",
        Progress::Delivered | Progress::Read => "✓✓",
        Progress::Failed => "⚠",
    }
}

impl Quote {
    fn of(message: &Message) -> Self {
        Self { id: message.id.clone(), start: start(message) }
    }
}

/// The first words of a message, by which one knows it again.
fn start(message: &Message) -> String {
    let text = message.text().replace('*', "");
    text.lines().next().unwrap_or_default().chars().take(40).collect()
}
