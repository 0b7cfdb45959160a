#!/usr/bin/env python3
"""How much of the allowed rate two workers use together, and whether the provider ever has to slow them down.

    benches/pace.py --binary target/release/deskbell --server postgres://root@127.0.0.1:5432/postgres [--rates 80,1000]

Files tickets while nobody works, starts two workers, and plays a provider that refuses (130429) whatever exceeds the rate
within a second of its clock. Prints for each rate the share of it that was used, the busiest second, and the refusals.
Needs Python 3, `psql`, and PostgreSQL, on which it makes a database and drops it again.
"""
import argparse
import time
from concurrent.futures import ThreadPoolExecutor

import lab


class Provider(lab.Provider):
    """Keeps the limit of a number; answers after 100 ms as one across the world."""

    def __init__(self, rate):
        self.rate, self.taken, self.refused, self.second, self.count = rate, [], 0, 0, 0
        super().__init__(delay=0.1)

    def answer(self, _head, _body):
        now = time.monotonic()
        with self.lock:
            if int(now) != self.second:
                self.second, self.count = int(now), 0
            self.count += 1
            if self.count > self.rate:
                self.refused += 1
                return 400, {"error": {"code": 130429, "message": "(#130429) Rate limit hit"}}
            self.taken.append(now)
            return 200, {"messages": [{"id": f"wamid.{len(self.taken)}"}]}


def run(options, rate):
    provider, admins = Provider(rate), 10
    settings = {"WHATSAPP_PAIR_LIMIT": "off", "WHATSAPP_PHONE_NUMBER_ID": "106540352242922", "META_APP_SECRET": "secret",
                "WHATSAPP_API_URL": f"http://127.0.0.1:{provider.port}", "WHATSAPP_MESSAGES_PER_SECOND": str(rate)}
    with lab.Lab(options.binary, "postgres", options.server, settings) as here:
        here.user("client", "client", "+447700900000")
        for at in range(admins):
            here.user(f"admin{at}", "admin", f"+4477009001{at:02}")
        port, _ = here.serve("api")
        token = here.token(port, "client")
        tickets = rate * options.seconds // admins
        draft = {"title": "Pace", "description": "d", "category": "BUG", "project_name": "p"}
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(lambda _: lab.ask(port, "POST", "/api/tickets", draft, token), range(tickets)))
        for _ in range(2):
            here.serve("worker")
        due, until = tickets * admins, time.monotonic() + 4 * options.seconds + 30
        while len(provider.taken) < due and time.monotonic() < until:
            time.sleep(0.2)
        taken = sorted(provider.taken)
        # The first second is the takeover.
        taken = [at for at in taken if at >= taken[0] + 1]
        share = (len(taken) - 1) / (taken[-1] - taken[0]) / rate
        busiest = max(sum(1 for it in taken[at:at + 2 * rate] if it < taken[at] + 1)
                      for at in range(0, len(taken), max(1, rate // 20)))
        print(f"| {rate} | {due} | {len(provider.taken)} | {share:.3f} | {busiest} | {provider.refused} |", flush=True)


def main():
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--binary", required=True)
    reader.add_argument("--server", default=lab.SERVER)
    reader.add_argument("--rates", default="80,1000")
    reader.add_argument("--seconds", type=int, default=20)
    options = reader.parse_args()
    print("| allowed a second | due | taken | share used | busiest second | refused |\n|---|---|---|---|---|---|")
    for rate in options.rates.split(","):
        run(options, int(rate))


if __name__ == "__main__":
    main()
