//! Which versions of the Graph API live, and until when: Meta's page "Graph API changelog" of
//! November 2026.
use chrono::NaiveDate;

use crate::domain::standing::Version;

/// What one asks for who sets nothing.
pub const USUAL: &str = "v25.0";

/// A year, a month and a day.
type Day = (i32, u32, u32);

/// Versions with the day on which they end; the newest one has none yet.
const ENDS: [(&str, Option<Day>); 10] = [
    ("v26.0", None),
    ("v25.0", Some((2028, 7, 29))),
    ("v24.0", Some((2028, 2, 18))),
    ("v23.0", Some((2027, 10, 8))),
    ("v22.0", Some((2027, 5, 20))),
    ("v21.0", Some((2027, 1, 21))),
    ("v20.0", Some((2026, 9, 24))),
    ("v19.0", Some((2026, 5, 21))),
    ("v18.0", Some((2026, 1, 26))),
    ("v17.0", Some((2025, 9, 12))),
];

/// What is known of a version. One before all of these has ended with the first of them.
pub(super) fn about(name: &str) -> Version {
    let date = |(year, month, day)| NaiveDate::from_ymd_opt(year, month, day);
    let known = ENDS.iter().find(|(known, _)| *known == name);
    let major = |name: &str| {
        name.strip_prefix('v').and_then(|it| it.split('.').next()?.parse::<u32>().ok())
    };
    let ends = match known {
        Some((_, ends)) => *ends,
        None => ENDS.last().filter(|(last, _)| major(name) < major(last)).and_then(|it| it.1),
    };
    Version { name: name.to_owned(), ends: ends.and_then(date), usual: USUAL.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_has_its_end() {
        for (name, ends) in [
            ("v26.0", None),
            ("v25.0", Some("2028-07-29")),
            ("v20.0", Some("2026-09-24")),
            ("v3.1", Some("2025-09-12")),
            ("v27.0", None),
        ] {
            let end = about(name).ends.map(|end| end.to_string());
            assert_eq!(end.as_deref(), ends, "{name}");
        }
    }
}
