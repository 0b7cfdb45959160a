//! The merge under every order, repetition and interleaving.
mod interleavings;
mod withdrawn;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::*;
use crate::domain::attempt::{Answer, Failure, Outcome, Remedy, Report};

const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;
const AT: Moment = Moment { now: NOW, chance: 0.5 };

fn failure(remedy: Remedy) -> Failure {
    Failure { code: Some(131_000), message: "Something went wrong".into(), remedy }
}

fn answer(outcome: Outcome) -> Answer {
    Answer { outcome, http_status: None, took: TimeDelta::zero(), retry_after: None }
}

fn accepted(attempt: u32) -> Outcome {
    Outcome::Accepted { provider_message_id: format!("wamid.{attempt}") }
}

fn lost() -> Outcome {
    Outcome::Unknown { reason: "timeout".into() }
}

/// One piece of evidence about one attempt.
#[derive(Clone, Debug)]
enum Evidence {
    Answer(u32, Outcome),
    Report(u32, Report, i64),
}

impl Evidence {
    fn tell(&self, delivery: &mut Delivery) {
        let known = match self {
            Self::Answer(number, outcome) => delivery.answer(*number, &answer(outcome.clone()), AT),
            Self::Report(number, report, second) => {
                let at = NOW + TimeDelta::seconds(*second);
                delivery.report(*number, report, at, AT)
            }
        };
        assert_eq!(known, Ok(()));
    }
}

fn sending() -> Delivery {
    let mut delivery = Delivery::new(NOW);
    delivery.has_template = true;
    delivery.start(NOW);
    delivery
}

fn some_answer() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        Just(accepted(1)),
        Just(lost()),
        Just(Outcome::Rejected(failure(Remedy::Again))),
        Just(Outcome::Rejected(failure(Remedy::Never))),
        Just(Outcome::Rejected(failure(Remedy::AsTemplate))),
        Just(Outcome::NotSent(failure(Remedy::Again))),
    ]
}

fn some_report() -> impl Strategy<Value = Evidence> {
    let report = prop_oneof![
        Just(Report::Sent),
        Just(Report::Received(Receipt::Delivered)),
        Just(Report::Received(Receipt::Read)),
        Just(Report::Failed(failure(Remedy::Again))),
        Just(Report::Failed(failure(Remedy::AsTemplate))),
        Just(Report::Failed(failure(Remedy::Never))),
    ];
    (report, 0..5i64).prop_map(|(report, second)| Evidence::Report(1, report, second))
}

proptest! {
    /// Any permutation with repetition of the same evidence gives the same row.
    #[test]
    fn any_order_and_repetition_gives_the_same_row(
        outcome in some_answer(),
        reports in proptest::collection::vec(some_report(), 0..6),
        seed in proptest::collection::vec(any::<proptest::sample::Index>(), 24),
    ) {
        let mut evidence = reports;
        evidence.push(Evidence::Answer(1, outcome));
        let mut straight = sending();
        evidence.iter().for_each(|piece| piece.tell(&mut straight));

        let mut shuffled: Vec<&Evidence> = seed.iter().map(|at| at.get(&evidence)).collect();
        // Whatever the repetition left out is told at its end, so that both have heard all.
        shuffled.extend(evidence.iter().rev());
        let mut mixed = sending();
        for piece in shuffled {
            let before = (mixed.status(), mixed.receipt());
            piece.tell(&mut mixed);
            prop_assert!(mixed.receipt() >= before.1, "a receipt went back");
        }
        // When an answer was heard is no evidence; all else must agree.
        prop_assert_eq!(&mixed, &straight);
    }

    #[test]
    fn what_was_received_stays_received(
        reports in proptest::collection::vec(some_report(), 0..8),
    ) {
        let mut delivery = sending();
        Evidence::Report(1, Report::Received(Receipt::Delivered), 1).tell(&mut delivery);
        for report in &reports {
            report.tell(&mut delivery);
            prop_assert_eq!(delivery.status(), Status::Sent);
        }
    }
}

#[test]
fn each_piece_of_evidence_leads_where_the_contract_says() {
    use Evidence::{Answer as A, Report as R};
    let again = || Report::Failed(failure(Remedy::Again));
    let never = || Report::Failed(failure(Remedy::Never));
    let delivered = || Report::Received(Receipt::Delivered);
    let read = || Report::Received(Receipt::Read);
    for (told, status, receipt) in [
        (vec![], Status::Sending, None),
        (vec![A(1, accepted(1))], Status::Sent, None),
        (vec![A(1, lost())], Status::Unconfirmed, None),
        (vec![A(1, lost()), R(1, Report::Sent, 1)], Status::Sent, None),
        (vec![R(1, Report::Sent, 1)], Status::Sent, None),
        (vec![R(1, read(), 1)], Status::Sent, Some(Receipt::Read)),
        (vec![R(1, read(), 2), R(1, delivered(), 1)], Status::Sent, Some(Receipt::Read)),
        (vec![A(1, lost()), R(1, never(), 1)], Status::Failed, None),
        (vec![A(1, accepted(1)), R(1, never(), 1)], Status::Failed, None),
        (vec![A(1, accepted(1)), R(1, again(), 1)], Status::Queued, None),
        (vec![R(1, again(), 1), A(1, accepted(1))], Status::Queued, None),
        (vec![R(1, delivered(), 1), R(1, again(), 2)], Status::Sent, Some(Receipt::Delivered)),
        (vec![R(1, never(), 1), R(1, delivered(), 2)], Status::Sent, Some(Receipt::Delivered)),
        (vec![A(1, Outcome::Rejected(failure(Remedy::Again)))], Status::Queued, None),
        (vec![A(1, Outcome::Rejected(failure(Remedy::Hold)))], Status::Queued, None),
        (vec![A(1, Outcome::Rejected(failure(Remedy::Never)))], Status::Failed, None),
        (vec![A(1, Outcome::NotSent(failure(Remedy::Again)))], Status::Queued, None),
    ] {
        let mut delivery = sending();
        told.iter().for_each(|piece| piece.tell(&mut delivery));
        assert_eq!((delivery.status(), delivery.receipt()), (status, receipt), "{told:?}");
    }
}

#[test]
fn waits_grow_and_attempts_end() {
    let mut delivery = Delivery::new(NOW);
    let mut waits = vec![];
    while let Intent::Waiting(until) = delivery.intent {
        waits.push((until - NOW).num_seconds());
        let number = delivery.start(NOW);
        let refused = answer(Outcome::Rejected(failure(Remedy::Again)));
        assert_eq!(delivery.answer(number, &refused, AT), Ok(()));
    }
    assert_eq!(waits, [0, 5, 30, 120, 600], "five attempts, growing waits");
    assert_eq!(delivery.status(), Status::Failed);
    assert_eq!(delivery.retry(false, AT), Ok(()), "an admin may ask anew");
    assert_eq!(delivery.status(), Status::Queued);
}

#[test]
fn waits_spread_by_a_fifth_and_honour_what_the_provider_asks() {
    for (chance, retry_after, seconds) in [
        (0.0, None, 4),
        (1.0, None, 6),
        (0.5, Some(90), 90),
        (0.5, Some(1), 5),
        (0.5, Some(90_000), 3600),
    ] {
        let mut delivery = sending();
        let mut refused = answer(Outcome::Rejected(failure(Remedy::Again)));
        refused.retry_after = retry_after.map(TimeDelta::seconds);
        assert_eq!(delivery.answer(1, &refused, Moment { now: NOW, chance }), Ok(()));
        assert_eq!(delivery.intent, Intent::Waiting(NOW + TimeDelta::seconds(seconds)));
    }
}

#[test]
fn a_shut_window_is_answered_once_by_the_template_and_at_once() {
    let shut = || failure(Remedy::AsTemplate);
    let answered = |delivery: &mut Delivery, number| {
        assert_eq!(delivery.answer(number, &answer(Outcome::Rejected(shut())), AT), Ok(()));
        delivery.status()
    };
    let mut delivery = sending();
    assert_eq!(answered(&mut delivery, 1), Status::Queued);
    assert_eq!(delivery.intent, Intent::Waiting(NOW), "nothing has to be waited for");
    let number = delivery.start(NOW);
    delivery.goes_as(number, Some(("ticket_opened".into(), "en".into())));
    let mut gone = delivery.clone();
    assert_eq!(answered(&mut delivery, number), Status::Failed, "a template has no other form");
    assert_eq!(gone.answer(number, &answer(accepted(2)), AT), Ok(()));
    Evidence::Report(1, Report::Failed(shut()), 9).tell(&mut gone);
    assert_eq!(gone.status(), Status::Sent, "what is known already changes nothing");

    let mut later = sending();
    assert_eq!(later.answer(1, &answer(accepted(1)), AT), Ok(()));
    Evidence::Report(1, Report::Failed(shut()), 9).tell(&mut later);
    assert_eq!(later.intent, Intent::Waiting(NOW), "a later report says the same");
    later.start(NOW);
    assert_eq!(answered(&mut later, 2), Status::Failed, "once, whatever form it had");

    let mut without = sending();
    without.has_template = false;
    assert_eq!(answered(&mut without, 1), Status::Failed);
}

#[test]
fn a_fault_of_the_account_burns_no_attempt() {
    let mut delivery = Delivery::new(NOW);
    for _ in 0..50 {
        let number = delivery.start(NOW);
        let held = answer(Outcome::Rejected(failure(Remedy::Hold)));
        assert_eq!(delivery.answer(number, &held, AT), Ok(()));
        assert_eq!(delivery.status(), Status::Queued);
    }
}

#[test]
fn a_lost_answer_is_sent_once_more_at_most_and_never_blindly() {
    let mut delivery = sending();
    delivery.lose_answer(AT);
    assert_eq!(delivery.status(), Status::Unconfirmed);
    assert_eq!(delivery.retry(false, AT), Err(NotNow::MayHaveArrived));
    assert!(delivery.send_once_more(AT));
    delivery.start(NOW);
    delivery.lose_answer(AT);
    assert!(!delivery.send_once_more(AT), "one resend and no more");
    assert_eq!(delivery.retry(true, AT), Ok(()), "a person may decide to");
}

#[test]
fn late_proof_of_life_stops_a_resend_that_has_not_begun() {
    let mut delivery = sending();
    delivery.lose_answer(AT);
    assert!(delivery.send_once_more(AT));
    Evidence::Report(1, Report::Sent, 1).tell(&mut delivery);
    assert_eq!((delivery.status(), delivery.intent), (Status::Sent, Intent::Resting));
}

#[test]
fn the_latest_certain_word_stays() {
    assert!(accepted(1) > Outcome::Rejected(failure(Remedy::Never)));
    assert!(lost() > Outcome::Started);
}
