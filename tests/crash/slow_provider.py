#!/usr/bin/env python3
"""Measures whether a provider that is slow, silent or broken slows down those who file tickets.

    tests/crash/slow_provider.py --binary target/release/deskbell --database sqlite

Tickets are filed at a fixed rate whatever the answers do (an open loop), and each wait is counted
from the instant at which the ticket was due, so that a stall is seen by everyone it holds up. A
round with an instant provider goes before each round with a broken one, since a machine's mood
changes. It reports; it fails only where an answer is not 201.
"""
import argparse
import collections
import queue
import random
import threading
import time

import harness
from harness import Lab
from load import Client, ticket

INSTANT = "instant"
FAULTS = {
    "SLOW 9 s": {"kind": "SLOW", "ms": 9000},
    "HANG": {"kind": "HANG"},
    "CUT": {"kind": "CUT"},
    "HTML": {"kind": "HTML"},
}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--database", choices=["sqlite", "postgres"], required=True)
    parser.add_argument("--rate", type=float, default=50, help="tickets a second")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=15, help="of each round")
    parser.add_argument("--rounds", type=int, default=2, help="with each fault")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    parser.add_argument("--keep", action="store_true", help="keep the database and the logs")
    return parser.parse_args()


def measure(lab, token, options, name, clients):
    """One round: seconds that each ticket took, and answers other than 201."""
    due, took, wrong = queue.SimpleQueue(), [], []

    def work(client):
        while (at := due.get()) is not None:
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            status, _, body = client.post("/api/tickets", ticket(name, client.chance), headers)
            took.append(time.monotonic() - at)
            if status != 201:
                wrong.append(f"{name}: {status or 'no answer'} {body[:200]!r}")

    workers = [threading.Thread(target=work, args=(client,), daemon=True) for client in clients]
    for worker in workers:
        worker.start()
    begun = time.monotonic()
    for number in range(int(options.rate * options.seconds)):
        at = begun + number / options.rate
        time.sleep(max(0.0, at - time.monotonic()))
        due.put(at)
    for _ in workers:
        due.put(None)
    for worker in workers:
        worker.join(60)
    return took, wrong


def drain(lab):
    """Lets everything that was held up go, so that no round carries the burden of the one before."""
    lab.faults()
    sql = "SELECT count(*) FROM notification_log WHERE status IN ('QUEUED', 'SENDING')"
    harness.until("all is sent", lambda: lab.database.count(sql) == 0, 90)


def percentile(took, share):
    return sorted(took)[min(len(took) - 1, int(len(took) * share))] * 1000


def report(took, options):
    title = f"slow_provider: {options.database}, {options.rate:g} tickets/s, " \
            f"{options.connections} connections"
    print(f"\n{title}\n" + "-" * len(title))
    print(f"{'provider':<10}  tickets  p50 ms  p99 ms   max ms  p99 : instant")
    base = percentile(took[INSTANT], 0.99)
    for name, times in took.items():
        p50, p99 = percentile(times, 0.5), percentile(times, 0.99)
        print(f"{name:<10}  {len(times):>7}  {p50:>6.1f}  {p99:>6.1f}  {max(times) * 1000:>7.1f}"
              f"  {p99 / base:>13.2f}")


def main():
    options = arguments()
    harness.end_on_signals()
    print(f"seed {options.seed}", flush=True)
    took, wrong = collections.defaultdict(list), []
    with Lab(options.binary, options.database, options.keep) as lab:
        lab.serve("all")
        token = lab.token()
        clients = [Client(lab.api_ports(), random.Random(f"{options.seed} {n}"))
                   for n in range(options.connections)]
        warm_up = argparse.Namespace(**{**vars(options), "seconds": 3})
        measure(lab, token, warm_up, "warm-up", clients)
        for number in range(1, options.rounds + 1):
            for name, fault in FAULTS.items():
                for mode in (INSTANT, name):
                    drain(lab)
                    if mode != INSTANT:
                        lab.faults({"number": "*", **fault})
                    times, bad = measure(lab, token, options, mode, clients)
                    took[mode] += times
                    wrong += bad
                    print(f"round {number}, {mode}: p50 {percentile(times, 0.5):.1f} ms, "
                          f"p99 {percentile(times, 0.99):.1f} ms", flush=True)
                # A token lasts a quarter of an hour.
                token = lab.token()
        report(took, options)
        for case in wrong[:20]:
            print(f"NOT 201: {case}")
        if wrong:
            raise SystemExit(1)


if __name__ == "__main__":
    main()
