//! A provider that does what a story says, connection by connection: for answers that no honest
//! program gives.
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Notify;

use super::Settings;

/// The token that opens the providers of the stories.
pub const ACCESS_TOKEN: &str = "the-stories-access-token";
pub(super) const NUMBER_ID: &str = "106540352242922";

/// What the provider does with one request.
#[derive(Clone)]
pub enum Act {
    /// Takes the message under this id.
    Take(String),
    /// Refuses with this code.
    Refuse(i64),
    /// Tells about the number.
    Tell,
    /// Refuses for now, and asks to be left alone for so many seconds.
    AskForTime(u32),
    /// Reads the request and breaks the connection.
    Reset,
    /// Keeps the request in hand until it is told to go on, and then does this.
    Hold(Arc<Notify>, Box<Act>),
}

/// A provider by a script; after the script it takes everything under ids of its own.
#[derive(Clone)]
pub struct Provider {
    address: SocketAddr,
    script: Arc<Mutex<VecDeque<Act>>>,
    heard: Arc<Mutex<Vec<(Instant, Value)>>>,
    asked: Arc<AtomicUsize>,
    void: Arc<AtomicBool>,
}

impl Provider {
    /// A provider that listens, and acts so.
    pub async fn acts(script: impl IntoIterator<Item = Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let script = Arc::new(Mutex::new(script.into_iter().collect()));
        let provider = Self {
            address,
            script,
            heard: Arc::default(),
            asked: Arc::default(),
            void: Arc::default(),
        };
        let inside = provider.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(inside.clone().serve(stream));
            }
        });
        provider
    }

    /// Every message that arrived, whatever came of it.
    pub fn heard(&self) -> Vec<Value> {
        let heard = self.heard.lock().expect("what was heard");
        heard.iter().map(|(_, message)| message.clone()).collect()
    }

    /// When each message arrived, since the first one.
    pub fn times(&self) -> Vec<Duration> {
        let heard = self.heard.lock().expect("what was heard");
        heard.iter().map(|(at, _)| *at - heard[0].0).collect()
    }

    /// How often it was asked about the number, which sends nothing.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// From now on the token is void, or good again.
    pub fn token_is_void(&self, void: bool) {
        self.void.store(void, Ordering::SeqCst);
    }

    /// The settings by which the program sends to this provider.
    pub fn settings(&self) -> Settings {
        settings_for(&format!("http://{}", self.address))
    }

    async fn serve(self, mut stream: TcpStream) {
        let Some(asked) = read_request(&mut stream).await else { return };
        let void = self.void.load(Ordering::SeqCst);
        let mut act = match asked {
            Asked::Else => {
                // This provider tells nothing more of itself.
                let nothing = "HTTP/1.1 503 Said\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
                stream.write_all(nothing.as_bytes()).await.ok();
                stream.shutdown().await.ok();
                return;
            }
            Asked::Number => {
                self.asked.fetch_add(1, Ordering::SeqCst);
                if void { Act::Refuse(190) } else { Act::Tell }
            }
            Asked::ToSend(message) => {
                let count = {
                    let mut heard = self.heard.lock().expect("what was heard");
                    heard.push((Instant::now(), message));
                    heard.len()
                };
                let act = self.script.lock().expect("the script").pop_front();
                let act = if void { Some(Act::Refuse(190)) } else { act };
                act.unwrap_or_else(|| Act::Take(format!("wamid.unscripted-{count}")))
            }
        };
        while let Act::Hold(go_on, then) = act {
            go_on.notified().await;
            act = *then;
        }
        let (status, wait, body) = match act {
            Act::Reset | Act::Hold(..) => return reset(stream),
            Act::AskForTime(seconds) => {
                (429, format!("retry-after: {seconds}\r\n"), refused(130_429))
            }
            Act::Take(id) => (200, String::new(), taken(&id)),
            Act::Refuse(code) => (400, String::new(), refused(code)),
            Act::Tell => (200, String::new(), format!(r#"{{"id":"{NUMBER_ID}"}}"#)),
        };
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status} Said\r\ncontent-type: application/json\r\n\
             content-length: {length}\r\n{wait}connection: close\r\n\r\n"
        );
        // Whoever does not wait for the answer loses it, which is theirs to do.
        stream.write_all((head + &body).as_bytes()).await.ok();
        stream.shutdown().await.ok();
    }
}

/// An address where nobody listens, kept free while this lives.
pub struct ClosedDoor {
    _socket: TcpSocket,
    address: SocketAddr,
}

/// An address that refuses every connection.
pub fn closed_door() -> ClosedDoor {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a free port");
    let address = socket.local_addr().expect("an address");
    ClosedDoor { _socket: socket, address }
}

impl ClosedDoor {
    /// The settings by which the program sends to it.
    pub fn settings(&self) -> Settings {
        settings_for(&format!("http://{}", self.address))
    }
}

pub(super) fn settings_for(url: &str) -> Settings {
    vec![
        ("WHATSAPP_ACCESS_TOKEN", ACCESS_TOKEN.to_owned()),
        ("WHATSAPP_PHONE_NUMBER_ID", NUMBER_ID.to_owned()),
        ("WHATSAPP_BUSINESS_ACCOUNT_ID", "100000000000002".to_owned()),
        ("WHATSAPP_API_URL", url.to_owned()),
        ("WHATSAPP_VERIFY_TOKEN", "the stories' verify token".to_owned()),
        ("META_APP_SECRET", super::webhook::APP_SECRET.to_owned()),
    ]
}

fn taken(id: &str) -> String {
    serde_json::json!({ "messaging_product": "whatsapp", "messages": [{ "id": id }] }).to_string()
}

fn refused(code: i64) -> String {
    let message = format!("(#{code}) Refused");
    serde_json::json!({ "error": { "message": message, "code": code } }).to_string()
}

/// What somebody asks for.
enum Asked {
    /// Whether the number takes messages.
    Number,
    /// Something else.
    Else,
    /// To send a message.
    ToSend(Value),
}

/// Unread bytes or a lingering time of nothing make the system send a reset.
fn reset(stream: TcpStream) {
    stream.set_zero_linger().expect("a socket that is still open");
    drop(stream);
}

async fn read_request(stream: &mut TcpStream) -> Option<Asked> {
    let mut raw = vec![];
    loop {
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return None,
            Ok(length) => raw.extend_from_slice(&chunk[..length]),
        }
        let text = String::from_utf8_lossy(&raw).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        if head.starts_with("GET ") {
            let number = head.lines().next().is_some_and(|line| line.contains("?fields=id "));
            return Some(if number { Asked::Number } else { Asked::Else });
        }
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
        });
        if body.len() >= length.unwrap_or(0) {
            return serde_json::from_str(body).ok().map(Asked::ToSend);
        }
    }
}
