#!/usr/bin/env python3
"""Status webhooks at full speed while messages go out.

    benches/webhooks.py --binary target/release/deskbell --database sqlite
    benches/webhooks.py --binary target/release/deskbell --database postgres --server postgres://root@127.0.0.1:5432/postgres

Files tickets that reach `--people` admins each, so that `--messages` go out a second, to a provider of its own that takes each
and reports `sent`, `delivered` and `read` of it: three statuses a message, signed, `--batch` in a body, in the order in which they
fall due. A body's time counts from the instant at which it was full, so waiting for a free connection counts. Prints the rates
that were reached, the times of the answers, the backlog second by second, and the CPU of each part. Needs Python 3 alone; for
PostgreSQL also `psql`. The provider and whoever files run in this process and its children, and are counted apart.
"""
import argparse
import asyncio
import hashlib
import hmac
import http.client
import json
import multiprocessing
import os
import subprocess
import sys
import threading
import time

import lab

SECRET = b"the bench's app secret"
NUMBER = "100000000000001"
TICK = os.sysconf("SC_CLK_TCK")


class Provider(asyncio.Protocol):
    """Takes every message, and hands its callback data on."""
    taken, waiting = 0, []

    def connection_made(self, transport):
        self.transport, self.buffer = transport, b""

    def data_received(self, data):
        self.buffer += data
        while True:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self.buffer[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15:].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self.buffer) < end + 4 + length:
                return
            body, self.buffer = self.buffer[end + 4:end + 4 + length], self.buffer[end + 4 + length:]
            Provider.taken += 1
            name = f"wamid.bench{Provider.taken}"
            answer = json.dumps({"messaging_product": "whatsapp", "messages": [{"id": name}]}).encode()
            self.transport.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s"
                                 % (len(answer), answer))
            mark = b'"biz_opaque_callback_data":"'
            at = body.find(mark)
            if at >= 0:
                Provider.waiting.append((name, body[at + len(mark):].split(b'"', 1)[0].decode()))


def status(name, data, kind):
    priced = ('"pricing":{"billable":true,"pricing_model":"PMP","type":"regular","category":"utility"},'
              if kind != "read" else "")
    return (f'{{"id":"{name}","status":"{kind}","timestamp":"{int(time.time())}","recipient_id":"15550100001",'
            f'"recipient_user_id":"US.13491208655302741918",{priced}"biz_opaque_callback_data":"{data}"}}')


def body_of(statuses):
    return ('{"object":"whatsapp_business_account","entry":[{"id":"100000000000002","changes":[{"value":'
            '{"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550001111","phone_number_id":"'
            + NUMBER + '"},"statuses":[' + ",".join(statuses) + ']},"field":"messages"}]}]}').encode()


async def meta(port, to, batch, stop, told):
    """The provider: takes messages on `port`, reports them to port `to`."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Provider, "127.0.0.1", port, backlog=1024)
    bodies, times, wrong, sent = asyncio.Queue(), [], [0], [0]

    async def posts():
        reader = writer = None
        while True:
            full_at, body, count = await bodies.get()
            signature = hmac.new(SECRET, body, hashlib.sha256).hexdigest()
            request = (f"POST /webhook/whatsapp HTTP/1.1\r\nhost: desk\r\ncontent-type: application/json\r\n"
                       f"x-hub-signature-256: sha256={signature}\r\ncontent-length: {len(body)}\r\n\r\n").encode() + body
            try:
                if writer is None:
                    reader, writer = await asyncio.open_connection("127.0.0.1", to)
                writer.write(request)
                head = await reader.readuntil(b"\r\n\r\n")
                at = head.lower().find(b"content-length:")
                length = int(head[at + 15:].split(b"\r\n", 1)[0]) if at >= 0 else 0
                if length:
                    await reader.readexactly(length)
                good = head.startswith(b"HTTP/1.1 200")
            except (OSError, asyncio.IncompleteReadError):
                good, writer = False, None
            times.append(time.monotonic() - full_at)
            sent[0] += count
            if not good:
                wrong[0] += 1
                bodies.put_nowait((time.monotonic(), body, 0))

    posters = [asyncio.create_task(posts()) for _ in range(64)]
    due, statuses = [], []
    while not (stop.is_set() and not Provider.waiting and not due and bodies.empty()):
        await asyncio.sleep(0.005)
        now = time.monotonic()
        fresh, Provider.waiting = Provider.waiting, []
        # `sent` a moment after the answer, `delivered` and `read` as phones tell it.
        due += [(now + wait, name, data, kind) for name, data in fresh
                for kind, wait in (("sent", 0.1), ("delivered", 0.5), ("read", 2.0))]
        late = [it for it in due if it[0] <= now]
        due = [it for it in due if it[0] > now]
        statuses += [status(name, data, kind) for _, name, data, kind in late]
        while len(statuses) >= batch or (statuses and stop.is_set() and not due):
            bodies.put_nowait((now, body_of(statuses[:batch]), len(statuses[:batch])))
            statuses = statuses[batch:]
    await asyncio.sleep(1)
    [it.cancel() for it in posters]
    server.close()
    told.put((Provider.taken, sent[0], wrong[0], times))


def run_meta(*of):
    asyncio.run(meta(*of))


def files(port, token, rate, until, count):
    """Files tickets at a rate, on one connection."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    next_at = time.monotonic()
    while time.monotonic() < until:
        next_at += 1 / rate
        time.sleep(max(0.0, next_at - time.monotonic()))
        draft = {"title": f"Printer {next_at}", "description": "The printer in room 12 is on fire.",
                 "category": "BUG", "project_name": "Bench"}
        link.request("POST", "/api/tickets", json.dumps(draft),
                     {"authorization": f"Bearer {token}", "content-type": "application/json"})
        answer = link.getresponse()
        answer.read()
        count.append(answer.status)


def cpu(pids):
    total = 0
    for pid in pids:
        try:
            fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
        except OSError:
            pass
    return total / TICK


def backends(database):
    """Processes of PostgreSQL that work on this database."""
    if not database:
        return []
    listed = subprocess.run(["pgrep", "-f", f"postgres: .* {database} "], capture_output=True, text=True)
    return listed.stdout.split()


def unread(port):
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    link.request("GET", "/metrics")
    for line in link.getresponse().read().decode().splitlines():
        if line.startswith('deskbell_webhook_events{state="RECEIVED"}'):
            return int(float(line.rsplit(" ", 1)[1]))
    return -1


def main():
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--binary", required=True)
    ask.add_argument("--database", choices=("sqlite", "postgres"), required=True)
    ask.add_argument("--server", default=lab.SERVER)
    ask.add_argument("--seconds", type=float, default=30)
    ask.add_argument("--messages", type=int, default=1000, help="a second; three statuses each")
    ask.add_argument("--people", type=int, default=10, help="admins whom each ticket reaches")
    ask.add_argument("--batch", type=int, default=20)
    of = ask.parse_args()
    provider = lab.free_port()
    settings = {"WHATSAPP_API_URL": f"http://127.0.0.1:{provider}", "WHATSAPP_PHONE_NUMBER_ID": NUMBER,
                "META_APP_SECRET": SECRET.decode(), "WHATSAPP_MESSAGES_PER_SECOND": "100000", "WHATSAPP_PAIR_LIMIT": "off"}
    with lab.Lab(of.binary, of.database, of.server, settings) as here:
        for at in range(of.people):
            here.user(f"admin{at}", "admin", f"+1555010{at:04}")
        here.user("client", "client")
        port, program = here.serve()
        token = here.token(port, "client")
        stop, told = multiprocessing.Event(), multiprocessing.Queue()
        other = multiprocessing.Process(target=run_meta, args=(provider, port, of.batch, stop, told))
        other.start()
        time.sleep(0.5)
        threads, count = 8, []
        rate, began = of.messages / of.people / threads, time.monotonic()
        until = began + of.seconds
        parts = {"program": lambda: cpu([program.pid]), "provider": lambda: cpu([other.pid]),
                 "who files": lambda: cpu([os.getpid()]), "database": lambda: cpu(backends(here.name))}
        before = {part: of() for part, of in parts.items()}
        filing = [threading.Thread(target=files, args=(port, token, rate, until, count)) for _ in range(threads)]
        [it.start() for it in filing]
        backlog = []
        while time.monotonic() < until:
            time.sleep(10)
            backlog.append(unread(port))
        [it.join() for it in filing]
        took = time.monotonic() - began
        used = {part: of() - before[part] for part, of in parts.items()}
        stop.set()
        taken, sent, wrong, times = told.get()
        other.join()
        times.sort()
        at = lambda share: times[min(len(times) - 1, int(share * len(times)))] * 1000
        read = -1
        for _ in range(60):
            time.sleep(1)
            if unread(port) == 0:
                read = time.monotonic() - until
                break
        print(f"{of.database}: {len(count)} tickets in {took:.1f} s ({sum(s != 201 for s in count)} refused), "
              f"{taken} messages ({taken / took:.0f}/s), {sent} statuses ({sent / (took + 3):.0f}/s) in {len(times)} bodies, "
              f"{wrong} not answered with 200")
        print(f"  answers: p50 {at(.5):.1f} ms, p95 {at(.95):.1f} ms, p99 {at(.99):.1f} ms, longest {at(1):.0f} ms, "
              f"{100 * sum(t > 1 for t in times) / max(1, len(times)):.2f} % above 1 s")
        print(f"  unread bodies every 10 s: {backlog}; all read {read:.0f} s after the last ticket")
        print("  CPU: " + ", ".join(f"{part} {seconds / took:.2f} cores" for part, seconds in used.items()))


if __name__ == "__main__":
    sys.exit(main())
