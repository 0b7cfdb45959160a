//! Passwords: hashed with Argon2id on threads of their own, never on those that answer requests.
use std::sync::{Arc, LazyLock};

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use super::error::DeskError;

/// Hashes that wait while others are made; more than these are turned away.
const LINE: usize = 128;

/// Makes and checks hashes, as many at a time as the machine has cores.
#[derive(Clone)]
pub(super) struct Passwords {
    cores: Arc<Semaphore>,
    line: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            cores: Arc::new(Semaphore::new(cores)),
            line: Arc::new(Semaphore::new(cores + LINE)),
        }
    }
}

/// OWASP's minimum: 19 MiB, two passes, one lane.
fn argon2() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).expect("these parameters are in range");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// What is checked where there is no account, so that both answers take the same time.
static NOBODY: LazyLock<String> =
    LazyLock::new(|| hash("nobody has this password").unwrap_or_default());

fn hash(password: &str) -> Result<String, argon2::password_hash::Error> {
    Ok(argon2().hash_password(password.as_bytes())?.to_string())
}

impl Passwords {
    /// The hash to keep.
    pub(super) async fn hash(&self, password: String) -> Result<String, DeskError> {
        let hashed = self.off_the_async_threads(move || hash(&password)).await?;
        hashed
            .map_err(|error| DeskError::Defect(format!("a password could not be hashed: {error}")))
    }

    /// Whether this is the password of that hash; without a hash it takes as long and is not.
    pub(super) async fn check(
        &self,
        password: String,
        kept: Option<String>,
    ) -> Result<bool, DeskError> {
        self.off_the_async_threads(move || {
            // Made at the first check of all, whoever that is about.
            let nobody = &*NOBODY;
            let known = kept.is_some();
            let kept = kept.unwrap_or_else(|| nobody.clone());
            let fits = PasswordHash::new(&kept)
                .is_ok_and(|kept| argon2().verify_password(password.as_bytes(), &kept).is_ok());
            known && fits
        })
        .await
    }

    async fn off_the_async_threads<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, DeskError> {
        let _place = self.line.clone().try_acquire_owned().map_err(|_| DeskError::Busy)?;
        let _core = self.cores.clone().acquire_owned().await.map_err(|_| DeskError::Busy)?;
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| DeskError::Defect(format!("a hashing thread ended early: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_fits_and_nobody_has_one() {
        let passwords = Passwords::default();
        let kept = passwords.hash("correct horse".into()).await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(passwords.check("correct horse".into(), Some(kept.clone())).await.unwrap());
        assert!(!passwords.check("wrong horse".into(), Some(kept)).await.unwrap());
        let nobody = passwords.check("nobody has this password".into(), None).await.unwrap();
        assert!(!nobody);
    }
}
