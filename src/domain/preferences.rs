//! How somebody wants to be told: over which channels first, of which events not at all, and when
//! not. Codes, and what concerns the safety of an account, are told all the same.
use chrono::NaiveTime;
use chrono_tz::Tz;

use super::event::Event;
use super::medium::Medium;
use super::quiet::QuietHours;
use super::text::{FieldError, Flaws};

/// More words than there are to choose from.
const MOST: usize = 32;

/// What somebody prefers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preferences {
    /// Over which media, the first one first; what is left out is not used for them.
    pub channels: Vec<Medium>,
    /// Events of tickets of which they do not want to hear.
    pub muted: Vec<Event>,
    /// When they are not to be disturbed, but by what is CRITICAL.
    pub quiet: Option<QuietHours>,
}

/// Whoever chose nothing hears of everything, at any time, on WhatsApp where that is possible.
impl Default for Preferences {
    fn default() -> Self {
        Self { channels: Medium::ALL.to_vec(), muted: vec![], quiet: None }
    }
}

/// What somebody typed; what is left out is as if nobody had chosen it.
#[derive(Clone, Debug, Default)]
pub struct Preferred {
    /// Raw channels.
    pub channels: Option<Vec<String>>,
    /// Raw events.
    pub muted_events: Option<Vec<String>>,
    /// Raw quiet hours.
    pub quiet_hours: Option<PreferredQuiet>,
}

/// Quiet hours as somebody typed them.
#[derive(Clone, Debug, Default)]
pub struct PreferredQuiet {
    /// Raw time.
    pub from: Option<String>,
    /// Raw time.
    pub to: Option<String>,
    /// Raw name of a time zone.
    pub time_zone: Option<String>,
}

impl Preferred {
    /// Reads what was typed.
    ///
    /// # Errors
    /// Every flaw.
    pub fn read(self) -> Result<Preferences, Vec<FieldError>> {
        let mut flaws = Flaws::default();
        let usual = Preferences::default();
        let channels = self.channels.map(|raw| list(&mut flaws, "channels", raw, medium));
        let muted = self.muted_events.map(|raw| list(&mut flaws, "muted_events", raw, event));
        let quiet = self.quiet_hours.and_then(|raw| raw.read(&mut flaws));
        flaws.check()?;
        Ok(Preferences {
            channels: channels.unwrap_or(usual.channels),
            muted: muted.unwrap_or(usual.muted),
            quiet,
        })
    }
}

/// Each word is read, and stands there once.
fn list<T: Copy + PartialEq>(
    flaws: &mut Flaws,
    field: &'static str,
    raw: Vec<String>,
    read: impl Fn(&str) -> Result<T, FieldError>,
) -> Vec<T> {
    let mut found = vec![];
    if raw.len() > MOST {
        let say = format!("`{field}` names {MOST} things at most");
        flaws.keep::<()>(Err(FieldError::new(field, "too_many", say)));
        return found;
    }
    for word in raw {
        let Some(word) = flaws.keep(read(&word)) else { continue };
        if found.contains(&word) {
            let say = format!("`{field}` names something twice: say each once");
            flaws.keep::<()>(Err(FieldError::new(field, "given_twice", say)));
        }
        found.push(word);
    }
    found
}

fn medium(raw: &str) -> Result<Medium, FieldError> {
    super::ticket::word("channels", raw, &Medium::ALL.map(Medium::as_str))
}

fn event(raw: &str) -> Result<Event, FieldError> {
    let of_tickets = || Event::ALL.into_iter().filter(|event| event.can_be_muted());
    let words: Vec<&str> = of_tickets().map(Event::as_str).collect();
    let event: Event = super::ticket::word("muted_events", raw, &words)?;
    if !event.can_be_muted() {
        let say = format!(
            "codes, and what concerns the safety of an account, cannot be muted; events of tickets \
             can: {}",
            words.join(", ")
        );
        return Err(FieldError::new("muted_events", "always_told", say));
    }
    Ok(event)
}

impl PreferredQuiet {
    fn read(self, flaws: &mut Flaws) -> Option<QuietHours> {
        let from = flaws.need("quiet_hours.from", self.from, |raw| time("quiet_hours.from", &raw));
        let to = flaws.need("quiet_hours.to", self.to, |raw| time("quiet_hours.to", &raw));
        let zone = flaws.need("quiet_hours.time_zone", self.time_zone, |raw| zone(&raw));
        let (from, to, zone) = (from?, to?, zone?);
        if from == to {
            let say = "quiet hours end at another time than they begin; whoever wants to hear of \
                       nothing leaves every channel out";
            flaws.keep::<()>(Err(FieldError::new("quiet_hours.to", "time", say)));
            return None;
        }
        Some(QuietHours { from, to, zone })
    }
}

fn time(field: &'static str, raw: &str) -> Result<NaiveTime, FieldError> {
    let say = || FieldError::new(field, "time", format!("`{field}` is a time like `22:00`"));
    // Two digits each, so that 7:5 is nobody's guess.
    let (hours, minutes) = raw.trim().split_once(':').ok_or_else(say)?;
    let number = |part: &str| {
        let digits = part.len() == 2 && part.bytes().all(|sign| sign.is_ascii_digit());
        part.parse().ok().filter(|_| digits)
    };
    let read = number(hours).zip(number(minutes));
    read.and_then(|(hours, minutes)| NaiveTime::from_hms_opt(hours, minutes, 0)).ok_or_else(say)
}

fn zone(raw: &str) -> Result<Tz, FieldError> {
    raw.trim().parse().map_err(|_| {
        let say = "`quiet_hours.time_zone` is a name of the IANA time zone database, like \
                   `Europe/London` or `Asia/Dhaka`";
        FieldError::new("quiet_hours.time_zone", "time_zone", say)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(of: &[&str]) -> Option<Vec<String>> {
        Some(of.iter().map(|&word| word.to_owned()).collect())
    }

    fn quiet(from: &str, to: &str, zone: &str) -> Option<PreferredQuiet> {
        let text = |text: &str| Some(text.to_owned());
        Some(PreferredQuiet { from: text(from), to: text(to), time_zone: text(zone) })
    }

    #[test]
    fn what_is_left_out_is_as_if_nobody_had_chosen() {
        assert_eq!(Preferred::default().read(), Ok(Preferences::default()));
        let typed = Preferred {
            channels: words(&["EMAIL", "WHATSAPP"]),
            muted_events: words(&["COMMENT_ADDED"]),
            quiet_hours: quiet("22:00", "07:30", "Asia/Dhaka"),
        };
        let read = typed.read().unwrap();
        assert_eq!(read.channels, [Medium::Email, Medium::WhatsApp]);
        assert_eq!(read.muted, [Event::CommentAdded]);
        assert_eq!(read.quiet.unwrap().zone.name(), "Asia/Dhaka");
        let nothing = Preferred { channels: words(&[]), ..Default::default() };
        assert_eq!(nothing.read().unwrap().channels, []);
    }

    #[test]
    fn each_flaw_is_named() {
        let flaws = |typed: Preferred| -> Vec<String> {
            let flaws = typed.read().unwrap_err();
            flaws.iter().map(|flaw| format!("{} {}", flaw.field, flaw.code)).collect()
        };
        let with_quiet = |quiet_hours| Preferred { quiet_hours, ..Default::default() };
        assert_eq!(
            flaws(Preferred {
                channels: words(&["EMAIL", "FAX", "EMAIL"]),
                muted_events: words(&["CODE_REQUESTED", "WEATHER"]),
                quiet_hours: quiet("24:00", "7:00", "Mars/Phobos"),
            }),
            [
                "channels unknown_value",
                "channels given_twice",
                "muted_events always_told",
                "muted_events unknown_value",
                "quiet_hours.from time",
                "quiet_hours.to time",
                "quiet_hours.time_zone time_zone",
            ]
        );
        assert_eq!(flaws(with_quiet(quiet("07:00", "07:00", "UTC"))), ["quiet_hours.to time"]);
        assert_eq!(
            flaws(with_quiet(Some(PreferredQuiet::default()))),
            [
                "quiet_hours.from required",
                "quiet_hours.to required",
                "quiet_hours.time_zone required"
            ]
        );
        for wrong in ["+7:00", "07:60", "0700", "", "07:00:00", "٠٧:٠٠"] {
            assert_eq!(flaws(with_quiet(quiet(wrong, "08:00", "UTC"))), ["quiet_hours.from time"]);
        }
    }
}
