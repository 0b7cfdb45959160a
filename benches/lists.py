#!/usr/bin/env python3
"""Lists and searches among many tickets, beside the raw query on the same database.

    benches/lists.py run  --binary target/release/deskbell --database sqlite   [--rows 10000,1000000]
    benches/lists.py run  --binary target/release/deskbell --database postgres --server postgres://root@127.0.0.1:5432/postgres
    benches/lists.py run  … --keep mine         # leaves the databases where they are, and uses them if they are there
    benches/lists.py run  … --keep mine --only 'q, '             # some lists alone
    benches/lists.py seed --url sqlite:///tmp/x.db --rows 100000      # into a database that is migrated

`run` makes a database of each size, starts the program on each, and prints a table: for each list the median of the
request, the same with the most tickets against the fewest, and against the raw query that a person would write by hand.
The sizes and a request that lists nothing (`GET /api/auth/me`) take turns, a request each, and the raw query some of its own
in between, so that what else the machine does meanwhile falls on all of them alike. The last column is the request less what every request costs
(`me`), against the raw query.
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
        f"INSERT INTO ticket_words (ticket_id, words{'' if sqlite else ', created_at'})"
        " SELECT id, ' ' || title || ' it says' || substr(description, 8) || ' '"
        f"{'' if sqlite else ', created_at'} FROM tickets"
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
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            self.conn.request("GET", path, headers=headers)
            answer = self.conn.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            # It was the other's turn for so long that the server hung up; this opens it anew.
            self.conn.close()
            self.conn.request("GET", path, headers=headers)
            answer = self.conn.getresponse()
        return answer.status, answer.read()

    def log_in(self, name):
        body = json.dumps({"username": name, "password": PASSWORD})
        self.conn.request("POST", "/api/auth/login", body, {"Content-Type": "application/json"})
        return json.loads(self.conn.getresponse().read())["access_token"]

    def stop(self):
        if self.process:
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
    yield "q, a client's own thousandth", "client", "q=printer", False, (
        searched("printer", f"AND client_id = {client}"))
    yield "q, a client's own hundred", "regular", "q=printer", False, (
        searched("printer", "AND client_id = (SELECT max(id) FROM users WHERE username LIKE 'regular-%')"))


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


class Desk:
    """A database of one size and the program on it."""

    def __init__(self, asked, rows):
        name = f"{asked.keep or 'deskbell_lists_' + secrets.token_hex(4)}_{rows}"
        self.rows, self.kept = rows, bool(asked.keep)
        self.folder = os.path.join(asked.folder or tempfile.gettempdir(), name)
        self.maker, self.name = (Postgres(asked.server), name) if asked.database == "postgres" else (None, None)
        os.makedirs(self.folder, exist_ok=True)
        if self.maker:
            if not self.maker.run(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):
                self.maker.psql(f"CREATE DATABASE {name}")
            url = f"{asked.server.rsplit('/', 1)[0]}/{name}"
        else:
            url = f"sqlite://{self.folder}/lists.db"
            sqlite3.connect(f"{self.folder}/lists.db").close()
        self.db = opened(url)
        self.server = Server(asked.binary, url, self.folder)

    def fill(self):
        """Accounts and tickets, unless they are there; of the clients who ask, one has as many tickets as all others."""
        first = self.db.first
        if not int(first("SELECT count(*) FROM users WHERE username = 'bench-client-0'")):
            begun = time.time()
            seed(self.db, self.rows)
            print(f"# {self.db.name}: {self.rows:,} tickets seeded in {time.time() - begun:.0f} s", flush=True)
        self.developer = int(first("SELECT id FROM users WHERE username = 'bench-developer-0'")) + 7
        # Who asks has a password of this run.
        run = secrets.token_hex(4)
        for name, role in (("admin", "admin"), ("client", "client"), ("regular", "client")):
            self.server.account(f"{name}-{run}", role)
        self.client = int(first(f"SELECT id FROM users WHERE username = 'client-{run}'"))
        busy = first("SELECT client_id FROM tickets WHERE id = 5")
        self.db.run(f"UPDATE tickets SET client_id = {self.client} WHERE client_id = {busy}")
        # And one has a hundred, however many there are.
        self.db.run(f"UPDATE tickets SET client_id = (SELECT id FROM users WHERE username = 'regular-{run}')"
                    f" WHERE id % {max(self.rows // 100, 1)} = 3")
        self.db.settle()
        print(f"# {self.db.name}: first answer among {self.rows:,} after {self.server.start():.2f} s", flush=True)
        self.tokens = {name: self.server.log_in(f"{name}-{run}") for name in ("admin", "client", "regular")}

    def prepare(self):
        """Each list by its name: its path, who asks for it, and its raw query."""
        for name, who, query, is_deep, raw in cases(self.db, self.client, self.developer):
            yield name, (self, who, query, is_deep, raw)

    def away(self):
        self.server.stop()
        if self.kept:
            return
        if self.maker:
            self.maker.psql(f"DROP DATABASE {self.name} WITH (FORCE)")
        shutil.rmtree(self.folder)


class List:
    """One list in one database, and what it took."""

    def __init__(self, desk, who, query, is_deep, raw, limit=50):
        self.desk, self.token, self.path = desk, desk.tokens[who], f"/api/tickets?limit={limit}&{query}"
        self.raw = raw.replace("LIMIT 51", f"LIMIT {limit + 1}")
        self.taken, self.beside = [], []
        if is_deep:
            cursor, last = deep(desk.server, self.token, query, desk.rows)
            at = last["created_at"].replace("Z", "+00:00").replace(".000", "")
            self.path, self.raw = self.path + cursor, self.raw.format(at=f"'{at}'", id=last["id"])
        self.items = len(json.loads(desk.server.get(self.path, self.token)[1])["items"])

    def ask(self):
        self.taken.append(took(self.desk.server, self.path, self.token))


def took(server, path, token):
    """What one request takes, in ms."""
    begun = time.perf_counter()
    status, body = server.get(path, token)
    if status != 200:
        sys.exit(f"{path}: {status} {body[:300]}")
    return (time.perf_counter() - begun) * 1000


def run(asked):
    desks = [Desk(asked, int(rows)) for rows in asked.rows.split(",")]
    kind = desks[0].db.name
    me, rows = [], []
    try:
        for desk in desks:
            desk.fill()
        many = desks[-1]
        lists = [dict(desk.prepare()) for desk in desks]
        for name in lists[-1]:
            if not re.search(asked.only, name):
                continue
            of_sizes = [List(*by_name[name]) for by_name in lists]
            rows.append(compared(asked, name, of_sizes, me))
            few = min(one.items for one in of_sizes)
            if few < max(one.items for one in of_sizes):
                # Nobody has fifty among the few: as many to a page among the many, to compare the like.
                limit = max(few, 1)
                of_sizes = [List(*by_name[name], limit) for by_name in lists]
                rows.append(compared(asked, f"{name}, {limit} to a page", of_sizes, me))
    finally:
        for desk in desks:
            desk.away()
    me = statistics.median(me)
    print(f"| {kind}, median ms | on the page | {desks[0].rows:,} | {desks[-1].rows:,} | ratio | raw query | ratio |"
          f" less `me` ({me:.2f}) |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for name, items, few, most, raw in rows:
        print(f"| {name} | {items} | {few:.2f} | {most:.2f} | {most / few:.2f} | {raw:.2f} | {most / raw:.2f} |"
              f" {(most - me) / raw:.2f} |")


def compared(asked, name, of_sizes, me):
    """The sizes in turns; then what they took, in ms."""
    many = of_sizes[-1].desk
    # Every connection to the database is to know the statements before it counts.
    for one in of_sizes * 8:
        one.ask()
    for one in of_sizes:
        one.taken.clear()
    for _ in range(asked.turns):
        for _ in range(asked.count // asked.turns):
            for one in of_sizes:
                one.ask()
                # Each size is asked behind the other's, so that neither finds the processor warmer.
                me.append(took(one.desk.server, "/api/auth/me", one.desk.tokens["admin"]))
        of_sizes[-1].beside += many.db.times(of_sizes[-1].raw, asked.count // asked.turns // 4 + 3)[2:]
    few, most = (statistics.median(of_sizes[at].taken) for at in (0, -1))
    raw = statistics.median(of_sizes[-1].beside)
    items = " and ".join(str(items) for items in sorted({of_sizes[0].items, of_sizes[-1].items}))
    print(f"# {name}: {few:.2f} ms, {most:.2f} ms, raw {raw:.2f} ms", flush=True)
    return name, items, few, most, raw


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True)
    verb = verbs.add_parser("run")
    verb.add_argument("--binary", required=True)
    verb.add_argument("--database", choices=("sqlite", "postgres"), required=True)
    verb.add_argument("--server", default="postgres://postgres@127.0.0.1:5432/postgres")
    verb.add_argument("--rows", default="10000,1000000")
    verb.add_argument("--count", type=int, default=200)
    verb.add_argument("--turns", type=int, default=4, help="the sizes take turns so many times")
    verb.add_argument("--only", default="", help="the lists whose name has this pattern")
    verb.add_argument("--keep", help="a name for the databases, which stay behind and are used again")
    verb.add_argument("--folder", default=None, help="where the SQLite files lie")
    verb.set_defaults(do=run)
    verb = verbs.add_parser("seed")
    verb.add_argument("--url", required=True)
    verb.add_argument("--rows", type=int, required=True)
    verb.set_defaults(do=lambda asked: seed(opened(asked.url), asked.rows))
    asked = parser.parse_args()
    asked.do(asked)


if __name__ == "__main__":
    main()
