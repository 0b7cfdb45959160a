#!/usr/bin/env python3
"""How much of the allowed rate two workers use together, and whether the provider ever has to slow them down.

    benches/pace.py --binary target/release/deskbell --server postgres://root@127.0.0.1:5432/postgres [--rates 80,1000]

Files tickets while nobody works, starts two workers, and plays a provider that refuses (130429) whatever exceeds the rate
within a second of its clock. Prints for each rate the share of it that was used, the busiest second, and the refusals.
Needs Python 3, `psql`, and PostgreSQL, on which it makes a database and drops it again.
"""
import argparse
import http.client
import json
import os
import re
import secrets
import socket
import subprocess
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

SECRET = secrets.token_hex(32)


class Provider:
    """Takes messages over connections that stay open, one thread each; answers after 100 ms as one across the world."""

    def __init__(self, rate, delay=0.1):
        self.rate, self.delay, self.lock = rate, delay, threading.Lock()
        self.taken, self.refused, self.second, self.count = [], 0, 0, 0
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            connection, _ = self.socket.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        held = b""
        while True:
            while b"\r\n\r\n" not in held:
                chunk = connection.recv(65536)
                if not chunk:
                    return
                held += chunk
            head, held = held.split(b"\r\n\r\n", 1)
            length = re.search(rb"(?i)content-length: *(\d+)", head)
            length = int(length.group(1)) if length else 0
            while len(held) < length:
                held += connection.recv(65536)
            held = held[length:]
            # Questions about the number are no messages.
            status, answer = self.answer() if re.match(rb"POST \S+/messages ", head) else (200, {})
            time.sleep(self.delay)
            body = json.dumps(answer).encode()
            connection.sendall(b"HTTP/1.1 %d Said\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
                               % (status, len(body)) + body)

    def answer(self):
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


def free_port():
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        return it.getsockname()[1]


def ask(port, method, path, body=None, token=None):
    headers = {"content-type": "application/json"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    link.request(method, path, json.dumps(body) if body else None, headers)
    answer = link.getresponse()
    said = answer.read()
    link.close()
    if answer.status >= 300:
        raise SystemExit(f"{method} {path}: {answer.status} {said[:300]!r}")
    return json.loads(said or b"{}")


def run(options, rate, folder):
    name = f"pace_{secrets.token_hex(4)}"
    psql = lambda sql: subprocess.run(["psql", "-qAt", options.server, "-c", sql], check=True)
    psql(f"CREATE DATABASE {name}")
    url = options.server.rsplit("/", 1)[0] + f"/{name}"
    provider, port, running = Provider(rate), free_port(), []
    env = {"PATH": os.environ["PATH"], "DATABASE_URL": url, "RATE_LIMIT": "off", "WHATSAPP_PAIR_LIMIT": "off",
           "JWT_SECRET": SECRET, "SECRET_KEY": SECRET, "WHATSAPP_ACCESS_TOKEN": "token", "RUST_LOG": "warn",
           "WHATSAPP_PHONE_NUMBER_ID": "106540352242922", "META_APP_SECRET": "secret",
           "WHATSAPP_API_URL": f"http://127.0.0.1:{provider.port}", "WHATSAPP_MESSAGES_PER_SECOND": str(rate)}

    def start(role, at):
        own = dict(env, BIND_ADDR=f"127.0.0.1:{at}")
        running.append(subprocess.Popen([options.binary, "serve", "--role", role], env=own, cwd=folder,
                                        stderr=open(f"{folder}/{role}-{at}.log", "w")))

    def user(word, role, number):
        subprocess.run([options.binary, "user", "create", "--username", word, "--email", f"{word}@example.com",
                        "--role", role, "--whatsapp-number", number, "--password-stdin"],
                       env=env, cwd=folder, check=True, input=SECRET.encode(), stdout=subprocess.DEVNULL)

    try:
        subprocess.run([options.binary, "migrate"], env=env, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        admins = 10
        user("client", "client", "+447700900000")
        for at in range(admins):
            user(f"admin{at}", "admin", f"+4477009001{at:02}")
        start("api", port)
        until = time.monotonic() + 30
        while True:
            try:
                ask(port, "GET", "/healthz")
                break
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)
        token = ask(port, "POST", "/api/auth/login", {"username": "client", "password": SECRET})["access_token"]
        tickets = rate * options.seconds // admins
        draft = {"title": "Pace", "description": "d", "category": "BUG", "project_name": "p"}
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(lambda _: ask(port, "POST", "/api/tickets", draft, token), range(tickets)))
        for _ in range(2):
            start("worker", free_port())
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
    finally:
        for it in running:
            it.terminate()
        for it in running:
            it.wait()
        psql(f"DROP DATABASE {name} WITH (FORCE)")


def main():
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--binary", required=True)
    reader.add_argument("--server", required=True)
    reader.add_argument("--rates", default="80,1000")
    reader.add_argument("--seconds", type=int, default=20)
    options = reader.parse_args()
    options.binary = os.path.abspath(options.binary)
    print("| allowed a second | due | taken | share used | busiest second | refused |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for rate in options.rates.split(","):
            run(options, int(rate), folder)


if __name__ == "__main__":
    main()
