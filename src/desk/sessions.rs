//! Sessions: a log-in begins one, its refresh token keeps it alive, a log-out ends it.
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::error::DeskError;
use super::keyed::Keyed;
use super::{Desk, tokens};
use crate::domain::session::{Verdict, ends_at, good_until, judge};
use crate::domain::user::{Actor, User};
use crate::store::Tx;
use crate::store::error::StoreError;
use crate::store::sessions::{HeldSession, NewToken};

/// By this one who finds a refresh token knows what it is.
const PREFIX: &str = "dbr_";

/// Somebody who has logged in.
#[derive(Debug)]
pub struct LoggedIn {
    /// The token to show from now on.
    pub access_token: String,
    /// The token that gets the next pair, once.
    pub refresh_token: String,
    /// For how many seconds the access token is good.
    pub expires_in: i64,
    /// Who they are.
    pub user: User,
}

impl Desk {
    /// A new pair for a refresh token, which is spent by that. Showing it again ends the session,
    /// but for half a minute in which its successor was not used: whoever shows it then has not
    /// received the answer, and gets the same successor.
    ///
    /// # Errors
    /// [`DeskError::BadRefreshToken`] for one that is spent, old or not ours, and where the account
    /// is switched off.
    pub async fn refresh(&self, shown: &str) -> Result<LoggedIn, DeskError> {
        let digest = digest(shown);
        // Nobody who makes tokens up gets to write.
        if !self.store.knows_token(&digest).await? {
            return Err(DeskError::BadRefreshToken);
        }
        let tx = self.store.begin().await?;
        let moved = move_on(&tx, &self.keyed, shown, &digest).await?;
        tx.commit().await?;
        let (refresh_token, user, since) = moved.ok_or(DeskError::BadRefreshToken)?;
        self.logged_in(user, refresh_token, since)
    }

    /// Ends the session of this refresh token, if there is one.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn log_out(&self, shown: &str) -> Result<(), DeskError> {
        let digest = digest(shown);
        if !self.store.knows_token(&digest).await? {
            return Ok(());
        }
        let tx = self.store.begin().await?;
        if let Some(held) = tx.hold_session(&digest).await? {
            tx.end_session(held.id).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Begins a session for somebody whose account the story holds; its first refresh token.
    pub(super) async fn begin_session(
        &self,
        tx: &Tx,
        user: &User,
        address: String,
    ) -> Result<String, StoreError> {
        let token = in_words(rand::random());
        let ends_at = ends_at(tx.now);
        let session = tx.add_session(user.id, address, ends_at).await?;
        tx.add_refresh_token(NewToken {
            session,
            number: 1,
            digest: digest(&token),
            nonce: String::new(),
            good_until: good_until(ends_at, tx.now),
        })
        .await?;
        Ok(token)
    }

    /// The answer to somebody who is known now, and logged in `since`.
    pub(super) fn logged_in(
        &self,
        user: User,
        refresh_token: String,
        since: DateTime<Utc>,
    ) -> Result<LoggedIn, DeskError> {
        let actor = Actor { id: user.id, role: user.role };
        let access_token = self
            .tokens
            .issue(actor, since, self.store.now())
            .map_err(|error| DeskError::Defect(format!("a token could not be signed: {error}")))?;
        let expires_in = tokens::LIFETIME.num_seconds();
        Ok(LoggedIn { access_token, refresh_token, expires_in, user })
    }
}

/// The token that stands at the end of the chain from now on, where it was not cut, whose it is, and
/// when they logged in.
async fn move_on(
    tx: &Tx,
    keyed: &Keyed,
    shown: &str,
    digest: &str,
) -> Result<Option<(String, User, DateTime<Utc>)>, DeskError> {
    let Some(held) = tx.hold_session(digest).await? else { return Ok(None) };
    let user = tx.user(held.user).await?.filter(|user| user.is_active);
    let verdict = judge(held.shown, held.newest, held.ended_at, tx.now);
    match (verdict, user) {
        (Verdict::Next, Some(user)) => {
            Ok(Some((next(tx, keyed, shown, &held).await?, user, held.created_at)))
        }
        (Verdict::Again, Some(user)) => {
            Ok(Some((successor(keyed, shown, &held.nonce), user, held.created_at)))
        }
        (Verdict::Dead, _) => Ok(None),
        (Verdict::Reused, _) | (_, None) => {
            let id = held.id;
            tracing::warn!(
                user.id = held.user.0,
                session.id = id,
                "session {id} was ended: a spent token was shown, or the account is switched off"
            );
            tx.end_session(id).await?;
            Ok(None)
        }
    }
}

async fn next(
    tx: &Tx,
    keyed: &Keyed,
    shown: &str,
    held: &HeldSession,
) -> Result<String, StoreError> {
    let nonce = hex::encode(rand::random::<[u8; 16]>());
    let token = successor(keyed, shown, &nonce);
    tx.spend_token(held.id, held.shown.number).await?;
    tx.add_refresh_token(NewToken {
        session: held.id,
        number: held.shown.number + 1,
        digest: digest(&token),
        nonce,
        good_until: good_until(held.ends_at, tx.now),
    })
    .await?;
    Ok(token)
}

/// The one successor of a token. It is kept nowhere and can be made again by whoever has the token,
/// the nonce in the database, and the key of this installation: all three.
fn successor(keyed: &Keyed, shown: &str, nonce: &str) -> String {
    in_words(keyed.digest("successor of a refresh token", &[shown.as_bytes(), nonce.as_bytes()]))
}

fn in_words(token: [u8; 32]) -> String {
    format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(token))
}

/// 256 bits of chance need no slow digest.
fn digest(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}
