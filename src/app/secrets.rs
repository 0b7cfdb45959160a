//! Secrets that nobody set: made once and kept beside the data, for their owner's eyes only.
use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use anyhow::Context;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// A secret that was set, else the one that is kept in the data folder, else a new one.
pub(super) fn given_or_kept(
    given: Option<&SecretString>,
    folder: &Path,
    name: &str,
) -> anyhow::Result<SecretString> {
    if let Some(secret) = given {
        return Ok(secret.clone());
    }
    let file = folder.join(name);
    let say = || format!("{} cannot be kept; set {} instead", file.display(), name.to_uppercase());
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).with_context(say)?;
    let made = random();
    // Of two processes that start together one makes it, and both read it.
    match fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&file) {
        Ok(mut kept) => {
            kept.write_all(made.expose_secret().as_bytes()).with_context(say)?;
            kept.sync_all().with_context(say)?;
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error).with_context(say),
    }
    let kept = fs::read_to_string(&file).with_context(say)?;
    anyhow::ensure!(kept.trim().len() >= 32, "{} is too short: delete it", file.display());
    Ok(SecretString::from(kept.trim().to_owned()))
}

/// A secret that was set, else the one that is kept in the data folder; none is made.
pub(super) fn given_or_there(
    given: Option<&SecretString>,
    folder: &Path,
    name: &str,
) -> Option<SecretString> {
    let kept = || fs::read_to_string(folder.join(name)).ok();
    given.cloned().or_else(|| kept().map(|kept| SecretString::from(kept.trim().to_owned())))
}

/// 256 bits of chance, as text.
pub(super) fn random() -> SecretString {
    SecretString::from(hex::encode(rand::random::<[u8; 32]>()))
}

/// A key for one purpose.
pub(super) fn derived(key: &SecretString, purpose: &str) -> Vec<u8> {
    let key = key.expose_secret().as_bytes();
    let mut mac: Hmac<Sha256> = Hmac::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(purpose.as_bytes());
    mac.finalize().into_bytes().to_vec()
}
