//! Every address of tickets: who gets what there, and which refusal comes first.
use deskbell::domain::user::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::world::{Answer, Person, World, draft, id, stories};

stories![
    each_role_gets_at_each_door_what_is_its_own,
    what_cannot_be_a_ticket_is_none,
    of_all_that_is_wrong_the_first_in_the_contracts_order_is_said,
];

/// What somebody asks.
struct Ask<'a> {
    by: Option<&'a Person>,
    tag: &'a str,
    method: &'a str,
    path: String,
    body: Option<&'a Value>,
}

impl Ask<'_> {
    async fn send(self, world: &World) -> Answer {
        let method: Method = self.method.parse().expect("a method");
        let ask = match self.by {
            Some(by) => by.ask(method, &self.path).await,
            None => world.stranger().ask(method, &self.path),
        };
        let ask = if self.tag.is_empty() { ask } else { ask.with("if-match", self.tag) };
        match self.body {
            Some(body) => ask.json(body).send().await,
            None => ask.send().await,
        }
    }
}

/// A ticket of John's that the developer works, with a public and an internal comment.
pub(super) async fn worked(world: &World) -> (Value, [Value; 2]) {
    let (admin, dev) = (world.admin(), world.dev());
    let ticket = world.client().files("John's").await;
    admin.does("assign", &ticket, json!({ "developer_id": dev.id })).await;
    let path = format!("/api/tickets/{}/comments", id(&ticket));
    let says = async |visibility: &str| {
        let body = json!({ "body": "Said", "visibility": visibility });
        admin.post(&path, &body).await.ok(201)
    };
    let comments = [says("PUBLIC").await, says("INTERNAL").await];
    (ticket, comments)
}

/// What nobody, another client, another developer, its client, its developer and an admin get.
#[rustfmt::skip]
const ROLES: [(&str, &str, [u16; 6]); 13] = [
    ("POST",   "/api/tickets",             [401, 201, 403, 201, 403, 201]),
    ("GET",    "/api/tickets",             [401, 200, 200, 200, 200, 200]),
    ("GET",    "{t}",                      [401, 404, 404, 200, 200, 200]),
    ("PATCH",  "{t}",                      [401, 404, 404, 409, 403, 200]),
    ("GET",    "{t}/events",               [401, 404, 404, 200, 200, 200]),
    ("GET",    "{t}/comments",             [401, 404, 404, 200, 200, 200]),
    ("POST",   "{t}/comments",             [401, 404, 404, 201, 201, 201]),
    ("POST",   "{t}/comments (internal)",  [401, 404, 404, 403, 201, 201]),
    ("GET",    "{t}/comments/{public}",    [401, 404, 404, 200, 200, 200]),
    ("GET",    "{t}/comments/{internal}",  [401, 404, 404, 404, 200, 200]),
    ("GET",    "{t}/notifications",        [401, 404, 404, 403, 403, 200]),
    ("POST",   "{t}/start?dry_run=true",   [401, 404, 404, 403, 200, 200]),
    ("DELETE", "{t}",                      [401, 404, 404, 403, 403, 204]),
];

async fn each_role_gets_at_each_door_what_is_its_own(world: &mut World) {
    let other_client = world.person("jane", Role::Client, "+15550100041").await;
    let other_dev = world.person("other.dev", Role::Developer, "+15550100042").await;
    let (admin, dev, client) = (world.admin(), world.dev(), world.client());
    let people =
        [None, Some(&other_client), Some(&other_dev), Some(&client), Some(&dev), Some(&admin)];
    let (ticket, [public, internal]) = worked(world).await;
    for (method, door, statuses) in ROLES {
        let body = match (method, door) {
            ("POST", "/api/tickets") => Some(draft("Filed", json!({}))),
            ("PATCH", _) => Some(json!({ "title": "Edited" })),
            ("POST", "{t}/comments") => Some(json!({ "body": "Said" })),
            ("POST", door) if door.ends_with("(internal)") => {
                Some(json!({ "body": "Said", "visibility": "INTERNAL" }))
            }
            _ => None,
        };
        let path = door
            .trim_end_matches(" (internal)")
            .replace("{t}", &format!("/api/tickets/{}", id(&ticket)))
            .replace("{public}", &id(&public).to_string())
            .replace("{internal}", &id(&internal).to_string());
        for (by, status) in people.into_iter().zip(statuses) {
            let ask = Ask { by, tag: "", method, path: path.clone(), body: body.as_ref() };
            let answer = ask.send(world).await;
            let who = by.map_or("nobody", |by| &by.username);
            assert_eq!(answer.status, status, "{method} {door} by {who}: {}", answer.text());
            match status {
                401 => _ = answer.refused(401, "unauthenticated"),
                403 => _ = answer.refused(403, "forbidden"),
                404 => _ = answer.refused(404, "not_found"),
                _ => {}
            }
        }
    }
}

async fn what_cannot_be_a_ticket_is_none(world: &mut World) {
    let admin = world.admin();
    worked(world).await;
    for none in
        ["0", "-1", "x", "999999", "1.0", "1e3", "+1", "%00", "99999999999999999999", "%31x"]
    {
        for (method, rest) in [
            ("GET", ""),
            ("PATCH", ""),
            ("DELETE", ""),
            ("GET", "/events"),
            ("GET", "/comments"),
            ("POST", "/comments"),
            ("GET", "/comments/1"),
            ("GET", "/notifications"),
            ("POST", "/open"),
            ("POST", "/reopen?dry_run=true"),
        ] {
            let path = format!("/api/tickets/{none}{rest}");
            let body = json!({});
            let body = (method != "GET").then_some(&body);
            let ask = Ask { by: Some(&admin), tag: "", method, path, body };
            let answer = ask.send(world).await;
            // `+1` is how nobody writes an id, but it names one.
            if none != "+1" {
                answer.refused(404, "not_found");
            }
            assert!(answer.status < 500, "{}: {}", answer.asked, answer.text());
        }
    }
}

/// A door with everything that can be wrong there: who sees the ticket and may not, whether it goes
/// by a version, a body or a query with flaws, and one without that the state forbids.
struct Wrong<'a> {
    method: &'a str,
    rest: &'a str,
    on: &'a Value,
    foreign: Option<&'a Person>,
    forbidden: Option<(&'a Person, Value)>,
    proper: &'a Person,
    versioned: bool,
    flawed: Option<Value>,
    forbids: Option<Value>,
}

async fn of_all_that_is_wrong_the_first_in_the_contracts_order_is_said(world: &mut World) {
    let jane = &world.person("jane", Role::Client, "+15550100041").await;
    let (admin, dev, client) = (&world.admin(), &world.dev(), &world.client());
    let (closed, assigned) = (&worked(world).await.0, &worked(world).await.0);
    admin.does("close", closed, json!({})).await;
    let unknown = || json!({ "unheard_of": 1 });
    let door = |method, rest, on, proper| Wrong {
        method,
        rest,
        on,
        foreign: Some(jane),
        forbidden: None,
        proper,
        versioned: true,
        flawed: None,
        forbids: None,
    };
    let verb = |rest, on, forbidden, flawed, good| Wrong {
        forbidden: Some((forbidden, unknown())),
        flawed: Some(flawed),
        forbids: Some(good),
        ..door("POST", rest, on, admin)
    };
    let nobody = json!({ "developer_id": 0 });
    let said = json!({ "reason": "Because" });
    let doors = [
        verb("/open", closed, client, unknown(), json!({})),
        verb("/assign", closed, client, nobody.clone(), json!({ "developer_id": dev.id })),
        verb("/assign", assigned, dev, nobody, json!({ "developer_id": dev.id })),
        verb("/start", closed, client, unknown(), json!({})),
        verb("/finish", closed, client, json!({ "resolution": "\u{0}" }), json!({})),
        verb("/close", closed, dev, unknown(), json!({})),
        verb("/reject", closed, client, json!({}), said.clone()),
        verb("/reopen", assigned, dev, json!({ "reason": " " }), said),
        Wrong {
            forbidden: Some((dev, json!({ "title": "" }))),
            flawed: Some(json!({ "title": "" })),
            forbids: Some(json!({ "title": "Fine" })),
            ..door("PATCH", "", closed, client)
        },
        Wrong { forbidden: Some((client, json!({}))), ..door("DELETE", "", closed, admin) },
        Wrong {
            forbidden: Some((client, json!({ "visibility": "INTERNAL", "body": "" }))),
            flawed: Some(json!({ "body": "" })),
            ..door("POST", "/comments", closed, client)
        },
        Wrong { versioned: false, ..door("GET", "", closed, client) },
        Wrong { versioned: false, ..door("GET", "/events?limit=0", closed, client) },
        Wrong { versioned: false, ..door("GET", "/comments?cursor=x", closed, client) },
        Wrong {
            forbidden: Some((client, json!({}))),
            versioned: false,
            ..door("GET", "/notifications?limit=0", closed, admin)
        },
    ];
    for wrong in doors {
        refusals_in_order(world, wrong).await;
    }
    let flawed = draft("", json!({ "unheard_of": 1 }));
    world.stranger().post("/api/tickets", &flawed).await.refused(401, "unauthenticated");
    dev.post("/api/tickets", &flawed).await.refused(403, "forbidden");
    client.post("/api/tickets", &flawed).await.refused(422, "invalid");
    world.stranger().get("/api/tickets?limit=0").await.refused(401, "unauthenticated");
    client.get("/api/tickets?limit=0").await.refused(422, "invalid");
    let shown = admin.sees(&format!("/api/tickets/{}", id(closed))).await;
    assert_eq!((&shown["status"], &shown["version"]), (&json!("CLOSED"), &json!(3)));
}

async fn refusals_in_order(world: &World, wrong: Wrong<'_>) {
    let Wrong { method, rest, .. } = wrong;
    let path = format!("/api/tickets/{}{rest}", id(wrong.on));
    let asks = async |by, tag, body| {
        let ask = Ask { by, tag, method, path: path.clone(), body };
        ask.send(world).await
    };
    // Whatever else is wrong is wrong with these as well.
    let worst = wrong.flawed.as_ref().or(wrong.forbidden.as_ref().map(|(_, body)| body));
    let worst = worst.filter(|_| method != "GET");
    let stale = if wrong.versioned { "\"99\"" } else { "" };
    asks(None, stale, worst).await.refused(401, "unauthenticated");
    if let Some(foreign) = wrong.foreign {
        asks(Some(foreign), stale, worst).await.refused(404, "not_found");
    }
    if let Some((forbidden, body)) = &wrong.forbidden {
        let body = (method != "GET").then_some(body);
        asks(Some(forbidden), stale, body).await.refused(403, "forbidden");
    }
    let proper = Some(wrong.proper);
    if wrong.versioned {
        asks(proper, stale, wrong.flawed.as_ref()).await.refused(412, "stale");
    }
    if let Some(flawed) = &wrong.flawed {
        asks(proper, "", Some(flawed)).await.refused(422, "invalid");
    }
    if rest.contains('?') {
        assert_eq!(asks(proper, "", None).await.status, 422, "{method} {rest}");
    }
    if let Some(good) = &wrong.forbids {
        // A version that fails comes before the state, too.
        asks(proper, stale, Some(good)).await.refused(412, "stale");
        assert_eq!(asks(proper, "", Some(good)).await.status, 409, "{method} {rest}");
    }
}
