//! The merge under every order, repetition and interleaving.
use std::collections::{HashSet, VecDeque};

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
    delivery.start(NOW);
    delivery
}

fn some_answer() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        Just(accepted(1)),
        Just(lost()),
        Just(Outcome::Rejected(failure(Remedy::Again))),
        Just(Outcome::Rejected(failure(Remedy::Never))),
        Just(Outcome::NotSent(failure(Remedy::Again))),
    ]
}

fn some_report() -> impl Strategy<Value = Evidence> {
    let report = prop_oneof![
        Just(Report::Sent),
        Just(Report::Received(Receipt::Delivered)),
        Just(Report::Received(Receipt::Read)),
        Just(Report::Failed(failure(Remedy::Again))),
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

/// What is written down of a delivery when its words are deleted.
fn withdraw(delivery: &mut Delivery) {
    delivery.withdrawn = Some(SkipReason::TicketDeleted);
    if matches!(delivery.intent, Intent::Waiting(_)) {
        delivery.intent = Intent::Skipped(SkipReason::TicketDeleted);
    }
}

#[test]
fn what_was_deleted_is_never_sent_again() {
    use Evidence::{Answer as A, Report as R};
    let again = || Report::Failed(failure(Remedy::Again));
    for (evidence, status) in [
        (vec![A(1, accepted(1))], Status::Sent),
        (vec![A(1, Outcome::Rejected(failure(Remedy::Again)))], Status::Skipped),
        (vec![A(1, Outcome::Rejected(failure(Remedy::Hold)))], Status::Skipped),
        (vec![A(1, Outcome::Rejected(failure(Remedy::Never)))], Status::Failed),
        (vec![A(1, lost())], Status::Unconfirmed),
        (vec![A(1, accepted(1)), R(1, again(), 1)], Status::Skipped),
        (vec![R(1, again(), 1), R(1, Report::Sent, 2)], Status::Skipped),
        (vec![R(1, again(), 1), R(1, Report::Received(Receipt::Read), 2)], Status::Sent),
    ] {
        let mut delivery = sending();
        withdraw(&mut delivery);
        assert_eq!(delivery.status(), Status::Sending, "a send in hand ends as it ends");
        evidence.iter().for_each(|piece| piece.tell(&mut delivery));
        assert_eq!(delivery.status(), status, "{evidence:?}");
        assert!(!delivery.send_once_more(AT), "{evidence:?}");
        assert_eq!(delivery.retry(true, AT), Err(NotNow::Gone), "{evidence:?}");
    }
    let mut queued = Delivery::new(NOW);
    withdraw(&mut queued);
    assert_eq!(queued.status(), Status::Skipped);
    assert_eq!(queued.retry(true, AT), Err(NotNow::Gone));
}

proptest! {
    /// When in the course of the evidence the words were deleted makes no difference either, once
    /// the send has ended.
    #[test]
    fn any_order_gives_the_same_row_when_the_words_are_deleted_meanwhile(
        outcome in some_answer(),
        reports in proptest::collection::vec(some_report(), 0..6),
        first in 0..8usize,
        second in 0..8usize,
    ) {
        let mut evidence = reports;
        evidence.push(Evidence::Answer(1, outcome));
        let told = |deleted_at: usize| {
            let mut delivery = sending();
            for (at, piece) in evidence.iter().enumerate() {
                if at == deleted_at {
                    withdraw(&mut delivery);
                }
                piece.tell(&mut delivery);
            }
            if deleted_at >= evidence.len() {
                withdraw(&mut delivery);
            }
            delivery
        };
        let (one, other) = (told(first), told(second));
        prop_assert_eq!(one.status(), other.status());
        prop_assert!(!matches!(one.intent, Intent::Waiting(_)));
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

/// Every interleaving of two workers, crashes, pauses, lost requests and answers, repeated and
/// reordered reports, over two attempts: an attempt is posted once, nothing is sent again while
/// an attempt is known to live, and what was received stays received.
#[test]
fn every_interleaving_keeps_the_promises() {
    let start = World {
        row: Delivery::new(NOW),
        workers: [Worker::Idle; 2],
        posted: [0; 2],
        reports: vec![],
    };
    let mut seen = HashSet::from([start.key()]);
    let mut queue = VecDeque::from([start]);
    while let Some(world) = queue.pop_front() {
        for next in world.steps() {
            next.check(&world);
            if seen.insert(next.key()) {
                queue.push_back(next);
            }
        }
    }
    assert!(seen.len() > 500, "the model was explored: {} states", seen.len());
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Worker {
    Idle,
    ToPost(u32),
    Answered(u32, Wire),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Wire {
    Accepted,
    Refused,
    Nothing,
}

#[derive(Clone, Debug)]
struct World {
    row: Delivery,
    workers: [Worker; 2],
    posted: [u32; 2],
    reports: Vec<(u32, &'static str)>,
}

impl World {
    fn key(&self) -> String {
        format!("{:?}", (&self.row, &self.workers, &self.posted, &self.reports))
    }

    fn steps(&self) -> Vec<Self> {
        let mut out = vec![];
        for worker in 0..2 {
            self.work(worker, &mut out);
        }
        if self.row.intent == Intent::Sending {
            out.push(self.with(|world| world.row.lose_answer(AT)));
        }
        for (number, report) in &self.reports {
            let report = match *report {
                "sent" => Report::Sent,
                "delivered" => Report::Received(Receipt::Delivered),
                _ => Report::Failed(failure(Remedy::Again)),
            };
            out.push(self.with(|world| {
                assert_eq!(world.row.report(*number, &report, NOW, AT), Ok(()));
            }));
        }
        if self.row.attempts.len() < 2 {
            out.push(self.with(|world| _ = world.row.send_once_more(AT)));
        }
        out
    }

    fn work(&self, who: usize, out: &mut Vec<Self>) {
        let waits = matches!(self.row.intent, Intent::Waiting(_)) && self.row.attempts.len() < 2;
        match self.workers[who] {
            Worker::Idle if waits => out.push(self.with(|world| {
                world.workers[who] = Worker::ToPost(world.row.start(NOW));
            })),
            Worker::Idle => {}
            Worker::ToPost(number) => {
                let post = |wire, reports: &[&'static str]| {
                    self.with(|world| {
                        world.workers[who] = Worker::Answered(number, wire);
                        world.posted[number as usize - 1] += u32::from(wire == Wire::Accepted);
                        world.reports.extend(reports.iter().map(|report| (number, *report)));
                    })
                };
                out.push(post(Wire::Accepted, &["sent", "delivered"]));
                out.push(post(Wire::Accepted, &["failed"]));
                out.push(post(Wire::Refused, &[]));
                out.push(post(Wire::Nothing, &[]));
            }
            Worker::Answered(number, wire) => {
                let outcomes = match wire {
                    Wire::Accepted => vec![accepted(number), lost()],
                    Wire::Refused => vec![Outcome::Rejected(failure(Remedy::Again)), lost()],
                    Wire::Nothing => vec![lost()],
                };
                for outcome in outcomes {
                    out.push(self.with(|world| {
                        world.workers[who] = Worker::Idle;
                        let told = world.row.answer(number, &answer(outcome.clone()), AT);
                        assert_eq!(told, Ok(()));
                    }));
                }
            }
        }
        if self.workers[who] != Worker::Idle {
            out.push(self.with(|world| world.workers[who] = Worker::Idle));
        }
    }

    fn with(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut next = self.clone();
        change(&mut next);
        next
    }

    fn check(&self, before: &Self) {
        assert!(self.posted.iter().all(|posts| *posts <= 1), "one attempt was posted twice");
        assert!(self.row.resends <= MAX_RESENDS);
        let begun = self.row.attempts.len() > before.row.attempts.len();
        let lived = before.row.attempts.iter().any(Attempt::is_alive);
        assert!(!(begun && lived), "sent again although an attempt is known to live");
        assert!(self.row.receipt() >= before.row.receipt(), "a receipt went back");
        let waits = matches!(self.row.intent, Intent::Waiting(_));
        assert!(!(waits && self.row.status() == Status::Sent), "it waits although it has gone");
    }
}

#[test]
fn the_latest_certain_word_stays() {
    assert!(accepted(1) > Outcome::Rejected(failure(Remedy::Never)));
    assert!(lost() > Outcome::Started);
}
