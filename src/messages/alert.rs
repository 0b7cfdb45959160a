//! Messages to the admins about the desk itself.
use super::language::Language;
use super::letter::Letter;
use super::{Written, about_no_ticket};
use crate::domain::markup::plain;
use crate::domain::medium::Medium;
use crate::domain::text::on_one_line;

/// Nothing leaves by this medium, for this reason.
pub fn channel_paused(medium: Medium, reason: &str, remedy: &str, language: Language) -> Written {
    let values = vec![
        ("channel".to_owned(), medium.name().to_owned()),
        ("reason".to_owned(), plain(&on_one_line(reason))),
        ("remedy".to_owned(), plain(&on_one_line(remedy))),
    ];
    about_no_ticket(Letter::ChannelPaused, language, values)
}

/// So many of so many new conversations of a day are used.
pub fn limit_near(used: u64, limit: u64, language: Language) -> Written {
    let values =
        vec![("count".to_owned(), used.to_string()), ("limit".to_owned(), limit.to_string())];
    about_no_ticket(Letter::LimitNear, language, values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::template::Template;

    #[test]
    fn a_template_says_the_same_in_every_language() {
        for language in Language::ALL {
            let reason = "code 190: *expired*\nand more";
            for written in [
                channel_paused(Medium::WhatsApp, reason, "Make a new one.", language),
                limit_near(200, 250, language),
            ] {
                let template = Template::of(written.letter, language);
                assert_eq!(template.filled(&template.fit(&written.values)), written.body);
                assert!(!written.body.contains("{{") && !written.body.contains("*expired*"));
            }
        }
    }
}
