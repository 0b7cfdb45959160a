//! What people prefer, as one cell of their account keeps it: it is read with them, and costs nothing.
use chrono::NaiveTime;
use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::rows::word;
use crate::domain::preferences::Preferences;
use crate::domain::quiet::QuietHours;

#[derive(Deserialize, Serialize)]
struct Kept {
    channels: Vec<String>,
    muted: Vec<String>,
    quiet: Option<KeptQuiet>,
}

#[derive(Deserialize, Serialize)]
struct KeptQuiet {
    from: NaiveTime,
    to: NaiveTime,
    zone: String,
}

/// The cell; nothing where nothing was chosen.
pub(super) fn written(preferences: &Preferences) -> Option<String> {
    if *preferences == Preferences::default() {
        return None;
    }
    let kept = Kept {
        channels: preferences.channels.iter().map(|it| it.as_str().to_owned()).collect(),
        muted: preferences.muted.iter().map(|it| it.as_str().to_owned()).collect(),
        quiet: preferences.quiet.as_ref().map(|quiet| KeptQuiet {
            from: quiet.from,
            to: quiet.to,
            zone: quiet.zone.name().to_owned(),
        }),
    };
    Some(serde_json::to_string(&kept).expect("words and times"))
}

/// What the cell says.
pub(super) fn read(cell: Option<&str>) -> Result<Preferences, StoreError> {
    const TABLE: &str = "users";
    const COLUMN: &str = "preferences";
    let Some(cell) = cell else { return Ok(Preferences::default()) };
    let unreadable = |value: &str| StoreError::Unreadable {
        table: TABLE,
        column: COLUMN,
        value: value.to_owned(),
    };
    let kept: Kept = serde_json::from_str(cell).map_err(|_| unreadable(cell))?;
    let quiet = kept.quiet.map(|quiet| {
        let zone = quiet.zone.parse().map_err(|_| unreadable(&quiet.zone))?;
        Ok::<_, StoreError>(QuietHours { from: quiet.from, to: quiet.to, zone })
    });
    let channels = kept.channels.iter().map(|it| word(TABLE, COLUMN, it));
    let muted = kept.muted.iter().map(|it| word(TABLE, COLUMN, it));
    Ok(Preferences {
        channels: channels.collect::<Result<_, _>>()?,
        muted: muted.collect::<Result<_, _>>()?,
        quiet: quiet.transpose()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::Event;
    use crate::domain::medium::Medium;

    #[test]
    fn what_is_written_is_read_back() {
        assert_eq!(written(&Preferences::default()), None);
        let chosen = Preferences {
            channels: vec![Medium::Email],
            muted: vec![Event::CommentAdded],
            quiet: Some(QuietHours {
                from: NaiveTime::from_hms_opt(22, 0, 0).unwrap(),
                to: NaiveTime::from_hms_opt(7, 30, 0).unwrap(),
                zone: "America/Sao_Paulo".parse().unwrap(),
            }),
        };
        for preferences in [chosen, Preferences::default()] {
            let cell = written(&preferences);
            assert_eq!(read(cell.as_deref()).unwrap(), preferences);
        }
        assert!(read(Some("{}")).is_err());
    }
}
