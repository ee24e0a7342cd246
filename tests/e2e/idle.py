#!/usr/bin/env python3
"""What each program needs while nothing happens and 10,000 conversations are held, and how fast it is back.

    TIELINE_BIN=build/release/bin TIELINE_KAFKA=deploy/kafka/kafka tests/e2e/idle.py [--conversations N] [--keep DIR]"""

import itertools
import os
import pathlib
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))

from house import PROGRAMS, House  # noqa: E402
from http_json import Client  # noqa: E402
from kafka_node import KafkaNode  # noqa: E402
from script import run  # noqa: E402
from zendesk import LedgerWatch  # noqa: E402

RSS_MB_MAX = 30
WRITERS = 8
WAITING_MAX = 200
REPLY_SECONDS = 60
IDLE_SECONDS = 5


def write_all(house, watch, count):
    """A first message in each of so many conversations, not faster than they are answered."""
    turn = itertools.count()

    def work():
        for i in iter(turn.__next__, None):
            if i >= count:
                return
            end = time.monotonic() + REPLY_SECONDS
            while 2 * i - watch.total_posts() > 2 * WAITING_MAX and time.monotonic() < end:
                time.sleep(0.005)
            house.sandbox.write(f"customer-{i}", house.stores[i % len(house.stores)].brand, f"echo {i}")

    writers = [threading.Thread(target=work) for _ in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()


def await_ready(program):
    """Seconds from a program's start to the first good /readyz."""
    since = time.monotonic() - program.start_seconds[-1]
    door = Client("http://" + program.ready["admin"])
    while door.call("GET", "/readyz").status != 200:
        time.sleep(0.01)
    return time.monotonic() - since


def cpu_share(program, seconds):
    before = program.cpu_seconds()
    time.sleep(seconds)
    return 100 * (program.cpu_seconds() - before) / seconds


def play(arguments, folder, checks):
    with KafkaNode(os.environ["TIELINE_KAFKA"], folder / "kafka") as kafka, \
            House(os.environ["TIELINE_BIN"], folder / "house", kafka.brokers, partitions=16) as house:
        house.install()
        house.start()
        fresh = {name: await_ready(house.programs[name]) for name in PROGRAMS}
        wanted = 2 * arguments.conversations
        with LedgerWatch(house.sandbox) as watch:
            since = time.monotonic()
            write_all(house, watch, arguments.conversations)
            written = time.monotonic()
            while watch.total_posts() < wanted and time.monotonic() - written < REPLY_SECONDS:
                time.sleep(0.1)
            took = time.monotonic() - since
            checks.equal("each conversation has its welcome and its reply", watch.total_posts(), wanted)
        print(f"{arguments.conversations} conversations, {watch.total_posts()} posts in {took:.1f} s")
        time.sleep(IDLE_SECONDS)
        for name in PROGRAMS:
            program = house.programs[name]
            rss, peak, cpu = program.rss_mb(), program.peak_rss_mb(), cpu_share(program, IDLE_SECONDS)
            house.restart(name)
            back = await_ready(program)
            print(f"{name:10} {rss:5.1f} MB idle, {peak:5.1f} MB at most, {cpu:.1f} % CPU; "
                  f"ready in {fresh[name]:.2f} s with an empty log, in {back:.2f} s with this one, "
                  f"then {program.rss_mb():.1f} MB")
            checks.that(f"{name} needs less than {RSS_MB_MAX} MB while idle", rss < RSS_MB_MAX, f"{rss:.1f} MB")
        house.replays(checks)
        if checks.failed:
            print(house.said())


if __name__ == "__main__":
    sys.exit(run(play, __doc__, conversations=10000))
