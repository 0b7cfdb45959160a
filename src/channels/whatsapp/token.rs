//! The access token: given once, or kept in a file that is read again when it changes, so that a new
//! one counts without a restart.
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use anyhow::Context;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;
use tokio::time::timeout;

/// Between two looks at the file; nobody looks at it for each message.
const LOOKED_AT_EVERY: Duration = Duration::from_secs(2);
/// A file system that hangs longer keeps nobody waiting.
const PATIENCE: Duration = Duration::from_secs(1);

/// The token that counts now.
pub(super) struct Token {
    held: RwLock<Arc<Held>>,
    watched: Option<Watched>,
}

/// A token, and the header that shows it.
pub(super) struct Held {
    /// The token itself.
    pub(super) secret: SecretString,
    /// As it goes over the wire.
    pub(super) bearer: HeaderValue,
}

struct Watched {
    file: PathBuf,
    every: Duration,
    look: Mutex<Look>,
}

/// What the last look saw.
#[derive(Default)]
struct Look {
    at: Option<Instant>,
    seen: Option<Seen>,
    complained: bool,
}

/// What tells one content of a file from another without reading it. A file may be replaced by one
/// of the same size in the same second.
#[derive(PartialEq, Eq)]
struct Seen {
    inode: u64,
    size: u64,
    written: (i64, i64),
    changed: (i64, i64),
}

impl Token {
    /// A token, with the file that it was read from.
    ///
    /// # Errors
    /// Where it cannot be written into a header.
    pub(super) fn new(secret: SecretString, file: Option<PathBuf>) -> anyhow::Result<Self> {
        Self::looked_at_every(LOOKED_AT_EVERY, secret, file)
    }

    fn looked_at_every(
        every: Duration,
        secret: SecretString,
        file: Option<PathBuf>,
    ) -> anyhow::Result<Self> {
        let held = Held::new(secret).context("WHATSAPP_ACCESS_TOKEN holds a sign no token has")?;
        let watched = file.map(|file| Watched { file, every, look: Mutex::default() });
        Ok(Self { held: RwLock::new(Arc::new(held)), watched })
    }

    /// The token that counts now.
    pub(super) async fn now(&self) -> Arc<Held> {
        if let Some(watched) = &self.watched
            // Whoever comes while somebody looks goes on with the token that was good so far.
            && let Ok(mut look) = watched.look.try_lock()
            && look.at.is_none_or(|at| at.elapsed() >= watched.every)
        {
            look.at = Some(Instant::now());
            if let Ok(Some(changed)) = look.again(&watched.file).await {
                self.take(changed);
            }
        }
        self.held()
    }

    fn held(&self) -> Arc<Held> {
        self.held.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn take(&self, new: Held) {
        if new.secret.expose_secret() != self.held().secret.expose_secret() {
            tracing::info!("WHATSAPP_ACCESS_TOKEN_FILE holds another token: it counts from now on");
            *self.held.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(new);
        }
    }
}

impl Held {
    fn new(secret: SecretString) -> anyhow::Result<Self> {
        let mut bearer = HeaderValue::try_from(format!("Bearer {}", secret.expose_secret()))?;
        bearer.set_sensitive(true);
        Ok(Self { secret, bearer })
    }
}

/// The file cannot be used as it stands; this was said.
struct Unusable;

impl Look {
    /// The token in the file, if the file is another one than at the last look. What cannot be used
    /// is said once, and looked at again.
    async fn again(&mut self, file: &Path) -> Result<Option<Held>, Unusable> {
        let read = timeout(PATIENCE, self.read(file)).await;
        let why = match read {
            Ok(Ok(changed)) => {
                self.complained = false;
                return Ok(changed);
            }
            Ok(Err(error)) => format!("{error:#}"),
            Err(_) => "the file system does not answer".to_owned(),
        };
        self.seen = None;
        if !self.complained {
            tracing::warn!(
                "WHATSAPP_ACCESS_TOKEN_FILE cannot be used ({why}): the token that was good so far \
                 is kept; write a token into the file that this user can read"
            );
            self.complained = true;
        }
        Err(Unusable)
    }

    async fn read(&mut self, file: &Path) -> anyhow::Result<Option<Held>> {
        let about = tokio::fs::metadata(file).await?;
        let seen = Seen {
            inode: about.ino(),
            size: about.size(),
            written: (about.mtime(), about.mtime_nsec()),
            changed: (about.ctime(), about.ctime_nsec()),
        };
        if self.seen.as_ref() == Some(&seen) {
            return Ok(None);
        }
        let text = tokio::fs::read_to_string(file).await?;
        anyhow::ensure!(!text.trim().is_empty(), "it is empty");
        let held = Held::new(SecretString::from(text.trim().to_owned()));
        let held = held.context("it holds a sign that no token has")?;
        self.seen = Some(seen);
        Ok(Some(held))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn now(token: &Token) -> String {
        token.now().await.secret.expose_secret().to_owned()
    }

    fn kept(every: Duration) -> (PathBuf, Token) {
        let file = std::env::temp_dir().join(format!("deskbell-token-{}", rand::random::<u64>()));
        std::fs::write(&file, "one\n").unwrap();
        let token = Token::looked_at_every(every, "one".into(), Some(file.clone())).unwrap();
        (file, token)
    }

    #[tokio::test]
    async fn a_new_token_counts_and_a_broken_file_does_not() {
        let (file, token) = kept(Duration::ZERO);
        assert_eq!(now(&token).await, "one");
        for (written, expected) in [
            (Some(" two\n"), "two"),
            (Some("  \n"), "two"),
            (None, "two"),
            (Some("no\nheader"), "two"),
            (Some("six"), "six"),
            (Some("ten"), "ten"),
        ] {
            match written {
                Some(text) => std::fs::write(&file, text).unwrap(),
                None => std::fs::remove_file(&file).unwrap(),
            }
            assert_eq!(now(&token).await, expected, "{written:?}");
            assert_eq!(token.now().await.bearer, format!("Bearer {expected}"));
        }
        assert!(token.now().await.bearer.is_sensitive());
        std::fs::remove_file(&file).unwrap();
    }

    #[tokio::test]
    async fn nobody_looks_at_the_file_for_each_message() {
        let (file, token) = kept(Duration::from_secs(3600));
        assert_eq!(now(&token).await, "one");
        std::fs::write(&file, "two").unwrap();
        assert_eq!(now(&token).await, "one", "the next look is due in an hour");
        std::fs::remove_file(&file).unwrap();
    }

    #[test]
    fn a_token_that_no_header_takes_is_refused() {
        assert!(Token::new("EAA\nx".into(), None).is_err());
    }
}
