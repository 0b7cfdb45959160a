#!/usr/bin/env python3
"""Holds a thousand connections open that say nothing, or say it a byte at a time: people are answered
all the same, the slow ones are let go in time, and the program still stops in good order.

    tests/crash/slow_clients.py --binary target/release/deskbell
"""
import argparse
import contextlib
import http.client
import json
import re
import resource
import socket
import threading
import time

import harness
from harness import Lab
from oracle import Findings

# The program gives a head 5 s and a body 10 s; a machine under load may take its time besides.
SILENT_FOR_S = 5 + 10
BODY_FOR_S = 10 + 10
ANSWERED_WITHIN_S = 3.0


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--connections", type=int, default=1000)
    parser.add_argument("--keep", action="store_true", help="keep the database and the logs")
    return parser.parse_args()


class Slow:
    """A connection that sends its bytes one by one, as long as it is let."""

    def __init__(self, port, manner, text):
        self.manner, self.text, self.sent = manner, text, 0
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.begun, self.ended, self.heard = time.monotonic(), None, b""
        if manner == "body":
            head_ends = text.index(b"\r\n\r\n") + 4
            self.socket.sendall(text[:head_ends])
            self.sent = head_ends
        self.socket.setblocking(False)

    def goes_on(self):
        """One byte more; notes when the other side lets go."""
        if self.ended is not None:
            return
        try:
            if self.sent < len(self.text):
                self.sent += self.socket.send(self.text[self.sent:self.sent + 1])
            while some := self.socket.recv(4096):
                self.heard += some
        except BlockingIOError:
            return
        except OSError:
            pass
        self.ended = time.monotonic()
        self.socket.close()


class Honest:
    """Somebody who asks as people do, again and again, on one connection that they keep."""

    def __init__(self, port, token):
        self.port, self.token, self.took, self.wrong = port, token, [], []
        self.enough = threading.Event()
        self.thread = threading.Thread(target=self.ask, daemon=True)

    def ask(self):
        conn = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        while not self.enough.is_set():
            begun = time.monotonic()
            try:
                conn.request("GET", "/api/auth/me", headers={"Authorization": self.token})
                answer = conn.getresponse()
                answer.read()
                if answer.status != 200:
                    self.wrong.append(str(answer.status))
            except (OSError, http.client.HTTPException) as error:
                self.wrong.append(repr(error))
                conn.close()
            self.took.append(time.monotonic() - begun)
            self.enough.wait(0.05)
        conn.close()


def slow_ones(port, token, count):
    head = b"GET /api/auth/me HTTP/1.1\r\nHost: desk\r\nX-Slow: " + b"x" * 1000
    body = json.dumps({"title": "x" * 1000}).encode()
    post = (f"POST /api/tickets HTTP/1.1\r\nHost: desk\r\nAuthorization: {token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body
    texts = [("silent", b""), ("head", head), ("silent", b""), ("body", post)]
    return [Slow(port, *texts[at % len(texts)]) for at in range(count)]


def open_files(port):
    page = harness.call(port, "GET", "/metrics")[2].decode()
    return int(re.search(r"^process_open_fds (\d+)$", page, re.MULTILINE)[1])


def judge(slow, findings):
    for one in slow:
        patience = BODY_FOR_S if one.manner == "body" else SILENT_FOR_S
        if one.ended is None or one.ended - one.begun > patience:
            findings.wrong(f"a slow one is let go within {patience} s", one.manner)
        if one.manner == "body" and not one.heard.startswith(b"HTTP/1.1 408"):
            findings.wrong("a slow body is told so", repr(one.heard[:80]))
        if one.manner == "body" and b'"code":"slow_body"' not in one.heard:
            findings.wrong("in good form", repr(one.heard[-200:]))


def stops_in_order(lab, token, findings):
    """Whoever is slow does not keep the program from ending."""
    slow = slow_ones(lab.port, token, 100)
    begun = time.monotonic()
    code = lab.programs[0].stop()
    if code != 0:
        findings.wrong("the program stops with 0 within 30 s", f"exit {code}")
    for one in slow:
        one.socket.close()
    return time.monotonic() - begun


def main():
    options = arguments()
    harness.end_on_signals()
    # Both ends of each connection are files.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    findings = Findings()
    with Lab(options.binary, options.database, options.keep) as lab:
        lab.serve("all")
        token = f"Bearer {lab.token()}"
        before = open_files(lab.port)
        honest = [Honest(lab.port, token) for _ in range(4)]
        slow = slow_ones(lab.port, token, options.connections)
        for one in honest:
            one.thread.start()
        end = time.monotonic() + BODY_FOR_S + 5
        while time.monotonic() < end and any(one.ended is None for one in slow):
            for one in slow:
                one.goes_on()
            time.sleep(0.5)
        for one in honest:
            one.enough.set()
            one.thread.join(15)
        judge(slow, findings)
        took = sorted(second for one in honest for second in one.took)
        for wrong in (wrong for one in honest for wrong in one.wrong):
            findings.wrong("people are answered meanwhile", wrong)
        if took[-1] > ANSWERED_WITHIN_S:
            findings.wrong(f"within {ANSWERED_WITHIN_S} s", f"{took[-1]:.1f} s")
        with contextlib.suppress(RuntimeError):
            harness.until("", lambda: open_files(lab.port) < before + 50, 10)
        if open_files(lab.port) >= before + 50:
            findings.wrong("nothing stays open", f"{before} files before, {open_files(lab.port)} after")
        stopped = stops_in_order(lab, token, findings)
        findings.tell("slow connections", len(slow))
        findings.tell("honest requests", len(took))
        findings.tell("slowest of them, ms", round(took[-1] * 1000))
        findings.tell("s to stop among 100 slow ones", round(stopped))
        findings.print("slow clients")
        if findings.violations:
            raise SystemExit(findings.exit_code())


if __name__ == "__main__":
    main()
