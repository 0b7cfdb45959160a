//! What a code of Meta's says about more than its message: whether the number, a person, a template or
//! the whole account is to pause, and for how long.
use chrono::TimeDelta;

use crate::domain::attempt::{Failure, Remedy};
use crate::domain::fault::{Fault, Pause};

const MINUTE: TimeDelta = TimeDelta::minutes(1);
const HOUR: TimeDelta = TimeDelta::hours(1);

/// Sources: Meta's page of error codes (2026-09-11). What only a person can mend is asked about once
/// an hour: asking costs nothing, and one message shows whether it is mended.
#[rustfmt::skip]
pub(super) fn fault(failure: &Failure) -> Fault {
    let every = |wait| Fault::Account(Pause::every(wait));
    match (failure.code, failure.remedy) {
        // A token can be good again at any time.
        (Some(0 | 33 | 104 | 190), _) | (Some(100), Remedy::Hold) => every(MINUTE),
        (Some(131_057 | 2_494_100), _) => every(TimeDelta::seconds(90)),
        (Some(133_015), _) => every(TimeDelta::minutes(5)),
        (Some(4 | 613 | 80_007 | 80_008), _) => Fault::Account(Pause { first: MINUTE, longest: HOUR }),
        (Some(130_429), _) => Fault::Number,
        (Some(131_056), _) => Fault::Pair,
        (Some(132_001 | 132_007 | 132_015 | 132_016), _) => Fault::Template,
        // Neither has to do with the channel as a whole.
        (Some(132_069 | 134_101), _) => Fault::Message,
        (_, Remedy::Hold) => every(HOUR),
        (_, Remedy::Slower) => Fault::Number,
        (_, Remedy::Again) => Fault::Outage,
        (_, Remedy::Never | Remedy::AsTemplate) => Fault::Message,
    }
}

#[cfg(test)]
mod tests {
    use super::super::errors::{CODES, of_code};
    use super::*;

    fn of(code: i64) -> Fault {
        fault(&Failure { code: Some(code), message: String::new(), remedy: of_code(code) })
    }

    #[test]
    fn the_code_says_who_pauses() {
        let account = |minutes| Fault::Account(Pause::every(TimeDelta::minutes(minutes)));
        for (code, expected) in [
            (190, account(1)),
            (0, account(1)),
            (200, account(60)),
            (368, account(60)),
            (131_031, account(60)),
            (131_042, account(60)),
            (131_048, account(60)),
            (133_010, account(60)),
            (130_429, Fault::Number),
            (131_056, Fault::Pair),
            (132_015, Fault::Template),
            (131_000, Fault::Outage),
            (131_016, Fault::Outage),
            (131_026, Fault::Message),
            (131_047, Fault::Message),
            (100, Fault::Message),
        ] {
            assert_eq!(of(code), expected, "{code}");
        }
        let pauses = |code: &i64| matches!(of(*code), Fault::Account(_));
        let burnt = CODES
            .iter()
            .filter(|code| pauses(code))
            .filter(|code| !matches!(of_code(**code), Remedy::Hold | Remedy::Slower));
        assert_eq!(burnt.count(), 0, "what pauses the channel costs its message nothing");
    }
}
