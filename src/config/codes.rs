//! Settings of one-time codes.
use super::reader::Reader;
use crate::domain::country::Country;
use crate::domain::text::line;

/// More than this a day nobody sends by accident.
const BUDGET: i64 = 1000;
/// The longest name that a message has room for.
const LONGEST_NAME: usize = 60;

/// What is decided about one-time codes.
#[derive(Clone, Debug)]
pub struct Codes {
    /// As what the program speaks of itself.
    pub product_name: String,
    /// To which countries codes go; to all where none is named.
    pub countries: Vec<Country>,
    /// How many are sent in a day.
    pub daily_budget: i64,
    /// Whether codes of callers go nowhere.
    pub mock: bool,
}

impl Reader<'_> {
    pub(super) fn codes(&mut self, production: bool) -> Codes {
        Codes {
            product_name: self.product_name(),
            countries: self.countries(),
            daily_budget: self.budget(),
            mock: self.mock(production),
        }
    }

    fn product_name(&mut self) -> String {
        let given = self.text("PRODUCT_NAME").unwrap_or_else(|| "Deskbell".to_owned());
        line("PRODUCT_NAME", &given, LONGEST_NAME).unwrap_or_else(|_| {
            self.complain("PRODUCT_NAME", "is a name of 60 characters at most", "Deskbell");
            given
        })
    }

    fn countries(&mut self) -> Vec<Country> {
        let given = self.text("OTP_ALLOWED_COUNTRIES").unwrap_or_default();
        let words = given.split(',').map(str::trim).filter(|word| !word.is_empty());
        let mut read = vec![];
        for word in words {
            match Country::read(word) {
                Some(country) => read.push(country),
                None => {
                    let what = format!("names countries by two letters, and `{word}` is none");
                    self.complain("OTP_ALLOWED_COUNTRIES", &what, "GB,US");
                }
            }
        }
        read
    }

    fn budget(&mut self) -> i64 {
        let Some(given) = self.text("OTP_DAILY_BUDGET") else { return BUDGET };
        let read = given.parse().ok().filter(|budget| (0..=10_000_000).contains(budget));
        read.unwrap_or_else(|| {
            self.complain("OTP_DAILY_BUDGET", "is how many codes a day may be sent", "1000");
            BUDGET
        })
    }

    fn mock(&mut self, production: bool) -> bool {
        let on = self.flag("PIONEER_FLAG_MOCK_OTP_ENABLED", !production);
        if production && on {
            let what = "cannot be on in production: nobody would get a code; leave it out";
            self.complain("PIONEER_FLAG_MOCK_OTP_ENABLED", what, "false");
        }
        on
    }
}
