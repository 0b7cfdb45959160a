#!/usr/bin/env python3
"""Takes the database away for a while, under load: meanwhile the program says so quickly and in good
form, afterwards it goes on by itself, and nothing was lost and nothing was sent twice.

    tests/crash/outage.py --binary target/release/deskbell --database postgres --seconds 30
    tests/crash/outage.py --binary target/release/deskbell --database sqlite

PostgreSQL is cut off by a proxy before it, so that the server stays up for everybody else; SQLite is
locked by a second writer.
"""
import argparse
import contextlib
import hashlib
import hmac
import http.client
import json
import random
import sqlite3
import threading
import time
import urllib.parse

import harness
from harness import APP_SECRET, Lab
from load import Load
from oracle import Findings, settle, stop_and_judge
from proxy import Proxy

# The program waits 3 s for a connection; an answer later than this leaves callers hanging.
ANSWERED_WITHIN_S = 4.5
RECOVERED_WITHIN_S = 15


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--database", choices=["sqlite", "postgres"], required=True)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--manner", choices=["cut", "hang", "lose"], default="cut",
                        help="cut: connections are dropped and refused; hang: nobody says a word; "
                             "lose: as hang, and old connections stay silent for ever")
    parser.add_argument("--rate", type=float, default=20, help="tickets a second, all clients")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    parser.add_argument("--keep", action="store_true", help="keep the database and the logs")
    return parser.parse_args()


class Probes:
    """Asks again and again for signs of life, and posts webhooks as Meta would."""

    def __init__(self, port):
        self.port, self.answers, self.enough = port, [], threading.Event()
        self.threads = [threading.Thread(target=self.ask, args=row, daemon=True) for row in (
            ("GET", "/healthz"), ("GET", "/readyz"), ("POST", "/webhook/whatsapp"))]

    def begin(self):
        for thread in self.threads:
            thread.start()

    def end(self):
        self.enough.set()
        for thread in self.threads:
            thread.join(20)

    def ask(self, method, path):
        number = 0
        while not self.enough.is_set():
            number += 1
            body = json.dumps({"object": "whatsapp_business_account", "entry": [], "n": number})
            mac = hmac.new(APP_SECRET.encode(), body.encode(), hashlib.sha256).hexdigest()
            headers = {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={mac}"}
            begun = time.monotonic()
            try:
                given = (body, headers) if method == "POST" else (None, {})
                status, answered, _ = harness.call(self.port, method, path, *given, timeout=15)
                retry_after = answered.get("Retry-After")
            except (OSError, http.client.HTTPException):
                status, retry_after = 0, None
            took = time.monotonic() - begun
            self.answers.append((path, begun, took, status, retry_after))
            self.enough.wait(0.5)

    def during(self, path, begin, end):
        return [(took, status, retry_after) for asked, begun, took, status, retry_after
                in self.answers if asked == path and begin <= begun and begun + took < end]


@contextlib.contextmanager
def cut_off(proxy, manner):
    getattr(proxy, manner)()
    yield
    proxy.mend()


@contextlib.contextmanager
def locked(path):
    with contextlib.closing(sqlite3.connect(path, isolation_level=None, timeout=60)) as conn:
        conn.execute("BEGIN IMMEDIATE")
        yield
        conn.execute("ROLLBACK")


def judge_tickets(load, begin, end, findings):
    within = [a for a in load.answers if begin <= a.begun and a.begun + a.took < end]
    took = sorted(answer.took for answer in within) or [0]
    findings.tell("POST /api/tickets meanwhile", counted(answer.status for answer in within))
    findings.tell("... answered within", f"p50 {took[len(took) // 2]:.2f} s, max {took[-1]:.2f} s")
    if not within:
        findings.wrong("a POST is answered during the outage", "none was")
    for answer in within:
        if answer.status != 503 or answer.retry_after is None:
            findings.wrong("a POST during the outage is 503 with Retry-After", answer)
    slow = [answer for answer in load.answers if answer.took > ANSWERED_WITHIN_S]
    for answer in slow:
        findings.wrong(f"a POST is answered within {ANSWERED_WITHIN_S} s",
                       f"{answer.took:.2f} s, {answer.status}, asked {answer.begun - begin:.1f} s "
                       "after the outage began")
    silent = [answer for answer in load.answers if answer.status == 0]
    for answer in silent:
        findings.wrong("every POST is answered", answer)
    again = [a.begun + a.took - end for a in load.answers if a.status == 201 and a.begun + a.took > end]
    findings.tell("first 201 after the outage", f"{min(again, default=float('nan')):.2f} s")
    if not again or min(again) > RECOVERED_WITHIN_S:
        findings.wrong(f"it recovers within {RECOVERED_WITHIN_S} s", again[:1])


def judge_probes(probes, begin, end, expected, findings):
    for path, wanted in expected.items():
        # The first look may still find what was asked before.
        answers = probes.during(path, begin + 0.1, end)
        slowest = max((took for took, _, _ in answers), default=0)
        findings.tell(f"{path} meanwhile",
                      f"{counted(status for _, status, _ in answers)}, max {slowest:.2f} s")
        if not answers and wanted is not None:
            findings.wrong(f"{path} is answered meanwhile", "never")
        for took, status, retry_after in answers:
            if wanted is not None and status != wanted:
                findings.wrong(f"{path} is {wanted} meanwhile", f"{status} after {took:.2f} s")
            if status == 503 and retry_after is None:
                findings.wrong(f"{path}: a 503 carries Retry-After", f"after {took:.2f} s")
            if took > ANSWERED_WITHIN_S:
                findings.wrong(f"{path} is answered within {ANSWERED_WITHIN_S} s", f"{took:.2f} s")


def counted(statuses):
    statuses = list(statuses)
    return ", ".join(f"{statuses.count(s)} x {s or 'no answer'}" for s in sorted(set(statuses)))


def main():
    options = arguments()
    harness.end_on_signals()
    print(f"seed {options.seed}", flush=True)
    findings = Findings()
    with Lab(options.binary, options.database, options.keep) as lab:
        if options.database == "postgres":
            address = urllib.parse.urlsplit(lab.database.url)
            proxy = Proxy(address.hostname, address.port or 5432, harness.free_port())
            user = address.netloc.rpartition("@")[0]
            through = address._replace(netloc=f"{user}@127.0.0.1:{proxy.at}")
            lab.database_url = through.geturl()
            outage = cut_off(proxy, options.manner)
        else:
            outage = locked(lab.database.path)
        lab.serve("all")
        # So that some sends are under way when the database goes.
        lab.faults({"number": "*", "kind": "SLOW", "ms": 250})
        load = Load(lab, 4, options.rate, options.seed, pause=(0.3, 0.6))
        probes = Probes(lab.port)
        load.begin()
        probes.begin()
        time.sleep(5)
        with outage:
            begin = time.monotonic()
            time.sleep(options.seconds)
            end = time.monotonic()
        time.sleep(10)
        load.end()
        probes.end()
        findings.tell("seed", options.seed)
        findings.tell("database away for", f"{end - begin:.0f} s")
        judge_tickets(load, begin, end, findings)
        # A locked SQLite can still be read, so it may well call itself ready.
        ready = 503 if options.database == "postgres" else None
        expected = {"/healthz": 200, "/readyz": ready, "/webhook/whatsapp": 503}
        judge_probes(probes, begin, end, expected, findings)
        if not all(program.is_running() for program in lab.programs):
            findings.wrong("the program goes on without a restart", "it has ended")
        settle(lab, findings, end)
        stop_and_judge(lab, load, findings)
        manner = f", {options.manner}" if options.database == "postgres" else ""
        findings.print(f"outage: {options.database}{manner}")
        if findings.violations:
            raise SystemExit(findings.exit_code())


if __name__ == "__main__":
    main()
