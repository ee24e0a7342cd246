"""replay: the past decided again by `tieline replay`, everything on one core.

    log            ─▶ tieline replay              ours: events a second out of Kafka, decided and compared
                   ─▶ bare_read                   limit: librdkafka reading `events`, and nothing else
    capture        ─▶ tieline replay --capture    ours: the same out of a file
    log, key, time ─▶ tieline replay KEY          ours: seconds until one conversation of one day is told

The log is one of several days (write_days.c): of all conversations half are alive at any time. A replay that differs is
no result but an error."""

import json
import os
import pathlib
import statistics
import subprocess
import time

from bench_result import Result
from house import ACCOUNT
from processor_yard import PARTITIONS, Plant

TARGETS = ("tieline", "tieline-processor", "bench_write_days", "bench_bare_read")
EVENTS = int(os.environ.get("BENCH_REPLAY_EVENTS", 1000 * 1000))
EVENTS_QUICK = 20 * 1000
DAYS = 10
FOREVER = "retention.ms=-1,message.timestamp.type=CreateTime"
WRITTEN = ("events", "commands", "conversations", "snapshots")
GOAL_LOG, GOAL_CAPTURE, GOAL_FIND_S = 150 * 1000, 500 * 1000, 2.0


def measure(place, rounds):
    parts = [part for part in (_log, _capture, _find) if place.wants(part.__name__[1:])]
    if not parts:
        return
    with Log(place) as log:
        for part in parts:
            yield part(log, rounds)


class Log:
    """A broker of its own, since its topics take times from who writes, and a log of ten days."""

    def __init__(self, place):
        self.place = place
        self.events = EVENTS_QUICK if place.quick else EVENTS
        self.node = place.kafka()
        self.plant = None
        self.one = None

    def __enter__(self):
        self.node.start()
        self.place.brokers, shared = self.node.brokers, self.place.brokers
        self.plant = Plant(self.place)
        self.place.brokers = shared
        for name in WRITTEN:
            self.node.tool("kafka.admin.ConfigCommand", "--alter", "--entity-type", "topics", "--entity-name", self.plant.topic(name),
                           "--add-config", FOREVER)
        done = subprocess.run([self.place.tests / "bench_write_days", self.node.brokers, self.plant.prefix, ACCOUNT, str(PARTITIONS),
                               str(self.events), str(DAYS)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True)
        self.one = json.loads(done.stdout)
        return self

    def __exit__(self, *_):
        self.node.kill()

    def tieline(self, *words):
        """What it said last, and what it took; on one core."""
        begin = time.monotonic()
        with open(self.place.folder / "said", "w+", encoding="utf-8") as said:
            process = subprocess.Popen(["taskset", "--cpu-list", "0", self.place.bin / "tieline", *map(str, words)],
                                       stdin=subprocess.DEVNULL, stdout=said, stderr=said)
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            seconds = time.monotonic() - begin
            said.seek(0)
            lines = said.read().splitlines()
        if process.returncode != 0:
            raise RuntimeError(f"tieline {words[0]} ended with {process.returncode}: {lines[-5:]}")
        return json.loads(lines[-1]), {"seconds": seconds, "cpu": used.ru_utime + used.ru_stime, "rss_mb": used.ru_maxrss / 1024}

    def kafka(self):
        return "--brokers", self.node.brokers, "--prefix", self.plant.prefix


def _rates(runs, key="seconds"):
    return statistics.median(said["replayed"]["events"] / cost[key] for said, cost in runs)


def _figures(runs, events=None):
    events = events or runs[0][0]["replayed"]["events"]
    return {"p50_ms": 0, "p99_ms": 0, "cpu_us_per_event": statistics.median(cost["cpu"] for _, cost in runs) * 1e6 / events,
            "rss_mb": max(cost["rss_mb"] for _, cost in runs)}


def _log(log, rounds):
    runs, decided, bare = [], [], []
    for _ in range(rounds):
        runs.append(log.tieline("replay", "--json", *log.kafka()))
        decided.append(log.tieline("replay", "--json", "--against", "none", *log.kafka()))
        done = subprocess.run([log.place.tests / "bench_bare_read", log.node.brokers, log.plant.topic("events"),
                               str(runs[-1][0]["replayed"]["events"]), str(PARTITIONS)],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
        bare.append(runs[-1][0]["replayed"]["events"] / json.loads(done.stdout)["read_s"])
    rate = _rates(runs)
    return Result("replay", "log", "1/s", f"{runs[0][0]['replayed']['events']} events of {DAYS} days in {PARTITIONS} partitions, {rounds} rounds",
                  notes=(f"decided and not compared: {_rates(decided):,.0f} a second; "
                         f"by CPU alone {_rates(runs, 'cpu'):,.0f} and {_rates(decided, 'cpu'):,.0f}",
                         f"goal: {GOAL_LOG:,} a second: {_verdict(rate >= GOAL_LOG)}"),
                  ours=rate, limit=statistics.median(bare), **_figures(runs))


def _capture(log, rounds):
    path = pathlib.Path(log.place.folder) / "bench.capture"
    log.tieline("capture", "--json", "--whole", "--partition", 0, *log.kafka(), path)
    words = ("replay", "--json", "--capture", path)
    runs = [log.tieline(*words) for _ in range(rounds)]
    decided = [log.tieline(*words, "--against", "none") for _ in range(rounds)]
    size, rate = path.stat().st_size, _rates(runs)
    path.unlink()
    return Result("replay", "capture", "1/s", f"{runs[0][0]['replayed']['events']} events of one partition, {size / 1e6:.0f} MB, {rounds} rounds",
                  versus="not compared",
                  notes=(f"by CPU alone {_rates(runs, 'cpu'):,.0f} a second", f"goal: {GOAL_CAPTURE:,} a second: {_verdict(rate >= GOAL_CAPTURE)}"),
                  ours=rate, limit=_rates(decided), **_figures(runs))


def _find(log, rounds):
    key = log.one["conversation"]
    day = [log.tieline("replay", "--json", *log.kafka(), key, "--since", log.one["since"], "--until", log.one["until"]) for _ in range(rounds)]
    whole = [log.tieline("replay", "--json", *log.kafka(), key) for _ in range(rounds)]
    seconds, all_of_it = (statistics.median(cost["seconds"] for _, cost in runs) for runs in (day, whole))
    if day[0][0]["replayed"]["commands"] == 0:
        raise RuntimeError(f"nothing was found: {day[0][0]}")
    return Result("replay", "find", "s", f"one conversation's day out of {log.events} events of {DAYS} days, {rounds} rounds",
                  versus="no time given", notes=(f"goal: under {GOAL_FIND_S:g} s: {_verdict(seconds < GOAL_FIND_S)}",),
                  ours=seconds, limit=all_of_it, **_figures(day, 1))


def _verdict(met):
    return "met" if met else "missed"
