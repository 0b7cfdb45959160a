#!/usr/bin/env python3
"""Takes the tour of the README, word for word, and compares what a stranger would see with what
the README shows. With --write the README shows what was seen.

A program of its own is started in an empty folder. What is another at each start is made alike:
its address, the passwords, request ids and instants.
"""
import argparse
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

README = pathlib.Path(__file__).resolve().parent.parent / "README.md"
ADDRESS = "127.0.0.1:8000"
ACCOUNT = re.compile(r"^  (\w+) +(\S{16})  (\+\d+)$", re.M)
VARIES = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}|\d{4}-\d\d-\d\dT[\d:.]+Z")
CHANGES = re.compile(r" -X | -d ")
END = "\x1e"


def blocks(text):
    """The tour's blocks of code: kind, and where its lines begin and end."""
    lines, found, begun, here = text.split("\n"), [], None, False
    for number, line in enumerate(lines):
        if line.startswith("## "):
            here = line == "## A tour"
        elif here and line.startswith("```"):
            if begun is None:
                begun = (line[3:], number + 1)
            else:
                found.append((*begun, number))
                begun = None
    return lines, found


def steps(lines):
    """The commands of a console with what each is shown to answer."""
    told = []
    for line in lines:
        goes_on = told and not told[-1][1] and told[-1][0].endswith("\\")
        if line.startswith("$ "):
            told.append([line[2:], []])
        elif goes_on:
            told[-1][0] += "\n" + line
        else:
            told[-1][1].append(line)
    return told


class Program:
    """The program in a folder of its own, as after `cargo run` in a fresh clone."""

    def __init__(self, binary, folder):
        bare = {"PATH": os.environ["PATH"], "BIND_ADDR": "127.0.0.1:0"}
        self.out, self.log = pathlib.Path(folder, "banner"), pathlib.Path(folder, "log")
        with self.out.open("wb") as out, self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [binary], cwd=folder, env=bare, stdin=subprocess.DEVNULL, stdout=out, stderr=log
            )
        end = time.monotonic() + 30
        while "/simulator/api/phones/" not in self.out.read_text():
            if self.process.poll() is not None or time.monotonic() > end:
                sys.exit(f"the program did not start:\n{self.log.read_text()}")
            time.sleep(0.05)
        self.banner = self.out.read_text()
        self.address = re.search(r"http://(\S+)", self.banner)[1]

    def stop(self):
        """As an operator does; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


class Shell:
    """One shell for the whole tour: what one command sets, the next one has."""

    def __init__(self):
        self.process = subprocess.Popen(
            ["bash"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def says(self, command):
        """What the command prints."""
        self.process.stdin.write(f"{command}\nprintf '\\036\\n'\n")
        self.process.stdin.flush()
        said = ""
        while not said.endswith(END + "\n"):
            line = self.process.stdout.readline()
            if not line:
                sys.exit(f"the shell ended at: {command}")
            said += line
        return said[: -len(END) - 1].rstrip("\n").split("\n")

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


class Tour:
    """The README's words turned into today's, and back."""

    def __init__(self, program, shown):
        here, there = (dict((a[0], a[1]) for a in ACCOUNT.findall(t)) for t in (program.banner, shown))
        if not there or set(there) - set(here):
            sys.exit(f"the README shows the accounts {sorted(there)}, there are {sorted(here)}")
        self.pairs = [(there[name], here[name]) for name in there] + [(ADDRESS, program.address)]

    def today(self, text):
        for shown, real in self.pairs:
            text = text.replace(shown, real)
        return text

    def as_shown(self, text):
        for shown, real in self.pairs:
            text = text.replace(real, shown)
        return text


def alike(lines):
    return [VARIES.sub("…", line) for line in lines]


def follow(shell, tour, command, shown, write):
    """What the command answers: asked again for a while where it only looks, since messages arrive
    a moment later."""
    looks = not CHANGES.search(command)
    end = time.monotonic() + (10 if looks and not write else 0)
    if looks and write:
        time.sleep(1)
    while True:
        seen = [tour.as_shown(line) for line in shell.says(tour.today(command))]
        if alike(seen) == alike(shown) or time.monotonic() > end:
            return seen
        time.sleep(0.1)


def take(program, text, write):
    """Goes through the README: its text with what was seen, and what differs from what it shows."""
    lines, found = blocks(text)
    if len(found) < 5:
        sys.exit("the README has no tour any more, or this script looks in the wrong place")
    tour, shell, wrong, seen_lines = Tour(program, text), Shell(), [], {}
    for kind, begin, end in found:
        part = lines[begin:end]
        if kind == "sh":
            said = [line for line in shell.says(tour.today("\n".join(part))) if line]
            wrong += [f"setting up said: {line}" for line in said]
            continue
        new = []
        for command, shown in steps(part):
            if command == "cargo run":
                banner = tour.as_shown(program.banner).split("\n")
                seen = banner[: len(shown)]
            else:
                seen = follow(shell, tour, command, shown, write)
            if alike(seen) != alike(shown):
                wrong.append("\n".join([f"$ {command}", "shown:", *shown, "seen:", *seen]))
                shown = seen
            new += [*f"$ {command}".split("\n"), *shown]
        seen_lines[begin, end] = new
    shell.stop()
    for (begin, end), new in sorted(seen_lines.items(), reverse=True):
        lines[begin:end] = new
    return "\n".join(lines), wrong


def main():
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--binary", required=True, type=pathlib.Path)
    asked.add_argument("--write", action="store_true", help="let the README show what was seen")
    asked = asked.parse_args()
    text = README.read_text()
    with tempfile.TemporaryDirectory(prefix="deskbell-tour-") as folder:
        program = Program(asked.binary.resolve(), folder)
        try:
            seen, wrong = take(program, text, asked.write)
        finally:
            code = program.stop()
    if code:
        sys.exit(f"the program ended with {code}")
    if asked.write:
        README.write_text(seen)
        print(f"{len(wrong)} places of the README changed")
    elif wrong:
        sys.exit("\n\n".join(["The README shows something else:", *wrong]))
    else:
        print("The tour of the README goes as it shows.")


if __name__ == "__main__":
    main()
