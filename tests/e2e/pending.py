#!/usr/bin/env python3
"""Offsets that a group holds as pending, and records that stay uncommitted, although the coordinator knows of no transaction: a
processor frees itself of its own, and says what to do about another's.

A broker that dies at a bad moment can leave them; here they are put there by hand, on a broker that does not look whether a
transaction is open.

    TIELINE_BIN=build/release/bin TIELINE_KAFKA=deploy/kafka/kafka tests/e2e/pending.py [--keep DIR]"""

import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))

from house import House  # noqa: E402
from http_json import Client  # noqa: E402
from kafka_node import KafkaNode  # noqa: E402
from kafka_wire import Wire  # noqa: E402
from script import patient, run  # noqa: E402
from zendesk import LedgerWatch  # noqa: E402

PARTITIONS = 4
PATIENCE = 30
until = patient(PATIENCE)
WARNING = "committed offsets stay pending"
BARRED = "a transaction stays open"


def leave_pending(house, instance, offset):
    """In every partition, as if a copy of this name had begun to commit."""
    name = f"{house.prefix}processor-{instance}"
    with Wire(house.brokers) as wire:
        producer = wire.register(name)
        for partition in range(PARTITIONS):
            wire.leave_pending(name, producer, house.prefix + "processor", house.topic("events"), partition, offset)


def leave_open(house, instance):
    """In every partition of what a processor writes, as if a copy of this name had begun to write."""
    name = f"{house.prefix}processor-{instance}"
    with Wire(house.brokers) as wire:
        producer = wire.register(name)
        for topic in ("events", "commands", "conversations"):
            for partition in range(PARTITIONS):
                wire.leave_open(name, producer, house.topic(topic), partition, b"left", b"open")


def restored(house):
    door = Client("http://" + house.programs["processor"].ready["admin"])
    return door.call("GET", "/readyz").status == 200


def answered(house, watch, number):
    before = watch.total_posts()
    house.sandbox.write(f"customer-{number}", house.stores[0].brand, f"echo {number}")
    return until(lambda: watch.total_posts() >= before + 2)  # welcome and reply


def play(folder, checks):
    settings = ["transaction.partition.verification.enable=false"]
    with KafkaNode(os.environ["TIELINE_KAFKA"], folder / "kafka", settings) as kafka, \
            House(os.environ["TIELINE_BIN"], folder / "house", kafka.brokers, partitions=PARTITIONS) as house:
        house.install()
        house.start()
        processor = house.programs["processor"]
        with LedgerWatch(house.sandbox) as watch:
            checks.that("before it, a customer is answered", until(lambda: restored(house)) and answered(house, watch, 1))

            # Far beyond the log's end: were it ever committed, events would be passed over.
            house.restart("processor", between=lambda: leave_pending(house, 0, 1_000_000))
            checks.that("its own pending offsets are gone after its start", until(lambda: restored(house)), house.said())
            checks.that("and were not committed", answered(house, watch, 2), house.said())

            house.restart("processor", between=lambda: leave_pending(house, "gone", 1_000_000))
            checks.that("another's are waited for, and it says so", until(lambda: WARNING in processor.said(200)), house.said())
            checks.that("it is not ready meanwhile", not restored(house))
            checks.that("it says what to do", "find-hanging" in processor.said(200) and "--instance" in processor.said(200))
            other = house.copy("processor", "gone")
            other.start()
            other.end()
            checks.that("a copy of that name ends them, by starting once", until(lambda: restored(house)), house.said())
            checks.that("and nothing was passed over", answered(house, watch, 3), house.said())

            house.restart("processor", between=lambda: leave_open(house, 0))
            checks.that("a transaction of its own that stayed open is ended", until(lambda: restored(house)), house.said())
            checks.that("and customers are answered", answered(house, watch, 4), house.said())
            checks.that("nobody was told of it", BARRED not in processor.said(200))

            house.restart("processor", between=lambda: leave_open(house, "gone"))
            checks.that("another's is told", until(lambda: BARRED in processor.said(200)), house.said())
            checks.that("and it is not ready meanwhile", not restored(house))


if __name__ == "__main__":
    sys.exit(run(play, __doc__))
