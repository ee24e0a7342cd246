#!/usr/bin/env python3
"""What a conversation's rules come to, decided a second time from the inputs alone.

    TIELINE_BIN=build/asan/bin tests/sim/oracle.py [HISTORIES]

Shares nothing with the core but docs: which words the bot is asked about, when a human is called and for which reasons, what is
told instead, and who has the conversation in the end. tests/sim/journals.c says what a line means. One history that is decided
otherwise is printed, and fails the run."""

import os
import pathlib
import subprocess
import sys

ASKED, BOT, FAILED, TIMED_OUT, MANUAL, UNSURE, RATING, ACTION, FRUSTRATED, UNRESOLVED = range(1, 11)
USUAL = {ASKED, BOT, FAILED, TIMED_OUT}
OF_ANSWER = {"h": BOT, "c": UNSURE, "u": UNRESOLVED, "s": FRUSTRATED, "a": ACTION}
TURN_MOST = 20


def bits(text):
    number = int(text, 16)
    return {reason for reason in range(32) if number >> reason & 1}


class Conversation:
    """Of the widget: new, bot, calling (nobody there yet), human, released."""

    def __init__(self, store):
        live, off, on, told = store.split(":")[1:]
        self.live, self.off, self.on, self.tells = live == "1", bits(off), bits(on), bits(told) - {MANUAL}
        self.phase, self.seen, self.waiting, self.asked = "new", set(), [], None
        self.reasons, self.told, self.decisions = set(), set(), []

    def counts(self, reason):
        if reason == MANUAL:
            return True
        return reason not in self.off if reason in USUAL else reason in self.on

    def begin(self):
        if self.phase in ("new", "released"):
            self.phase, self.reasons, self.told = "bot", set(), set()

    def weigh(self, *reasons):
        """Whether a human is called."""
        held = {reason for reason in reasons if self.counts(reason)}
        if not held:
            return False
        if self.phase in ("calling", "human"):
            self.reasons |= held
            return False
        self.begin()
        self.reasons |= held
        if held <= self.tells:
            self.decisions += [f"told:{reason}" for reason in sorted(held - self.told)]
            self.told |= held
            return False
        self.phase, self.waiting, self.asked = "calling", [], None
        self.decisions.append(f"call:{sum(1 << reason for reason in self.reasons):x}")
        return True

    def go_on(self):
        if self.phase in ("calling", "human") or self.asked is not None or not self.waiting:
            return
        self.begin()
        self.asked, self.waiting = self.waiting[:TURN_MOST], self.waiting[TURN_MOST:]
        self.decisions.append("turn:" + ",".join(self.asked))

    def words(self, number, asks):
        if number in self.seen:
            return
        self.seen.add(number)
        if self.phase == "human":
            return
        self.waiting.append(number)
        if asks:
            self.weigh(ASKED)

    def answer(self, flags):
        if self.asked is not None:
            self.asked = None
            self.weigh(*(OF_ANSWER[flag] for flag in flags))

    def failed(self, reason):
        if self.asked is not None:
            self.asked = None
            self.weigh(reason)

    def signal(self, reason):
        if self.phase != "released":
            self.weigh(reason)

    def human_takes(self):
        self.phase, self.waiting, self.asked = "human", [], None

    def take(self, item):
        kind, rest = item[0], item[1:]
        if kind in "MH":
            self.words(rest, kind == "H")
        elif kind == "A":
            self.answer(rest)
        elif kind in "FT":
            self.failed(FAILED if kind == "F" else TIMED_OUT)
        elif kind == "R":
            if int(rest) <= 2:
                self.signal(RATING)
        elif kind in "XP":
            self.signal(ACTION if kind == "X" else BOT)
        elif kind == "E":
            self.weigh(MANUAL)
        elif item in ("G", "p1"):
            self.human_takes()
        elif kind == "L":
            self.phase = "released"
        elif item == "k1":
            self.phase = "released"
        elif item == "k0":
            self.phase = "bot"
        self.go_on()

    def verdict(self):
        owner = {"new": "bot", "bot": "bot", "released": "nobody"}.get(self.phase, "human")
        return " ".join([*self.decisions, "|", owner, f"{sum(1 << reason for reason in self.reasons):x}"])


class Ticket(Conversation):
    """Its owner is its assignee: the bot, an agent, or nobody. What is said to a human is the human's; without an assignee the bot
    is silent, and what it was asked comes again."""

    def __init__(self, store):
        super().__init__(store)
        self.assignee = "bot"

    def go_on(self):
        if self.phase in ("calling", "human"):
            self.waiting = []
        elif self.assignee == "bot":
            super().go_on()

    def words(self, number, asks):
        self.waiting.append(number)
        if asks:
            self.weigh(ASKED)

    def signal(self, reason):
        if self.phase in ("calling", "human") or (self.assignee == "bot" and self.phase != "released"):
            self.weigh(reason)

    def assign(self, whom):
        self.assignee = whom
        if whom == "agent" and self.phase != "human":
            self.human_takes()
        elif whom == "bot" and self.phase in ("calling", "human"):
            self.phase = "released"
        elif whom is None and self.phase in ("new", "bot") and self.asked is not None:
            self.waiting, self.asked = self.asked + self.waiting, None

    def take(self, item):
        if item in ("G", "L", "U"):
            self.assign({"G": "agent", "L": "bot", "U": None}[item])
        elif item == "k1":
            self.assignee = None
        elif item not in ("C", "c", "o", "W"):
            super().take(item)
        self.go_on()


def judge(line):
    given, decided, end = (part.strip() for part in line.split("|"))
    store, *inputs = given.split()
    conversation = (Ticket if store.startswith("ticket:") else Conversation)(store)
    for item in inputs:
        conversation.take(item)
    return conversation.verdict(), f"{decided} | {end}".strip()


def main():
    histories = sys.argv[1] if len(sys.argv) > 1 else "100000"
    program = pathlib.Path(os.environ["TIELINE_BIN"]).resolve().parent / "tests/sim_journals"
    agreed = 0
    with subprocess.Popen([program, "--histories", histories], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as core:
        for line in core.stdout:
            ours, theirs = judge(line)
            if ours != theirs:
                print(f"history {agreed}: {line.strip()}\noracle: {ours}\ncore:   {theirs}")
                core.kill()
                break
            agreed += 1
    good = core.returncode == 0 and agreed == int(histories)
    print(f"{agreed} histories decided alike\n{int(good)} passed, {int(not good)} failed")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
