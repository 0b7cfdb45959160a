//! What somebody says about hearing from us: enough, or again after all.

/// Words by which people say that they have had enough.
const ENOUGH: [&str; 9] =
    ["STOP", "STOPALL", "UNSUBSCRIBE", "BAJA", "PARAR", "PARE", "SAIR", "توقف", "বন্ধ"];
/// Words by which they take that back.
const AGAIN: [&str; 7] = ["START", "UNSTOP", "ALTA", "INICIAR", "VOLTAR", "ابدأ", "শুরু"];

/// What a message says about hearing from us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// No more.
    Enough,
    /// Again, after all.
    Again,
    /// Nothing about it.
    Else,
}

impl Said {
    /// Reads a message: such a word counts where it stands alone.
    pub fn read(text: &str) -> Self {
        let said = text.trim().trim_end_matches(['.', '!']).trim_end().to_uppercase();
        match said.as_str() {
            word if ENOUGH.contains(&word) => Self::Enough,
            word if AGAIN.contains(&word) => Self::Again,
            _ => Self::Else,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_counts_where_it_stands_alone() {
        for (text, said) in [
            ("STOP", Said::Enough),
            (" stop! ", Said::Enough),
            ("Baja.", Said::Enough),
            ("توقف", Said::Enough),
            ("start", Said::Again),
            ("শুরু", Said::Again),
            ("Please stop the printer", Said::Else),
            ("It does not start", Said::Else),
            ("", Said::Else),
        ] {
            assert_eq!(Said::read(text), said, "{text:?}");
        }
    }
}
