#!/usr/bin/env python3
"""Runs docs/SIMULATOR.md against `deskbell simulator`, word for word, and compares what is answered
with what the page shows; looks besides whether the page names every fault, setting and call. With
--write the page shows what was seen."""
import argparse
import json
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from tour import Shell, alike, steps

HERE = pathlib.Path(__file__).resolve().parent.parent
PAGE = HERE / "docs" / "SIMULATOR.md"
SIMULATOR, RECEIVER = "127.0.0.1:8010", "127.0.0.1:8011"
CHANGES = re.compile(r" -X | -d |^(send|sms|faults|for) |\w=")


def blocks(lines):
    """The page's blocks that are run: kind, and where their lines begin and end."""
    found, begun = [], None
    for number, line in enumerate(lines):
        if line.startswith("```"):
            if begun is None:
                begun = (line[3:], number + 1)
            else:
                found.append((*begun, number))
                begun = None
    return [block for block in found if block[0] in ("sh", "console")]


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Simulator:
    """The simulator alone, at an address of its own."""

    def __init__(self, binary, webhooks):
        command = [binary, "simulator", "--bind", "127.0.0.1:0", "--webhook-url", f"http://{webhooks}/webhook"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.banner = [self.process.stdout.readline().rstrip("\n") for _ in range(5)]
        found = re.search(r"http://([\d.:]+)/simulator", self.banner[0])
        if not found:
            sys.exit(f"the simulator did not start: {self.banner}")
        self.address = found[1]

    def stop(self):
        self.process.terminate()
        self.process.wait(30)

    def kinds(self):
        """Every fault that it knows, as it says to whoever asks for another."""
        body = b'{"faults":[{"number":"*","kind":"?"}]}'
        url = f"http://{self.address}/simulator/api/faults"
        try:
            urllib.request.urlopen(urllib.request.Request(url, body, method="PUT"))
        except urllib.error.HTTPError as error:
            return set(json.load(error)["allowed_kinds"])
        sys.exit("a fault of no kind was taken")


def follow(shell, pairs, command, shown, write):
    """What the command answers; one that only looks is asked again for a while, since webhooks
    arrive a moment later."""
    looks = not CHANGES.search(command)
    end = time.monotonic() + (10 if looks and not write else 0)
    if looks and write:
        time.sleep(1)
    today = command
    for there, here in pairs:
        today = today.replace(there, here)
    while True:
        seen = shell.says(today)
        for there, here in pairs:
            seen = [line.replace(here, there) for line in seen]
        seen = [] if seen == [""] else seen
        if alike(seen) == alike(shown) or time.monotonic() > end:
            return seen
        time.sleep(0.1)


def run(simulator, text, pairs, write, folder):
    """Goes through the page: its text with what was seen, and what differs from what it shows."""
    lines = text.split("\n")
    found, shell, wrong, seen_lines = blocks(lines), Shell(), [], {}
    if len(found) < 8:
        sys.exit("the page has lost its examples, or this script looks in the wrong place")
    shell.says(f"cd '{folder}'")
    for kind, begin, end in found:
        part = lines[begin:end]
        if kind == "sh":
            block = "\n".join(part)
            for there, here in pairs:
                block = block.replace(there, here).replace(port(there), port(here))
            wrong += [f"setting up said: {line}" for line in shell.says(block) if line]
            continue
        new = []
        for command, shown in steps(part):
            if command.startswith("deskbell simulator"):
                seen = [line.replace(simulator.address, SIMULATOR) for line in simulator.banner]
            else:
                seen = follow(shell, pairs, command, shown, write)
            if alike(seen) != alike(shown):
                wrong.append("\n".join([f"$ {command}", "shown:", *shown, "seen:", *seen]))
                shown = seen
            new += [*f"$ {command}".split("\n"), *shown]
        seen_lines[begin, end] = new
    shell.says("kill $(jobs -p)")
    shell.stop()
    for (begin, end), new in sorted(seen_lines.items(), reverse=True):
        lines[begin:end] = new
    return "\n".join(lines), wrong


def port(address):
    return f'"{address.split(":")[0]}", {address.split(":")[1]}'


def unnamed(simulator, text):
    """What the simulator knows and the page does not say."""
    rows = set(re.findall(r"^\| `([A-Z_]+)` \|", text, re.M))
    routes = (HERE / "src" / "simulator" / "routes.rs").read_text()
    calls = set(re.findall(r'at\("(/api/[^"]+)"\)', routes))
    told = [f"the fault {kind}" for kind in sorted(simulator.kinds() ^ rows)]
    told += [f"the call {call}" for call in sorted(calls) if call not in text]
    with urllib.request.urlopen(f"http://{simulator.address}/simulator/api/settings") as answer:
        told += [f"the setting {name}" for name in json.load(answer) if f"`{name}`" not in text]
    if not calls:
        told.append("any call: this script looks in the wrong place")
    return told


def main():
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--binary", required=True, type=pathlib.Path)
    asked.add_argument("--write", action="store_true", help="let the page show what was seen")
    asked = asked.parse_args()
    text, webhooks = PAGE.read_text(), f"127.0.0.1:{free_port()}"
    simulator = Simulator(asked.binary.resolve(), webhooks)
    try:
        with tempfile.TemporaryDirectory(prefix="deskbell-simulator-") as folder:
            missing = unnamed(simulator, text)
            pairs = [(SIMULATOR, simulator.address), (RECEIVER, webhooks)]
            seen, wrong = run(simulator, text, pairs, asked.write, folder)
    finally:
        simulator.stop()
    if missing:
        sys.exit(f"docs/SIMULATOR.md does not agree about {', '.join(missing)}")
    if asked.write:
        PAGE.write_text(seen)
        print(f"{len(wrong)} places of docs/SIMULATOR.md changed")
    elif wrong:
        sys.exit("\n\n".join(["docs/SIMULATOR.md shows something else:", *wrong]))
    else:
        print("docs/SIMULATOR.md is as it shows.")


if __name__ == "__main__":
    main()
