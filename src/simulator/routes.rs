//! Every route of the simulator, with and without a slash at its end.

use std::sync::Arc;

use actix_web::{
    Resource, Scope,
    web::{self, Data, JsonConfig, PayloadConfig, ServiceConfig},
};

use super::{api, graph, page, world::World};

/// The largest body that is read.
const MOST_BYTES: usize = 1 << 20;

/// Puts everything under `/simulator`. The simulator's own routes come first; a version of the
/// Graph API looks like `v25.0`, so nothing is both.
pub(super) fn mount(world: Arc<World>, cfg: &mut ServiceConfig) {
    let scope = web::scope("/simulator")
        .app_data(Data::from(world))
        .app_data(PayloadConfig::new(MOST_BYTES))
        .app_data(JsonConfig::default().limit(MOST_BYTES));
    cfg.service(metas(pages(own_api(scope))));
}

fn own_api(scope: Scope) -> Scope {
    scope
        .service(at("/api/phones").get(api::phones))
        .service(at("/api/phones/{number}/messages").get(api::messages))
        .service(at("/api/phones/{number}/read").post(api::read))
        .service(at("/api/phones/{number}/replies").post(api::reply))
        .service(at("/api/messages").get(api::ledger).delete(api::clear))
        .service(at("/api/faults").get(api::faults).put(api::set_faults))
}

fn pages(scope: Scope) -> Scope {
    scope
        .service(at("").get(page::show))
        .service(at("/static/simulator.css").get(page::style))
        .service(at("/phones/{number}/replies").post(page::reply))
        .service(at("/phones/{number}/read").post(page::read))
        .service(at("/phones/{number}/faults").post(page::set_fault))
}

fn metas(scope: Scope) -> Scope {
    scope
        .service(at(r"/{version:v\d+\.\d+}/{number_id}/messages").post(graph::send))
        .service(at(r"/{version:v\d+\.\d+}/{number_id}").get(graph::number))
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
    use chrono::DateTime;
    use serde_json::{Value, json};

    use super::{super::Settings, *};

    fn settings() -> Settings {
        Settings {
            access_token: "token".into(),
            phone_number_id: "106540352242922".into(),
            business_account_id: "102290129340398".into(),
            display_number: "+15550001111".into(),
            app_secret: "secret".into(),
            webhook_url: None,
            gate: None,
            now: Arc::new(|| DateTime::UNIX_EPOCH),
        }
    }

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

    const SEND: &str = "/simulator/v25.0/106540352242922/messages";

    #[actix_web::test]
    async fn what_was_sent_is_on_the_phone_and_in_the_ledger() {
        let world = Arc::new(World::new(settings()));
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
            let world = Arc::new(World::new(settings()));
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
        let world = Arc::new(World::new(Settings { gate: Some("gate".into()), ..settings() }));
        let nothing = Arc::new(World::new(settings()));
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
