//! Two workers, a provider and a network that fails, in every order.
use std::collections::{HashSet, VecDeque};

use super::*;

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
