//! Gmail's way to send: a whole mail in base64url, under an access token that allows it.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Bytes, Data, Path},
};
use base64::{
    Engine,
    alphabet::URL_SAFE,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use serde::Deserialize;
use serde_json::json;

use super::super::{
    answer,
    faults::Fault,
    gate,
    kind::Kind,
    mail::Letter,
    provider::Provider,
    world::{Memory, World},
};
use super::refusal::Refusal;

/// The largest body: a mail of 36,700,160 bytes in base64.
pub const MOST_BYTES: usize = 50_000_000;
/// The largest mail, from Google's discovery document.
const LARGEST: usize = 36_700_160;
/// Each of these allows to send.
const SCOPES: [&str; 4] = [
    "https://mail.google.com/",
    "https://www.googleapis.com/auth/gmail.modify",
    "https://www.googleapis.com/auth/gmail.compose",
    "https://www.googleapis.com/auth/gmail.send",
];
/// Google takes it with padding and without.
const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What a program asks for.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    raw: Option<String>,
    thread_id: Option<String>,
}

/// `POST /gmail/v1/users/{user}/messages/send`
pub async fn send(
    world: Data<World>,
    user: Path<String>,
    request: HttpRequest,
    body: Bytes,
) -> HttpResponse {
    let read = || {
        let wanted: Wanted = serde_json::from_slice(&body).map_err(|error| {
            let said = format!("Invalid JSON payload received. {error}");
            Refusal::of(400, "badRequest", said)
        })?;
        let raw = wanted.raw.filter(|raw| !raw.is_empty()).ok_or_else(|| {
            let said = "'raw' RFC822 payload message string or uploading message via /upload/* \
                        URL required";
            Refusal::invalid(said)
        })?;
        let raw = BASE64URL.decode(raw.trim()).map_err(|_| {
            let said = "Invalid value at 'raw' (TYPE_BYTES), Base64 decoding failed";
            Refusal::of(400, "badRequest", said)
        })?;
        Ok((raw, wanted.thread_id))
    };
    carry(&world, &user, &request, read).await
}

/// `POST /upload/gmail/v1/users/{user}/messages/send`, the mail itself being the body.
pub async fn upload(
    world: Data<World>,
    user: Path<String>,
    request: HttpRequest,
    body: Bytes,
) -> HttpResponse {
    let is_mail =
        request.headers().get("content-type").is_some_and(|kind| kind == "message/rfc822");
    let read = || match is_mail {
        true => Ok((body.to_vec(), None)),
        false => {
            let said = "Media type is not supported. Valid media types: [message/*]";
            Err(Refusal::of(400, "badContent", said))
        }
    };
    carry(&world, &user, &request, read).await
}

async fn carry(
    world: &World,
    user: &str,
    request: &HttpRequest,
    read: impl FnOnce() -> Result<(Vec<u8>, Option<String>), Refusal>,
) -> HttpResponse {
    let read = admit(world, user, request).and_then(|()| {
        let (raw, thread) = read()?;
        letter(&raw).map(|letter| (letter, thread))
    });
    let (mut letter, thread) = match read {
        Ok(read) => read,
        Err(refusal) => return refusal.answer(),
    };
    let to = letter.to.first().cloned().unwrap_or_default();
    let fault = world.memory().faults.befall(&to, Provider::Gmail);
    if let Some(fault) = &fault {
        if let Some(refusal) = refused(world, fault) {
            return refusal.answer();
        }
        if let Some(answer) = answer::broken(world, fault).await {
            return answer;
        }
    }
    let now = (world.settings.now)();
    let has_room = {
        let mut memory = world.memory();
        let Memory { rules, limits, .. } = &mut *memory;
        limits.take_mail(rules, now)
    };
    if !has_room {
        return too_many(world).answer();
    }
    letter.is_from(&world.settings.google.address);
    let (from, to) = (world.settings.google.address.clone(), letter.to.clone());
    let mail = Arc::new(letter.taken(Provider::Gmail, from, to, (world.settings.now)()));
    world.memory().mailboxes.receive(&mail);
    let thread = thread.filter(|thread| !thread.is_empty()).unwrap_or_else(|| mail.id.clone());
    let told = json!({ "id": mail.id, "threadId": thread, "labelIds": ["SENT"] });
    answer::spoilt(world, fault.as_ref(), HttpResponse::Ok().json(told)).await
}

fn admit(world: &World, user: &str, request: &HttpRequest) -> Result<(), Refusal> {
    let token = gate::bearer(request).ok_or_else(Refusal::no_token)?;
    let now = (world.settings.now)();
    let memory = world.memory();
    let scope = memory.grants.scope(token, now).ok_or_else(Refusal::no_token)?;
    if !scope.split_whitespace().any(|scope| SCOPES.contains(&scope)) {
        return Err(Refusal::no_scope());
    }
    if user != "me" && !user.eq_ignore_ascii_case(&world.settings.google.address) {
        let said = format!("Delegation denied for {}", world.settings.google.address);
        return Err(Refusal::of(403, "forbidden", said));
    }
    Ok(())
}

fn letter(raw: &[u8]) -> Result<Letter, Refusal> {
    if raw.len() > LARGEST {
        return Err(Refusal::of(413, "uploadTooLarge", "Request is too large."));
    }
    let letter = Letter::read(raw).ok_or_else(|| Refusal::invalid("Invalid message"))?;
    if letter.to.is_empty() {
        let has_to = letter.header("to").is_some_and(|to| !to.is_empty());
        let said = if has_to { "Invalid To header" } else { "Recipient address required" };
        return Err(Refusal::invalid(said));
    }
    let fits = |address: &String| {
        address.split_once('@').is_some_and(|(name, host)| {
            !name.is_empty() && host.contains(|c: char| c.is_alphanumeric()) && !host.contains(' ')
        })
    };
    match letter.to.iter().all(fits) {
        true => Ok(letter),
        false => Err(Refusal::invalid("Invalid To header")),
    }
}

fn too_many(world: &World) -> Refusal {
    let until = (world.settings.now)() + chrono::TimeDelta::seconds(30);
    let until = until.format("%Y-%m-%dT%H:%M:%S%.3fZ");
    Refusal::of(429, "rateLimitExceeded", format!("User-rate limit exceeded.  Retry after {until}"))
}

fn refused(world: &World, fault: &Fault) -> Option<Refusal> {
    Some(match fault.kind {
        Kind::TokenExpired => Refusal::no_token(),
        Kind::RateLimited | Kind::PairRateLimited => too_many(world),
        Kind::Unavailable => Refusal::known("backendError", None),
        Kind::NotOnWhatsapp => Refusal::known("invalidArgument", None),
        Kind::Error => {
            let usual = match fault.http_status {
                Some(401) => "authError",
                Some(403) => "insufficientPermissions",
                Some(429) => "rateLimitExceeded",
                Some(503) => "backendError",
                Some(500..) => "internalError",
                _ => "invalidArgument",
            };
            let reason = fault.reason.as_deref().unwrap_or(usual);
            let refusal = Refusal::known(reason, fault.http_status);
            Refusal { status: fault.http_status.unwrap_or(refusal.status), ..refusal }
        }
        _ => return None,
    })
}
