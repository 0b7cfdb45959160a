//! What a list is narrowed by: these values of a column, and a stretch of time. Alike for every
//! list, so that every list narrows alike.
use chrono::{DateTime, Utc};

use super::text::{FieldError, Flaws};

/// Values of one filter at most; somebody who means more means something else.
const MOST: usize = 200;

/// One of these values; where there are none, any value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnyOf<T>(Vec<T>);

impl<T> Default for AnyOf<T> {
    fn default() -> Self {
        Self(vec![])
    }
}

impl<T: PartialEq> AnyOf<T> {
    /// Reads several values with commas, with every flaw noted in `flaws`; `\\,` is a comma within a
    /// value. The same value twice is said once. A parameter that holds no value at all is read as
    /// one that is empty, which is a flaw: whoever made it meant to narrow the list.
    pub fn read(
        flaws: &mut Flaws,
        field: &'static str,
        raw: Option<&str>,
        read: impl Fn(&str) -> Result<T, FieldError>,
    ) -> Self {
        let mut values = vec![];
        let mut words = raw.map(parted).unwrap_or_default();
        if words.iter().any(|word| !word.is_empty()) {
            words.retain(|word| !word.is_empty());
        } else {
            words.truncate(1);
        }
        for word in words {
            let Some(value) = flaws.keep(read(&word)) else { continue };
            if values.contains(&value) {
                continue;
            }
            if values.len() == MOST {
                let say = format!("`{field}` may have {MOST} values at most; ask several times");
                flaws.keep::<()>(Err(FieldError::new(field, "too_many", say)));
                break;
            }
            values.push(value);
        }
        Self(values)
    }

    /// Narrows it to one value; `false` where that is none of those asked for.
    pub fn only(&mut self, value: T) -> bool {
        let asked = self.allows(&value);
        *self = Self::from(value);
        asked
    }
}

/// What stands between commas.
fn parted(raw: &str) -> Vec<String> {
    let (mut parts, mut part) = (vec![], String::new());
    let mut signs = raw.chars().peekable();
    while let Some(sign) = signs.next() {
        match sign {
            ',' => parts.push(std::mem::take(&mut part)),
            '\\' => part.push(signs.next_if(|next| matches!(next, ',' | '\\')).unwrap_or(sign)),
            other => part.push(other),
        }
    }
    parts.push(part);
    parts.into_iter().map(|part| part.trim().to_owned()).collect()
}

impl<T> From<T> for AnyOf<T> {
    /// This value and no other.
    fn from(value: T) -> Self {
        Self(vec![value])
    }
}

impl<T: PartialEq> AnyOf<T> {
    /// Whether this value will do.
    pub fn allows(&self, value: &T) -> bool {
        self.is_any() || self.0.contains(value)
    }
}

impl<T> AnyOf<T> {
    /// Whether any value will do.
    pub fn is_any(&self) -> bool {
        self.0.is_empty()
    }

    /// The values asked for, each once.
    pub fn values(&self) -> &[T] {
        &self.0
    }
}

/// A stretch of time, open at either end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Period {
    /// Then or later.
    pub from: Option<DateTime<Utc>>,
    /// Before then.
    pub to: Option<DateTime<Utc>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(raw: &str) -> Result<AnyOf<u32>, Vec<FieldError>> {
        let mut flaws = Flaws::default();
        let read = |raw: &str| raw.parse().map_err(|_| FieldError::new("n", "id", "a number"));
        let values = AnyOf::read(&mut flaws, "n", Some(raw), read);
        flaws.check().map(|()| values)
    }

    #[test]
    fn several_values_are_each_read_once() {
        let read = numbers("3, 1,,3 ,").unwrap();
        assert_eq!(read.values(), [3, 1]);
        for empty in ["", " ", " ,", ",,"] {
            assert_eq!(numbers(empty).map_err(|flaws| flaws.len()), Err(1), "{empty:?}");
        }
        assert_eq!(numbers("x,1,y").map_err(|flaws| flaws.len()), Err(2));
        let many = |n: u32| (0..n).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
        assert!(numbers(&many(200)).is_ok());
        let flaws = numbers(&many(1000)).unwrap_err();
        assert_eq!(flaws.iter().map(|flaw| flaw.code).collect::<Vec<_>>(), ["too_many"]);
        assert_eq!(numbers(&"7,".repeat(1000)).unwrap().values(), [7]);
    }

    #[test]
    fn a_comma_can_stand_within_a_value() {
        for (raw, parts) in [
            (r"Portal\, EU,App", vec!["Portal, EU", "App"]),
            (r"a\\,b", vec![r"a\", "b"]),
            (r"C:\dir", vec![r"C:\dir"]),
            (r"a\", vec![r"a\"]),
            ("a\nb", vec!["a\nb"]),
        ] {
            assert_eq!(parted(raw), parts, "{raw}");
        }
    }

    #[test]
    fn narrowing_never_widens() {
        for (raw, only, asked) in [(None, 1, true), (Some("1,2"), 1, true), (Some("2"), 1, false)] {
            let mut values = raw.map(|raw| numbers(raw).unwrap()).unwrap_or_default();
            assert_eq!(values.only(only), asked, "{raw:?}");
            assert_eq!(values.values(), [only]);
        }
    }
}
