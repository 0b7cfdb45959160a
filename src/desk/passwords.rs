//! Passwords: hashed with Argon2id on threads of their own, never on those that answer requests.
use std::sync::Arc;

use argon2::password_hash::PasswordVerifier;
use argon2::password_hash::phc::{Output, PasswordHash};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use tokio::sync::{Semaphore, oneshot};

use super::error::DeskError;

/// Hashes that wait while others are made; more than these are turned away.
const LINE: usize = 128;
/// OWASP's minimum: 19 MiB, two passes, one lane.
const KIBIBYTES: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// The memory of a hash stands on the stack of its thread, and goes with it: an allocator would
/// keep it for the next log-in. This is that and some room for all else.
const STACK: usize = (KIBIBYTES as usize + 2048) * Block::SIZE;

/// What is checked where there is no account, so that both answers take the same time: the digest
/// is chance, and nobody has a password that leads to it.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$F2nZ1qYFJmJmZ0nYbq7uOw\
    $x3Hq4bq0mJ1o0yX8sWc2N9v6kT5rEaGdLfPhUiZjCwM";

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

type Hashed<T> = Result<T, argon2::password_hash::Error>;

fn argon2() -> Argon2<'static> {
    let params = Params::new(KIBIBYTES, PASSES, LANES, None);
    let params = params.expect("these parameters are in range");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// The digest, made in the stack's own memory.
fn digest(password: &[u8], salt: &[u8]) -> Hashed<Output> {
    let mut memory = [const { Block::new() }; KIBIBYTES as usize];
    let mut digest = [0; Params::DEFAULT_OUTPUT_LEN];
    argon2().hash_password_into_with_memory(password, salt, &mut digest, &mut memory[..])?;
    Ok(Output::new(&digest)?)
}

fn hash(password: &str) -> Hashed<String> {
    let salt: [u8; 16] = rand::random();
    let digest = digest(password.as_bytes(), &salt)?;
    Ok(phc(&salt, digest)?.to_string())
}

fn phc(salt: &[u8], digest: Output) -> Hashed<PasswordHash> {
    Ok(PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: argon2().params().try_into()?,
        salt: Some(argon2::password_hash::phc::Salt::new(salt)?),
        hash: Some(digest),
    })
}

fn fits(password: &str, kept: &str) -> bool {
    let Ok(kept) = PasswordHash::new(kept) else { return false };
    let (Some(salt), Some(known)) = (&kept.salt, &kept.hash) else { return false };
    // One that was made another way is checked the library's way.
    match phc(salt, *known) {
        Ok(ours) if ours == kept => {
            digest(password.as_bytes(), salt).is_ok_and(|digest| digest == *known)
        }
        _ => argon2().verify_password(password.as_bytes(), &kept).is_ok(),
    }
}

impl Passwords {
    /// The hash to keep.
    pub(super) async fn hash(&self, password: String) -> Result<String, DeskError> {
        let hashed = self.on_a_thread(move || hash(&password)).await?;
        hashed
            .map_err(|error| DeskError::Defect(format!("a password could not be hashed: {error}")))
    }

    /// Whether this is the password of that hash; without a hash it takes as long and is not.
    pub(super) async fn check(
        &self,
        password: String,
        kept: Option<String>,
    ) -> Result<bool, DeskError> {
        self.on_a_thread(move || {
            let known = kept.is_some();
            fits(&password, kept.as_deref().unwrap_or(NOBODY)) && known
        })
        .await
    }

    async fn on_a_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, DeskError> {
        let place = self.line.clone().try_acquire_owned().map_err(|_| DeskError::Busy)?;
        let core = self.cores.clone().acquire_owned().await.map_err(|_| DeskError::Busy)?;
        let (tell, told) = oneshot::channel();
        let named = std::thread::Builder::new().name("password".to_owned()).stack_size(STACK);
        named
            .spawn(move || {
                // Whoever asked may be gone; the core is taken until this ends.
                tell.send(work()).ok();
                drop((core, place));
            })
            .map_err(|error| DeskError::Defect(format!("no thread for a password: {error}")))?;
        told.await.map_err(|_| DeskError::Defect("a hashing thread ended early".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use argon2::password_hash::PasswordHasher;

    use super::*;

    #[tokio::test]
    async fn only_the_right_password_fits_and_nobody_has_one() {
        let passwords = Passwords::default();
        let kept = passwords.hash("correct horse".into()).await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(passwords.check("correct horse".into(), Some(kept.clone())).await.unwrap());
        assert!(!passwords.check("wrong horse".into(), Some(kept)).await.unwrap());
        assert!(!passwords.check("nobody has this password".into(), None).await.unwrap());
        assert!(PasswordHash::new(NOBODY).is_ok(), "it takes as long as any other");
        let twice = || passwords.hash("twice".into());
        assert_ne!(twice().await.unwrap(), twice().await.unwrap(), "each has its salt");
    }

    #[tokio::test]
    async fn hashes_of_the_library_are_known() {
        let passwords = Passwords::default();
        let theirs: PasswordHash = argon2().hash_password(b"correct horse").unwrap();
        let cheaper =
            Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(64, 1, 1, None).unwrap());
        let cheaper: PasswordHash = cheaper.hash_password(b"correct horse").unwrap();
        for kept in [theirs.to_string(), cheaper.to_string()] {
            assert!(passwords.check("correct horse".into(), Some(kept.clone())).await.unwrap());
            assert!(!passwords.check("wrong horse".into(), Some(kept)).await.unwrap());
        }
    }
}
