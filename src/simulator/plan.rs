//! Which statuses follow an accepted message, and when.

use std::time::Duration;

use super::{faults::Fault, kind::Kind, line::Ink, message::Progress};

/// Meta's code for a number that cannot be reached.
const UNDELIVERABLE: i64 = 131026;

/// One status to come.
#[derive(Clone, Copy)]
#[cfg_attr(test, derive(Debug, PartialEq))]
pub(super) struct Step {
    /// What it tells.
    pub(super) progress: Progress,
    /// How long after the acceptance.
    pub(super) after: Duration,
    /// The error, where it tells of a failure.
    pub(super) code: Option<i64>,
}

/// The statuses of a message that this fault befell; `reachable` is false for a number that
/// nobody can have, which Meta accepts all the same.
pub(super) fn steps(fault: Option<&Fault>, reachable: bool) -> Vec<Step> {
    let sent = Step { progress: Progress::Sent, after: Duration::ZERO, code: None };
    let delivered = Step { progress: Progress::Delivered, ..sent };
    let failed = |code| Step { progress: Progress::Failed, code: Some(code), ..sent };
    match fault.map(|fault| fault.kind) {
        Some(Kind::NoStatus | Kind::Unreported) => vec![],
        Some(Kind::NotOnWhatsapp) => vec![failed(UNDELIVERABLE)],
        _ if !reachable => vec![failed(UNDELIVERABLE)],
        Some(Kind::DeliveredNever) => vec![sent],
        Some(Kind::DeliveredLate) => {
            vec![sent, Step { after: waited(fault), ..delivered }]
        }
        Some(Kind::FailedLater) => {
            let code = fault.and_then(|fault| fault.code).unwrap_or(UNDELIVERABLE);
            vec![sent, failed(code)]
        }
        Some(Kind::Duplicated) => vec![sent, sent, delivered, delivered],
        Some(Kind::StatusLate) => {
            let after = waited(fault);
            vec![Step { after, ..sent }, Step { after, ..delivered }]
        }
        Some(Kind::Held) => {
            let after = waited(fault);
            match fault.and_then(|fault| fault.code) {
                Some(code) => vec![Step { after, ..failed(code) }],
                None => vec![Step { after, ..sent }, Step { after, ..delivered }],
            }
        }
        Some(Kind::Shuffled) => vec![delivered, delivered, sent, sent],
        _ => vec![sent, delivered],
    }
}

/// By whom the statuses of a message that this fault befell are signed.
pub(super) fn ink(fault: Option<&Fault>) -> Ink {
    let is_forged = fault.is_some_and(|fault| fault.kind == Kind::WrongSignature);
    if is_forged { Ink::Forged } else { Ink::Ours }
}

fn waited(fault: Option<&Fault>) -> Duration {
    Duration::from_millis(fault.and_then(|fault| fault.ms).unwrap_or(5_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_follow_the_fault() {
        let rows: [(Option<Kind>, bool, &[&str]); 11] = [
            (None, true, &["sent", "delivered"]),
            (None, false, &["failed 131026"]),
            (Some(Kind::NotOnWhatsapp), true, &["failed 131026"]),
            (Some(Kind::NoStatus), false, &[]),
            (Some(Kind::DeliveredNever), true, &["sent"]),
            (Some(Kind::DeliveredLate), true, &["sent", "delivered after 70ms"]),
            (Some(Kind::FailedLater), true, &["sent", "failed 131049"]),
            (Some(Kind::Shuffled), true, &["delivered", "delivered", "sent", "sent"]),
            (Some(Kind::Duplicated), true, &["sent", "sent", "delivered", "delivered"]),
            (Some(Kind::Held), true, &["failed 131049"]),
            (Some(Kind::AcceptThenHang), true, &["sent", "delivered"]),
        ];
        for (kind, reachable, expected) in rows {
            let fault = kind.map(|kind| Fault {
                number: "*".into(),
                provider: Default::default(),
                kind,
                times: None,
                code: Some(131049),
                http_status: None,
                reason: None,
                ms: Some(70),
            });
            let told = |step: &Step| match (step.code, step.after) {
                (Some(code), _) => format!("{} {code}", step.progress.word()),
                (None, Duration::ZERO) => step.progress.word().to_owned(),
                (None, after) => format!("{} after {after:?}", step.progress.word()),
            };
            let steps: Vec<_> = steps(fault.as_ref(), reachable).iter().map(told).collect();
            assert_eq!(steps, expected);
        }
    }
}
