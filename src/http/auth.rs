//! Who is asking: the bearer token of a request, read before anything else of it, and the account once
//! more when its body has arrived.
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload};
use chrono::{DateTime, Utc};
use futures::FutureExt;
use futures::future::{LocalBoxFuture, Ready, ready};

use super::problem::{Problem, UNAUTHENTICATED};
use crate::desk::Desk;
use crate::domain::user::Actor;

/// Whoever sent the request.
#[derive(Clone, Copy, Debug)]
pub struct By(pub Actor);

impl FromRequest for By {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let token = bearer(request);
        let desk = request.app_data::<Data<Desk>>().cloned();
        let request = request.clone();
        async move {
            let missing = || Problem::new(&UNAUTHENTICATED, "send `Authorization: Bearer <token>`");
            let (token, desk) = token.zip(desk).ok_or_else(missing)?;
            let actor = desk.actor(&token).await?;
            request.extensions_mut().insert(actor);
            Ok(Self(actor))
        }
        .boxed_local()
    }
}

/// Looks once more when all of a request has arrived, for which it has ten seconds: who began it may have
/// been switched off or given another role meanwhile.
///
/// # Errors
/// 401 where that is so, or their token has run out.
pub(super) async fn still(request: &HttpRequest) -> Result<(), Problem> {
    let began = request.extensions().get::<Actor>().copied();
    let asked = bearer(request).zip(request.app_data::<Data<Desk>>());
    let (Some(began), Some((token, desk))) = (began, asked) else { return Ok(()) };
    if desk.actor(&token).await? != began {
        let say = "the account was changed while this request was on its way; send it again";
        return Err(Problem::new(&UNAUTHENTICATED, say));
    }
    Ok(())
}

/// When whoever sent the request logged in, as far as their token says.
#[derive(Clone, Copy, Debug)]
pub struct LoggedInAt(pub Option<DateTime<Utc>>);

impl FromRequest for LoggedInAt {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let asked = bearer(request).zip(request.app_data::<Data<Desk>>());
        ready(Ok(Self(asked.and_then(|(token, desk)| desk.logged_in_at(&token)))))
    }
}

/// The bearer token of a request.
pub(super) fn bearer(request: &HttpRequest) -> Option<String> {
    let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}
