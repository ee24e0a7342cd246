#!/usr/bin/env python3
"""docs/UPGRADING.md as it stands there, on a real Kafka: its shell lines run, and the programs are replaced in its order while
customers write, and back in the order turned round. Each ends with 0 within the time that it promises, the next one takes its place
under the same name, each word is answered once; what came while ingest was away is had by the line that the page names.

    TIELINE_BIN=build/release/bin TIELINE_KAFKA=deploy/kafka/kafka tests/e2e/upgrading.py [--seed N] [--keep DIR]"""

import json
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
sys.dont_write_bytecode = True

from house import House  # noqa: E402
from kafka_node import KafkaNode  # noqa: E402
from messaging import differences  # noqa: E402
from rebalance import Load  # noqa: E402
from script import patient, run  # noqa: E402
from zendesk import LedgerWatch  # noqa: E402

PAGE = (ROOT / "docs/UPGRADING.md").read_text(encoding="utf-8")
DRAIN_SECONDS = int(re.search(r"`--drain-timeout`, (\d+) s at most", PAGE).group(1))
# What the page leaves to the reader: a finding of doctor is no failure of the page's.
MAY_FIND = ("old/tieline doctor",)


def sections():
    """The shell lines under each heading."""
    found = {}
    for part in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]:
        blocks = re.findall(r"^```sh\n(.*?)^```$", part, re.MULTILINE | re.DOTALL)
        found[part.split("\n", 1)[0]] = [line for block in blocks for line in block.splitlines()]
    return found


class Page:
    """Runs its lines in a folder that has old/ and new/ beside the configuration and the keys."""

    def __init__(self, house, checks):
        self.house, self.checks, self.lines = house, checks, sections()
        for name in ("old", "new"):
            (house.folder / name).symlink_to(house.bin)
        (house.folder / "acme.json").symlink_to("config.json")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("TIELINE_")}
        self.environment = inherited | {"TIELINE_BROKERS": house.brokers, "TIELINE_PREFIX": house.prefix}

    def run(self, heading):
        self.checks.that(f"{heading}: has lines to be run", self.lines.get(heading), sorted(self.lines))
        for line in self.lines.get(heading, []):
            done = subprocess.run(["bash", "-c", line], cwd=self.house.folder, env=self.environment, stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, check=False, timeout=120)
            may = (0, 69, 77, 78) if line.startswith(MAY_FIND) else (0,)
            self.checks.that(f"{heading}: {line}", done.returncode in may, f"{done.returncode} {done.stdout[-800:]}{done.stderr[-800:]}")


def order():
    """The programs in the order of the page's list."""
    part = PAGE.split("## The order")[1].split("## ")[0]
    return [name for name in re.findall(r"^\d\. \*\*(\w+)\*\*, copy by copy", part, re.MULTILINE)]


def replace(house, name, checks, between=None):
    program = house.programs[name]
    begun = time.monotonic()
    status = program.end(seconds=2 * DRAIN_SECONDS)
    took = time.monotonic() - begun
    checks.equal(f"{name} ends well", status, 0)
    checks.that(f"{name} ends within {DRAIN_SECONDS} s", took <= DRAIN_SECONDS, f"{took:.1f} s")
    if between is not None:
        between()
    ready = program.start()
    checks.that(f"the next {name} is ready", ready["ready"] is True, ready)


def away(house, watch, page, checks):
    """Ingest alone: what a customer writes meanwhile."""
    shop = house.stores[0]
    before = watch.total_posts()
    replace(house, "ingest", checks, lambda: house.sandbox.write("late", shop.brand, "echo anybody there"))
    page.run("The order")

    def answered():
        found = [json.dumps(message) for message in house.sandbox.conversation(said["conversation"])["messages"]]
        return any("anybody there" in text and shop.name + ":" in text for text in found)

    said = house.sandbox.write("late", shop.brand, "echo and now")
    checks.that("what came while ingest was away is answered", patient(90)(answered), (before, watch.total_posts()))


def play(arguments, folder, checks):
    with KafkaNode(os.environ["TIELINE_KAFKA"], folder / "kafka") as kafka, \
            House(os.environ["TIELINE_BIN"], folder / "house", kafka.brokers, partitions=8) as house:
        house.install()
        house.start()
        page = Page(house, checks)
        checks.equal("who reads goes before who writes", order(), ["egress", "processor", "ingest"])
        with LedgerWatch(house.sandbox) as watch:
            load = Load(house, watch, arguments.seed)
            checks.that("before: conversations go on", load.goes_on())
            page.run("Before")
            for name in (*order()[:2], *reversed(order()[:2])):
                replace(house, name, checks)
                checks.that(f"{name} was replaced: conversations go on", load.goes_on())
            checks.equal("every word got its answer", load.finish()[:5], [])
            time.sleep(1)
            wrong = [text for text in (differences(house, watch, talk) for talk in load.talks) if text]
            checks.that("once, in order, at the right brand", not wrong, "\n    ".join(wrong[:5]))
            away(house, watch, page, checks)
        page.run("Afterwards")
        page.run("Going back")
        if checks.failed:
            print(house.said())


if __name__ == "__main__":
    sys.exit(run(play, __doc__, seed=None))
