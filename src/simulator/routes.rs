//! Every route of the simulator, with and without a slash at its end.

use std::sync::Arc;

use actix_web::{
    Resource, Scope,
    web::{self, Data, JsonConfig, PayloadConfig, ServiceConfig},
};

use super::{
    account, api,
    google::{consent, gmail, token},
    graph, mail_page, mailbox_api, management, media_door, page, rules_api, standing,
    twilio::{account as twilio_account, door as twilio},
    world::World,
};

/// The largest body that is read.
const MOST_BYTES: usize = 1 << 20;

/// Puts everything under `/simulator`. The simulator's own routes come first; a version of the
/// Graph API looks like `v25.0`, so nothing is both.
pub(super) fn mount(world: Arc<World>, cfg: &mut ServiceConfig) {
    let scope = web::scope("/simulator")
        .app_data(Data::from(world))
        .app_data(PayloadConfig::new(MOST_BYTES))
        .app_data(JsonConfig::default().limit(MOST_BYTES));
    cfg.service(metas(googles(twilios(pages(own_api(scope))))));
}

fn own_api(scope: Scope) -> Scope {
    scope
        .service(at("/api/phones").get(api::phones))
        .service(at("/api/phones/{number}/messages").get(api::messages))
        .service(at("/api/phones/{number}/read").post(api::read))
        .service(at("/api/phones/{number}/replies").post(api::reply))
        .service(at("/api/mailboxes").get(mailbox_api::mailboxes))
        .service(at("/api/mailboxes/{address}/messages").get(mailbox_api::messages))
        .service(at("/api/settings").get(rules_api::show).patch(rules_api::change))
        .service(at("/api/reset").post(rules_api::reset))
        .service(at("/api/messages").get(api::ledger).delete(api::clear))
        .service(at("/api/templates").get(account::shown).put(account::turn))
        .service(at("/api/business").get(standing::show).put(standing::set))
        .service(at("/api/faults").get(api::faults).put(api::set_faults))
}

fn pages(scope: Scope) -> Scope {
    scope
        .service(at("").get(page::show))
        .service(at("/mail").get(mail_page::show))
        .service(at("/static/simulator.css").get(page::style))
        .service(at("/phones/{number}/replies").post(page::reply))
        .service(at("/phones/{number}/read").post(page::read))
        .service(at("/phones/{number}/faults").post(page::set_fault))
}

fn twilios(scope: Scope) -> Scope {
    let messages = "/2010-04-01/Accounts/{account}/Messages";
    let list = |path: String| at(&path).get(twilio::messages).post(twilio::send);
    scope
        .service(list(format!("{messages}.json")))
        .service(list(messages.to_owned()))
        .service(at(&format!("{messages}/{{sid}}")).get(twilio::message))
        .service(at("/2010-04-01/Accounts/{account}/Balance.json").get(twilio_account::balance))
        .service(
            at("/2010-04-01/Accounts/{account}/IncomingPhoneNumbers.json")
                .get(twilio_account::numbers),
        )
        .service(at("/2010-04-01/Accounts/{account}").get(twilio_account::show))
        .service(at("/v1/Services/{service}/PhoneNumbers").get(twilio_account::senders))
}

fn googles(scope: Scope) -> Scope {
    let mails = |path| at(path).app_data(PayloadConfig::new(gmail::MOST_BYTES)).post(gmail::send);
    scope
        .service(at("/token").post(token::exchange))
        .service(at("/revoke").post(token::revoke))
        .service(at("/o/oauth2/v2/auth").get(consent::ask))
        .service(mails("/gmail/v1/users/{user}/messages/send"))
        .service(
            at("/upload/gmail/v1/users/{user}/messages/send")
                .app_data(PayloadConfig::new(gmail::MOST_BYTES))
                .post(gmail::upload),
        )
}

fn metas(scope: Scope) -> Scope {
    let files = PayloadConfig::new(media_door::MOST_BYTES);
    let file = at(r"/{version:v\d+\.\d+}/{media_id:77\d{15}}");
    scope
        .service(file.get(media_door::look_up).delete(media_door::delete))
        .service(at("/media/{media_id}").get(media_door::download))
        .service(
            at(r"/{version:v\d+\.\d+}/{number_id}/media").app_data(files).post(media_door::upload),
        )
        .service(at(r"/{version:v\d+\.\d+}/{number_id}/messages").post(graph::send))
        .service(
            at(r"/{version:v\d+\.\d+}/{account_id}/message_templates")
                .get(account::list)
                .post(account::create)
                .delete(account::delete),
        )
        .service(at(r"/{version:v\d+\.\d+}/{template_id}/unpause").post(account::unpause))
        .service(at(r"/{version:v\d+\.\d+}/debug_token").get(management::debug_token))
        .service(at(r"/{version:v\d+\.\d+}/{id}/phone_numbers").get(management::numbers))
        .service(at(r"/{version:v\d+\.\d+}/{id}/subscriptions").get(management::subscriptions))
        .service(
            at(r"/{version:v\d+\.\d+}/{id}/subscribed_apps")
                .get(management::apps)
                .post(management::subscribe)
                .delete(management::unsubscribe),
        )
        .service(at(r"/{version:v\d+\.\d+}/{id}").get(management::object).post(account::edit))
}

fn at(path: &str) -> Resource {
    web::resource([path.to_owned(), format!("{path}/")])
}

#[cfg(test)]
mod tests {
    use actix_web::{
        App,
        body::{BodySize, MessageBody},
        http::{Method, StatusCode, header::AUTHORIZATION},
        test::{TestRequest, call_service, init_service, read_body},
        web::Bytes,
    };
    use serde_json::{Value, json};

    use super::{
        super::{Settings, address::Address},
        *,
    };

    async fn ask(
        world: &Arc<World>,
        method: Method,
        uri: &str,
        body: Value,
    ) -> (StatusCode, Value) {
        let app = init_service(App::new().configure(|cfg| mount(Arc::clone(world), cfg))).await;
        let request = TestRequest::with_uri(uri)
            .method(method)
            .insert_header((AUTHORIZATION, "Bearer token"))
            .set_json(body);
        let answer = call_service(&app, request.to_request()).await;
        let status = answer.status();
        let cut = matches!(answer.response().body().size(), BodySize::Sized(400));
        let bytes = if cut { Bytes::new() } else { read_body(answer).await };
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    fn hello(to: &str) -> Value {
        json!({ "messaging_product": "whatsapp", "to": to, "text": { "body": "Hello" },
            "biz_opaque_callback_data": "n:1" })
    }

    /// A world in which somebody wrote to the business a moment ago.
    fn heard() -> Arc<World> {
        let world = Arc::new(World::new(Settings::of_a_test()));
        writes(&world);
        world
    }

    fn writes(world: &World) {
        world.reply(
            Address::named("+447700900123").unwrap(),
            crate::simulator::said::Content::text("Hello"),
            None,
            false,
        );
    }

    const SEND: &str = "/simulator/v25.0/106540352242922/messages";

    #[actix_web::test]
    async fn what_was_sent_is_on_the_phone_and_in_the_ledger() {
        let world = heard();
        let (status, answer) = ask(&world, Method::POST, SEND, hello("+44 7700 900123")).await;
        assert_eq!(status, 200);
        assert_eq!(
            answer["contacts"][0],
            json!({ "input": "+44 7700 900123", "wa_id": "447700900123" })
        );
        for uri in [
            "/simulator/api/phones/%2B447700900123/messages",
            "/simulator/api/phones/447700900123/messages/",
            "/simulator/api/messages?from=0",
        ] {
            let (_, page) = ask(&world, Method::GET, uri, Value::Null).await;
            let item = &page["items"][0];
            assert_eq!(item["id"], answer["messages"][0]["id"], "{uri}");
            assert_eq!(item["to"], "+447700900123", "{uri}");
            assert_eq!(item["body"], "Hello", "{uri}");
            assert_eq!(item["callback_data"], "n:1", "{uri}");
        }
        let (status, _) =
            ask(&world, Method::DELETE, "/simulator/api/messages/", Value::Null).await;
        assert_eq!(status, 204);
        let (_, phones) = ask(&world, Method::GET, "/simulator/api/phones", Value::Null).await;
        assert_eq!(phones, json!({ "items": [] }));
    }

    #[actix_web::test]
    async fn a_fault_answers_as_meta_would() {
        let rows = [
            (json!({ "kind": "TOKEN_EXPIRED" }), 401, json!(190), 0),
            (json!({ "kind": "RATE_LIMITED" }), 400, json!(130429), 0),
            (json!({ "kind": "PAIR_RATE_LIMITED" }), 400, json!(131056), 0),
            (json!({ "kind": "UNAVAILABLE" }), 503, json!(2), 0),
            (json!({ "kind": "ERROR", "code": 131031, "http_status": 403 }), 403, json!(131031), 0),
            (json!({ "kind": "HTML" }), 502, Value::Null, 0),
            (json!({ "kind": "GARBLED" }), 200, Value::Null, 1),
            (json!({ "kind": "CUT" }), 200, Value::Null, 1),
            (json!({ "kind": "NOT_ON_WHATSAPP" }), 200, Value::Null, 1),
            (json!({ "kind": "SLOW", "ms": 0 }), 200, Value::Null, 1),
        ];
        for (mut fault, status, code, accepted) in rows {
            let world = heard();
            fault["number"] = json!("*");
            let faults = json!({ "faults": [fault] });
            let (set, _) = ask(&world, Method::PUT, "/simulator/api/faults", faults).await;
            assert_eq!(set, 200, "{fault}");
            let answer = ask(&world, Method::POST, SEND, hello("+447700900123")).await;
            assert_eq!(answer.0, status, "{fault}");
            assert_eq!(answer.1["error"]["code"], code, "{fault}");
            assert_eq!(world.memory().ledger.page(0).0.len(), accepted, "{fault}");
        }
    }

    #[actix_web::test]
    async fn a_door_is_shut_as_it_should_be() {
        let world =
            Arc::new(World::new(Settings { gate: Some("gate".into()), ..Settings::of_a_test() }));
        let nothing = Arc::new(World::new(Settings::of_a_test()));
        writes(&world);
        let faults = json!({ "faults": [{ "number": "*", "kind": "EXPLODE" }] });
        let rows = [
            (&world, Method::GET, "/simulator", Value::Null, 401),
            (&world, Method::GET, "/simulator/?token=gate", Value::Null, 200),
            (&world, Method::GET, "/simulator/api/phones", Value::Null, 401),
            (&world, Method::POST, SEND, hello("+447700900123"), 200),
            (&world, Method::GET, "/simulator/static/simulator.css", Value::Null, 200),
            (&nothing, Method::GET, "/simulator", Value::Null, 200),
            (&nothing, Method::PUT, "/simulator/api/faults", faults, 422),
            (&nothing, Method::POST, "/simulator/v25.0/1/messages", hello("+447700900123"), 400),
            (&nothing, Method::GET, "/simulator/v25.0/106540352242922", Value::Null, 200),
            (&nothing, Method::GET, "/simulator/v25.0/106540352242922?fields=x", Value::Null, 400),
        ];
        for (world, method, uri, body, expected) in rows {
            let (status, said) = ask(world, method, uri, body).await;
            assert_eq!(status, expected, "{uri} {said}");
        }
    }
}
