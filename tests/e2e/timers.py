#!/usr/bin/env python3
"""What is waited for and does not come, on a real Kafka and with short settings: each ends as docs/TIME.md says, and is told once.

A bot that said 202 and stays silent, nobody who takes a conversation (then a ticket, or the bot), a human who does, a customer who
falls silent (released, or ended), and a processor that is killed while all of that waits. Rows 103 and 107.

    TIELINE_BIN=build/release/bin TIELINE_KAFKA=deploy/kafka/kafka tests/e2e/timers.py [--keep DIR]"""

import os
import pathlib
import signal
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/support"), str(ROOT / "tests/integration")]

from egress_support import TicketHouse  # noqa: E402
from kafka_node import KafkaNode  # noqa: E402
from script import run  # noqa: E402

PATIENCE = 60
NOBODY_SECONDS = 6
SILENT_SECONDS = 5
BOT_SECONDS = 2
# The bot's answer that comes after all, behind everything else.
LATE_SECONDS = 12
AGENTS_LINE = "zd-agentWorkspace"
NOBODY = "No colleague is free now."
SILENT = "Just write when you need me."


class TimedHouse(TicketHouse):
    """The first brand makes a ticket where nobody came, and lets who is silent go; the second gives all back to the bot, and ends it."""

    def config(self):
        config = super().config()
        for store, then, silent in zip(self.stores, ("ticket", "bot"), ("release", "end")):
            entry = config["stores"][store.name]
            entry["bot"]["timeout"] = f"{BOT_SECONDS}s"
            entry["handoff"] = {"nobody": {"after": f"{NOBODY_SECONDS}s", "then": then, "text": NOBODY}}
            entry["inactivity"] = {"after": f"{SILENT_SECONDS}s", "then": silent, "text": SILENT}
        return config


class Talk:
    """One customer in the widget of a store, on a thread of its own."""

    def __init__(self, house, checks, name, store, plot):
        self.house, self.checks, self.name, self.store = house, checks, name, store
        self.place = None
        self._thread = threading.Thread(target=self._play, args=(plot,), daemon=True)
        self._thread.start()

    def _play(self, plot):
        try:
            plot(self)
        except Exception as error:  # pylint: disable=broad-except
            self.that("it came to its end", False, repr(error))

    def join(self):
        self._thread.join(4 * PATIENCE)
        self.that("it came to its end in time", not self._thread.is_alive())

    def that(self, what, holds, seen=None):
        self.checks.that(f"{self.name}: {what}", holds, seen)

    def write(self, text):
        self.place = self.house.sandbox.write(self.name, self.store.brand, text, self.place)["conversation"]

    def view(self):
        return self.house.sandbox.conversation(self.place)

    def count(self, words):
        return sum(words in message["text"] for message in self.view()["messages"] if message["from"] != "customer")

    def becomes(self, what, holds):
        end = time.monotonic() + PATIENCE
        while not holds() and time.monotonic() < end:
            time.sleep(0.1)
        self.that(what, holds(), self.view())

    def is_with_agents(self):
        return self.view().get("active") == AGENTS_LINE

    def asks(self, word):
        self.write(f"echo {word}")
        self.becomes(f"{word} is answered", lambda: self.count(f"{self.store.name}: {word}") == 1)


def bot_owes(talk):
    """202, and no answer in time: a human is called; nobody comes, so the team gets a ticket. The answer that comes then is old."""
    begun = time.monotonic()
    talk.write(f"later {LATE_SECONDS} too late")
    talk.becomes("a human is called for the bot that owes an answer", talk.is_with_agents)
    talk.that("not before its time", time.monotonic() - begun >= BOT_SECONDS)
    talk.becomes("nobody comes, and that is told", lambda: talk.count(NOBODY) == 1)
    talk.becomes("control comes back", lambda: not talk.is_with_agents())
    talk.becomes("the team has a ticket", lambda: [t for t in talk.house.desk.tickets() if talk.place in str(t.get("external_id"))])
    time.sleep(max(0.0, begun + LATE_SECONDS + 2 - time.monotonic()))
    talk.that("what the bot says too late is not said", talk.count(f"{talk.store.name}: too late") == 0, talk.view())
    talk.asks("afterwards")
    talk.that("it was told once", talk.count(NOBODY) == 1, talk.view())


def nobody_comes(talk):
    """The bot goes on."""
    talk.write("I want to talk to a human")
    talk.becomes("a human is called", talk.is_with_agents)
    talk.becomes("nobody comes, and that is told", lambda: talk.count(NOBODY) == 1)
    talk.becomes("control comes back", lambda: not talk.is_with_agents())
    talk.asks("afterwards")
    talk.that("it was told once", talk.count(NOBODY) == 1, talk.view())


def somebody_comes(talk):
    talk.write("I want to talk to a human")
    talk.becomes("a human is called", talk.is_with_agents)
    agent = talk.house.sandbox.ready["agents"][0]["name"]
    for verb, more in (("take", {}), ("reply", {"text": "I am here"})):
        status = talk.house.desk.agent(agent, verb, conversation=talk.place, **more).status
        talk.that(f"the agent can {verb}", status in (200, 201), status)
    time.sleep(NOBODY_SECONDS + 3)
    talk.that("who is there is not missed", talk.count(NOBODY) == 0 and talk.is_with_agents(), talk.view())


def falls_silent(talk):
    talk.asks("first")
    talk.becomes("who is silent is told so", lambda: talk.count(SILENT) == 1)
    talk.asks("again")
    talk.becomes("and once more in the next episode", lambda: talk.count(SILENT) == 2)
    talk.that("with one welcome", talk.count(talk.store.welcome) == 1, talk.view())


def is_ended(talk):
    talk.asks("first")
    talk.becomes("who is silent is told so", lambda: talk.count(SILENT) == 1)
    talk.write("echo again")
    time.sleep(SILENT_SECONDS + 2)
    talk.that("what has ended is not answered, and told once", talk.count("again") == 0 and talk.count(SILENT) == 1, talk.view())


def is_killed(talk):
    """The processor is away when the time is over: the timer is in the state, and fires when it is back."""
    talk.asks("first")
    processor = talk.house.programs["processor"]
    processor.end(signal.SIGKILL)
    time.sleep(SILENT_SECONDS)
    talk.that("nothing fires without it", talk.count(SILENT) == 0, talk.view())
    processor.start()
    talk.becomes("it fires when it is back", lambda: talk.count(SILENT) == 1)
    time.sleep(2)
    talk.that("once", talk.count(SILENT) == 1, talk.view())


def play(folder, checks):
    with KafkaNode(os.environ["TIELINE_KAFKA"], folder / "kafka") as kafka, \
            TimedHouse(os.environ["TIELINE_BIN"], folder / "house", kafka.brokers, partitions=4) as house:
        house.install()
        house.start()
        shoes, hats = house.stores
        plots = [(shoes, bot_owes), (hats, nobody_comes), (shoes, somebody_comes), (shoes, falls_silent), (hats, is_ended)]
        for talk in [Talk(house, checks, plot.__name__, store, plot) for store, plot in plots]:
            talk.join()
        Talk(house, checks, is_killed.__name__, shoes, is_killed).join()
        house.replays(checks)
        if checks.failed:
            print(house.said())


if __name__ == "__main__":
    sys.exit(run(play, __doc__))
