//! `deskbell gmail connect`: a page to consent on, and a door on this machine to which the browser
//! comes back.
use std::time::Duration;

use anyhow::{Context, bail};
use secrecy::SecretString;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::channels::gmail::connect::{CALLBACK, Consent};

/// Nobody thinks longer about whether to agree.
const PATIENCE: Duration = Duration::from_secs(600);
/// The head of a request is no longer.
const LONGEST: usize = 16 * 1024;
/// A browser that has connected and says nothing is not waited for.
const SILENCE: Duration = Duration::from_secs(5);

/// Waits at this door until somebody has consented on the page that `show` is given; the refresh
/// token.
///
/// # Errors
/// Where a setting is wrong, nobody consents, or Google gives no token.
pub async fn gmail_connect(
    client_id: String,
    client_secret: SecretString,
    token_url: &str,
    listener: TcpListener,
    show: impl FnOnce(&str),
) -> anyhow::Result<SecretString> {
    let port = listener.local_addr()?.port();
    let redirect_uri = format!("http://127.0.0.1:{port}{CALLBACK}");
    let consent = Consent::new(client_id, client_secret, token_url, redirect_uri)?;
    show(&consent.page());
    let answered = async {
        loop {
            let (mut browser, _) = listener.accept().await?;
            // Browsers ask for icons and connect for nothing.
            let asked = tokio::time::timeout(SILENCE, target(&mut browser)).await;
            let Ok(Some(target)) = asked else { continue };
            if target.split('?').next() != Some(CALLBACK) {
                answer(&mut browser, "404 Not Found", "Nothing is here.").await;
                continue;
            }
            let token = consent.answered(&target).await;
            let said = match &token {
                Ok(_) => "Deskbell may send now. You can close this page.",
                Err(_) => "That did not work: the terminal says why.",
            };
            answer(&mut browser, "200 OK", said).await;
            return token;
        }
    };
    match tokio::time::timeout(PATIENCE, answered).await {
        Ok(token) => token,
        Err(_) => bail!("nobody consented within {} minutes", PATIENCE.as_secs() / 60),
    }
}

/// A door on this machine only.
///
/// # Errors
/// Where the port is taken.
pub async fn gmail_door(port: u16) -> anyhow::Result<TcpListener> {
    let bound = TcpListener::bind(("127.0.0.1", port)).await;
    bound.with_context(|| format!("nobody can listen at 127.0.0.1:{port} (--port)"))
}

/// Path and query of what a browser asks for.
async fn target(browser: &mut TcpStream) -> Option<String> {
    let mut head = vec![];
    let mut chunk = [0; 1024];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") && head.len() < LONGEST {
        match browser.read(&mut chunk).await {
            Ok(0) | Err(_) => return None,
            Ok(length) => head.extend_from_slice(&chunk[..length]),
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut words = head.lines().next()?.split(' ');
    (words.next()? == "GET").then(|| words.next().map(str::to_owned))?
}

async fn answer(browser: &mut TcpStream, status: &str, said: &str) {
    let body = format!("<!doctype html><title>Deskbell</title><p>{said}</p>");
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\n\
         cache-control: no-store\r\nreferrer-policy: no-referrer\r\nconnection: close\r\n\r\n",
        body.len()
    );
    // Whoever has gone away meanwhile misses nothing.
    browser.write_all((head + &body).as_bytes()).await.ok();
    browser.shutdown().await.ok();
}
