#!/usr/bin/env python3
"""Whether one failing person, paused template or throttled number slows down anybody else.

    benches/neighbours.py --binary target/release/deskbell --database sqlite|postgres [--server postgres://…]

Files tickets at a fixed rate for many clients, each of whom is told by one message, and takes the time from the instant at
which a ticket was due until that message arrives at the provider. Each fault has turns of its own, before each of which goes
one of the same traffic without it: a person whose messages always fail for a moment (131016) or are too many (131056), a
template that is paused (132015), a provider of SMS that is throttled (429, 20429). A fault befalls one ticket in five; these
are not counted, and are deleted after their turn. Prints p50 and p99 of all the others, and what the fault made of the p99.
Needs Python 3 alone; for PostgreSQL also `psql`.
"""
import argparse
import collections
import queue
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import lab

NEIGHBOUR, NUMBER = "+447700900999", "106540352242922"
NONE = "none"
FAULTS = {
    "person fails": (500, {"error": {"code": 131016, "message": "(#131016) Service unavailable"}}),
    "person has too many": (400, {"error": {"code": 131056, "message": "(#131056) pair rate limit hit"}}),
    "template paused": (400, {"error": {"code": 132015, "message": "(#132015) Template is Paused"}}),
    "SMS throttled": (429, {"code": 20429, "message": "Too Many Requests", "status": 429}),
}


class Provider(lab.Provider):
    """Takes everything but what the turn's fault befalls; answers after 50 ms."""

    def __init__(self):
        self.fault, self.refused, self.arrived = NONE, collections.Counter(), {}
        super().__init__(delay=0.05)

    def answer(self, head, body):
        now = time.monotonic()
        is_sms = b"/Accounts/" in head
        is_neighbour = is_sms or NEIGHBOUR[1:].encode() in body
        befallen = {"template paused": b"deskbell_ticket_opened" in body, "SMS throttled": is_sms}
        with self.lock:
            if self.fault != NONE and befallen.get(self.fault, is_neighbour):
                self.refused[self.fault] += 1
                return FAULTS[self.fault]
            for ticket in re.findall(rb"Turn \d+ ticket \d+", body):
                self.arrived.setdefault(ticket.decode(), now)
            if is_sms:
                return 201, {"sid": f"SM{len(self.arrived):032x}", "status": "queued"}
            return 200, {"messages": [{"id": f"wamid.{now}"}]}


class Traffic:
    """Files tickets when they are due, whatever became of those before."""

    def __init__(self, port, token, clients, neighbours, options):
        self.port, self.token, self.clients, self.neighbours, self.options = port, token, clients, neighbours, options
        self.turns = 0

    def ask(self, method, path, body=None):
        return lab.ask(self.port, method, path, body, self.token)

    def turn(self, provider, case, fault):
        """The times of one turn: from due to the provider, of everybody whom the fault does not befall."""
        self.turns += 1
        provider.fault, due, jobs, befallen = fault, {}, queue.SimpleQueue(), []

        def work():
            while (job := jobs.get()) is not None:
                title, number = job
                is_befallen = number % 5 == 0 and fault != NONE
                person = self.neighbours.get(case) if is_befallen else None
                draft = {"title": title, "description": "d", "category": "BUG", "project_name": "p",
                         "client_id": person or self.clients[number % len(self.clients)]}
                ticket = self.ask("POST", "/api/tickets", draft)["id"]
                if case == "template paused" and number % 5 == 0:
                    self.ask("POST", f"/api/tickets/{ticket}/open", {})
                if is_befallen:
                    befallen.append(ticket)
                    if person:
                        due.pop(title)

        workers = [threading.Thread(target=work) for _ in range(16)]
        [it.start() for it in workers]
        begun = time.monotonic()
        for number in range(int(self.options.rate * self.options.seconds)):
            at, title = begun + number / self.options.rate, f"Turn {self.turns} ticket {number}"
            time.sleep(max(0.0, at - time.monotonic()))
            due[title] = at
            jobs.put((title, number))
        [jobs.put(None) for _ in workers]
        [it.join() for it in workers]
        until = time.monotonic() + 30
        while time.monotonic() < until and not due.keys() <= provider.arrived.keys():
            time.sleep(0.1)
        lost = len(due.keys() - provider.arrived.keys())
        if lost:
            raise SystemExit(f"{case}, {fault}: {lost} of {len(due)} messages did not arrive within 30 s")
        provider.fault = NONE
        for ticket in befallen:
            self.ask("DELETE", f"/api/tickets/{ticket}")
        return [provider.arrived[title] - at for title, at in due.items()]


def run(options):
    provider = Provider()
    address = f"http://127.0.0.1:{provider.port}"
    settings = {"WHATSAPP_PHONE_NUMBER_ID": NUMBER, "META_APP_SECRET": "secret", "WHATSAPP_API_URL": address,
                "WHATSAPP_MESSAGES_PER_SECOND": "1000", "TWILIO_API_URL": address, "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
                "TWILIO_AUTH_TOKEN": "token", "TWILIO_PHONE_NUMBER": "+15550002222"}
    with lab.Lab(options.binary, options.database, options.server, settings) as here:
        here.user("admin", "admin")
        port, _ = here.serve()
        token = here.token(port, "admin")

        def client(name, number):
            body = {"username": name, "email": f"{name}@example.com", "password": lab.PASSWORD, "full_name": name,
                    "role": "CLIENT", "whatsapp_number": number}
            return lab.ask(port, "POST", "/api/users", body, token)["id"]

        # Each hears often enough to be one of many, and seldom enough for the limit of one person.
        many = int(options.rate * 10)
        with ThreadPoolExecutor(8) as pool:
            clients = list(pool.map(lambda at: client(f"client{at}", f"+15551{at:06}"), range(many)))
        neighbour, by_sms = client("neighbour", NEIGHBOUR), client("sms", "+447700900998")
        lab.ask(port, "PUT", f"/api/users/{by_sms}/preferences", {"channels": ["SMS"]}, token)
        neighbours = {"person fails": neighbour, "person has too many": neighbour, "SMS throttled": by_sms}
        traffic = Traffic(port, token, clients, neighbours, options)
        traffic.turn(provider, NONE, NONE)
        print(f"{options.database}: {options.rate:g} tickets/s, {options.rounds} turns of {options.seconds:g} s each\n")
        print("| | without: p50, p99 ms | with: p50, p99 ms | p99, times | refused |\n|---|---:|---:|---:|---:|")
        for case in FAULTS:
            times = {NONE: [], case: []}
            for _ in range(options.rounds):
                # A token lasts a quarter of an hour.
                traffic.token = here.token(port, "admin")
                for fault in times:
                    times[fault] += traffic.turn(provider, case, fault)
            (a50, a99), (b50, b99) = (tuple(lab.percentile(of, at) for at in (.5, .99)) for of in times.values())
            print(f"| {case} | {a50:.1f}, {a99:.1f} | {b50:.1f}, {b99:.1f} | {b99 / a99:.2f} | "
                  f"{provider.refused[case]} |", flush=True)


def main():
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--binary", required=True)
    reader.add_argument("--database", choices=("sqlite", "postgres"), required=True)
    reader.add_argument("--server", default=lab.SERVER)
    reader.add_argument("--rate", type=float, default=40, help="tickets a second")
    reader.add_argument("--seconds", type=float, default=10, help="of each turn")
    reader.add_argument("--rounds", type=int, default=3, help="with each fault")
    run(reader.parse_args())


if __name__ == "__main__":
    main()
