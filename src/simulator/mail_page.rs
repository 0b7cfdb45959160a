//! The page on which a developer reads every mailbox.

use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{Data, Query},
};
use askama::Template;
use serde::Deserialize;

use super::{
    api::Unfit,
    gate::Visitor,
    link::Link,
    mail::Mail,
    page::{Told, html_page},
    world::World,
};

/// A page shows no more than this; the API has the rest.
const MOST_MAILBOXES: usize = 200;
const MOST_MAILS: usize = 50;

/// What the address of the page says.
#[derive(Deserialize)]
pub(super) struct Asked {
    address: Option<String>,
}

/// The page: all mailboxes, and the mails of one.
#[derive(Template)]
#[template(path = "simulator/mail.html")]
struct Page {
    address: Option<String>,
    mailboxes: Vec<Row>,
    mails: Vec<Shown>,
    phones: String,
    token: Option<String>,
}

struct Row {
    address: String,
    link: String,
    mails: usize,
    is_open: bool,
}

struct Shown {
    from: String,
    subject: String,
    text: Option<String>,
    html: Option<String>,
    time: String,
    instant: String,
}

/// `GET /simulator/mail`
pub(super) async fn show(
    visitor: Visitor,
    world: Data<World>,
    Query(asked): Query<Asked>,
) -> Result<HttpResponse, Told> {
    let link = Link { token: visitor.token, live: false };
    let address = asked.address.map(|address| address.trim().to_lowercase());
    let address = address.filter(|address| !address.is_empty());
    let page = {
        let memory = world.memory();
        let row = |(name, mails): (&str, usize)| Row {
            address: name.to_owned(),
            link: link.mailbox(Some(name)),
            mails,
            is_open: address.as_deref() == Some(name),
        };
        let boxes = memory.mailboxes.newest_first();
        let mails = address.as_deref().map(|address| memory.mailboxes.mails(address));
        Page {
            mailboxes: boxes.into_iter().take(MOST_MAILBOXES).map(row).collect(),
            mails: mails
                .iter()
                .flatten()
                .rev()
                .take(MOST_MAILS)
                .map(|mail| Shown::of(mail))
                .collect(),
            phones: link.phones(),
            address,
            token: link.token,
        }
    };
    let html = page.render().map_err(|error| Unfit(error.to_string()))?;
    Ok(html_page(StatusCode::OK, html))
}

impl Shown {
    fn of(mail: &Mail) -> Self {
        Self {
            from: mail.from.clone(),
            subject: mail.letter.subject.clone(),
            text: mail.letter.text.clone(),
            html: mail.letter.html.clone(),
            time: mail.at.format("%H:%M").to_string(),
            instant: mail.at.to_rfc3339(),
        }
    }
}
