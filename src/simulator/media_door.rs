//! The routes by which Meta takes files in and gives them out.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::CONTENT_TYPE,
    web::{Bytes, Data, Path, Query},
};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::json;

use super::{
    gate,
    media::{self, Media},
    refusal::Refusal,
    world::World,
};

/// The largest file that Meta takes is a document.
pub(super) const MOST_BYTES: usize = 101 << 20;
/// An address is good for five minutes.
const LIFETIME: i64 = 300;
/// What Meta takes, and how much of it: its page on media.
const KINDS: [(&str, usize); 22] = [
    ("audio/aac", 16),
    ("audio/amr", 16),
    ("audio/mpeg", 16),
    ("audio/mp4", 16),
    ("audio/ogg", 16),
    ("text/plain", 100),
    ("application/pdf", 100),
    ("application/vnd.ms-powerpoint", 100),
    ("application/msword", 100),
    ("application/vnd.ms-excel", 100),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", 100),
    ("application/vnd.openxmlformats-officedocument.presentationml.presentation", 100),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", 100),
    ("image/jpeg", 5),
    ("image/png", 5),
    ("image/webp", 1),
    ("video/mp4", 16),
    ("video/3gp", 16),
    ("video/3gpp", 16),
    ("audio/opus", 16),
    ("audio/3gpp", 16),
    ("audio/x-m4a", 16),
];

/// `POST /{version}/{phone number id}/media`
pub(super) async fn upload(
    world: Data<World>,
    path: Path<(String, String)>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Refusal> {
    admit(&world, &request)?;
    if path.1 != world.settings.phone_number_id {
        return Err(Refusal::no_such_object(&path.1));
    }
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let parts = media::parts(kind.unwrap_or_default(), &body)
        .ok_or_else(|| Refusal::invalid("The body of the request must be a form with a file."))?;
    let part = |name: &str| parts.iter().find(|part| part.name == name);
    if part("messaging_product").is_none_or(|part| part.bytes != b"whatsapp") {
        return Err(Refusal::invalid("(#100) The parameter messaging_product is required."));
    }
    let Some(file) = part("file") else { return Err(Refusal::missing("file")) };
    let said = part("type").map(|part| String::from_utf8_lossy(&part.bytes).into_owned());
    let mime = said.or_else(|| file.mime.clone()).unwrap_or_default();
    let plain = mime.split(';').next().unwrap_or_default().trim();
    let Some((_, most)) = KINDS.iter().find(|(known, _)| *known == plain) else {
        let details = format!("Param file must be a file with one of Meta's types, not {plain}.");
        return Err(Refusal::invalid(details));
    };
    if file.bytes.len() > most << 20 {
        return Err(Refusal::of(400, 131053));
    }
    let media = Media::of(mime, file.bytes.clone());
    let id = world.memory().media.keep(media);
    Ok(HttpResponse::Ok().json(json!({ "id": id })))
}

/// `GET /{version}/{media id}`
pub(super) async fn look_up(
    world: Data<World>,
    path: Path<(String, String)>,
    request: HttpRequest,
) -> Result<HttpResponse, Refusal> {
    admit(&world, &request)?;
    let id = &path.1;
    let until = (world.settings.now)().timestamp() + LIFETIME;
    let place = request.connection_info();
    let memory = world.memory();
    let media = memory.media.get(id).ok_or_else(|| Refusal::no_such_object(id))?;
    Ok(HttpResponse::Ok().json(json!({
        "messaging_product": "whatsapp",
        "url": format!("{}://{}/simulator/media/{id}?ext={until}", place.scheme(), place.host()),
        "mime_type": media.mime,
        "sha256": media.sha256,
        "file_size": media.bytes.len().to_string(),
        "id": id,
    })))
}

/// `DELETE /{version}/{media id}`
pub(super) async fn delete(
    world: Data<World>,
    path: Path<(String, String)>,
    request: HttpRequest,
) -> Result<HttpResponse, Refusal> {
    admit(&world, &request)?;
    match world.memory().media.remove(&path.1) {
        true => Ok(HttpResponse::Ok().json(json!({ "success": true }))),
        false => Err(Refusal::no_such_object(&path.1)),
    }
}

/// Lets in who carries the token that Meta would have issued.
fn admit(world: &World, request: &HttpRequest) -> Result<(), Refusal> {
    let token = world.settings.access_token.expose_secret();
    match gate::bearer(request).is_some_and(|given| gate::same(given, token)) {
        true => Ok(()),
        false => Err(Refusal::no_token()),
    }
}

/// Until when an address is good.
#[derive(Deserialize)]
pub(super) struct Until {
    ext: Option<i64>,
}

/// `GET /media/{media id}`: the file; Meta says 404 where the address has ended.
pub(super) async fn download(
    world: Data<World>,
    id: Path<String>,
    Query(until): Query<Until>,
    request: HttpRequest,
) -> HttpResponse {
    let now = (world.settings.now)().timestamp();
    if admit(&world, &request).is_err() {
        return HttpResponse::Unauthorized().finish();
    }
    let memory = world.memory();
    match memory.media.get(&id).filter(|_| until.ext.is_some_and(|until| now < until)) {
        Some(media) => {
            HttpResponse::Ok().content_type(media.mime.clone()).body(media.bytes.clone())
        }
        None => HttpResponse::NotFound().finish(),
    }
}
