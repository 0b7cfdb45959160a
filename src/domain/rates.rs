//! The operator's own table of what a message costs.
use std::collections::BTreeMap;

use super::bill::REPLY;
use super::country::Country;

/// The categories that Meta has prices for.
pub const CATEGORIES: [&str; 7] = [
    "utility",
    REPLY,
    "authentication",
    "authentication_international",
    "marketing",
    "marketing_lite",
    "referral_conversion",
];
/// What the operator pays for a message of each category, everywhere or to one country.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rates {
    /// Three letters, like `USD`.
    pub currency: String,
    rates: BTreeMap<(Option<&'static str>, &'static str), u64>,
}

impl Rates {
    /// Reads a table such as `USD, utility=0.004, GB.utility=0.022`.
    ///
    /// # Errors
    /// What is wrong with it, after "…".
    pub fn parse(given: &str) -> Result<Self, String> {
        let mut words = given.split(',').map(str::trim);
        let currency = words.next().unwrap_or_default();
        if currency.len() != 3 || !currency.chars().all(|sign| sign.is_ascii_uppercase()) {
            return Err("begins with a currency of three letters".to_owned());
        }
        let mut rates = BTreeMap::new();
        for word in words.filter(|word| !word.is_empty()) {
            let (place, rate) = entry(word).map_err(|why| format!("has `{word}`, {why}"))?;
            if rates.insert(place, rate).is_some() {
                return Err(format!("has two rates for `{word}`"));
            }
        }
        if rates.is_empty() {
            return Err("names no rate".to_owned());
        }
        Ok(Self { currency: currency.to_owned(), rates })
    }

    /// What a message of this category to this country costs, in millionths.
    pub(super) fn of(&self, category: &str, country: Option<&str>) -> Option<u64> {
        let of = |country| {
            let is_it =
                |((to, of), _): &(&(Option<&str>, &str), &u64)| *to == country && *of == category;
            self.rates.iter().find(is_it).map(|(_, rate)| *rate)
        };
        country.and_then(|country| of(Some(country))).or_else(|| of(None))
    }
}

type Place = (Option<&'static str>, &'static str);

fn entry(word: &str) -> Result<(Place, u64), String> {
    let (name, rate) = word.split_once('=').ok_or("which gives no rate")?;
    let (country, category) = match name.trim().split_once('.') {
        Some((country, category)) => {
            let known = Country::read(country);
            (Some(known.ok_or("whose country is none of two letters")?.as_str()), category)
        }
        None => (None, name.trim()),
    };
    let known = CATEGORIES.into_iter().find(|known| *known == category.trim());
    let known = known.ok_or_else(|| format!("which is none of {}", CATEGORIES.join(", ")))?;
    let rate = micros(rate.trim()).ok_or("whose rate is no amount such as 0.0135")?;
    Ok(((country, known), rate))
}

/// Six decimals at most, and a whole part that nobody pays for a message.
fn micros(given: &str) -> Option<u64> {
    let (whole, part) = given.split_once('.').unwrap_or((given, "0"));
    let digits = |part: &str, most| {
        (1..=most).contains(&part.len()) && part.chars().all(|sign| sign.is_ascii_digit())
    };
    if !digits(whole, 6) || !digits(part, 6) {
        return None;
    }
    let whole: u64 = whole.parse().ok()?;
    Some(whole * 1_000_000 + format!("{part:0<6}").parse::<u64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_rates_says_what_is_wrong_with_it() {
        for right in [
            "USD, utility=0.004",
            "EUR,utility=1,GB.utility=0.022,service=0",
            "INR, service=0.115000,",
        ] {
            assert!(Rates::parse(right).is_ok(), "{right}");
        }
        for (wrong, says) in [
            ("", "begins with a currency"),
            ("usd, utility=1", "begins with a currency"),
            ("utility=0.004", "begins with a currency"),
            ("USD", "names no rate"),
            ("USD, utility", "gives no rate"),
            ("USD, utilty=0.004", "which is none of utility, service"),
            ("USD, UK.utility=0.004", "whose country"),
            ("USD, utility=-1", "no amount"),
            ("USD, utility=0.0000001", "no amount"),
            ("USD, utility=", "no amount"),
            ("USD, utility=0.1, utility=0.2", "two rates"),
        ] {
            let why = Rates::parse(wrong).expect_err(wrong);
            assert!(why.contains(says), "{wrong}: {why}");
        }
    }
}
