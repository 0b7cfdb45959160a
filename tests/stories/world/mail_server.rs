//! A mail server that does what a story says: it takes mails, refuses recipients, or breaks off when
//! it has a mail.
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::Settings;

/// A mail that arrived.
#[derive(Clone, Default)]
pub struct Taken {
    /// Its recipients.
    pub to: Vec<String>,
    /// All of it.
    pub data: String,
}

/// A mail server; after the script it takes everything.
#[derive(Clone)]
pub struct MailServer {
    address: SocketAddr,
    script: Arc<Mutex<VecDeque<String>>>,
    taken: Arc<Mutex<Vec<Taken>>>,
}

impl MailServer {
    /// A server that answers the recipients of each mail in turn so; `cut` takes the mail and breaks
    /// the connection instead of saying so.
    pub async fn answers<const N: usize>(script: [&str; N]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let script = script.map(str::to_owned).into_iter().collect();
        let server = Self { address, script: Arc::new(Mutex::new(script)), taken: Arc::default() };
        let inside = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = inside.clone();
                // Whoever hangs up early is not served any more.
                tokio::spawn(async move { server.serve(stream).await.ok() });
            }
        });
        server
    }

    /// The settings by which the program sends to it.
    pub fn settings(&self) -> Settings {
        vec![
            ("SMTP_URL", format!("smtp://{}", self.address)),
            ("EMAIL_FROM", "The Desk <desk@example.com>".to_owned()),
        ]
    }

    /// Every mail that arrived.
    pub fn mails(&self) -> Vec<Taken> {
        self.taken.lock().expect("the mails").clone()
    }

    async fn serve(self, stream: TcpStream) -> std::io::Result<()> {
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        let mut mail = Taken::default();
        let mut cuts = false;
        write.write_all(b"220 mail.example.com ESMTP\r\n").await?;
        while let Some(line) = lines.next_line().await? {
            let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            let reply = match verb.as_str() {
                "EHLO" | "HELO" => "250 mail.example.com".to_owned(),
                "RCPT" => {
                    let to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                    let said = self.script.lock().expect("the script").pop_front();
                    cuts = said.as_deref() == Some("cut");
                    match said.filter(|_| !cuts) {
                        Some(refused) => refused,
                        None => {
                            mail.to.push(to);
                            "250 2.1.5 OK".to_owned()
                        }
                    }
                }
                "DATA" => {
                    write.write_all(b"354 go on\r\n").await?;
                    while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                        mail.data.push_str(&line);
                        mail.data.push('\n');
                    }
                    self.taken.lock().expect("the mails").push(std::mem::take(&mut mail));
                    if cuts {
                        return Ok(());
                    }
                    "250 2.0.0 queued".to_owned()
                }
                "QUIT" => {
                    write.write_all(b"221 bye\r\n").await?;
                    return Ok(());
                }
                _ => "250 OK".to_owned(),
            };
            write.write_all(format!("{reply}\r\n").as_bytes()).await?;
        }
        Ok(())
    }
}
