//! The languages in which we write to people, and the few words that stand in values.
use crate::domain::comment::Visibility;
use crate::domain::ticket::{Category, Priority};

/// A language that every message has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Arabic, from right to left.
    Arabic,
    /// Spanish.
    Spanish,
    /// Portuguese, as Brazil writes it.
    Portuguese,
    /// Bengali.
    Bengali,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 5] =
        [Self::English, Self::Arabic, Self::Spanish, Self::Portuguese, Self::Bengali];

    /// Meta's code of it. A template in `en` is not found as `en_US`, so this is exact.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Arabic => "ar",
            Self::Spanish => "es",
            Self::Portuguese => "pt_BR",
            Self::Bengali => "bn",
        }
    }

    /// The language of a locale such as `pt-BR`, `pt_PT` or `pt`, where we write it.
    pub fn of(locale: &str) -> Option<Self> {
        let primary = locale.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        Self::ALL.into_iter().find(|language| language.code().split('_').next() == Some(&*primary))
    }

    /// The language for somebody: theirs, else the usual one, else English.
    pub fn choose(locale: &str, usual: Self) -> Self {
        Self::of(locale).unwrap_or(usual)
    }

    /// Down the ladder: this language, the usual one, English.
    pub fn ladder(self, usual: Self) -> impl Iterator<Item = Self> {
        let mut steps = vec![self, usual, Self::English];
        steps.dedup();
        steps.into_iter()
    }

    /// A priority in this language.
    #[rustfmt::skip]
    pub fn priority(self, priority: Priority) -> &'static str {
        let words = match self {
            Self::English => ["LOW", "MEDIUM", "HIGH", "CRITICAL"],
            Self::Arabic => ["منخفضة", "متوسطة", "عالية", "حرجة"],
            Self::Spanish => ["Baja", "Media", "Alta", "Crítica"],
            Self::Portuguese => ["Baixa", "Média", "Alta", "Crítica"],
            Self::Bengali => ["নিম্ন", "মাঝারি", "উচ্চ", "সংকটপূর্ণ"],
        };
        match priority {
            Priority::Low => words[0],
            Priority::Medium => words[1],
            Priority::High => words[2],
            Priority::Critical => words[3],
        }
    }

    /// A category in this language.
    #[rustfmt::skip]
    pub fn category(self, category: Category) -> &'static str {
        let words = match self {
            Self::English => ["BUG", "INCIDENT", "FEATURE", "SUPPORT", "OTHER"],
            Self::Arabic => ["خلل", "حادث", "ميزة جديدة", "دعم", "أخرى"],
            Self::Spanish => ["Error", "Incidente", "Mejora", "Soporte", "Otro"],
            Self::Portuguese => ["Erro", "Incidente", "Melhoria", "Suporte", "Outro"],
            Self::Bengali => ["ত্রুটি", "ইনসিডেন্ট", "নতুন সুবিধা", "সহায়তা", "অন্যান্য"],
        };
        match category {
            Category::Bug => words[0],
            Category::Incident => words[1],
            Category::Feature => words[2],
            Category::Support => words[3],
            Category::Other => words[4],
        }
    }

    /// Who may read a comment, in this language.
    pub fn visibility(self, visibility: Visibility) -> &'static str {
        let [public, internal] = match self {
            Self::English => ["Public", "Internal"],
            Self::Arabic => ["عام", "داخلي"],
            Self::Spanish => ["Público", "Interno"],
            Self::Portuguese => ["Público", "Interno"],
            Self::Bengali => ["সবাই", "শুধু দল"],
        };
        match visibility {
            Visibility::Public => public,
            Visibility::Internal => internal,
        }
    }

    /// Somebody whose name is not known.
    pub fn somebody(self) -> &'static str {
        match self {
            Self::English => "Somebody",
            Self::Arabic => "شخص ما",
            Self::Spanish => "Alguien",
            Self::Portuguese => "Alguém",
            Self::Bengali => "কেউ একজন",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_leads_to_a_language_that_we_write() {
        for (locale, language) in [
            ("pt-BR", Some(Language::Portuguese)),
            ("pt_PT", Some(Language::Portuguese)),
            ("pt", Some(Language::Portuguese)),
            ("EN-us", Some(Language::English)),
            ("ar-EG", Some(Language::Arabic)),
            ("bn", Some(Language::Bengali)),
            ("de", None),
            ("pty", None),
            ("", None),
        ] {
            assert_eq!(Language::of(locale), language, "{locale}");
        }
        assert_eq!(Language::choose("de", Language::Spanish), Language::Spanish);
        let steps = |from: Language, usual| from.ladder(usual).collect::<Vec<_>>();
        use Language::{English, Portuguese, Spanish};
        assert_eq!(steps(Portuguese, Spanish), [Portuguese, Spanish, English]);
        assert_eq!(steps(English, English), [English]);
    }
}
