"""What must hold after every crash, read from the database and from the provider's ledger rather
than from anything that the program says of itself."""
import collections
import datetime
import re
import time

from harness import ADMINS

# A ticket's message may be sent once more after this long, and never sooner.
RESEND_AFTER_S = 600
# By the contract a send that a crash cut off stands as UNCONFIRMED within this time.
UNCONFIRMED_WITHIN_S = 90
SHOWN = 20


class Findings:
    """Numbers for the table, and what must not be."""

    def __init__(self):
        self.numbers, self.violations = [], collections.defaultdict(list)

    def tell(self, name, value):
        self.numbers.append((name, value))

    def wrong(self, rule, what):
        self.violations[rule].append(what)

    def print(self, title):
        width = max(len(name) for name, _ in self.numbers)
        print(f"\n{title}\n" + "-" * len(title))
        for name, value in self.numbers:
            print(f"{name:<{width}}  {value}")
        for rule, cases in self.violations.items():
            print(f"VIOLATED: {rule}: {len(cases)}")
            for case in cases[:SHOWN]:
                print(f"    {case}")
        print("every rule holds" if not self.violations else "NOT every rule holds", flush=True)

    def exit_code(self):
        return 1 if self.violations else 0


def settle(lab, findings, since, at_most=150):
    """A healthy run until nothing is under way any more; `since` is the last kill."""
    database, end = lab.database, time.monotonic() + at_most
    due = database.past("next_attempt_at")
    waits = {
        "QUEUED and due": f"SELECT count(*) FROM notification_log WHERE status = 'QUEUED' AND {due}",
        "SENDING": "SELECT count(*) FROM notification_log WHERE status = 'SENDING'",
        "webhooks not yet read":
            "SELECT count(*) FROM webhook_events WHERE state = 'RECEIVED'",
        "tasks due":
            f"SELECT count(*) FROM {database.jobs} WHERE status = 'Pending' AND {database.job_due}",
    }
    sending_over, quiet = None, 0
    while quiet < 2 and time.monotonic() < end:
        left = {name: database.count(sql) for name, sql in waits.items()}
        if left["SENDING"]:
            sending_over = None
        elif sending_over is None:
            sending_over = time.monotonic() - since
        quiet = 0 if any(left.values()) else quiet + 1
        time.sleep(1)
    findings.tell("settled after", f"{time.monotonic() - since:.0f} s")
    over = "never" if sending_over is None else f"{sending_over:.0f} s"
    findings.tell("last SENDING row gone after", over)
    if sending_over is None or sending_over > UNCONFIRMED_WITHIN_S:
        findings.wrong(f"no send is SENDING for longer than {UNCONFIRMED_WITHIN_S} s", over)
    for name, count in left.items():
        if count:
            findings.wrong(f"after {at_most} s nothing is under way", f"{count} {name}")


def stop_and_judge(lab, load, findings):
    """Stops what runs, in good order, and compares what clients were told, what the database holds
    and what the provider got."""
    judge_jobs(lab.database, findings)
    for program in lab.programs:
        code = program.stop()
        if code != 0:
            findings.wrong("SIGTERM ends the program with 0 within 30 s", f"{program.name}: {code}")
    tickets = judge_tickets(lab.database, load, findings)
    judge_notifications(lab.database, lab.ledger(), tickets, findings)
    for flaw in lab.database.flaws():
        findings.wrong("PRAGMA integrity_check and foreign_key_check are ok", flaw)
    for program in lab.programs:
        for line in program.logged("panicked", "lost a commit", "a defect", "was given up"):
            findings.wrong("the log tells of no panic, no defect and no lost commit", line[:300])


def judge_jobs(database, findings):
    sql = f"SELECT job_type, status, count(*) FROM {database.jobs} GROUP BY 1, 2 ORDER BY 1, 2"
    jobs = [f"{queue} {status} {count}" for queue, status, count in database.rows(sql)]
    findings.tell("apalis tasks", ", ".join(jobs) or "none")
    sql = f"SELECT id FROM {database.jobs} WHERE status = 'Pending' AND {database.job_due}"
    for (task,) in database.rows(sql):
        findings.wrong("no task waits although it is due", task)


def judge_tickets(database, load, findings):
    by_title = collections.defaultdict(list)
    for ticket, title in database.rows("SELECT id, title FROM tickets ORDER BY id"):
        by_title[title].append(int(ticket))
    for key, ticket in load.acknowledged.items():
        if by_title.get(key) != [ticket]:
            findings.wrong("an acknowledged ticket is there, once",
                           f"{key}: told {ticket}, there are {by_title.get(key, [])}")
    for title, ids in by_title.items():
        if title not in load.asked:
            findings.wrong("every ticket was asked for", f"{title}: {ids}")
        elif len(ids) > 1:
            findings.wrong("a key makes one ticket", f"{title}: {ids}")
    for key in load.asked.keys() - load.acknowledged.keys():
        findings.wrong("who insists is answered", key)
    for wrong in load.wrong:
        findings.wrong("a client hears 201, 503 with Retry-After, or nothing", wrong)
    tickets = {ticket for ids in by_title.values() for ticket in ids}
    history = {int(ticket): int(count) for ticket, count in database.rows(
        "SELECT ticket_id, count(*) FROM ticket_events GROUP BY 1")}
    for ticket in tickets | history.keys():
        if history.get(ticket) != 1 or ticket not in tickets:
            findings.wrong("a ticket has one line of history",
                           f"ticket {ticket}: {history.get(ticket, 0)}")
    kept = collections.Counter(key for (key,) in database.rows("SELECT key FROM idempotency_keys"))
    for key in load.acknowledged:
        if kept[key] != 1:
            findings.wrong("the answer to a key is kept once", f"{key}: {kept[key]}")
    lost = sum(1 for answer in load.answers if answer.status == 0)
    away = sum(1 for answer in load.answers if answer.status == 503)
    findings.tell("tickets acknowledged", len(load.acknowledged))
    findings.tell("tickets in the database", len(tickets))
    findings.tell("requests without an answer / 503", f"{lost} / {away}")
    findings.tell("keys asked again after their 201", load.replayed)
    return tickets


Row = collections.namedtuple("Row", "ticket recipient number status attempts resends message receipt")


def judge_notifications(database, ledger, tickets, findings):
    rows = {int(row[0]): Row(int(row[1] or 0), row[2], row[3], row[4], int(row[5]), int(row[6]),
                             row[7], row[8])
            for row in database.rows(
                "SELECT id, ticket_id, recipient_id, recipient_address, status, attempts, resends, "
                "provider_message_id, receipt FROM notification_log ORDER BY id")}
    judge_completeness(database, rows, tickets, findings)
    posted = collections.defaultdict(list)
    for entry in ledger:
        named = re.fullmatch(r"v1:(\d+):(\d+):[0-9a-f]+", entry["callback_data"] or "")
        if named is None:
            findings.wrong("every post names its notification", entry["id"])
            continue
        posted[int(named[1])].append((int(named[2]), entry))
    for id, posts in posted.items():
        judge_posts(id, posts, rows.get(id), findings)
    for id, row in rows.items():
        judge_row(id, row, [entry["id"] for _, entry in posted.get(id, [])], findings)
    judge_reports(database, rows, posted, findings)
    status = collections.Counter(row.status for row in rows.values())
    findings.tell("notifications", f"{len(rows)}: " + ", ".join(
        f"{count} {word}" for word, count in sorted(status.items())))
    findings.tell("posts in the provider's ledger", len(ledger))
    findings.tell("notifications posted more than once", sum(len(p) > 1 for p in posted.values()))
    findings.tell("sent once more (resends)", sum(row.resends for row in rows.values()))
    proved = "SELECT count(*) FROM delivery_attempts WHERE outcome IN ('STARTED', 'UNKNOWN') " \
             "AND heard_at IS NOT NULL"
    findings.tell("answers lost, settled by a report", database.count(proved))
    unconfirmed = [id for id, row in rows.items() if row.status == "UNCONFIRMED"]
    never = sum(1 for id in unconfirmed if id not in posted)
    findings.tell("UNCONFIRMED, and indeed never posted", never)
    findings.tell("UNCONFIRMED, posted, report still to come", len(unconfirmed) - never)
    missing = sum(1 for row in rows.values() if row.status == "SENT" and not row.receipt)
    findings.tell("SENT, receipt still to come", missing)


def judge_completeness(database, rows, tickets, findings):
    names = ", ".join(f"'{name}'" for name in ADMINS)
    admins = {id: number for id, number in database.rows(
        f"SELECT id, whatsapp_number FROM users WHERE username IN ({names})")}
    told = collections.defaultdict(list)
    for row in rows.values():
        told[row.ticket].append(row.recipient)
        if admins.get(row.recipient) != row.number:
            findings.wrong("a notification goes to its person's number", f"ticket {row.ticket}")
    for ticket in tickets | told.keys():
        if sorted(told.get(ticket, [])) != sorted(admins) or ticket not in tickets:
            findings.wrong("a ticket tells each admin, once",
                           f"ticket {ticket}: told {sorted(told.get(ticket, []))}")


def judge_posts(id, posts, row, findings):
    numbers = [number for number, _ in posts]
    if row is None or max(numbers) > row.attempts:
        findings.wrong("every post has its durable attempt", f"notification {id}: {numbers}")
        return
    if any(entry["to"] != row.number for _, entry in posts):
        findings.wrong("a post goes to its person's number", f"notification {id}")
    if len(posts) == 1:
        return
    at = sorted(instant(entry["at"]) for _, entry in posts)
    gap = min((later - sooner).total_seconds() for sooner, later in zip(at, at[1:]))
    if len(posts) > 1 + row.resends or len(set(numbers)) < len(posts) or gap < RESEND_AFTER_S:
        findings.wrong("nothing is posted twice but by the rule for resending",
                       f"notification {id}: attempts {numbers}, {row.resends} resends, "
                       f"{gap:.1f} s apart")


def judge_row(id, row, messages, findings):
    what = f"notification {id} of ticket {row.ticket}: {row}"
    if row.status == "SENT":
        if row.message not in messages:
            findings.wrong("SENT stands only with the id that the provider gave",
                           f"{what}, ledger {messages}")
    elif row.status != "UNCONFIRMED":
        findings.wrong("a notification ends SENT or UNCONFIRMED", what)
    if row.attempts == 0:
        findings.wrong("a notification was tried", what)


def judge_reports(database, rows, posted, findings):
    """A lost answer stays UNCONFIRMED only while the report that proves it is still on its way."""
    silent = {id for id, row in rows.items() if row.status == "UNCONFIRMED" and id in posted}
    if not silent:
        return
    read = f"SELECT {database.raw_text} FROM webhook_events WHERE state = 'PROCESSED'"
    for (raw,) in database.rows(read):
        for named in re.findall(r"v1:(\d+):\d+:", raw):
            if int(named) in silent:
                findings.wrong("a report that was read settles its notification",
                               f"notification {named}")


def instant(text):
    # Python 3.11 reads at most six digits of a second.
    text = re.sub(r"(\.\d{6})\d+", r"\1", text.replace("Z", "+00:00"))
    return datetime.datetime.fromisoformat(text)
