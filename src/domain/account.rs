//! Opening an account: what somebody typed, read and measured.
use validator::ValidateEmail;

use super::phone::PhoneNumber;
use super::text::{FieldError, Flaws, line};

/// What somebody typed when opening an account.
#[derive(Clone, Default)]
pub struct Application {
    /// Raw username.
    pub username: Option<String>,
    /// Raw e-mail.
    pub email: Option<String>,
    /// Raw password.
    pub password: Option<String>,
    /// Raw name.
    pub full_name: Option<String>,
    /// Raw number.
    pub whatsapp_number: Option<String>,
    /// Raw locale.
    pub locale: Option<String>,
}

/// An account to be opened.
#[derive(Clone)]
pub struct NewAccount {
    /// What it logs in with, in lower case.
    pub username: String,
    /// Its e-mail, in lower case.
    pub email: String,
    /// Its password, to be hashed.
    pub password: String,
    /// What people call them.
    pub full_name: String,
    /// Their number on WhatsApp.
    pub whatsapp_number: Option<PhoneNumber>,
    /// The language we write in, where they chose one.
    pub locale: Option<String>,
}

impl Application {
    /// Reads the application, with every flaw noted in `flaws`; `None` where there was one.
    pub fn read(self, flaws: &mut Flaws) -> Option<NewAccount> {
        let username = flaws.need("username", self.username, |raw| username(&raw));
        let email = flaws.need("email", self.email, |raw| email(&raw));
        let password = flaws.need("password", self.password, |raw| password("password", raw));
        let full_name = flaws.need("full_name", self.full_name, |raw| line("full_name", &raw, 100));
        let number = self.whatsapp_number.map(|raw| {
            flaws.keep(PhoneNumber::parse(&raw).map_err(|wrong| {
                FieldError::new("whatsapp_number", "phone_number", wrong.to_string())
            }))
        });
        let locale = self.locale.map(|raw| flaws.keep(locale(&raw)));
        Some(NewAccount {
            username: username?,
            email: email?,
            password: password?,
            full_name: full_name?,
            whatsapp_number: lift(number)?,
            locale: lift(locale)?,
        })
    }
}

/// Left out is fine, given and wrong is not.
fn lift<T>(given: Option<Option<T>>) -> Option<Option<T>> {
    match given {
        None => Some(None),
        Some(None) => None,
        Some(value) => Some(value),
    }
}

fn username(raw: &str) -> Result<String, FieldError> {
    // Not `to_lowercase`, which makes a `k` of a Kelvin sign, here and below.
    let name = raw.trim().to_ascii_lowercase();
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
    if !(3..=30).contains(&name.chars().count()) || !name.chars().all(fits) {
        let say = "a username has 3 to 30 of a-z, 0-9, `.`, `_` and `-`, like `jane.doe`";
        return Err(FieldError::new("username", "username", say));
    }
    Ok(name)
}

pub(super) fn email(raw: &str) -> Result<String, FieldError> {
    let say = "this is not an e-mail address; one looks like `jane@example.com`";
    let email = with_plain_domain(raw.trim()).map(|email| email.to_ascii_lowercase());
    let fits = |email: &String| email.len() <= 254 && email.validate_email();
    email.filter(fits).ok_or_else(|| FieldError::new("email", "email", say))
}

/// What somebody typed to log in, a username or an e-mail, as it is kept.
pub fn login(raw: &str) -> String {
    let raw = raw.trim();
    with_plain_domain(raw).unwrap_or_else(|| raw.to_owned()).to_ascii_lowercase()
}

/// With its domain as the network knows it: many spellings, some with signs that nobody sees, are one
/// domain (UTS #46).
fn with_plain_domain(raw: &str) -> Option<String> {
    let (local, domain) = raw.rsplit_once('@')?;
    Some(format!("{local}@{}", idna::domain_to_ascii(domain).ok()?))
}

/// A password as one may be set. NIST SP 800-63B: length counts, composition rules do not.
///
/// # Errors
/// Names the field.
pub fn password(field: &'static str, raw: String) -> Result<String, FieldError> {
    match raw.chars().count() {
        10..=128 => Ok(raw),
        _ => Err(FieldError::new(field, "length", "a password has 10 to 128 characters")),
    }
}

/// Reads the tag of a language: letters and digits in groups of at most 8, as BCP 47 has them, like
/// `en`, `pt-BR` or `pt_BR`.
///
/// # Errors
/// Where it is none.
pub fn locale(raw: &str) -> Result<String, FieldError> {
    let tag = raw.trim().replace('_', "-");
    let group =
        |g: &str| (1..=8).contains(&g.len()) && g.chars().all(|c| c.is_ascii_alphanumeric());
    if !(2..=35).contains(&tag.len()) || !tag.split('-').all(group) {
        return Err(FieldError::new("locale", "locale", "a locale looks like `en` or `pt-BR`"));
    }
    Ok(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usernames_are_case_insensitive_and_plain() {
        assert_eq!(username(" Jane.Doe ").as_deref(), Ok("jane.doe"));
        for wrong in ["ab", "jane doe", "jané", "a/b", &"a".repeat(31), ""] {
            assert!(username(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_domain_has_one_spelling() {
        let domains = [
            "example.com",
            "exam\u{200b}ple.com",
            "exam\u{ad}ple.com",
            "example\u{3002}com",
            "\u{ff45}xample.com",
            "EXAMPLE.com",
        ];
        for domain in domains {
            assert_eq!(
                email(&format!("jane@{domain}")).as_deref(),
                Ok("jane@example.com"),
                "{domain}"
            );
        }
        assert_eq!(email("jane@exämple.com"), email("jane@xn--exmple-cua.com"));
        assert_eq!(login(" Jane@EXÄMPLE.com"), "jane@xn--exmple-cua.com");
        assert_eq!((login(" Jane.Doe ").as_str(), login("a@b c").as_str()), ("jane.doe", "a@b c"));
        assert!(username("\u{212a}ate").is_err() && email("\u{212a}ate@example.com").is_err());
    }

    #[test]
    fn emails_passwords_and_locales_are_measured() {
        assert_eq!(email(" Jane@Example.COM ").as_deref(), Ok("jane@example.com"));
        for wrong in ["jane", "jane@", "@example.com", "a b@example.com", "a@b\r\nBcc: c@d.e"] {
            assert!(email(wrong).is_err(), "{wrong}");
        }
        assert!(password("password", "123456789".into()).is_err());
        assert!(password("password", "1234567890".into()).is_ok());
        assert!(password("password", "é".repeat(128)).is_ok());
        assert!(password("password", "é".repeat(129)).is_err());
        assert_eq!(locale("pt_BR").as_deref(), Ok("pt-BR"));
        assert!(locale("../../etc").is_err());
    }
}
