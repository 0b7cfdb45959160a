//! The settings: the environment, and the file `.env` line by line. What cannot be read of it is named like every other wrong setting, and
//! never shown, since it may be a secret.
use std::path::PathBuf;
use std::sync::OnceLock;

use deskbell::config::{Config, Wrong};

static UNREAD: OnceLock<Vec<String>> = OnceLock::new();

/// Sets what the nearest `.env` holds and the environment does not. A missing one is no fault.
pub fn load() {
    UNREAD.get_or_init(|| {
        let Some(path) = nearest() else { return vec![] };
        match std::fs::read_to_string(&path) {
            Ok(text) => set(&text),
            Err(error) => vec![format!("{} cannot be read: {error}", path.display())],
        }
    });
}

/// Every setting.
///
/// # Errors
/// With all that is wrong, in `.env` too.
pub fn read() -> Result<Config, Wrong> {
    let read = Config::read(|name| std::env::var(name).ok());
    let Err(Wrong(unread)) = all_is_read() else { return read };
    let wrong = read.err().map(|Wrong(wrong)| wrong).unwrap_or_default();
    Err(Wrong([unread, wrong].concat()))
}

/// That nothing in `.env` was left unread.
///
/// # Errors
/// With what was, a line each.
pub fn all_is_read() -> Result<(), Wrong> {
    match UNREAD.get().cloned().unwrap_or_default() {
        none if none.is_empty() => Ok(()),
        unread => Err(Wrong(unread)),
    }
}

/// Here, or in a folder above.
fn nearest() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    here.ancestors().map(|folder| folder.join(".env")).find(|path| path.is_file())
}

fn set(text: &str) -> Vec<String> {
    let lines = (1..).zip(text.lines());
    lines
        .filter_map(|(number, line)| Some(format!("line {number} of .env: {}", flaw(line)?)))
        .collect()
}

/// What is wrong with a line; one that is right counts from now on.
fn flaw(line: &str) -> Option<String> {
    let said = line.trim_start();
    if said.is_empty() || said.starts_with('#') {
        return None;
    }
    let name =
        said.strip_prefix("export ").unwrap_or(said).split('=').next().unwrap_or_default().trim();
    let is_name = |name: &str| {
        !name.is_empty() && name.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '_')
    };
    if !said.contains('=') || !is_name(name) {
        return Some("it is no setting; one looks like NAME=value".to_owned());
    }
    let value = said.split_once('=').map(|(_, value)| value.trim()).unwrap_or_default();
    if let Some(variable) = variables(value).find(|name| std::env::var_os(name).is_none()) {
        let what =
            if variable.is_empty() { "a `$`" } else { "a `$` names a variable that is not set" };
        return Some(format!(
            "{name} has {what}; as a plain sign it stands in single quotes: {name}='…'"
        ));
    }
    match dotenvy::from_read(line.as_bytes()) {
        Ok(()) => None,
        Err(_) => Some(format!(
            "{name} has a blank, a quote or a backslash; put it in single quotes: {name}='…'"
        )),
    }
}

/// The variables that a value names: a `$` within single quotes or behind a backslash is a sign.
fn variables(value: &str) -> impl Iterator<Item = String> + '_ {
    let mut signs = value.chars().peekable();
    let (mut is_single, mut is_double) = (false, false);
    std::iter::from_fn(move || {
        while let Some(sign) = signs.next() {
            match sign {
                '\\' if !is_single => _ = signs.next(),
                '\'' if !is_double => is_single = !is_single,
                '"' if !is_single => is_double = !is_double,
                '$' if !is_single => {
                    signs.next_if_eq(&'{');
                    let fits = |sign: &char| sign.is_ascii_alphanumeric() || *sign == '_';
                    return Some(std::iter::from_fn(|| signs.next_if(fits)).collect());
                }
                _ => {}
            }
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_line_is_said_without_its_value() {
        for (line, said) in [
            ("", None),
            ("  # a word = and another", None),
            ("DOTENV_TEST_A=plain", None),
            ("export DOTENV_TEST_B=plain # and why", None),
            ("DOTENV_TEST_C='with blanks, $signs and #'", None),
            ("DOTENV_TEST_D=\"with blanks\"", None),
            ("DOTENV_TEST_E=", None),
            ("DOTENV_TEST_F=${DOTENV_TEST_A}/path", None),
            ("DOTENV_TEST_G=cost\\$hunter2", None),
            ("DOTENV_TEST_H=hunter2 hunter2", Some("blank")),
            ("DOTENV_TEST_I=\"hunter2", Some("quote")),
            ("DOTENV_TEST_J=abc$hunter2", Some("`$`")),
            ("DOTENV_TEST_K=abc$", Some("`$`")),
            ("hunter2", Some("NAME=value")),
            ("hunter 2=x", Some("NAME=value")),
        ] {
            match (flaw(line), said) {
                (None, None) => {}
                (Some(flaw), Some(word)) => {
                    assert!(flaw.contains(word) && !flaw.contains("hunter"), "{line}: {flaw}");
                }
                (flaw, _) => panic!("{line}: {flaw:?}"),
            }
        }
        assert_eq!(std::env::var("DOTENV_TEST_C").as_deref(), Ok("with blanks, $signs and #"));
        assert_eq!(std::env::var("DOTENV_TEST_F").as_deref(), Ok("plain/path"));
    }
}
