#!/usr/bin/env python3
"""Two customers who turn out to be one, on a real Kafka: of their two conversations one goes on, and nothing is said twice.

The one that ends has a turn out with the bot; what it asked is asked again where it goes on, and answered there, once. A word that
comes into a conversation of a human's stays a human's. The webhook of the merge comes twice (docs/decisions/0017).

    TIELINE_BIN=build/release/bin TIELINE_KAFKA=deploy/kafka/kafka tests/e2e/absorb.py [--keep DIR]"""

import os
import pathlib
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))

from house import House  # noqa: E402
from http_json import Client  # noqa: E402
from kafka_node import KafkaNode  # noqa: E402
from script import patient, run  # noqa: E402
from zendesk import LedgerWatch  # noqa: E402

PATIENCE = 40
until = patient(PATIENCE)
# Longer than a merge takes to be known everywhere, shorter than the bot's time-out.
BOT_SECONDS = 4
QUIET_SECONDS = 2 * BOT_SECONDS


class Pair:
    """One customer under two names, `guest` and `known`, each with a conversation of the same widget."""

    def __init__(self, house, watch, number):
        self.house, self.watch, self.store = house, watch, house.stores[0]
        self.guest, self.known = f"guest-{number}", f"known-{number}"
        self.gone = self.write(self.guest, f"echo guest {number}")
        self.stays = self.write(self.known, f"echo known {number}")
        self.both_began = watch.await_posts(self.gone, 2, PATIENCE) and watch.await_posts(self.stays, 2, PATIENCE)

    def write(self, customer, text):
        return self.house.sandbox.write(customer, self.store.brand, text)["conversation"]

    def merge(self):
        admin = Client(self.house.sandbox.ready["admin"])
        return admin.good("POST", f"/sandbox/customers/{self.guest}/merge", {"brand": self.store.brand, "into": self.known})

    def said(self):
        """What the customer sees of others, silent words too."""
        return [message["text"] for message in self.house.sandbox.conversation(self.stays)["messages"]
                if message["from"] != "customer"]

    def times(self, words):
        return sum(words in text for text in self.said())


def goes_on(house, watch, checks):
    pair = Pair(house, watch, 1)
    checks.that("both have their welcome and their answer", pair.both_began, house.said())
    pair.write(pair.guest, f"slow {BOT_SECONDS} asked before")
    time.sleep(1)
    house.sandbox.fault("duplicate_webhook", match={"type": "user:merge"})
    done = pair.merge()
    checks.equal("Zendesk has made one of them", (done["conversation"], done["discarded_conversation"]), (pair.stays, pair.gone))
    before = len(watch.posts(pair.gone))
    checks.equal("who was the guest writes in the one that stays", pair.write(pair.guest, "echo asked after"), pair.stays)
    checks.that("what was asked before is answered where it goes on", until(lambda: pair.times("shoes: asked before")), pair.said())
    checks.that("what is asked after, too", until(lambda: pair.times("shoes: asked after")), pair.said())
    time.sleep(QUIET_SECONDS)
    said = pair.said()
    checks.equal("each answer came once", [pair.times(words) for words in ("asked before", "asked after", "known 1", "guest 1")],
                 [1, 1, 1, 1])
    checks.equal("each was welcomed before, and nobody again", pair.times(pair.store.welcome), 2)
    checks.equal("nothing was said where it ended", len(watch.posts(pair.gone)), before)
    ids = [str(post["metadata"]) for post in watch.posts(pair.stays)]
    checks.equal("each effect has an id of its own", len(set(ids)), len(ids))
    pair.write(pair.guest, "I want to talk to a human")
    checks.that("a human who is called finds the words of both",
                until(lambda: any("guest 1" in text and "known 1" in text for text in pair.said()[len(said):])), pair.said())


def is_a_humans(house, watch, checks):
    """The one that stays is handed over: a word that comes in from the other is not answered by the bot."""
    pair = Pair(house, watch, 2)
    checks.that("both began", pair.both_began, house.said())
    pair.write(pair.known, "I want to talk to a human")
    active = lambda: (house.sandbox.api("GET", f"/conversations/{pair.stays}")["conversation"]  # noqa: E731
                      .get("activeSwitchboardIntegration") or {}).get("name")
    checks.that("control has passed", until(lambda: active() == "zd-agentWorkspace"), active())
    pair.write(pair.guest, f"slow {BOT_SECONDS} for a human")
    time.sleep(1)
    pair.merge()
    time.sleep(QUIET_SECONDS)
    checks.equal("the bot says nothing where a human is", pair.times("shoes: for a human"), 0)


def play(folder, checks):
    with KafkaNode(os.environ["TIELINE_KAFKA"], folder / "kafka") as kafka, \
            House(os.environ["TIELINE_BIN"], folder / "house", kafka.brokers, partitions=4) as house:
        house.install()
        house.start()
        with LedgerWatch(house.sandbox) as watch:
            goes_on(house, watch, checks)
            is_a_humans(house, watch, checks)
        house.replays(checks)
        if checks.failed:
            print(house.said())


if __name__ == "__main__":
    sys.exit(run(play, __doc__))
