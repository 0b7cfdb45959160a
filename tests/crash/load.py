"""Clients that file tickets and do not give up: each repeats the same request, under the same
Idempotency-Key, until it hears 201, and remembers what it was told."""
import collections
import http.client
import json
import random
import threading
import time

Answer = collections.namedtuple("Answer", "begun took status retry_after")
JSON = "application/json"


class Load:
    """All clients together, and what they have heard."""

    def __init__(self, lab, clients, rate, seed, pause=(0.02, 0.2)):
        self.lab, self.pause = lab, pause
        self.token = lab.token()
        self.asked, self.acknowledged = {}, {}
        self.answers, self.wrong = [], []
        self.replayed = 0
        self.enough, self.give_up = threading.Event(), threading.Event()
        self.clients = [
            threading.Thread(target=self.file, args=(at, rate / clients, seed), daemon=True)
            for at in range(clients)
        ]

    def begin(self):
        for client in self.clients:
            client.start()

    def end(self, seconds=60):
        """Lets every client hear the answer to what it has asked; after `seconds` it gives up."""
        self.enough.set()
        end = time.monotonic() + seconds
        for client in self.clients:
            client.join(max(0.0, end - time.monotonic()))
        self.give_up.set()
        for client in self.clients:
            client.join(15)

    def file(self, at, rate, seed):
        chance = random.Random(f"{seed} client {at}")
        client = Client(self.lab.api_ports(), chance)
        for number in range(10**9):
            if self.enough.is_set():
                return
            key = f"crash-{seed}-{at}-{number}"
            self.asked[key] = ticket(key, chance)
            self.insist(client, key)
            if chance.random() < 0.1:
                self.ask_again(client, chance)
            # Gaps of every length, so that a kill finds the clients at every point.
            self.enough.wait(chance.expovariate(rate))

    def insist(self, client, key):
        refusals = 0
        while not self.give_up.is_set() and refusals < 20:
            answer, body, _ = self.post(client, key)
            if answer.status == 201:
                self.acknowledged[key] = json.loads(body)["id"]
                return
            if answer.status == 401:
                # A run may outlive its token.
                self.token = self.lab.token()
            elif answer.status == 503:
                if answer.retry_after is None:
                    self.wrong.append(f"{key}: 503 without Retry-After")
            elif answer.status != 0 and not (answer.status == 409 and b"request_running" in body):
                refusals += 1
                self.wrong.append(f"{key}: {answer.status} {body[:200]!r}")
            time.sleep(client.chance.uniform(*self.pause))

    def ask_again(self, client, chance):
        """What was acknowledged once is acknowledged again, with the same ticket."""
        key, known = chance.choice(list(self.acknowledged.items())[-50:])
        answer, body, headers = self.post(client, key)
        if answer.status == 201:
            self.replayed += 1
            said = json.loads(body)["id"], headers.get("Idempotency-Replayed")
            if said != (known, "true"):
                self.wrong.append(f"{key}: was ticket {known}, asked again it is {said}")

    def post(self, client, key):
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key,
                   "Content-Type": JSON}
        begun = time.monotonic()
        status, answered, body = client.post("/api/tickets", self.asked[key], headers)
        took = time.monotonic() - begun
        answer = Answer(begun, took, status, answered.get("Retry-After"))
        self.answers.append(answer)
        return answer, body, answered


class Client:
    """One keep-alive connection; another replica after an answer that did not come."""

    def __init__(self, ports, chance):
        self.ports, self.chance, self.conn = ports, chance, None

    def post(self, path, body, headers):
        try:
            if self.conn is None:
                port = self.chance.choice(self.ports)
                self.conn = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
            self.conn.request("POST", path, body, headers)
            answer = self.conn.getresponse()
            return answer.status, answer.headers, answer.read()
        except (OSError, http.client.HTTPException):
            self.conn.close()
            self.conn = None
            return 0, {}, b""


def ticket(key, chance):
    """A ticket that names its key, with words of every length and more than ASCII."""
    words = " ".join(chance.choice(["login", "page", "größer", "مرحبا", "🎫", "*bold*"])
                     for _ in range(chance.randrange(1, 60)))
    # Not CRITICAL: that lane may send once more after two minutes, this one after ten.
    return json.dumps({
        "title": key, "description": words, "category": "BUG", "project_name": "Crash test",
        "priority": chance.choice(["LOW", "MEDIUM", "HIGH"]),
    }).encode()
