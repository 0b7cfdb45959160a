//! The pages on which a developer holds all phones at once: they read, answer, and choose what
//! goes wrong.

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, LOCATION, REFERRER_POLICY},
    web::{Data, Form, Path, Query},
};
use askama::Template;
use serde::Deserialize;

use super::{
    api::{self, Unfit, address},
    faults::Fault,
    gate::Visitor,
    kind::Kind,
    link::Link,
    view::Page,
    world::World,
};

/// No script, nothing from elsewhere, in nobody's frame.
const POLICY: &str = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";

/// What the address of the page says.
#[derive(Deserialize)]
pub(super) struct Asked {
    phone: Option<String>,
    live: Option<String>,
}

/// `GET /simulator`
pub(super) async fn show(
    visitor: Visitor,
    world: Data<World>,
    Query(asked): Query<Asked>,
) -> Result<HttpResponse, Unfit> {
    let phone = asked.phone.filter(|phone| !phone.trim().is_empty());
    let phone = phone.map(|phone| address(&phone)).transpose()?;
    let link = Link { token: visitor.token, live: asked.live.is_some() };
    let page = Page::of(&world, link, phone);
    let html = page.render().map_err(|error| Unfit(error.to_string()))?;
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(("x-content-type-options", "nosniff"))
        .body(html))
}

/// `GET /simulator/static/simulator.css`
pub(super) async fn style() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .insert_header(("x-content-type-options", "nosniff"))
        .body(include_str!("../../static/simulator.css"))
}

/// The form to answer as a person.
#[derive(Deserialize)]
pub(super) struct ReplyForm {
    text: String,
    quote: Option<String>,
}

/// `POST /simulator/phones/{number}/replies`
pub(super) async fn reply(
    visitor: Visitor,
    world: Data<World>,
    number: Path<String>,
    Query(asked): Query<Asked>,
    Form(form): Form<ReplyForm>,
) -> Result<HttpResponse, Unfit> {
    let quote = form.quote.filter(|id| !id.is_empty());
    // A browser sends line breaks of a form as CR LF; a phone has only LF.
    let text = api::words(form.text.replace("\r\n", "\n"))?;
    world.reply(address(&number)?, text, quote);
    back(visitor, &asked, &number)
}

/// `POST /simulator/phones/{number}/read`
pub(super) async fn read(
    visitor: Visitor,
    world: Data<World>,
    number: Path<String>,
    Query(asked): Query<Asked>,
) -> Result<HttpResponse, Unfit> {
    world.read(&address(&number)?);
    back(visitor, &asked, &number)
}

/// The form that sets what goes wrong for a number; an empty field says nothing.
#[derive(Deserialize)]
pub(super) struct FaultForm {
    kind: String,
    #[serde(default)]
    times: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    ms: String,
}

/// `POST /simulator/phones/{number}/faults`
pub(super) async fn set_fault(
    visitor: Visitor,
    world: Data<World>,
    number: Path<String>,
    Query(asked): Query<Asked>,
    Form(form): Form<FaultForm>,
) -> Result<HttpResponse, Unfit> {
    let address = address(&number)?;
    let fault = if form.kind.is_empty() { None } else { Some(form.fault(address.as_str())?) };
    world.memory().faults.replace_for(address.as_str(), fault);
    back(visitor, &asked, &number)
}

impl FaultForm {
    fn fault(self, number: &str) -> Result<Fault, Unfit> {
        let fault = Fault {
            number: number.to_owned(),
            kind: Kind::try_from(self.kind).map_err(Unfit)?,
            times: number_in("times", &self.times)?,
            code: number_in("code", &self.code)?,
            http_status: None,
            ms: number_in("ms", &self.ms)?,
        };
        fault.checked().map_err(Unfit)
    }
}

fn number_in<T: std::str::FromStr>(name: &str, field: &str) -> Result<Option<T>, Unfit> {
    match field.trim() {
        "" => Ok(None),
        field => field.parse().map(Some).map_err(|_| Unfit(format!("{name} is a number"))),
    }
}

fn back(visitor: Visitor, asked: &Asked, number: &str) -> Result<HttpResponse, Unfit> {
    let link = Link { token: visitor.token, live: asked.live.is_some() };
    let to = link.chat(address(number)?.as_str());
    Ok(HttpResponse::SeeOther().insert_header((LOCATION, to)).finish())
}
