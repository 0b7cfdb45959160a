//! The settings: the environment, and the file `.env` line by line. What cannot be read of it is named
//! like every other wrong setting, and never shown, since it may be a secret.
use std::path::PathBuf;
use std::sync::OnceLock;

use deskbell::config::{Config, Wrong};

static UNREAD: OnceLock<Vec<String>> = OnceLock::new();

/// Sets what the nearest `.env` holds and the environment does not. A missing one is no fault.
pub fn load() {
    UNREAD.get_or_init(|| {
        let Some(path) = nearest() else { return vec![] };
        match std::fs::read_to_string(&path) {
            Ok(text) => set(text.trim_start_matches('\u{feff}')),
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
    let exported = said.strip_prefix("export").filter(|rest| rest.starts_with([' ', '\t']));
    let named = exported.unwrap_or(said).split_once('=').map(|(name, value)| (name.trim(), value));
    let Some((name, value)) = named.filter(|(name, _)| is_name(name)) else {
        return Some("it is no setting; one looks like NAME=value, on one line".to_owned());
    };
    // What is not written as our settings are may be a part of a secret.
    let is_ours = |sign: char| sign.is_ascii_uppercase() || sign.is_ascii_digit() || sign == '_';
    let name = if name.chars().all(is_ours) { name } else { "a name" };
    if let Some(variable) = variables(value).find(|name| std::env::var_os(name).is_none()) {
        let what = match variable.is_empty() {
            true => "has a `$`",
            false => "has a `$` that names a variable, and there is none",
        };
        return Some(format!(
            "{name} {what}; as a plain sign it stands in single quotes: {name}='…'"
        ));
    }
    // Without its end a line that ends in a blank would pass for one that was cut off.
    match dotenvy::from_read(format!("{line}\n").as_bytes()) {
        Ok(()) if !line.ends_with('\\') => None,
        _ => Some(format!(
            "{name} has a blank, a quote or a backslash, or goes on in the next line; put it in \
             single quotes, on one line: {name}='…'"
        )),
    }
}

fn is_name(name: &str) -> bool {
    let first = |sign: char| sign.is_ascii_alphabetic() || sign == '_';
    name.starts_with(first)
        && name.chars().all(|sign| first(sign) || sign.is_ascii_digit() || sign == '.')
}

/// The variables that a value names, as its reader does; empty where it reads something else than is
/// written. A `$` within single quotes or behind a backslash is a sign, and so is one in a comment.
fn variables(value: &str) -> impl Iterator<Item = String> + '_ {
    let mut signs = value.chars().peekable();
    let (mut is_single, mut is_double, mut is_blank) = (false, false, true);
    std::iter::from_fn(move || {
        while let Some(sign) = signs.next() {
            let was_blank = std::mem::replace(&mut is_blank, sign.is_whitespace());
            match sign {
                '\\' if !is_single => _ = signs.next(),
                '\'' if !is_double => is_single = !is_single,
                '"' if !is_single => is_double = !is_double,
                '#' if was_blank && !is_single && !is_double => return None,
                '$' if !is_single => {
                    let is_braced = signs.next_if_eq(&'{').is_some();
                    let fits =
                        |sign: &char| sign.is_ascii_alphanumeric() || (is_braced && *sign == '_');
                    let name: String = std::iter::from_fn(|| signs.next_if(fits)).collect();
                    // Without braces a name ends at `_`.
                    return Some(if signs.peek() == Some(&'_') { String::new() } else { name });
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
            ("DOTENV_TEST_L=abc ", None),
            ("DOTENV_TEST_M=\"abc\"\t", None),
            ("DOTENV_TEST_N= ", None),
            ("DOTENV_TEST_O=on # costs $5", None),
            ("export\tDOTENV_TEST_P=abc", None),
            ("dotenv.test=abc", None),
            ("DOTENV_TEST_Q=abc\\", Some("backslash")),
            ("DOTENV_TEST_R=$DOTENV_TEST_A", Some("`$`")),
            ("DOTENV_TEST_S=\"$hunter2\"", Some("`$`")),
            ("hunter2Jx9aQ=\"", Some("a name has")),
            ("0hunter2==", Some("NAME=value")),
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
