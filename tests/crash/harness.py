"""What every crash test needs: a database of its own, a simulator that outlives the program, and
the program itself, which may be killed and started as often as one likes.

Everything runs in processes of its own, on ports and in a folder of its own, and ends with the test,
whatever happens: nothing that we did not start is ever signalled.
"""
import atexit
import contextlib
import csv
import http.client
import io
import json
import os
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.parse

POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgres://root@127.0.0.1:5432/postgres")
ACCESS_TOKEN = "crash-test-access-token"
APP_SECRET = "crash-test-app-secret"
NUMBER_ID = "111"
PASSWORD = "a password for crash tests"
ADMINS = {"anna": "+15550100011", "ben": "+15550100012", "cleo": "+15550100013"}
CLIENT = "carla"


def free_port():
    """A port below those that the kernel hands to outgoing connections: between a kill and the
    next start nobody else must be given it."""
    for _ in range(200):
        port = random.SystemRandom().randrange(20000, 30000)
        with contextlib.closing(socket.socket()) as probe:
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port
    raise RuntimeError("no free port was found between 20000 and 30000")


def call(port, method, path, body=None, headers=(), timeout=10):
    """One request on a connection of its own: status, headers, body."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)) as conn:
        conn.request(method, path, body, dict(headers))
        answer = conn.getresponse()
        return answer.status, answer.headers, answer.read()


def until(what, holds, seconds=30.0):
    """Waits until something holds, and says what did not."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise RuntimeError(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.05)


class Process:
    """A process under one name, which can be started again after it was killed."""

    started = []

    def __init__(self, name, argv, env, folder):
        self.name, self.argv, self.env, self.folder = name, argv, env, folder
        self.log = os.path.join(folder, f"{name}.log")
        self.child = None
        Process.started.append(self)

    def start(self):
        # A folder of its own also keeps a stray .env of the repository out.
        with open(self.log, "ab") as log:
            self.child = subprocess.Popen(
                self.argv, cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log)

    def kill(self):
        """SIGKILL; says whether it was still alive, since a program that ends by itself is a find."""
        alive = self.child.poll() is None
        self.child.kill()
        self.child.wait()
        return alive

    def stop(self):
        """SIGTERM; its exit code, or None where it took longer than the contract allows."""
        self.child.terminate()
        try:
            return self.child.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def is_running(self):
        return self.child is not None and self.child.poll() is None

    def logged(self, *words):
        """Lines of the log with one of these words."""
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return [line.strip() for line in log if any(word in line for word in words)]


@atexit.register
def end_all():
    for process in Process.started:
        if process.is_running():
            process.kill()


def end_on_signals():
    """Lets a test that is interrupted or terminated end its children too."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(130))


class Sqlite:
    """A database file, read from the side while the program writes it."""

    kind = "sqlite"

    def __init__(self, folder):
        self.path = os.path.join(folder, "deskbell.db")
        self.url = f"sqlite://{self.path}"

    def rows(self, sql):
        with contextlib.closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as conn:
            found = conn.execute(sql).fetchall()
        return [tuple("" if cell is None else str(cell) for cell in row) for row in found]

    def count(self, sql):
        return int(self.rows(sql)[0][0])

    def past(self, column, seconds=0):
        return f"julianday({column}) <= julianday('now', '-{seconds} seconds')"

    jobs, job_due = "Jobs", "run_at <= CAST(strftime('%s','now') AS INTEGER) - 10"
    raw_text = "CAST(raw AS TEXT)"

    def flaws(self):
        found = [row[0] for row in self.rows("PRAGMA integrity_check") if row[0] != "ok"]
        return found + [f"foreign key: {row}" for row in self.rows("PRAGMA foreign_key_check")]

    def drop(self):
        """The file goes with its folder."""


class Postgres:
    """A database of its own on the server of TEST_POSTGRES_URL, asked through psql."""

    kind = "postgres"

    def __init__(self):
        self.name = f"deskbell_crash_{os.getpid()}_{random.SystemRandom().randrange(10**6)}"
        self.ask(POSTGRES, f"CREATE DATABASE {self.name}")
        self.url = urllib.parse.urlsplit(POSTGRES)._replace(path=f"/{self.name}").geturl()

    @staticmethod
    def ask(url, sql):
        command = ["psql", url, "-X", "-q", "-t", "--csv", "-v", "ON_ERROR_STOP=1", "-c", sql]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        if done.returncode != 0:
            raise RuntimeError(f"psql: {done.stderr.strip()}")
        return done.stdout

    def rows(self, sql):
        csv.field_size_limit(sys.maxsize)
        answer = io.StringIO(self.ask(self.url, sql), newline="")
        return [tuple(row) for row in csv.reader(answer)]

    def count(self, sql):
        return int(self.rows(sql)[0][0])

    def past(self, column, seconds=0):
        return f"{column} <= now() - interval '{seconds} seconds'"

    jobs, job_due = "apalis.jobs", "run_at <= now() - interval '10 seconds'"
    raw_text = "convert_from(raw, 'UTF8')"

    def flaws(self):
        return []

    def drop(self):
        with contextlib.suppress(RuntimeError):
            self.ask(POSTGRES, f"DROP DATABASE {self.name} WITH (FORCE)")


class Lab:
    """A folder, a database, a simulator and the accounts. `database_url` lets a proxy stand between
    the program and its database."""

    def __init__(self, binary, database, keep=False):
        self.binary, self.keep = os.path.abspath(binary), keep
        self.folder = tempfile.mkdtemp(prefix="deskbell-crash-")
        self.database = Sqlite(self.folder) if database == "sqlite" else Postgres()
        self.database_url = self.database.url
        self.provider_port, self.port = free_port(), free_port()
        self.programs = []

    def __enter__(self):
        try:
            self.simulator = self.process(
                "simulator", "simulator", "--bind", f"127.0.0.1:{self.provider_port}",
                "--messages-per-second", "0", "--pair-limit", "off",
                "--access-token", ACCESS_TOKEN, "--app-secret", APP_SECRET,
                "--phone-number-id", NUMBER_ID,
                "--webhook-url", f"http://127.0.0.1:{self.port}/webhook/whatsapp")
            self.simulator.start()
            for username, number in ADMINS.items():
                self.create_user(username, "ADMIN", "--whatsapp-number", number)
            self.create_user(CLIENT, "CLIENT")
            until("the simulator answers", lambda: self.answers(self.provider_port, "/simulator"))
            return self
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise

    def __exit__(self, kind, error, trace):
        end_all()
        if not self.keep:
            self.database.drop()
        if self.keep or kind is not None:
            where = f"{self.folder} ({self.database.url})" if self.keep else self.folder
            print(f"kept for a look: {where}", file=sys.stderr)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def env(self, port):
        return {
            "PATH": os.environ.get("PATH", ""),
            "DATABASE_URL": self.database_url,
            "BIND_ADDR": f"127.0.0.1:{port}",
            "JWT_SECRET": "crash-test-jwt-secret-of-32-bytes-or-more",
            "SECRET_KEY": "crash-test-secret-key-of-32-bytes-or-more",
            "WHATSAPP_API_URL": f"http://127.0.0.1:{self.provider_port}/simulator",
            "WHATSAPP_ACCESS_TOKEN": ACCESS_TOKEN,
            "WHATSAPP_PHONE_NUMBER_ID": NUMBER_ID,
            "META_APP_SECRET": APP_SECRET,
            "WHATSAPP_VERIFY_TOKEN": "v",
            "WHATSAPP_MESSAGES_PER_SECOND": "100000",
            "WHATSAPP_PAIR_LIMIT": "off",
            "RATE_LIMIT": "off",
            "RUST_LOG": "warn",
            "RUST_BACKTRACE": "1",
        }

    def process(self, name, *arguments, port=0):
        return Process(name, [self.binary, *arguments], self.env(port), self.folder)

    def serve(self, *roles):
        """The programs of one installation, one a role, each at a port of its own; the first one
        takes the simulator's webhooks, so it has to have an API."""
        for at, role in enumerate(roles):
            port = self.port if at == 0 else free_port()
            program = self.process(f"{role}-{at + 1}", "serve", "--role", role, port=port)
            program.port, program.has_api = port, role != "worker"
            program.start()
            self.programs.append(program)
        for program in self.programs:
            until(f"{program.name} is ready", lambda p=program: self.answers(p.port, "/readyz"))

    def api_ports(self):
        return [program.port for program in self.programs if program.has_api]

    def answers(self, port, path):
        with contextlib.suppress(OSError, http.client.HTTPException):
            return call(port, "GET", path)[0] == 200
        return False

    def create_user(self, username, role, *more):
        arguments = ["user", "create", "--username", username, "--role", role, "--email",
                     f"{username}@example.com", "--password-stdin", *more]
        done = subprocess.run(
            [self.binary, *arguments], input=PASSWORD, cwd=self.folder, env=self.env(0),
            capture_output=True, text=True, check=False, timeout=60)
        if done.returncode != 0:
            raise RuntimeError(f"deskbell user create: {done.stderr.strip()}")

    def token(self, username=CLIENT):
        body = json.dumps({"username": username, "password": PASSWORD})
        json_type = {"Content-Type": "application/json"}
        status, _, answer = call(self.api_ports()[0], "POST", "/api/auth/login", body, json_type)
        if status != 200:
            raise RuntimeError(f"log-in: {status} {answer[:200]!r}")
        return json.loads(answer)["access_token"]

    def faults(self, *faults):
        body = json.dumps({"faults": faults})
        json_type = {"Content-Type": "application/json"}
        status, _, answer = call(
            self.provider_port, "PUT", "/simulator/api/faults", body, json_type)
        if status != 200:
            raise RuntimeError(f"faults: {status} {answer[:200]!r}")

    def ledger(self):
        """Every message that the provider has accepted."""
        entries, start = [], 0
        while True:
            path = f"/simulator/api/messages?from={start}"
            page = json.loads(call(self.provider_port, "GET", path, timeout=60)[2])
            entries += page["items"]
            if not page["items"]:
                return entries
            start = page["next"]
