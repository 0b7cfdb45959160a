"""What the benches share: a program on a database of its own, its accounts, and a provider that answers at once or late.

Needs Python 3 alone; for PostgreSQL also `psql`, and a server on which databases may be made.
"""
import http.client
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import urllib.parse

SERVER = "postgres://root@127.0.0.1:5432/postgres"
PASSWORD = secrets.token_hex(12)


def free_port():
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        return it.getsockname()[1]


def percentile(times, share):
    """In milliseconds, of seconds."""
    times = sorted(times)
    return times[min(len(times) - 1, int(share * len(times)))] * 1000


class Provider:
    """Takes messages over connections that stay open, one thread each; answers after `delay` seconds."""

    def __init__(self, delay):
        self.delay, self.lock = delay, threading.Lock()
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
            body, held = held[:length], held[length:]
            # Questions about the number are no messages.
            is_message = re.match(rb"POST \S+/[Mm]essages(\.json)? ", head)
            status, answer = self.answer(head, body) if is_message else (200, {})
            time.sleep(self.delay)
            answer = json.dumps(answer).encode()
            connection.sendall(b"HTTP/1.1 %d Said\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
                               % (status, len(answer)) + answer)


class Lab:
    """A database, and the programs on it; all of it is gone in the end."""

    def __init__(self, binary, database, server, settings):
        self.binary, self.server, self.name = os.path.abspath(binary), server, None
        self.folder, self.running = tempfile.mkdtemp(prefix="deskbell-bench-"), []
        url = f"sqlite://{self.folder}/deskbell.db"
        if database == "postgres":
            self.name = "bench_" + secrets.token_hex(4)
            url = urllib.parse.urlsplit(server)._replace(path="/" + self.name).geturl()
        self.env = {**os.environ, "DATABASE_URL": url, "RATE_LIMIT": "off", "RUST_LOG": "warn",
                    "JWT_SECRET": secrets.token_hex(32), "SECRET_KEY": secrets.token_hex(32),
                    "WHATSAPP_ACCESS_TOKEN": "token", "WHATSAPP_VERIFY_TOKEN": "v", **settings}

    def __enter__(self):
        if self.name:
            self.psql(f"CREATE DATABASE {self.name}")
        self.does("migrate", "up")
        return self

    def __exit__(self, *_):
        for it in self.running:
            it.terminate()
        for it in self.running:
            it.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.name:
            self.psql(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")

    def psql(self, sql):
        subprocess.run(["psql", "-qAt", self.server, "-c", sql], check=True)

    def does(self, *call):
        subprocess.run([self.binary, *call], env=self.env, cwd=self.folder, check=True, input=PASSWORD + "\n",
                       text=True, stdout=subprocess.DEVNULL)

    def user(self, name, role, number=None):
        numbered = ["--whatsapp-number", number] if number else []
        self.does("user", "create", "--username", name, "--email", f"{name}@example.com", "--role", role, *numbered,
                  "--password-stdin")

    def serve(self, role="all", port=None):
        """Starts a program; its port and its process."""
        port = port or free_port()
        env = {**self.env, "BIND_ADDR": f"127.0.0.1:{port}"}
        log = open(f"{self.folder}/{role}-{port}.log", "w")
        self.running.append(subprocess.Popen([self.binary, "serve", "--role", role], env=env, cwd=self.folder, stdout=log, stderr=log))
        return port, self.running[-1]

    def token(self, port, name):
        """A token, once the program there answers."""
        until = time.monotonic() + 30
        while True:
            try:
                ask(port, "GET", "/healthz")
                break
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)
        return ask(port, "POST", "/api/auth/login", {"username": name, "password": PASSWORD})["access_token"]


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
    return json.loads(said) if said[:1] in (b"{", b"[") else said.decode()
