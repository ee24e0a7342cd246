#!/usr/bin/env python3
"""`tieline move` on a real Kafka: 4 partitions become 8 while conversations are open.

Some the bot has, some a human, one waits for its timer; two are tickets. Ingest goes to the new topics first, and customers write
on. The move is refused while anybody is at work, then killed at one step after the other, and run again. In the end each word
is answered once, no bot speaks to whom a human has, no ticket and no effect is there twice, the timer fired once and not early, and
the dead letter is there once.

    TIELINE_BIN=build/release/bin TIELINE_KAFKA=deploy/kafka/kafka tests/e2e/move.py [--keep DIR]"""

import json
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/support"), str(ROOT / "tests/integration")]

from egress_support import TicketHouse, becomes, said  # noqa: E402
from house import ACCOUNT  # noqa: E402
from http_json import Client  # noqa: E402
from kafka_node import KafkaNode  # noqa: E402
from programs import Program  # noqa: E402
from script import run  # noqa: E402

OLD, NEW = "tieline.", "wide."
AGENTS_LINE = "zd-agentWorkspace"
SILENT_SECONDS = 25
SILENT = "Just write when you need me."
NOTICE = "One moment, please."
RETRY_SECONDS = 61
# How many lines of what it says a run may get out before it is killed.
KILLED_AFTER = (2, 3, 10)
EXIT_AGAIN, EXIT_CONFIG = 75, 78


class MovedHouse(TicketHouse):
    """The second store gives up on who is silent."""

    def config(self):
        config = super().config()
        for store in config["stores"].values():
            store["handoff"] = {"live": True, "notice": NOTICE}
        config["stores"][self.stores[1].name]["inactivity"] = {"after": f"{SILENT_SECONDS}s", "text": SILENT}
        return config

    def goes_to(self, prefix, *names):
        """The programs' next start is under this prefix."""
        for name in names:
            command = self.programs[name].command
            command[command.index("--prefix") + 1] = prefix

    def move(self, *flags):
        return ("move", "--brokers", self.brokers, "--prefix", OLD, "--into", NEW, *map(str, flags))


class Talk:
    """One conversation in a widget, and what the bot must have said in it."""

    def __init__(self, house, name, store):
        self.house, self.name, self.store, self.place = house, name, store, None
        self.wanted = [store.welcome]

    def write(self, text):
        self.place = self.house.sandbox.write(self.name, self.store.brand, text, self.place)["conversation"]

    def ask(self, word):
        self.write(f"echo {word}")
        self.wanted.append(f"{self.store.name}: {word}")

    def heard(self):
        return [message["text"] for message in self.house.sandbox.conversation(self.place)["messages"]
                if message["from"] == "bot" and not message.get("silent")]

    def is_human(self):
        return self.house.sandbox.conversation(self.place).get("active") == AGENTS_LINE


class Stage:
    def __init__(self, house, checks):
        self.house, self.checks = house, checks
        shoes, hats = house.stores
        self.bots = [Talk(house, f"bot-{i}", shoes) for i in range(8)]
        self.humans = [Talk(house, f"human-{i}", shoes) for i in range(3)]
        self.waits = Talk(house, "silent", hats)
        self.agent = house.sandbox.ready["agents"][0]["name"]
        self.tickets = {}
        self.silent_since = 0.0

    def answered(self, talks, when):
        becomes(lambda: all(talk.heard() == talk.wanted for talk in talks), 30)
        for talk in talks:
            self.checks.equal(f"{talk.name}: each word is answered once, {when}", talk.heard(), talk.wanted)

    def before(self):
        """Conversations of every kind, and a dead letter."""
        for talk in self.bots + self.humans + [self.waits]:
            talk.ask("first")
        self.silent_since = time.time()
        for customer, word in (("jane", "mail"), ("joe", "letter")):
            self.tickets[customer] = self.house.desk.mail(customer, self.house.stores[0].brand, "Order", f"echo {word}")["ticket"]
        self.answered(self.bots + self.humans + [self.waits], "before")
        for talk in self.humans:
            talk.write("Let me talk to a human")
            talk.wanted.append(NOTICE)
        becomes(lambda: all(talk.is_human() for talk in self.humans), 20)
        for talk in self.humans:
            self.house.desk.agent(self.agent, "take", conversation=talk.place)
        becomes(lambda: all(said(self.house.desk, ticket, "bot") for ticket in self.tickets.values()), 30)
        self.house.desk.answer_mail("joe", self.tickets["joe"], "I want to talk to a human")
        becomes(lambda: self.house.desk.ticket(self.tickets["joe"])["assignee"] is None, 20)
        Client(self.house.ingest_url).call("POST", self.house.webhook_path, raw=b'{"events": [',
                                           headers={"X-API-Key": self.house.webhook_secret})
        self.answered(self.humans, "and told that a human comes")

    def meanwhile(self):
        """Ingest is at the new place already: what is written waits there."""
        for talk in self.bots[::2]:
            talk.ask("meanwhile")
        for talk in self.humans:
            talk.write("echo for the human")

    def after(self):
        self.house.sandbox.advance(RETRY_SECONDS)  # a webhook that met no ingest comes again
        for talk in self.bots:
            talk.ask("afterwards")
        for talk in self.humans[:2]:
            talk.write("echo still for the human")
        self.house.desk.answer_mail("jane", self.tickets["jane"], "echo another")
        self.house.desk.answer_mail("joe", self.tickets["joe"], "echo never")
        self.answered(self.bots, "afterwards")
        # one is given back, and the bot has it again
        back = self.humans[2]
        self.house.desk.agent(self.agent, "release", conversation=back.place)
        becomes(lambda: not back.is_human(), 10)
        time.sleep(1)
        back.ask("again")
        becomes(lambda: back.heard()[-1] == back.wanted[-1], 20)
        self.checks.equal("who was given back is answered again, once", back.heard().count(back.wanted[-1]), 1)
        becomes(lambda: SILENT in self.waits.heard(), SILENT_SECONDS + 10)

    def judge(self):
        house, checks = self.house, self.checks
        desk, entries = house.desk, house.sandbox.ledger()
        self.answered(self.bots, "in the end")
        for talk in self.humans[:2]:
            checks.equal(f"{talk.name}: no bot speaks to whom a human has", talk.heard(), talk.wanted)
        for talk in self.humans:
            checks.equal(f"{talk.name}: one ticket", len(desk.tickets(talk.place)), 1)
            passes = [e for e in entries if e["applied"] and e["conversation"] == talk.place and e["path"].endswith("/passControl")]
            checks.equal(f"{talk.name}: passed once", len(passes), 1)
        checks.equal("the timer fired once", self.waits.heard(), self.waits.wanted + [SILENT])
        checks.equal("a ticket is answered on", said(desk, self.tickets["jane"], "bot"), ["shoes: mail", "shoes: another"])
        checks.that("and not by the bot where a human is to answer",
                    not any("never" in text for text in said(desk, self.tickets["joe"], "bot")), desk.ticket(self.tickets["joe"]))
        checks.equal("no other ticket", len(desk.tickets()), len(self.humans) + len(self.tickets))
        effects = [json.dumps(entry["metadata"], sort_keys=True) for entry in entries
                   if entry["applied"] and "tieline.effect" in (entry["metadata"] or {})]
        checks.equal("no effect twice", len(effects), len(set(effects)))
        old, new = (outcome_ids(house, prefix) for prefix in (OLD, NEW))
        checks.that("no outcome has the name of one from before", old and new and not old & new, sorted(old & new))
        letters = house.need("dead", "list", "--json", "--brokers", house.brokers, "--prefix", NEW).splitlines()
        checks.equal("the dead letter is there once", len(letters), 1)


def outcome_ids(house, prefix):
    """By which effects are named."""
    done = subprocess.run(["kcat", "-q", "-b", house.brokers, "-C", "-t", prefix + "events", "-e", "-X", "isolation.level=read_committed",
                           "-f", "%h\n"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
    return set(re.findall(r"ce_id=(outcome/[^,]*)", done.stdout))


def refused_while_at_work(house, checks):
    done = house.tieline(*house.move("--partitions", 8))
    checks.equal("while all is at work it ends with 75", done.returncode, EXIT_AGAIN)
    checks.that("and says who is", "1 processors and 1 egresses at work" in done.stderr, done)
    checks.that("yet ingest may go there", f"`--prefix {NEW}` now" in done.stdout, done)


def ends_with(house, checks, name, prefix, words):
    """A program under a prefix where it must not begin."""
    command = list(house.programs[name].command)
    command[command.index("--prefix") + 1] = prefix
    program = Program(f"another {name}", command, house.folder / f"another-{name}-{time.monotonic_ns()}.log")
    program.launch()
    checks.equal(f"{name} under {prefix} ends with 78", program.wait(20), EXIT_CONFIG)
    checks.that(f"and {name} says why", words in program.said(), program.said())


def killed(house, lines):
    """A run that is killed when it has said so much; how many lines it had said."""
    with subprocess.Popen([str(house.bin / "tieline"), *house.move("--json", "--wait", "20s")], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as run:
        count = 0
        for line in run.stdout:
            count += 1
            if count >= lines or b'"done"' in line:
                break
        run.kill()
    return count


def at_rest(house):
    done = house.need(*house.move("--dry-run", "--json"))
    seen = json.loads(done)
    return seen["events"] + seen["commands"] == 0


def comes_to_rest(house, checks):
    """Until the two have nothing left, and leave nothing when they end: a timer may be due between the ends of the one and the other."""
    for _ in range(4):
        becomes(lambda: at_rest(house), 20)
        for name in ("egress", "processor"):
            checks.equal(f"{name} ends with 0", house.programs[name].end(), 0)
        if at_rest(house):
            return True
        for name in ("processor", "egress"):
            house.programs[name].start()
    return False


def play(folder, checks):
    with KafkaNode(os.environ["TIELINE_KAFKA"], folder / "kafka") as kafka, \
            MovedHouse(os.environ["TIELINE_BIN"], folder / "house", kafka.brokers, partitions=4) as house:
        house.install()
        house.start()
        stage = Stage(house, checks)
        stage.before()
        refused_while_at_work(house, checks)
        ends_with(house, checks, "processor", NEW, "has not come here whole")
        house.goes_to(NEW, "ingest")
        house.restart("ingest")
        stage.meanwhile()
        checks.that("the old end comes to rest", comes_to_rest(house, checks))
        for lines in KILLED_AFTER:
            checks.equal(f"a run is killed after {lines} lines", killed(house, lines), lines)
        ends_with(house, checks, "egress", OLD, f"--prefix {NEW}")
        checks.equal("it can be taken back", house.tieline(*house.move("--cancel")).returncode, 0)
        opened = house.tieline("handback", f"{ACCOUNT}/messaging/{stage.bots[0].place}", "--brokers", house.brokers, "--prefix", OLD)
        checks.equal("and the old end takes orders again", opened.returncode, 0)
        done = house.tieline(*house.move())
        checks.that("which have to be carried out first", done.returncode == EXIT_AGAIN and "1 events are undecided" in done.stderr, done)
        for name in ("processor", "egress"):
            house.programs[name].start()
        checks.that("as they are", comes_to_rest(house, checks))
        done = house.tieline(*house.move("--wait", "20s"))
        checks.equal("the next run comes to the end", done.returncode, 0)
        checks.that("and says where it is", f"`--prefix {NEW}`" in done.stdout and "8 partitions" in done.stdout, done)
        again = house.tieline(*house.move())
        checks.equal("once more does nothing", (again.returncode, len(again.stdout.splitlines())), (0, 1))
        checks.equal("and it cannot be taken back any more", house.tieline(*house.move("--cancel")).returncode, EXIT_CONFIG)
        for name in ("ingest", "processor", "egress"):
            ends_with(house, checks, name, OLD, f"--prefix {NEW}")
        fired_early = SILENT in stage.waits.heard() and time.time() - stage.silent_since < SILENT_SECONDS
        checks.that("the timer has not fired early", not fired_early)
        house.goes_to(NEW, "processor", "egress")
        for name in ("processor", "egress"):
            house.programs[name].start()
        stage.after()
        time.sleep(2)
        stage.judge()
        if checks.failed:
            print(house.said())


if __name__ == "__main__":
    sys.exit(run(play, __doc__))
