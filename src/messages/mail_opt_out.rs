//! The words and the page by which somebody says that they want no more e-mails about tickets.
use askama::Template;

use super::language::Language;

/// The words, in one language.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// Stands in the mail, and over the page.
    pub link: &'static str,
    /// What follows from it.
    pub follows: &'static str,
    /// On the button.
    pub button: &'static str,
    /// Once it is done.
    pub done: &'static str,
}

/// Those of a language.
pub fn words(language: Language) -> Words {
    match language {
        Language::English => Words {
            link: "No more e-mails about tickets",
            follows: "Your other channels stay as they are. Codes, and messages about the safety of \
                      your account, come all the same.",
            button: "No more e-mails",
            done: "You get no more e-mails about tickets. You can choose them again in your \
                   preferences.",
        },
        Language::Arabic => Words {
            link: "إيقاف رسائل البريد الإلكتروني عن التذاكر",
            follows: "تبقى قنواتك الأخرى كما هي. أما الرموز والرسائل المتعلقة بأمان حسابك فتصلك دائمًا.",
            button: "إيقاف الرسائل",
            done: "لن تصلك رسائل بريد إلكتروني عن التذاكر بعد الآن. يمكنك اختيارها من جديد في تفضيلاتك.",
        },
        Language::Spanish => Words {
            link: "No recibir más correos sobre tickets",
            follows: "Sus otros canales no cambian. Los códigos y los mensajes sobre la seguridad de su \
                      cuenta llegan de todos modos.",
            button: "No más correos",
            done: "Ya no recibirá correos sobre tickets. Puede volver a elegirlos en sus preferencias.",
        },
        Language::Portuguese => Words {
            link: "Não receber mais e-mails sobre chamados",
            follows: "Seus outros canais continuam como estão. Códigos e mensagens sobre a segurança da \
                      sua conta chegam do mesmo jeito.",
            button: "Sem mais e-mails",
            done: "Você não receberá mais e-mails sobre chamados. Pode escolhê-los de novo nas suas \
                   preferências.",
        },
        Language::Bengali => Words {
            link: "টিকিট নিয়ে আর ইমেইল চাই না",
            follows: "আপনার অন্য চ্যানেলগুলো আগের মতোই থাকবে। কোড এবং অ্যাকাউন্টের নিরাপত্তার বার্তা তবুও আসবে।",
            button: "আর ইমেইল নয়",
            done: "টিকিট নিয়ে আর ইমেইল পাবেন না। আপনার পছন্দে আবার বেছে নিতে পারবেন।",
        },
    }
}

#[derive(Template)]
#[template(path = "mail/opt_out.html")]
struct Page {
    language: String,
    words: Words,
    is_done: bool,
}

/// The page: a button, or what became of it.
pub fn page(language: Language, is_done: bool) -> String {
    let name = language.code().replace('_', "-");
    let page = Page { language: name, words: words(language), is_done };
    page.render().expect("writing into a string cannot fail")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_in_each_language_has_one_button_until_it_is_done() {
        for language in Language::ALL {
            let (asks, done) = (page(language, false), page(language, true));
            assert_eq!((asks.matches("<button").count(), done.matches("<button").count()), (1, 0));
            assert!(asks.contains(words(language).follows), "{asks}");
            assert!(done.contains(words(language).done), "{done}");
        }
        assert!(page(Language::Portuguese, false).contains("lang=\"pt-BR\""));
    }
}
