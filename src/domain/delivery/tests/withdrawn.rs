//! Deliveries whose words are deleted meanwhile.
use super::*;

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
