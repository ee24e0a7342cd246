"""restore: a processor that starts, until it has all conversations of its partitions again.

    conversations ─▶ processor     ours: from the first partition that it is given to the last one that it runs
    conversations ─▶ bare_read     limit: librdkafka reading the same records and keeping nothing

What a conversation takes in memory is what the process holds beyond that of one that has none."""

import json
import statistics
import subprocess
import time

from bench_result import Result, median_of, ratios_of
from processor_yard import PARTITIONS, Plant

TARGETS = ("tieline", "tieline-processor", "bench_write_states", "bench_bare_read")
COUNT = 1000 * 1000
COUNT_QUICK = 20 * 1000
STATE_BYTES = 500
IDLE_SECONDS = 8  # until the heap has given back what restoring took
GOAL_SECONDS = 2.0
GOAL_BYTES = 400


def measure(place, rounds):
    count = COUNT_QUICK if place.quick else COUNT
    if not place.wants("states"):
        return
    with Plant(place) as plant:
        plant.start()
        plant.await_running()
        empty = plant.processor.rss_mb()
        plant.stop()
    with Plant(place) as plant:
        text = plant.write_states(count, STATE_BYTES)
        ours, limit = [], []
        for _ in range(rounds):
            plant.processor.log.unlink(missing_ok=True)
            plant.start()
            plant.await_running()
            time.sleep(IDLE_SECONDS)
            ours.append({"seconds": plant.restored_seconds(), "rss": plant.processor.rss_mb(), "rss_mb": plant.processor.peak_rss_mb(),
                         "cpu_us_per_event": plant.processor.cpu_seconds() * 1e6 / count})
            plant.stop()
            limit.append(_bare(place, plant, count))
    yield _result(ours, limit, rounds, count, text, empty)


def _result(ours, limit, rounds, count, text, empty):
    ratio = statistics.median(one["seconds"] / other["read_s"] for one, other in zip(ours, limit))
    cpu = statistics.median(ratios_of(ours, limit, "cpu_us_per_event"))
    ours, limit = median_of(ours), median_of(limit)
    beyond = (ours["rss"] - empty) * 1024 * 1024 / count - text
    notes = (f"limit: {limit['cpu_us_per_event']:.2f} us CPU; ours needs {cpu:.2f} times its CPU",
             f"goal: under {GOAL_SECONDS:g} s: {_verdict(ours['seconds'] < GOAL_SECONDS)}",
             f"memory of a conversation: {text} bytes of words and {beyond:.0f} more; goal: under {GOAL_BYTES}: "
             f"{_verdict(beyond < GOAL_BYTES)}")
    return Result("restore", "states", "s", f"{count} conversations of {STATE_BYTES} bytes, {PARTITIONS} partitions, {rounds} rounds",
                  notes=notes, ratio=ratio, ours=ours["seconds"], limit=limit["read_s"], p50_ms=0, p99_ms=0,
                  cpu_us_per_event=ours["cpu_us_per_event"], rss_mb=ours["rss_mb"])


def _bare(place, plant, count):
    done = subprocess.run([place.tests / "bench_bare_read", place.brokers, plant.topic("conversations"), str(count), str(PARTITIONS)],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def _verdict(met):
    return "met" if met else "missed"
