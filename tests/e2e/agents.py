#!/usr/bin/env python3
"""Whether a customer gets a human or a ticket hangs on who is online, on a real Kafka (rows 10, 58 and 103).

Agents come and go between the hand-overs of a few conversations; Zendesk refuses to say who is there, and egress is killed while
it asks. In the end each conversation has what was right at that time, once.

    TIELINE_BIN=build/release/bin TIELINE_KAFKA=deploy/kafka/kafka tests/e2e/agents.py [--keep DIR]"""

import os
import pathlib
import signal
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/support"), str(ROOT / "tests/integration")]

from egress_support import TicketHouse, becomes  # noqa: E402
from kafka_node import KafkaNode  # noqa: E402
from script import run  # noqa: E402

AWAY = "Nobody is online."
NOTICE = "One moment."
PATH = "/api/v2/agent_availabilities"
QUIET_SECONDS = 2
# Who asked when egress was killed waits for the members' time-out first.
KILLED_SECONDS = 60


class AskingHouse(TicketHouse):
    """A house whose stores ask who is online."""

    def config(self):
        config = super().config()
        for store in config["stores"].values():
            store["handoff"] = dict(store.get("handoff", {}), notice=NOTICE, agents={"then": "ticket", "text": AWAY})
        return config

    def call_human(self, customer, store):
        return self.sandbox.write(customer, store.brand, "I want to talk to a human")["conversation"]

    def texts(self, conversation):
        return [m["text"] for m in self.sandbox.conversation(conversation)["messages"]]

    def calls(self, conversation, tail):
        return [e for e in self.sandbox.ledger() if e["conversation"] == conversation and e["path"].endswith(tail) and e["applied"]]

    def made(self):
        return [e for e in self.sandbox.ledger() if e["path"] == "/api/v2/tickets" and e["method"] == "POST" and e["applied"]]

    def all_agents(self, state):
        for agent in self.sandbox.ready["agents"]:
            self.desk.agent(agent["name"], "available", messaging=state)


def judge(checks, house, what, conversation, is_live, seconds=30):
    """It has a human, or a ticket was told; never both."""
    told, other = (NOTICE, AWAY) if is_live else (AWAY, NOTICE)
    checks.that(f"{what}: told", becomes(lambda: told in house.texts(conversation), seconds), house.texts(conversation))
    if is_live:
        checks.that(f"{what}: passed", becomes(lambda: house.calls(conversation, "/passControl")), house.sandbox.conversation(conversation))
    time.sleep(QUIET_SECONDS)
    said = house.texts(conversation)
    checks.equal(f"{what}: once", (said.count(told), said.count(other), len(house.calls(conversation, "/passControl"))),
                 (1, 0, 1 if is_live else 0))


def play(folder, checks):
    with KafkaNode(os.environ["TIELINE_KAFKA"], folder / "kafka") as kafka, \
            AskingHouse(os.environ["TIELINE_BIN"], folder / "house", kafka.brokers) as house:
        house.install()
        house.start()
        shoes, hats = house.stores
        judge(checks, house, "online", house.call_human("ada", shoes), True)
        house.all_agents("away")
        judge(checks, house, "away", house.call_human("bob", hats), False)
        checks.that("one ticket for it", becomes(lambda: len(house.made()) == 1), house.made())
        house.sandbox.fault("status", status=403, body={"error": "Forbidden"}, match={"method": "GET", "path": PATH}, times=1)
        judge(checks, house, "not to be had", house.call_human("cleo", shoes), True)
        house.sandbox.fault("delay_ms", ms=3000, when="before", match={"method": "GET", "path": PATH}, times=1)
        asking = house.call_human("dan", shoes)
        becomes(lambda: "I want to talk to a human" in house.texts(asking))
        time.sleep(1)
        house.restart("egress", signal.SIGKILL)
        judge(checks, house, "egress was killed while it asked", asking, False, KILLED_SECONDS)
        house.all_agents("online")
        judge(checks, house, "back again", house.call_human("eve", hats), True)
        checks.equal("no other ticket of ours", len(house.made()), 2)
        house.replays(checks)
        if checks.failed:
            print(house.said())


if __name__ == "__main__":
    sys.exit(run(play, __doc__))
