//! What a month's messages count as on a provider's bill, and what they will cost.
use std::collections::BTreeMap;

use super::finding::{Check, Finding};
use super::rates::Rates;

/// Replies that a number may send in a month before Meta charges for them (since 2026-10-01).
pub const FREE_REPLIES: u64 = 1000;
/// Meta's category of what is no template.
pub(super) const REPLY: &str = "service";
/// Meta's type for the three days after somebody came by an advertisement.
const FREE_ENTRY: &str = "free_entry_point";
/// Rates are kept in millionths of a coin.
const MICRO: u128 = 1_000_000;

/// How many messages of a month count alike.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Usage {
    /// The provider's category, such as `utility` or `service`.
    pub category: String,
    /// The provider's type, such as `regular` or `free_customer_service`.
    pub kind: Option<String>,
    /// Whether they are charged.
    pub billable: Option<bool>,
    /// To which country, by its two letters, where that is known.
    pub country: Option<String>,
    /// How many.
    pub count: u64,
}

/// A month on the bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bill {
    /// Such as `2026-11`.
    pub month: String,
    /// By category, type and whether it is charged; of all countries together.
    pub messages: Vec<Usage>,
    /// Replies that will still be free in this month.
    pub free_left: u64,
    /// What it costs, where rates are known.
    pub cost: Option<Cost>,
}

/// What a month costs so far, as far as one can tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cost {
    /// In coins, with six decimals at most.
    pub amount: String,
    /// Three letters, like `USD`.
    pub currency: String,
    /// Categories that were charged and have no rate.
    pub unpriced: Vec<String>,
}

impl Usage {
    fn is_free_of_itself(&self) -> bool {
        let is_free = self.kind.as_deref().is_some_and(|kind| kind.starts_with("free"));
        is_free || self.billable == Some(false)
    }

    fn uses_up_free_ones(&self) -> bool {
        self.category == REPLY && self.kind.as_deref() != Some(FREE_ENTRY)
    }
}

impl Bill {
    /// What this usage of a month comes to.
    pub fn of(month: String, usage: &[Usage], rates: Option<&Rates>) -> Self {
        let replies: u64 =
            usage.iter().filter(|it| it.uses_up_free_ones()).map(|it| it.count).sum();
        let mut messages: BTreeMap<_, u64> = BTreeMap::new();
        for it in usage {
            let alike = (it.category.clone(), it.kind.clone(), it.billable);
            *messages.entry(alike).or_default() += it.count;
        }
        let messages = messages.into_iter().map(|((category, kind, billable), count)| Usage {
            category,
            kind,
            billable,
            country: None,
            count,
        });
        Self {
            month,
            messages: messages.collect(),
            free_left: FREE_REPLIES.saturating_sub(replies),
            cost: rates.map(|rates| cost(usage, replies, rates)),
        }
    }

    /// What it says to an operator.
    pub fn finding(&self) -> Finding {
        const CHECK: Check = Check::Usage;
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for it in &self.messages {
            *counts.entry(&it.category).or_default() += it.count;
        }
        let counts: Vec<String> =
            counts.iter().map(|(category, count)| format!("{count} {category}")).collect();
        let counts = if counts.is_empty() { "nothing".to_owned() } else { counts.join(", ") };
        let so = format!(
            "{}: {counts}; {} of {FREE_REPLIES} free replies left",
            self.month, self.free_left
        );
        let Some(Cost { amount, currency, unpriced }) = &self.cost else {
            return Finding::ok(CHECK, format!("{so}; no cost without WHATSAPP_RATES"));
        };
        let so = format!("{so}; about {amount} {currency}");
        match unpriced.as_slice() {
            [] => Finding::ok(CHECK, so),
            names => Finding::warning(
                CHECK,
                format!("{so}, and what {} cost", names.join(", ")),
                "whoever runs Deskbell adds the missing rates to WHATSAPP_RATES, from Meta's rate card \
                 of this quarter",
            ),
        }
    }
}

/// Which of the replies were the free ones nobody says: each country has its share of them.
fn cost(usage: &[Usage], replies: u64, rates: &Rates) -> Cost {
    let charged = || usage.iter().filter(|it| !it.is_free_of_itself() && it.count > 0);
    let charged_replies: u64 =
        charged().filter(|it| it.uses_up_free_ones()).map(|it| it.count).sum();
    let to_pay = replies.saturating_sub(FREE_REPLIES).min(charged_replies);
    let (mut sum, mut unpriced) = (0_u128, vec![]);
    for it in charged() {
        let mut share = (1, 1);
        if it.uses_up_free_ones() {
            share = (to_pay, charged_replies);
        }
        if share.0 == 0 {
            continue;
        }
        match rates.of(&it.category, it.country.as_deref()) {
            Some(rate) => {
                let whole = u128::from(it.count) * u128::from(rate);
                sum += whole * u128::from(share.0) / u128::from(share.1);
            }
            None if unpriced.contains(&it.category) => {}
            None => unpriced.push(it.category.clone()),
        }
    }
    unpriced.sort_unstable();
    Cost { amount: coins(sum), currency: rates.currency.clone(), unpriced }
}

/// Two decimals at least, and no more than it takes.
fn coins(micros: u128) -> String {
    let mut part = format!("{:06}", micros % MICRO);
    while part.len() > 2 && part.ends_with('0') {
        part.pop();
    }
    format!("{}.{part}", micros / MICRO)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::finding::Verdict;

    fn usage(category: &str, kind: &str, country: Option<&str>, count: u64) -> Usage {
        Usage {
            category: category.to_owned(),
            kind: Some(kind.to_owned()),
            billable: Some(kind == "regular"),
            country: country.map(str::to_owned),
            count,
        }
    }

    fn bill(usage: &[Usage], rates: &str) -> Bill {
        let rates = (!rates.is_empty()).then(|| Rates::parse(rates).expect("rates"));
        Bill::of("2026-11".to_owned(), usage, rates.as_ref())
    }

    #[test]
    fn a_thousand_replies_are_free_and_a_country_may_have_its_own_rate() {
        const RATES: &str = "USD, utility=0.004, GB.utility=0.022, service=0.004";
        for (usages, left, amount) in [
            (vec![], 1000, "0.00"),
            (vec![usage("utility", "regular", None, 3)], 1000, "0.012"),
            (vec![usage("utility", "regular", Some("GB"), 3)], 1000, "0.066"),
            (vec![usage("utility", "regular", Some("EG"), 3)], 1000, "0.012"),
            (vec![usage("utility", "free_customer_service", None, 3)], 1000, "0.00"),
            (vec![usage("service", "regular", None, 1000)], 0, "0.00"),
            (vec![usage("service", "regular", None, 1500)], 0, "2.00"),
            // Meta may say of the free ones that they are.
            (
                vec![
                    usage("service", "free_customer_service", None, 1000),
                    usage("service", "regular", None, 500),
                ],
                0,
                "2.00",
            ),
            (vec![usage("service", "free_entry_point", None, 1500)], 1000, "0.00"),
        ] {
            let bill = bill(&usages, RATES);
            assert_eq!(bill.free_left, left, "{usages:?}");
            assert_eq!(bill.cost.expect("rates").amount, amount, "{usages:?}");
        }
    }

    #[test]
    fn what_has_no_rate_is_named() {
        let both = [usage("utility", "regular", None, 2), usage("marketing", "regular", None, 1)];
        let known = bill(&both, "USD, utility=0.5");
        assert_eq!(
            known.cost.as_ref().map(|cost| cost.unpriced.clone()),
            Some(vec!["marketing".to_owned()])
        );
        let finding = known.finding();
        assert_eq!(finding.verdict, Verdict::Warning);
        assert!(finding.so.contains("1 marketing, 2 utility"), "{}", finding.so);
        assert!(finding.so.contains("about 1.00 USD"), "{}", finding.so);
        assert_eq!(bill(&both, "").finding().verdict, Verdict::Ok);
    }
}
