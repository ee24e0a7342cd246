#!/usr/bin/env python3
"""Copies of the processor join and leave under load, on a real Kafka: no decision is lost or made twice, and the order is kept.

A copy joins (eager: everybody gives all up and gets a share), the first one is restarted and the other killed and restarted within
the session (static membership: nobody else moves), one is killed and stays away (its share goes to the others), a third comes and
goes. Conversations of two brands go on all the while, each waiting for its answer before it says the next thing. Rows 4, 49, 110.

    TIELINE_BIN=build/release/bin TIELINE_KAFKA=deploy/kafka/kafka tests/e2e/rebalance.py [--seed N] [--keep DIR]"""

import collections
import itertools
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))

from house import House  # noqa: E402
from kafka_node import KafkaNode  # noqa: E402
from messaging import Talk, differences  # noqa: E402
from script import run  # noqa: E402
from zendesk import LedgerWatch  # noqa: E402

PARTITIONS = 8
PARALLEL = 12
TALKS_MAX = 1500
MESSAGES = 4
PATIENCE = 30
# Longer than the coordinator needs to have the others move, if it were to.
QUIET_SECONDS = 1.5


class Load:
    """So many conversations at a time, each followed by the next, until it is over."""

    def __init__(self, house, watch, seed):
        self.house, self.watch = house, watch
        self.draw = random.Random(seed)
        self.talks, self.broken = [], []
        self.is_over = threading.Event()
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._workers = [threading.Thread(target=self._work, daemon=True) for _ in range(PARALLEL)]
        for worker in self._workers:
            worker.start()

    def _next(self):
        with self._lock:
            number = next(self._numbers)
            talk = Talk(number, self.house.stores[number % 2], self.draw, MESSAGES, "word")
            self.talks.append(talk)
            return talk

    def _work(self):
        try:
            while not self.is_over.is_set() and len(self.talks) < TALKS_MAX:
                self._next().play(self.house.sandbox, self.watch)
        except Exception as error:  # pylint: disable=broad-except
            self.broken.append(repr(error))

    def goes_on(self):
        """Waits until each conversation that is open now has had time for an answer: true when some came."""
        before = self.watch.total_posts()
        end = time.monotonic() + PATIENCE
        while self.watch.total_posts() < before + PARALLEL and time.monotonic() < end:
            time.sleep(0.05)
        return self.watch.total_posts() >= before + PARALLEL

    def finish(self):
        self.is_over.set()
        for worker in self._workers:
            worker.join(120)
        return [talk.missed for talk in self.talks if talk.missed] + self.broken


class Copies:
    """The copies of the processor, and what their logs say of who has what."""

    def __init__(self, house):
        self.programs = {"0": house.programs["processor"]} | {name: house.copy("processor", name) for name in ("b", "c")}

    def assigned(self, name):
        """How many partitions it was given, each time."""
        log = pathlib.Path(self.programs[name].log)
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
        told = [json.loads(line) for line in lines if '"partitions assigned"' in line]
        return [line["count"] for line in told if line["topic"].endswith("events")]

    def running(self):
        return [name for name, program in self.programs.items() if program.is_running()]

    def share(self, names):
        """Waits until these have all partitions among them; what each has."""
        end = time.monotonic() + PATIENCE
        while True:
            shares = [(self.assigned(name) or [0])[-1] for name in names]
            if sum(shares) == PARTITIONS and all(shares) or time.monotonic() > end:
                return shares
            time.sleep(0.1)


def nobody_moves(copies, name, how, others, load, checks):
    """It is ended and started again at once: nobody else is given anything."""
    before = {other: len(copies.assigned(other)) for other in others}
    own = copies.assigned(name)
    copies.programs[name].end(how)
    copies.programs[name].start()
    goes_on = load.goes_on()
    time.sleep(QUIET_SECONDS)
    what = f"{name} is started again after {signal.Signals(how).name}"
    checks.that(f"{what}: the conversations go on", goes_on)
    checks.equal(f"{what}: nobody else moves", {other: len(copies.assigned(other)) for other in others}, before)
    checks.equal(f"{what}: it has what it had", copies.assigned(name)[-1:], own[-1:])


def storm(copies, load, checks):
    checks.that("with one copy", load.goes_on())
    copies.programs["b"].start()
    checks.equal("a second one joins: each has a half", copies.share(["0", "b"]), [PARTITIONS // 2] * 2)
    checks.that("and the conversations go on", load.goes_on())
    nobody_moves(copies, "0", signal.SIGTERM, ["b"], load, checks)
    nobody_moves(copies, "b", signal.SIGKILL, ["0"], load, checks)
    copies.programs["c"].start()
    shares = copies.share(["0", "b", "c"])
    checks.equal("a third one joins: all is shared out", sorted(shares), [2, 3, 3])
    copies.programs["b"].end(signal.SIGKILL)
    shares = copies.share(["0", "c"])
    checks.equal("one is killed and stays away: the others have its share", shares, [PARTITIONS // 2] * 2)
    checks.that("and the conversations go on without it", load.goes_on())
    checks.equal("the third one leaves", copies.programs["c"].end(), 0)
    checks.equal("the first one has all again", copies.share(["0"]), [PARTITIONS])
    checks.that("and the conversations go on with it", load.goes_on())


def decided_once(house, checks):
    """The log has each decision once. A copy that was given up might have written it again."""
    program = os.environ.get("TIELINE_LOG_DUMP")
    if not program:
        print("TIELINE_LOG_DUMP is not set: the log is not looked at")
        return
    done = subprocess.run([program, house.brokers, house.prefix, "commands"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False, timeout=120)
    ids = collections.Counter(json.loads(line)["record"]["effect_id"] for line in done.stdout.splitlines())
    checks.that("the log is read", done.returncode == 0 and len(ids) > PARALLEL, done.stderr[:500])
    checks.equal("each decision stands there once", [number for number, count in ids.items() if count > 1][:5], [])


def play(arguments, folder, checks):
    with KafkaNode(os.environ["TIELINE_KAFKA"], folder / "kafka") as kafka, \
            House(os.environ["TIELINE_BIN"], folder / "house", kafka.brokers, partitions=PARTITIONS) as house:
        house.install()
        copies = Copies(house)
        house.start()
        begun = time.monotonic()
        with LedgerWatch(house.sandbox) as watch:
            load = Load(house, watch, arguments.seed)
            storm(copies, load, checks)
            checks.equal("every word got its answer", load.finish()[:5], [])
            time.sleep(1)
            wrong = [text for text in (differences(house, watch, talk) for talk in load.talks) if text]
            checks.that("every answer came once, in order, at the right brand", not wrong,
                        f"{len(wrong)} of {len(load.talks)} conversations differ\n    " + "\n    ".join(wrong[:5]))
            checks.equal("nothing was posted anywhere else", watch.total_posts(), sum(len(talk.wanted()) for talk in load.talks))
        decided_once(house, checks)
        house.replays(checks)
        print(f"{len(load.talks)} conversations, {watch.total_posts()} posts in {time.monotonic() - begun:.1f} s")
        if checks.failed:
            print(house.said())


if __name__ == "__main__":
    sys.exit(run(play, __doc__, seed=None))
