//! Messages about codes, accounts and numbers, and no ticket.
use askama::Template;

use super::language::Language;
use super::letter::Letter;
use super::{Written, about_no_ticket};
use crate::domain::markup::plain;
use crate::domain::phone::{PhoneNumber, masked};

#[derive(Template)]
#[template(path = "messages/code.txt", escape = "none")]
struct CodeMessage<'a> {
    product: &'a str,
    code: &'a str,
    minutes: i64,
}

/// The words that carry a code, or what stands for one.
pub fn code_message(product: &str, code: &str, minutes: i64) -> String {
    let message = CodeMessage { product, code, minutes };
    message.render().expect("writing into a string cannot fail").trim_end().to_owned()
}

#[derive(Template)]
#[template(path = "messages/number_confirmed.txt", escape = "none")]
struct NumberConfirmed<'a> {
    product: &'a str,
    name: &'a str,
}

/// To whoever confirmed their number by writing to us: their window is open.
pub fn number_confirmed(product: &str, name: &str) -> String {
    let words = NumberConfirmed { product, name: &plain(name) }.render();
    words.expect("writing into a string cannot fail").trim_end().to_owned()
}

/// To whoever has an account already.
pub fn account_exists(product: &str, language: Language) -> Written {
    let values = vec![("product".to_owned(), product.to_owned())];
    about_no_ticket(Letter::AccountExists, language, values)
}

/// To the number that an account had.
pub fn number_changed(product: &str, name: &str, language: Language) -> Written {
    let values =
        vec![("product".to_owned(), product.to_owned()), ("reader".to_owned(), plain(name))];
    about_no_ticket(Letter::NumberChanged, language, values)
}

/// To the admins, with a number that they can guess.
pub fn not_requested(number: &PhoneNumber, language: Language) -> Written {
    let values = vec![("number".to_owned(), masked(number.as_str()))];
    about_no_ticket(Letter::CodeNotRequested, language, values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::template::Template as Registered;

    /// CONTRACT §7, to the letter.
    #[test]
    fn the_words_are_those_of_the_contract() {
        let expected = "Your Deskbell verification code is: 123456. Valid for 10 minutes.";
        assert_eq!(code_message("Deskbell", "123456", 10), expected);
    }

    #[test]
    fn a_template_says_the_same_in_every_language() {
        let number = PhoneNumber::parse("+447700900123").unwrap();
        for language in Language::ALL {
            for written in [
                account_exists("Deskbell", language),
                number_changed("Deskbell", "*John*", language),
                not_requested(&number, language),
            ] {
                let template = Registered::of(written.letter, language);
                assert_eq!(template.filled(&template.fit(&written.values)), written.body);
                assert!(!written.body.contains("{{") && !written.body.contains("900123"));
            }
        }
    }
}
