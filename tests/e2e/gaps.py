#!/usr/bin/env python3
"""What customers write while ingest is away, on a real Kafka: it is found and answered once, in order, when ingest is back.

ingest is killed; customers write in conversations and on tickets, humans take some of them over, answer and release; a ticket is
born meanwhile. Nobody delivers a ticket's webhook again, and a conversation's only after a minute. Then the same by hand, with
`tieline backfill` (rows 42-44 and 61).

    TIELINE_BIN=build/release/bin TIELINE_KAFKA=deploy/kafka/kafka tests/e2e/gaps.py [--keep DIR]"""

import json
import os
import pathlib
import signal
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/support"), str(ROOT / "tests/integration")]

from egress_support import TicketHouse, becomes, said  # noqa: E402
from house import ACCOUNT  # noqa: E402
from kafka_node import KafkaNode  # noqa: E402
from script import run  # noqa: E402

ALIVE_SECONDS = 0.3
GAP_SECONDS = 2
RETRY_SECONDS = 61
QUIET_SECONDS = 2
AGENTS_LINE = "zd-agentWorkspace"


class GapHouse(TicketHouse):
    """Signs of life come fast, and little is a gap."""

    def describe(self):
        super().describe()
        self.programs["ingest"].command += ["--alive-interval", f"{int(ALIVE_SECONDS * 1000)}ms"]
        self.programs["processor"].command += ["--gap", f"{GAP_SECONDS}s"]


class Talk:
    """A conversation in the first brand's widget."""

    def __init__(self, house, name):
        self.house, self.name, self.place = house, name, None

    def write(self, text):
        self.place = self.house.sandbox.write(self.name, self.house.stores[0].brand, text, self.place)["conversation"]

    def answers(self):
        """What the bot said aloud, but for its welcome and notices, in order."""
        prefix = f"{self.house.stores[0].name}: "
        texts = [message["text"] for message in self.house.sandbox.conversation(self.place)["messages"]
                 if message["from"] == "bot" and not message.get("silent")]
        return [text[len(prefix):] for text in texts if text.startswith(prefix)]

    def active(self):
        return self.house.sandbox.conversation(self.place).get("active")

    def agent(self, verb, **more):
        answer = self.house.desk.agent(self.house.sandbox.ready["agents"][0]["name"], verb, conversation=self.place, **more)
        assert answer.status in (200, 201), f"{verb}: {answer}"


class Mail:
    """A ticket at the first brand."""

    def __init__(self, house, name):
        self.house, self.name, self.place = house, name, None

    def write(self, text):
        if self.place is None:
            self.place = self.house.desk.mail(self.name, self.house.stores[0].brand, "An order", text)["ticket"]
        else:
            self.house.desk.answer_mail(self.name, self.place, text)

    def answers(self):
        prefix = f"{self.house.stores[0].name}: "
        return [text[len(prefix):] for text in said(self.house.desk, self.place, "bot") if text.startswith(prefix)]

    def agent(self, verb, **more):
        answer = self.house.desk.agent(self.house.sandbox.ready["agents"][0]["name"], verb, ticket=self.place, **more)
        assert answer.status in (200, 201), f"{verb}: {answer}"


def before(house, check):
    """Everybody has been answered once."""
    cast = {name: Talk(house, name) for name in ("asks", "taken", "returned", "idle")}
    cast |= {name: Mail(house, name) for name in ("mails", "mail-taken", "mail-answered")}
    for name, actor in cast.items():
        actor.write(f"echo {name} one")
    for name, actor in cast.items():
        check.that(f"{name}: answered before", becomes(lambda a=actor, n=name: a.answers() == [f"{n} one"]), actor.answers())
    time.sleep(1)
    return cast


def while_away(house, cast):
    """What happens while nobody takes in a webhook."""
    cast["asks"].write("echo asks two")
    cast["asks"].write("echo asks three")
    cast["taken"].write("echo taken two")
    cast["taken"].agent("take")
    cast["taken"].agent("reply", text="I have got it")
    cast["returned"].write("echo returned two")
    cast["returned"].agent("take")
    cast["returned"].agent("reply", text="It is on its way")
    cast["returned"].agent("release")
    time.sleep(0.1)
    cast["returned"].write("echo returned three")
    cast["mails"].write("echo mails two")
    cast["mail-taken"].write("echo mail-taken two")
    cast["mail-taken"].agent("take")
    time.sleep(1.1)  # tickets know whole seconds
    cast["mail-answered"].write("echo mail-answered two")
    time.sleep(1.1)
    cast["mail-answered"].agent("reply", text="Done by hand")
    cast["born"] = Mail(house, "born")
    cast["born"].write("echo born one")


WANTED = {
    "asks": ["asks one", "asks two", "asks three"],
    "taken": ["taken one"],
    "returned": ["returned one", "returned three"],
    "idle": ["idle one"],
    "mails": ["mails one", "mails two"],
    "mail-taken": ["mail-taken one"],
    "mail-answered": ["mail-answered one"],
    "born": ["born one"],
}


def check_cast(house, cast, check, when):
    for name, wanted in WANTED.items():
        actor = cast[name]
        check.that(f"{name}: {when}", becomes(lambda a=actor, w=wanted: a.answers() == w), f"{actor.answers()}, wanted {wanted}")
    stamps = [json.dumps(entry["metadata"], sort_keys=True) for entry in house.sandbox.ledger()
              if entry["applied"] and "tieline.effect" in (entry["metadata"] or {})]
    check.equal(f"no effect twice, {when}", len(stamps), len(set(stamps)))


def check_gap(house, check):
    cast = before(house, check)
    searches = len(calls(house, "/api/v2/search"))
    check.equal("nothing was searched before", searches, 0)
    house.programs["ingest"].end(signal.SIGKILL)
    begun = time.monotonic()
    while_away(house, cast)
    time.sleep(max(0.0, GAP_SECONDS + 1 - (time.monotonic() - begun)))
    check.equal("nobody was answered while it was away", cast["asks"].answers(), ["asks one"])
    house.programs["ingest"].start()
    check_cast(house, cast, check, "once, after the gap")
    house.sandbox.advance(RETRY_SECONDS)  # now the conversations' webhooks come after all
    time.sleep(QUIET_SECONDS)
    check_cast(house, cast, check, "still once when the webhooks come")
    check.equal("one search of the account, whatever the number of partitions", len(calls(house, "/api/v2/search")), 1)
    return cast


def check_restart(house, cast, check):
    """The processor is killed behind the gap: it is not met again."""
    lists = len(calls(house, f"/conversations/{cast['idle'].place}/messages"))
    check.equal("the idle one's messages were read", lists, 1)
    house.restart("processor", signal.SIGKILL)
    time.sleep(QUIET_SECONDS)
    check.equal("and not again by the next processor", len(calls(house, f"/conversations/{cast['idle'].place}/messages")), lists)
    cast["idle"].write("echo idle two")
    WANTED["idle"].append("idle two")
    check_cast(house, cast, check, "after a restart")


def backfill(house, *arguments):
    return house.tieline("backfill", *arguments, "--brokers", house.brokers, "--prefix", house.prefix)


def check_by_hand(house, cast, check):
    """With a processor that would wait for an hour, a person has it done."""
    command = house.programs["processor"].command
    command[command.index("--gap") + 1] = "1h"
    house.restart("processor")
    house.programs["ingest"].end(signal.SIGKILL)
    cast["asks"].write("echo asks four")
    cast["mails"].write("echo mails three")
    time.sleep(GAP_SECONDS + 1)
    house.programs["ingest"].start()
    time.sleep(QUIET_SECONDS)
    check_cast(house, cast, check, "nothing by itself")
    done = backfill(house, ACCOUNT, "--since", "10m", "--json")
    check.equal("backfill ends well", done.returncode, 0)
    line = json.loads(done.stdout or "{}")
    check.equal("and says what it did", sorted(line.keys() - {"who"}), ["account", "event", "partitions", "since"])
    check.equal("to every partition", line.get("partitions"), house.partitions)
    WANTED["asks"].append("asks four")
    WANTED["mails"].append("mails three")
    check_cast(house, cast, check, "by hand")
    again = backfill(house, ACCOUNT, "--since", "10m")
    check.that("twice does no harm", again.returncode == 0 and "is being read again" in again.stdout, again)
    time.sleep(QUIET_SECONDS)
    check_cast(house, cast, check, "by hand, twice")


def check_refusals(house, check):
    for why, arguments, status, says in (
            ("an account that nobody knows", ("acne", "--since", "1h"), None, 'did you mean "acme"?'),
            ("no account's name", ("Acme!", "--since", "1h"), None, "is not the name of an account"),
            ("no time", (ACCOUNT, "--since", "yesterday"), 64, "--since: \"yesterday\" is neither a span nor a time"),
            ("none at all", (ACCOUNT,), 64, "--since (or TIELINE_SINCE) is needed"),
            ("too long ago", (ACCOUNT, "--since", "30d"), 64, "give at most 14d"),
            ("no account", ("--since", "1h"), 64, "an argument is missing")):
        done = backfill(house, *arguments)
        check.that(why, says in done.stderr and done.returncode != 0 and status in (None, done.returncode), done)


def calls(house, path):
    return [entry for entry in house.sandbox.ledger() if entry["method"] == "GET" and entry["path"].split("?")[0].endswith(path)]


def play(folder, check):
    with KafkaNode(os.environ["TIELINE_KAFKA"], folder / "kafka") as kafka, \
            GapHouse(os.environ["TIELINE_BIN"], folder / "house", kafka.brokers) as house:
        house.install()
        house.start()
        cast = check_gap(house, check)
        check_restart(house, cast, check)
        check_by_hand(house, cast, check)
        check_refusals(house, check)
        house.replays(check)
        if check.failed:
            print(house.said())


if __name__ == "__main__":
    sys.exit(run(play, __doc__))
