#!/usr/bin/env python3
"""The three programs under helgrind, which watches every lock and every byte that two threads share.

A day on a real Kafka: customers write in two widgets, control is passed, the broker stands still and goes on, a
second processor joins and leaves, everything drains. What helgrind finds in code of ours fails; what libraries do among themselves is
left out by tests/support/helgrind.supp.

    TIELINE_BIN=build/release/bin TIELINE_KAFKA=deploy/kafka/kafka tests/e2e/threads.py [--keep DIR]"""

import os
import pathlib
import signal
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))

from house import PROGRAMS, House  # noqa: E402
from kafka_node import KafkaNode  # noqa: E402
from script import patient, run  # noqa: E402
from zendesk import LedgerWatch  # noqa: E402

SUPPRESSIONS = ROOT / "tests/support/helgrind.supp"
CUSTOMERS = 6
PATIENCE = 60
until = patient(PATIENCE)
STILL_SECONDS = 3


def watched(program, folder):
    """Has it run under helgrind from its next start on; its findings go to a file for each process."""
    program.command[:0] = ["valgrind", "--tool=helgrind", "--history-level=approx", "--num-callers=20", "-q",
                           f"--suppressions={SUPPRESSIONS}", f"--log-file={folder}/helgrind-{program.name}-%p.txt"]


def everybody_writes(house, watch, text):
    """Each customer says it once; true when each got an answer."""
    before = watch.total_posts()
    for number in range(CUSTOMERS):
        house.sandbox.write(f"customer-{number}", house.stores[number % len(house.stores)].brand, text)
    return until(lambda: watch.total_posts() >= before + CUSTOMERS)


def play(folder, checks):
    with KafkaNode(os.environ["TIELINE_KAFKA"], folder / "kafka") as kafka, \
            House(os.environ["TIELINE_BIN"], folder / "house", kafka.brokers, partitions=4) as house:
        house.install()
        second = house.copy("processor", "second")
        for name in PROGRAMS:
            watched(house.programs[name], folder)
        watched(second, folder)
        house.start()
        with LedgerWatch(house.sandbox) as watch:
            checks.that("everybody is answered", everybody_writes(house, watch, "echo one"), house.said())
            second.start()
            checks.that("with a second processor too", everybody_writes(house, watch, "echo two"), house.said())
            checks.equal("it drains", second.end(), 0)
            kafka.pause()
            time.sleep(STILL_SECONDS)
            kafka.resume()
            checks.that("after a broker that stood still", everybody_writes(house, watch, "echo three"), house.said())
            checks.that("a human is called", everybody_writes(house, watch, "I want to talk to a human"), house.said())
            for name in PROGRAMS:
                checks.equal(f"{name} drains", house.programs[name].end(signal.SIGTERM, 60), 0)
            house.replays(checks)
    for path in sorted(folder.glob("helgrind-*.txt")):
        found = path.read_text(encoding="utf-8", errors="replace").strip()
        checks.that(f"helgrind finds nothing in {path.name}", not found, found[:3000])


if __name__ == "__main__":
    sys.exit(run(play, __doc__))
