"""A house of its own for one scenario, on a Kafka that all scenarios of a run share: load that is waited for, and the oracle.

    with Theatre(kafka, folder, "zombie") as t:
        t.open()
        t.ask(6)                        six conversations say a word each and get their answers
        t.crash("egress", "E8:1:stop")  the program starts again with that planted in it
        t.judge(checks)                 everything quiet, then the oracle"""

import http.client
import itertools
import os
import pathlib
import random
import signal
import subprocess
import time

from actors import Actor, Journal, Mail, Missed, Stage, Talk
from fault_house import FaultHouse
from http_json import Client
from programs import NotReady

HERE = pathlib.Path(__file__).resolve().parent
# Each house has topics of its own, also the second one of a scenario that is tried again.
HOUSES = itertools.count(1)
STEP_SECONDS = 45
AGAIN_SECONDS = 8


class Guest(Talk):
    """A conversation that a scenario drives by itself."""

    def __init__(self, number, side, store, seed, stage):
        super().__init__(number, side, store, seed, stage)
        self.waits_for = None  # the words of the answer to what was begun

    def begin(self, text="echo {}", kind="asked"):
        self.waits_for = self.say(kind, text)

    def has_answer(self):
        return any(message["text"] == self.waits_for for message in self.view()["messages"])

    def end(self):
        """Waits for the answer to what was begun."""
        self.stage.until(f"the answer to {self.waits_for}", self.has_answer)


class Letter(Mail):
    """The same on a ticket; whose webhook met a closed door writes again."""

    def __init__(self, number, side, store, seed, stage):
        super().__init__(number, side, store, seed, stage)
        self.waits_for = None

    begin = Guest.begin

    def end(self):
        asked = [time.monotonic()]

        def look():
            if time.monotonic() - asked[0] > AGAIN_SECONDS and not self.has_answer():
                asked[0] = time.monotonic()
                self.begin()
            return self.has_answer()

        self.stage.until(f"the answer to {self.waits_for}", look)

    def has_answer(self):
        return any(c["from"] == "bot" and self.waits_for in c["text"] for c in self.view()["comments"])


class Theatre:
    def __init__(self, kafka, folder, name, seed=1, **house):
        self.kafka, self.name = kafka, name
        self.folder = pathlib.Path(folder) / name
        self.case = self.folder / "case"
        self.case.mkdir(parents=True)
        self.journal = Journal(self.case / "journal.jsonl")
        self.house = FaultHouse(os.environ["TIELINE_PLANTED_BIN"], self.folder / "house", kafka.brokers, seed,
                                **{"accounts": ("acme",)} | house)
        self.house.prefix = f"{name}-{next(HOUSES)}."
        self.stage = Stage(self.house, self.journal, STEP_SECONDS)
        self.seed = seed
        self.guests = []
        self.draw = random.Random(f"{seed}/{name}")
        self.crash_log = self.folder / "crashes"
        self.crash_log.touch()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.journal.close()
        self.house.stop()

    def open(self):
        self.house.install()
        self.house.start()

    # Load.

    def invite(self, count, kind=Guest, store=None):
        """New customers, taking turns among the stores."""
        sides = list(self.house.sides.values())
        made = []
        for _ in range(count):
            number = len(self.guests)
            side = sides[number % len(sides)]
            chosen = next((s for s in side.stores if s.name == store), side.stores[number % 2])
            made.append(kind(number, side, chosen, self.seed, self.stage))
            self.guests.append(made[-1])
        return made

    def ask(self, count, text="echo {}", kind=Guest):
        """So many new customers say a word each and get their answers."""
        guests = self.invite(count, kind)
        self.ask_again(guests, text)
        return guests

    @staticmethod
    def ask_again(guests, text="echo {}"):
        for guest in guests:
            guest.begin(text)
        for guest in guests:
            guest.end()

    def bring(self, ids):
        """A delivery of the driver's own, of events that nobody acts on; its status, None without an answer."""
        side = self.house.sides["acme"]
        events = [{"id": one, "type": "conversation:planted", "createdAt": "2026-03-02T08:15:30.900Z",
                   "payload": {"conversation": {"id": f"of-{one}"}}} for one in ids]
        client = Client(self.house.ingest_url, {"X-API-Key": side.zendesk["secret"]})
        try:
            status = client.call("POST", self.house.webhook_path, {"events": events}).status
        except (OSError, http.client.HTTPException):
            return None
        for one in ids:
            self.journal.note("webhook", account="acme", id=one, status=status)
        return status

    # Programs.

    def program(self, name):
        return self.house.programs[name]

    def plant(self, name, crash=None):
        """What the next start of a program has planted in it; its mutant stays."""
        mutant = self.program(name).extra.get("TIELINE_MUTANT")
        extra = {"TIELINE_CRASH": crash, "TIELINE_CRASH_LOG": str(self.crash_log), "TIELINE_MUTANT": mutant}
        self.program(name).extra = {key: value for key, value in extra.items() if value}

    def restart(self, name, crash=None):
        """Ends it in good order and starts it anew; it may fall over while it starts."""
        self.program(name).end()
        self.start(name, crash)

    def start(self, name, crash=None):
        self.plant(name, crash)
        try:
            self.program(name).start()
        except NotReady:
            if crash is None or not self.hits(crash.split(":")[0]):
                raise

    def hits(self, point):
        return self.crash_log.read_text(encoding="utf-8").split().count(point)

    def state(self, name):
        """One letter of the process: T = it stands still."""
        with open(f"/proc/{self.program(name).pid}/stat", encoding="utf-8") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0]

    def is_hit(self, name, point, before):
        """True when the point was come to and has done what it does."""
        if self.hits(point) <= before:
            return False
        return not self.program(name).is_running() or self.state(name) == "T"

    def wait_stopped(self, name, seconds=30):
        """A program that stands still at its planted point."""
        until = time.monotonic() + seconds
        while self.state(name) != "T":
            if time.monotonic() > until:
                raise Missed(f"{name} did not come to its point within {seconds} s")
            time.sleep(0.02)

    def wake(self, name):
        self.program(name).send(signal.SIGCONT)

    def fault(self, kind, **more):
        for side in self.house.sides.values():
            side.sandbox.fault(kind, **more)

    def ledger(self):
        return next(iter(self.house.sides.values())).sandbox.ledger()

    # The log.

    def quiet(self):
        left = self.house.wait_quiet(40, 0.5)
        if left:
            raise Missed(f"{len(left)} commands have no outcome: {sorted(left)[:8]}")

    def takeovers(self):
        return [record for record in self.house.records("events") if record["record"]["type"] == "tieline.takeover"]

    def owns(self, name):
        """True when this copy has been given all partitions, as its log says."""
        lines = [line for line in self.program(name).said(50).splitlines() if "partitions assigned" in line]
        return bool(lines) and f'"count":{self.house.partitions}' in lines[-1]

    def edit(self, verb, *words):
        return self.house.edit_log(verb, *words)

    def offsets(self, program, topic):
        return self.house.offsets(program, topic)

    # The verdict.

    def keep(self):
        """What a person looks at after a scenario that did not come to its end; as far as it can be had."""
        try:
            self.house.keep(self.case)
        except Exception as error:  # pylint: disable=broad-except
            print(f"{self.name}: nothing kept: {error!r}")

    def judge(self, checks, what=None):
        """Waits until nothing moves and asks the oracle; True when it finds nothing."""
        what = what or self.name
        self.house.sides["acme"].desk.control("DELETE", "/faults")
        left = self.house.wait_quiet(40, 0.5)
        checks.that(f"{what}: every command came to its outcome", not left, f"{len(left)}: {sorted(left)[:8]}")
        self.house.replays(checks)
        self.house.keep(self.case)
        done = subprocess.run([HERE / "oracle", self.case], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        said = "\n    " + done.stdout[:3000] + done.stderr[-2000:]
        return checks.that(f"{what}: the oracle finds nothing", done.returncode == 0, said)


__all__ = ["Actor", "Guest", "Letter", "Missed", "Theatre"]
