//! How we stand with a provider: what it said of our token, our number, our account and our webhook
//! when it was asked. What one makes of it is said in the rooms below.
mod access;
mod hooks;
mod number;
mod of_findings;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::bill::Bill;
use super::finding::{Check, Finding};
use super::phone::masked;

/// The answer to one question, if there was one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told<T> {
    /// It was not asked, and why.
    LeftOut(String),
    /// This.
    Said(T),
    /// It did not want to say.
    Refused(Refusal),
    /// It could not be reached, or something else answered.
    Unreached(String),
}

/// Why a provider did not answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Its code.
    pub code: i64,
    /// Its words.
    pub message: String,
    /// What to do about this code.
    pub hint: String,
    /// Whether the access token is at fault.
    pub is_about_token: bool,
}

/// What a provider said of us.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The version of its API that we ask for.
    pub version: Version,
    /// Our access token.
    pub token: Told<Token>,
    /// Our number.
    pub number: Told<Number>,
    /// Our account.
    pub account: Told<Account>,
    /// Each of our app secrets in turn: whether it is the app's.
    pub app_secrets: Told<Vec<bool>>,
    /// Where the app's webhooks go.
    pub subscription: Told<Subscription>,
    /// The apps to which the account's webhooks go, by id.
    pub subscribed_apps: Told<Vec<String>>,
    /// Whether our webhook answered as the provider expects when it was asked under its public
    /// address.
    pub webhook: Told<Handshake>,
    /// What was found already, by a channel that judges for itself; the rest was not asked then.
    #[serde(default)]
    pub told: Option<Vec<Finding>>,
}

/// A version of a provider's API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Its name.
    pub name: String,
    /// When it ends, if that is known.
    pub ends: Option<NaiveDate>,
    /// The version that one should ask for.
    pub usual: String,
}

/// Until when something is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Until {
    /// For ever.
    Ever,
    /// Until then.
    At(DateTime<Utc>),
    /// Nobody said.
    Unsaid,
}

/// What an access token is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Whether it is good.
    pub is_valid: bool,
    /// Why not.
    pub error: Option<String>,
    /// Whose it is: `SYSTEM_USER` or `USER`.
    pub kind: Option<String>,
    /// The app that it was made for.
    pub app_id: Option<String>,
    /// Until when it is good.
    pub ends: Until,
    /// What it may do.
    pub scopes: Vec<String>,
}

/// What our number is to the provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Number {
    /// As people see it.
    pub display: Option<String>,
    /// Whether it is the one in WHATSAPP_BUSINESS_NUMBER, where that is set.
    pub is_as_set: Option<bool>,
    /// Under which name people see it.
    pub name: Option<String>,
    /// `APPROVED` and its kin.
    pub name_status: Option<String>,
    /// `GREEN`, `YELLOW`, `RED` or `UNKNOWN`.
    pub quality: Option<String>,
    /// `CONNECTED` and its kin.
    pub status: Option<String>,
    /// `VERIFIED` and its kin.
    pub verification: Option<String>,
    /// `CLOUD_API` and its kin.
    pub platform: Option<String>,
    /// `SANDBOX` or `LIVE`.
    pub mode: Option<String>,
    /// `STANDARD` or `HIGH`.
    pub throughput: Option<String>,
    /// `TIER_250` and its kin.
    pub limit: Option<String>,
}

/// How many people may be written to first within a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// So many.
    Of(u64),
    /// Any number.
    None,
}

/// What our account is to the provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// `APPROVED` and its kin.
    pub review: Option<String>,
    /// Whether our number is one of its numbers.
    pub holds_number: Option<bool>,
}

/// Where the webhooks of an app go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// The address that the provider calls.
    pub callback_url: Option<String>,
    /// Whether it calls.
    pub is_active: bool,
    /// About what.
    pub fields: Vec<String>,
}

/// What came of asking our own webhook under its public address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Handshake {
    /// It is ours.
    Ours,
    /// Something answered with this status, and not as our webhook does.
    Other(u16),
}

/// What one knows besides when one looks at a standing.
#[derive(Clone, Debug)]
pub struct Circumstances {
    /// The instant of the look.
    pub now: DateTime<Utc>,
    /// Where providers reach us.
    pub public_url: Option<String>,
    /// Whether the provider is simulated.
    pub is_simulated: bool,
    /// How many people were written to first within a day.
    pub written_to: u64,
    /// What this month counts as on the bill.
    pub bill: Bill,
    /// How many messages failed within a week because the recipient is not on a test number's list.
    pub unlisted: u64,
}

impl Standing {
    /// What one makes of it, question by question.
    pub fn findings(&self, about: &Circumstances) -> Vec<Finding> {
        if let Some(found) = &self.told {
            return found.clone();
        }
        let mut found = vec![self.api(), self.api_version(about.now)];
        found.extend(access::findings(self, about));
        found.extend(number::findings(self, about));
        found.push(about.bill.finding());
        found.extend(hooks::findings(self, about));
        found.sort_by_key(|finding| finding.check);
        found
    }

    /// Whether anything could be asked at all.
    fn api(&self) -> Finding {
        let unreached = [self.number.unreached(), self.token.unreached()];
        match unreached {
            [Some(why), Some(_)] => Finding::failed(
                Check::Api,
                why,
                "whoever runs Deskbell checks the network, DNS and a firewall towards the address in \
                 WHATSAPP_API_URL, https://graph.facebook.com unless it is set",
            ),
            _ => Finding::ok(Check::Api, "it answers"),
        }
    }

    fn api_version(&self, now: DateTime<Utc>) -> Finding {
        const CHECK: Check = Check::ApiVersion;
        let Version { name, ends, usual } = &self.version;
        let todo = format!("whoever runs Deskbell sets WHATSAPP_API_VERSION={usual}");
        let Some(ends) = ends else {
            return Finding::ok(CHECK, format!("{name}, whose end is not known"));
        };
        match (*ends - now.date_naive()).num_days() {
            days if days < 0 => Finding::failed(CHECK, format!("{name} ended on {ends}"), todo),
            days if days <= 90 => {
                Finding::warning(CHECK, format!("{name} ends on {ends}, in {days} days"), todo)
            }
            _ => Finding::ok(CHECK, format!("{name}, until {ends}")),
        }
    }
}

impl<T> Told<T> {
    /// What it said.
    pub fn said(&self) -> Option<&T> {
        match self {
            Self::Said(said) => Some(said),
            _ => None,
        }
    }

    fn unreached(&self) -> Option<&str> {
        match self {
            Self::Unreached(why) => Some(why),
            _ => None,
        }
    }

    fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// What it said, or a finding that says why nothing is known.
    fn or_say(&self, check: Check) -> Result<&T, Finding> {
        match self {
            Self::Said(said) => Ok(said),
            Self::LeftOut(why) => Err(Finding::left_out(check, why.clone())),
            Self::Unreached(why) => Err(Finding::left_out(check, format!("not known: {why}"))),
            Self::Refused(refusal) if refusal.is_about_token => {
                Err(Finding::left_out(check, "not known: the token was refused"))
            }
            Self::Refused(refusal) => {
                Err(Finding::failed(check, refusal.words(), refusal.hint.clone()))
            }
        }
    }
}

impl Refusal {
    fn words(&self) -> String {
        format!("refused with code {}: {}", self.code, self.message)
    }
}

impl Number {
    /// For a log or a terminal.
    fn shown(&self) -> String {
        let digits: String = self.display.iter().flat_map(|it| it.chars()).collect();
        let digits: String = digits.chars().filter(char::is_ascii_digit).collect();
        let name = self.name.as_deref().unwrap_or("without a name");
        match digits.is_empty() {
            true => name.to_owned(),
            false => format!("{}, {name}", masked(&format!("+{digits}"))),
        }
    }
}

#[cfg(test)]
mod tests;
