//! The mailboxes over the simulator's own JSON API.

use actix_web::{
    HttpResponse,
    web::{Data, Path},
};
use serde_json::{Value, json};

use super::{gate::Visitor, mail::Mail, world::World};

/// `GET /simulator/api/mailboxes`
pub(super) async fn mailboxes(_: Visitor, world: Data<World>) -> HttpResponse {
    let memory = world.memory();
    let boxes = memory.mailboxes.newest_first();
    let items: Vec<_> = boxes
        .iter()
        .map(|(address, messages)| json!({ "address": address, "messages": messages }))
        .collect();
    HttpResponse::Ok().json(json!({ "items": items }))
}

/// `GET /simulator/api/mailboxes/{address}/messages`
pub(super) async fn messages(
    _: Visitor,
    world: Data<World>,
    address: Path<String>,
) -> HttpResponse {
    let mails = world.memory().mailboxes.mails(&address);
    let items: Vec<_> = mails.iter().map(|mail| shown(mail)).collect();
    HttpResponse::Ok().json(json!({ "items": items }))
}

fn shown(mail: &Mail) -> Value {
    let letter = &mail.letter;
    let header = |(name, value): &(String, String)| json!({ "name": name, "value": value });
    json!({
        "id": mail.id,
        "channel": "EMAIL",
        "provider": mail.provider.name(),
        "from": mail.from,
        "to": mail.to,
        "subject": letter.subject,
        "message_id": letter.header("message-id"),
        "text": letter.text,
        "html": letter.html,
        "headers": letter.headers.iter().map(header).collect::<Vec<_>>(),
        "at": mail.at,
    })
}
