//! The pages on which a developer holds all phones at once: they read, answer, and choose what
//! goes wrong.

use actix_web::{
    HttpResponse, ResponseError,
    http::StatusCode,
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
    provider::Provider,
    said::Content,
    view::{Page, Refused},
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

/// What cannot be done as it was asked, told to a person.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(super) struct Told(#[from] Unfit);

impl ResponseError for Told {
    fn status_code(&self) -> StatusCode {
        self.0.status_code()
    }

    fn error_response(&self) -> HttpResponse {
        match (Refused { why: self.0.to_string() }).render() {
            Ok(html) => html_page(self.status_code(), html),
            Err(_) => self.0.error_response(),
        }
    }
}

/// `GET /simulator`
pub(super) async fn show(
    visitor: Visitor,
    world: Data<World>,
    Query(asked): Query<Asked>,
) -> Result<HttpResponse, Told> {
    let phone = asked.phone.filter(|phone| !phone.trim().is_empty());
    let phone = phone.map(|phone| address(&phone)).transpose()?;
    let link = Link { token: visitor.token, live: asked.live.is_some() };
    let page = Page::of(&world, link, phone);
    let html = page.render().map_err(|error| Unfit(error.to_string()))?;
    Ok(html_page(StatusCode::OK, html))
}

/// A page under the house's policy.
pub(super) fn html_page(status: StatusCode, html: String) -> HttpResponse {
    HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(("x-content-type-options", "nosniff"))
        .body(html)
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
) -> Result<HttpResponse, Told> {
    let quote = form.quote.filter(|id| !id.is_empty());
    // A browser sends line breaks of a form as CR LF; a phone has only LF.
    let text = api::words(form.text.replace("\r\n", "\n"))?;
    world.reply(address(&number)?, Content::text(&text), quote, false);
    back(visitor, &asked, &number)
}

/// `POST /simulator/phones/{number}/read`
pub(super) async fn read(
    visitor: Visitor,
    world: Data<World>,
    number: Path<String>,
    Query(asked): Query<Asked>,
) -> Result<HttpResponse, Told> {
    let address = address(&number)?;
    world.read(&address);
    world.read_texts(&address);
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
) -> Result<HttpResponse, Told> {
    let address = address(&number)?;
    let fault = if form.kind.is_empty() { None } else { Some(form.fault(address.as_str())?) };
    world.memory().faults.replace_for(address.as_str(), fault);
    back(visitor, &asked, &number)
}

impl FaultForm {
    fn fault(self, number: &str) -> Result<Fault, Unfit> {
        let fault = Fault {
            number: number.to_owned(),
            provider: Provider::Meta,
            kind: Kind::try_from(self.kind).map_err(Unfit)?,
            times: number_in("times", &self.times)?,
            code: number_in("code", &self.code)?,
            http_status: None,
            reason: None,
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

fn back(visitor: Visitor, asked: &Asked, number: &str) -> Result<HttpResponse, Told> {
    let link = Link { token: visitor.token, live: asked.live.is_some() };
    let to = link.chat(address(number)?.as_str());
    Ok(HttpResponse::SeeOther().insert_header((LOCATION, to)).finish())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use actix_web::App;
    use actix_web::test::{TestRequest, call_and_read_body, call_service, init_service};
    use serde_json::{Value, json};

    use super::super::{Settings, address::Address, routes::mount};
    use super::*;

    fn world() -> Arc<World> {
        Arc::new(World::new(Settings::of_a_test()))
    }

    #[actix_web::test]
    async fn a_chat_goes_on_where_it_ended_and_shows_what_was_quoted() {
        let world = world();
        let app = init_service(App::new().configure(|cfg| mount(Arc::clone(&world), cfg))).await;
        world.reply(Address::named("+447700900123").unwrap(), Content::text("Hello"), None, false);
        let send = TestRequest::post()
            .uri("/simulator/v25.0/106540352242922/messages")
            .insert_header(("authorization", "Bearer token"))
            .set_json(json!({ "messaging_product": "whatsapp", "to": "+447700900123",
                "text": { "body": "*First* words" } }));
        let sent = call_and_read_body(&app, send.to_request()).await;
        let sent: Value = serde_json::from_slice(&sent).unwrap();
        let reply =
            TestRequest::post().uri("/simulator/phones/%2B447700900123/replies").set_form([
                ("text", "An <answer>"),
                ("quote", sent["messages"][0]["id"].as_str().unwrap()),
            ]);
        assert_eq!(call_service(&app, reply.to_request()).await.status(), 303);
        let look = TestRequest::get().uri("/simulator?phone=%2B447700900123");
        let page = call_and_read_body(&app, look.to_request()).await;
        let page = String::from_utf8_lossy(&page);
        let at = |words: &str| page.find(words).unwrap_or_else(|| panic!("{words}: {page}"));
        assert!(at("Quoting: </span>First words</p>") < at("An &lt;answer&gt;"));
        assert!(at("An &lt;answer&gt;") < at("<strong>First</strong> words"));
    }

    #[actix_web::test]
    async fn a_person_is_told_on_a_page_what_cannot_be_done() {
        let app = init_service(App::new().configure(|cfg| mount(world(), cfg))).await;
        let fault = TestRequest::post().uri("/simulator/phones/%2B447700900123/faults");
        let fault = fault.set_form([("kind", "ERROR"), ("code", "")]).to_request();
        let answer = call_service(&app, fault).await;
        assert_eq!(answer.status(), 422);
        let kind = answer.headers().get("content-type").unwrap();
        assert_eq!(kind, "text/html; charset=utf-8");
        let page = actix_web::test::read_body(answer).await;
        assert!(String::from_utf8_lossy(&page).contains("ERROR needs a code"));
    }
}
