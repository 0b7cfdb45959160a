#!/usr/bin/env python3
"""Lists and searches among many tickets, beside the raw query on the same database.

    benches/lists.py run  --binary target/release/deskbell --database sqlite   [--rows 10000,1000000]
    benches/lists.py run  --binary target/release/deskbell --database postgres --server postgres://root@127.0.0.1:5432/postgres
    benches/lists.py seed --url sqlite:///tmp/x.db --rows 100000      # into a database that is migrated

`run` makes a database of each size, starts the program on it, and prints a table: for each list the median of the
request, the same with the most tickets against the fewest, and against the raw query that a person would write by hand.
Needs Python 3 alone; for PostgreSQL also `psql`. A seeded ticket says `needleN` with N below 9,000.
"""
import argparse
import http.client
import json
import os
import re
import secrets
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

CLIENTS, DEVELOPERS = 1000, 20
PASSWORD = secrets.token_hex(12)
WORDS = ("portal", "printer", "router", "zebra", "walrus")


def share(sqlite, word, one_in):
    return f"CASE WHEN n * 7919 % {one_in} = 0 THEN ' {word}' ELSE '' END"


def seed_sql(rows, sqlite, client, developer):
    """Tickets a second apart; nine of ten are closed, as in life."""
    text = " || ".join(
        share(sqlite, word, one_in) for word, one_in in zip(WORDS, (2, 10, 100, 1000, 20000)))
    cast = (lambda it: f"CAST({it} AS TEXT)")
    said = f"'ticket no ' || {cast('n')} || ' needle' || {cast('n % 9000')}"
    if sqlite:
        numbers = (f"WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {rows})")
        at = (lambda s: f"strftime('%Y-%m-%dT%H:%M:%S', 1700000000 + {s}, 'unixepoch') || '+00:00'")
    else:
        numbers = f"WITH n AS (SELECT generate_series(1, {rows})::bigint AS n)"
        at = (lambda s: f"to_timestamp(1700000000 + {s})")
    pick = (lambda words, by: "CASE " + " ".join(
        f"WHEN {by} < {below} THEN '{word}'" for word, below in words) + " END")
    status = pick((("CLOSED", 90), ("NEW", 93), ("OPENED", 95), ("ASSIGNED", 97), ("FINISHED", 99),
                   ("REJECTED", 100)), f"(n * 100 / {rows + 1})")
    priority = pick((("LOW", 30), ("MEDIUM", 80), ("HIGH", 98), ("CRITICAL", 100)), "n * 31 % 100")
    category = pick((("BUG", 2), ("INCIDENT", 4), ("FEATURE", 6), ("SUPPORT", 9), ("OTHER", 10)),
                    "n * 17 % 10")
    return [
        f"{numbers} INSERT INTO tickets (title, description, priority, category, project_name, status,"
        f" client_id, developer_id, version, created_at, updated_at)"
        f" SELECT {said}, 'It says' || {text}, {priority}, {category},"
        f" 'Project ' || {cast('n * 13 % 50')}, {status}, {client} + n * 37 % {CLIENTS},"
        f" {developer} + n * 41 % {DEVELOPERS}, 1, {at('n')}, {at('n + n * 7717 % 864000')} FROM n",
        "INSERT INTO ticket_words (ticket_id, words)"
        " SELECT id, ' ' || title || ' it says' || substr(description, 8) || ' ' FROM tickets"
        " WHERE id NOT IN (SELECT ticket_id FROM ticket_words)",
    ]


def people_sql(sqlite):
    yes = "1" if sqlite else "TRUE"
    at = "'2023-01-01T00:00:00+00:00'"
    numbers = ("WITH RECURSIVE n(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < {0} - 1)"
               if sqlite else "WITH n AS (SELECT generate_series(0, {0} - 1) AS n)")
    for role, count in (("CLIENT", CLIENTS), ("DEVELOPER", DEVELOPERS)):
        name = f"'bench-{role.lower()}-' || CAST(n AS TEXT)"
        yield (f"{numbers.format(count)} INSERT INTO users (username, email, password_hash, full_name,"
               f" role, locale, is_active, created_at, updated_at) SELECT {name}, {name} ||"
               f" '@example.com', '', {name}, '{role}', 'en', {yes}, {at}, {at} FROM n")


class Sqlite:
    name = "SQLite"

    def __init__(self, url):
        self.url, self.sqlite = url, True
        self.db = sqlite3.connect(url.removeprefix("sqlite://"), isolation_level=None)
        self.db.execute("PRAGMA cache_size = -200000")

    def run(self, sql):
        return self.db.execute(sql).fetchall()

    def first(self, sql):
        return self.run(sql)[0][0]

    def settle(self):
        self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def times(self, sql, count):
        taken = []
        for _ in range(count):
            begun = time.perf_counter()
            self.run(sql)
            taken.append((time.perf_counter() - begun) * 1000)
        return taken


class Postgres:
    name = "PostgreSQL"

    def __init__(self, url):
        self.url, self.sqlite = url, False

    def psql(self, sql):
        asked = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", self.url]
        return subprocess.run(asked, input=sql, text=True, check=True, stdout=subprocess.PIPE).stdout

    def run(self, sql):
        return self.psql(sql + ";")

    def first(self, sql):
        return self.run(sql).split()[0]

    def settle(self):
        self.psql("VACUUM ANALYZE; CHECKPOINT;")

    def times(self, sql, count):
        said = self.psql("\\timing on\n\\o /dev/null\n" + (sql + ";\n") * count + "\\o\n")
        return [float(ms) for ms in re.findall(r"Time: ([0-9.]+) ms", said)]


def opened(url):
    return Sqlite(url) if url.startswith("sqlite:") else Postgres(url)


def seed(db, rows):
    if not int(db.first("SELECT count(*) FROM users WHERE username = 'bench-client-0'")):
        for sql in people_sql(db.sqlite):
            db.run(sql)
    first = "SELECT id FROM users WHERE username = 'bench-{}-0'"
    for sql in seed_sql(rows, db.sqlite, db.first(first.format("client")), db.first(first.format("developer"))):
        db.run(sql)
    db.settle()


class Server:
    def __init__(self, binary, url, folder):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.env = {**os.environ, "DATABASE_URL": url, "BIND_ADDR": f"127.0.0.1:{self.port}", "RATE_LIMIT": "off",
                    "RUST_LOG": "warn"}
        self.binary, self.folder, self.process = os.path.abspath(binary), folder, None
        self.say("migrate", "up")

    def say(self, *words, **more):
        subprocess.run([self.binary, *words], env=self.env, cwd=self.folder, check=True,
                       stdout=subprocess.DEVNULL, **more)

    def account(self, name, role):
        self.say("user", "create", "--username", name, "--email", f"{name}@example.com", "--role", role,
                 "--password-stdin", input=PASSWORD, text=True)

    def start(self):
        self.process = subprocess.Popen([self.binary], env=self.env, cwd=self.folder, stdout=subprocess.DEVNULL)
        begun = time.time()
        while time.time() - begun < 120:
            try:
                self.conn = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
                if self.get("/healthz")[0] == 200:
                    return time.time() - begun
            except OSError:
                time.sleep(0.05)
        sys.exit("the program does not start")

    def get(self, path, token=None):
        self.conn.request("GET", path, headers={"Authorization": f"Bearer {token}"} if token else {})
        answer = self.conn.getresponse()
        return answer.status, answer.read()

    def log_in(self, name):
        body = json.dumps({"username": name, "password": PASSWORD})
        self.conn.request("POST", "/api/auth/login", body, {"Content-Type": "application/json"})
        return json.loads(self.conn.getresponse().read())["access_token"]

    def stop(self):
        self.process.terminate()
        self.process.wait(30)


def cases(db, client, developer):
    """Name, who asks, query, whether at 90 % depth, and the raw query."""
    newest = "ORDER BY created_at DESC, id DESC LIMIT 51"
    tickets = "SELECT * FROM tickets"
    if db.sqlite:
        words = "SELECT rowid AS id FROM ticket_words_index WHERE ticket_words_index MATCH '{}*'"
    else:
        words = ("SELECT ticket_id AS id FROM ticket_words WHERE"
                 " array_to_tsvector(string_to_array(btrim(words), ' ')) @@ '{}:*'::tsquery")

    def searched(word, more=""):
        """What a person writes who knows that the words should be looked up first."""
        found = f"WITH found AS MATERIALIZED ({words.format(word)})"
        return f"{found} SELECT tickets.* FROM found JOIN tickets USING (id) WHERE 1 = 1 {more} {newest}"

    yield "first page", "admin", "", False, f"{tickets} {newest}"
    yield "page at 90 % depth", "admin", "", True, f"{tickets} WHERE (created_at, id) < ({{at}}, {{id}}) {newest}"
    yield "oldest first", "admin", "sort=created_at", False, f"{tickets} ORDER BY created_at, id LIMIT 51"
    yield "by last change", "admin", "sort=-updated_at", False, f"{tickets} ORDER BY updated_at DESC, id DESC LIMIT 51"
    yield "most urgent first", "admin", "sort=-priority", False, f"{tickets} WHERE priority = 'CRITICAL' {newest}"
    yield "most urgent first, 90 %", "admin", "sort=-priority", True, (
        f"{tickets} WHERE priority = 'LOW' AND (created_at, id) < ({{at}}, {{id}}) {newest}")
    yield "status=OPENED", "admin", "status=OPENED", False, f"{tickets} WHERE status = 'OPENED' {newest}"
    yield "open ones, oldest first", "admin", "status=NEW,OPENED,ASSIGNED&sort=created_at", False, (
        f"{tickets} WHERE status IN ('NEW', 'OPENED', 'ASSIGNED') ORDER BY created_at, id LIMIT 51")
    yield "status and priority", "admin", "status=CLOSED&priority=CRITICAL", False, (
        f"{tickets} WHERE status = 'CLOSED' AND priority = 'CRITICAL' {newest}")
    yield "project", "admin", "project_name=Project%207", False, f"{tickets} WHERE project_name = 'Project 7' {newest}"
    yield "category=OTHER", "admin", "category=OTHER", False, f"{tickets} WHERE category = 'OTHER' {newest}"
    yield "developer, by change", "admin", f"developer_id={developer}&sort=-updated_at", False, (
        f"{tickets} WHERE developer_id = {developer} ORDER BY updated_at DESC, id DESC LIMIT 51")
    yield "client_id", "admin", f"client_id={client}", False, f"{tickets} WHERE client_id = {client} {newest}"
    yield "a client's own", "client", "", False, f"{tickets} WHERE client_id = {client} {newest}"
    for word, share in zip(WORDS, ("50 %", "10 %", "1 %", "0.1 %", "0.005 %")):
        yield f"q, {share} have it", "admin", f"q={word}", False, searched(word)
    yield "q=needle4321", "admin", "q=needle4321", False, searched("needle4321")
    yield "q and status", "admin", "q=printer&status=FINISHED", False, (
        searched("printer", "AND status = 'FINISHED'"))
    yield "q, a client's own", "client", "q=printer", False, (
        searched("printer", f"AND client_id = {client}"))


def deep(server, token, query, rows):
    """The cursor of the page that nine tenths of the list come before."""
    cursor, seen = "", 0
    while seen < rows * 0.9:
        status, body = server.get(f"/api/tickets?limit=200&{query}{cursor}", token)
        page = json.loads(body)
        seen += len(page["items"])
        if status != 200 or not page["next_cursor"]:
            sys.exit(f"no page behind {seen}: {body[:300]}")
        cursor, last = f"&cursor={page['next_cursor']}", page["items"][-1]
    return cursor, last


def measured(binary, db, folder, rows, count):
    server = Server(binary, db.url, folder)
    for name, role in (("benchadmin", "admin"), ("benchclient", "client")):
        server.account(name, role)
    begun = time.time()
    seed(db, rows)
    print(f"# {db.name}: {rows:,} tickets seeded in {time.time() - begun:.0f} s", flush=True)
    # The client who asks has tickets of somebody with as many as all others.
    client = db.first("SELECT id FROM users WHERE username = 'benchclient'")
    developer = int(db.first("SELECT id FROM users WHERE username = 'bench-developer-0'")) + 7
    busy = int(db.first("SELECT id FROM users WHERE username = 'bench-client-0'")) + 5
    db.run(f"UPDATE tickets SET client_id = {client} WHERE client_id = {busy}")
    db.settle()
    print(f"# {db.name}: first answer after {server.start():.2f} s", flush=True)
    tokens = {role: server.log_in(f"bench{role}") for role in ("admin", "client")}
    found = {}
    try:
        for name, who, query, is_deep, raw in cases(db, client, developer):
            cursor = ""
            if is_deep:
                cursor, last = deep(server, tokens[who], query, rows)
                at = last["created_at"].replace("Z", "+00:00").replace(".000", "")
                raw = raw.format(at=f"'{at}'", id=last["id"])
            path = f"/api/tickets?{query}{cursor}"
            taken = []
            for _ in range(count + 10):
                begun = time.perf_counter()
                status, body = server.get(path, tokens[who])
                taken.append((time.perf_counter() - begun) * 1000)
                if status != 200:
                    sys.exit(f"{path}: {status} {body[:300]}")
            beside = db.times(raw, count // 8 + 3)
            items = len(json.loads(body)["items"])
            print(f"# {name}: {statistics.median(taken[10:]):.2f} ms", flush=True)
            found[name] = (statistics.median(taken[10:]), statistics.median(beside[3:]), items)
    finally:
        server.stop()
    return found


def run(asked):
    sizes = [int(rows) for rows in asked.rows.split(",")]
    results = {}
    for rows in sizes:
        folder = tempfile.mkdtemp(prefix="deskbell-lists-", dir=asked.folder)
        name = f"deskbell_lists_{secrets.token_hex(4)}"
        server = Postgres(asked.server)
        if asked.database == "sqlite":
            db_url = f"sqlite://{folder}/lists.db"
            sqlite3.connect(f"{folder}/lists.db").close()
        else:
            server.psql(f"CREATE DATABASE {name}")
            db_url = f"{asked.server.rsplit('/', 1)[0]}/{name}"
        try:
            results[rows] = measured(asked.binary, opened(db_url), folder, rows, asked.count)
        finally:
            if asked.database == "postgres":
                server.psql(f"DROP DATABASE {name} WITH (FORCE)")
            shutil.rmtree(folder)
    few, many = results[sizes[0]], results[sizes[-1]]
    kind = "SQLite" if asked.database == "sqlite" else "PostgreSQL"
    print(f"| {kind}, median ms | {sizes[0]:,} | {sizes[-1]:,} | ratio | raw query | ratio |")
    print("|---|---:|---:|---:|---:|---:|")
    for name, (ms, raw, _) in many.items():
        before = few[name][0]
        print(f"| {name} | {before:.2f} | {ms:.2f} | {ms / before:.2f} | {raw:.2f} | {ms / raw:.2f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True)
    verb = verbs.add_parser("run")
    verb.add_argument("--binary", required=True)
    verb.add_argument("--database", choices=("sqlite", "postgres"), required=True)
    verb.add_argument("--server", default="postgres://postgres@127.0.0.1:5432/postgres")
    verb.add_argument("--rows", default="10000,1000000")
    verb.add_argument("--count", type=int, default=200)
    verb.add_argument("--folder", default=None, help="where the SQLite file lies meanwhile")
    verb.set_defaults(do=run)
    verb = verbs.add_parser("seed")
    verb.add_argument("--url", required=True)
    verb.add_argument("--rows", type=int, required=True)
    verb.set_defaults(do=lambda asked: seed(opened(asked.url), asked.rows))
    asked = parser.parse_args()
    asked.do(asked)


if __name__ == "__main__":
    main()
