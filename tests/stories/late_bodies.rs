//! Bodies that take their time: what counts is who somebody is when all of it has arrived.
use deskbell::domain::user::Role;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::users::{opening, place};
use super::world::{Person, World, stories};

stories![
    whoever_loses_their_role_meanwhile_has_no_say_any_more,
    nobody_writes_themselves_back_into_an_erased_account,
];

/// A request whose head was read and whose body is still to come.
struct Begun {
    stream: TcpStream,
    body: String,
}

async fn begins(by: &Person, method: Method, path: &str, body: &Value, world: &World) -> Begun {
    // Known for a moment now, so that nothing is looked up while the body is awaited.
    by.sees("/api/auth/me").await;
    let base = world.stranger().base();
    let address = base.trim_start_matches("http://");
    let (token, body) = (by.token().await, body.to_string());
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\
         Expect: 100-continue\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.expect("it reads");
    let mut said = [0; 25];
    stream.read_exact(&mut said).await.expect("it asks for the body");
    assert!(said.starts_with(b"HTTP/1.1 100 "), "{}", String::from_utf8_lossy(&said));
    Begun { stream, body }
}

impl Begun {
    async fn ends(mut self) -> String {
        self.stream.write_all(self.body.as_bytes()).await.expect("it reads");
        let mut answer = String::new();
        self.stream.read_to_string(&mut answer).await.expect("it answers");
        answer
    }
}

async fn whoever_loses_their_role_meanwhile_has_no_say_any_more(world: &mut World) {
    let admin = world.admin();
    let second = world.person("second", Role::Admin, "+15550177124").await;
    let own = place(&second);
    let back = json!({ "role": "ADMIN", "is_active": true });
    let promotion = begins(&second, Method::PATCH, &own, &back, world).await;
    let another =
        begins(&second, Method::POST, "/api/users", &opening("third", "ADMIN"), world).await;
    admin.patch(&own, &json!({ "role": "CLIENT" })).await.ok(200);
    for begun in [promotion, another] {
        let answer = begun.ends().await;
        assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    }
    assert_eq!(admin.sees(&own).await["role"], "CLIENT");
    let all = admin.sees("/api/users?role=ADMIN").await;
    assert_eq!(all["items"].as_array().map(Vec::len), Some(1), "{all}");
}

async fn nobody_writes_themselves_back_into_an_erased_account(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    let back = json!({ "full_name": "Back Again", "email": "back@example.com" });
    let begun = begins(&client, Method::PATCH, "/api/auth/me", &back, world).await;
    admin.delete(&place(&client)).await.done();
    let answer = begun.ends().await;
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    let shown = admin.sees(&place(&client)).await;
    assert_eq!((&shown["full_name"], &shown["email"]), (&json!(""), &json!("")));
}
