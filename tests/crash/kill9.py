#!/usr/bin/env python3
"""Kills the program with SIGKILL at random instants under load, again and again, and then proves
that nothing was lost and nothing was sent twice.

    tests/crash/kill9.py --binary target/release/deskbell --database sqlite --kills 200
    tests/crash/kill9.py --binary target/release/deskbell --database postgres --topology split
"""
import argparse
import random
import sys
import time

import harness
from harness import ADMINS, Lab
from load import Load
from oracle import Findings, settle, stop_and_judge


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--database", choices=["sqlite", "postgres"], required=True)
    parser.add_argument("--topology", choices=["all", "split"], default="all",
                        help="all: one process; split: two APIs and two workers, PostgreSQL only")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seconds-between", default="0.2,1.5", metavar="LO,HI")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--rate", type=float, default=60, help="tickets a second, all clients")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    parser.add_argument("--keep", action="store_true", help="keep the database and the logs")
    options = parser.parse_args()
    if options.topology == "split" and options.database == "sqlite":
        parser.error("--topology split needs --database postgres")
    low, high = (float(part) for part in options.seconds_between.split(","))
    return options, low, high


def kill_at_random(lab, options, low, high, findings):
    """SIGKILL at any point of its life, its start included; the next start comes at once or soon."""
    chance = random.Random(options.seed)
    for number in range(1, options.kills + 1):
        victim = chance.choice(lab.programs)
        time.sleep(chance.uniform(low, high))
        if not victim.kill():
            last = victim.logged("")[-1:]
            findings.wrong("the program never ends by itself",
                           f"{victim.name}, before kill {number}: {last}")
        time.sleep(chance.uniform(0, 0.3))
        victim.start()
        if number % 50 == 0:
            print(f"{number} kills", file=sys.stderr, flush=True)


def main():
    options, low, high = arguments()
    harness.end_on_signals()
    print(f"seed {options.seed}", flush=True)
    findings = Findings()
    with Lab(options.binary, options.database, options.keep) as lab:
        split = options.topology == "split"
        lab.serve(*(["api", "api", "worker", "worker"] if split else ["all"]))
        # With an instant provider hardly a kill would find a send under way.
        slow = zip(list(ADMINS.values())[1:], (60, 400))
        lab.faults(*({"number": number, "kind": "SLOW", "ms": ms} for number, ms in slow))
        load = Load(lab, options.clients, options.rate, options.seed)
        begun = time.monotonic()
        load.begin()
        kill_at_random(lab, options, low, high, findings)
        last_kill = time.monotonic()
        time.sleep(2)
        load.end()
        settle(lab, findings, last_kill)
        findings.numbers.insert(0, ("killed", f"{options.kills} times in {last_kill - begun:.0f} s"))
        findings.numbers.insert(0, ("seed", options.seed))
        stop_and_judge(lab, load, findings)
        findings.print(f"kill9: {options.database}, {options.topology}")
        if findings.violations:
            raise SystemExit(findings.exit_code())


if __name__ == "__main__":
    main()
