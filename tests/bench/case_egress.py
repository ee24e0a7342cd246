"""egress: commands out of one partition, calls at a server that is never the bottleneck.

    commands (partition 0) ─▶ egress ─▶ tests/bench/upstream.c        ours: calls a second, first to last, as it saw them
                              bare_calls ─▶ the same                  limit: curl_multi alone, as many at a time

The price of being sure: the same egress, from the build with planted mutants, with the horizon and without
(TIELINE_MUTANT=horizon), taking turns in every round; there `limit` is the one without. Takeover: the owner of a full
partition is killed in the middle, and its successor timed until its first request; limit: librdkafka reading it alone."""

import json
import signal
import statistics
import subprocess
import time

from bench_result import Result, median_of, ratios_of
from egress_yard import Upstream, Yard

TARGETS = ("tieline", "tieline-egress", "bench_upstream", "bench_bare_calls", "bench_bare_read", "bench_write_commands")
PLANTED = ("tieline-egress",)

LANES = 100
WARM_UP = 20000
# name, calls, least and most delay of an answer in ms, goal
SPEED = (
    ("10k-0ms", 10000, 0, 0, ("ratio", 0.75)),
    ("10k-0to5ms", 10000, 0, 5, ("seconds", 0.5)),
    ("10k-5ms", 10000, 5, 5, None),
    ("60k-0ms", 60000, 0, 0, ("ratio", 0.75)),
    ("60k-0to5ms", 60000, 0, 5, ("rate", 25000)),
    ("6k-50ms", 6000, 50, 50, ("ratio", 0.99)),
)
# name, kind, calls, delay in ms, a command every … ms (0 = all are there before), goal of the ratio
HORIZON = (
    ("horizon-50ms", "message", 6000, 50, 0, 0.90),
    ("horizon-50ms-tickets", "ticket_create", 6000, 50, 0, 0.90),
    ("horizon-5ms", "message", 10000, 5, 0, None),
    ("horizon-0ms", "message", 20000, 0, 0, None),
)
# name, calls, delay in ms, a command every … ms
PACED = (
    ("horizon-idle", 150, 0, 20),
    ("horizon-500-a-second", 3000, 50, 2),
)
OPEN = 100000
TAKEOVER = (("takeover-100000-keys", OPEN), ("takeover-100-keys", LANES))
TAKEOVER_GOAL_S = 3.0


def measure(place, rounds):
    with Upstream(place) as upstream:
        _backlog(place, upstream, place.prefix(), WARM_UP, 0, 0)  # a broker that has just started is slow
        for case in SPEED:
            if place.wants(case[0]):
                yield _speed(place, upstream, rounds, *case)
        for case in HORIZON:
            if place.wants(case[0]):
                yield _horizon(place, upstream, rounds, *case)
        for case in PACED:
            if place.wants(case[0]):
                yield _paced(place, upstream, rounds, *case)
        for case in TAKEOVER:
            if place.wants(case[0]):
                yield _takeover(place, upstream, rounds, *case)


def _figures(report):
    """What the upstream saw of a run; fails when it saw disorder."""
    if report["repeated"] or report["skipped"]:
        raise RuntimeError(f"order was not kept: {report}")
    seconds = (report["last_write_ns"] - report["first_write_ns"]) / 1e9
    return {"rate": (report["writes"] - 1) / seconds, "seconds": seconds, "reads": report["reads"],
            "p50_ms": report["turn_p50_ms"], "p99_ms": report["turn_p99_ms"],
            "way_p50_ms": report["way_p50_ms"], "way_p99_ms": report["way_p99_ms"]}


# ---- calls a second

def _backlog(place, upstream, prefix, calls, low, high, kind="message", **yard_options):
    """All commands are there before egress is: from its first request to its last."""
    upstream.clear(low, high)
    with Yard(place, upstream, prefix, **yard_options) as yard:
        yard.write(calls, LANES, kind)
        yard.start()
        report = upstream.await_writes(calls)
        return _figures(report) | yard.cost(calls)


def _bare(place, upstream, calls, low, high):
    upstream.clear(low, high)
    done = subprocess.run([place.tests / "bench_bare_calls", upstream.url, str(calls), str(LANES)],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
    return _figures(upstream.report()) | json.loads(done.stdout)


def _speed(place, upstream, rounds, name, calls, low, high, goal):
    ours, limit = [], []
    for number in range(rounds):
        ours.append(_backlog(place, upstream, place.prefix(), calls, low, high))
        limit.append(_bare(place, upstream, calls, low, high))
    ratio = statistics.median(ratios_of(ours, limit, "rate"))
    ours, limit = median_of(ours), median_of(limit)
    delay = f"{low} ms" if low == high else f"{low} to {high} ms"
    notes = [f"{ours['seconds']:.3f} s from first to last; limit {limit['seconds']:.3f} s, "
             f"{limit['cpu_us_per_event']:.0f} us CPU, p99 {limit['p99_ms']:g} ms; p50 and p99: from one call of a lane to its next"]
    if goal is not None:
        notes.append(_goal(ours, ratio, *goal))
    return Result("egress", name, "1/s", f"{calls} calls answered after {delay}, one partition, {LANES} lanes, cold, {rounds} rounds",
                  notes=notes, ratio=ratio, ours=ours["rate"], limit=limit["rate"], p50_ms=ours["p50_ms"], p99_ms=ours["p99_ms"],
                  cpu_us_per_event=ours["cpu_us_per_event"], rss_mb=ours["rss_mb"])


def _goal(ours, ratio, what, figure):
    if what == "seconds":
        return f"goal: under {figure} s: {_verdict(ours['seconds'] < figure)}"
    if what == "rate":
        return f"goal: at least {figure}/s: {_verdict(ours['rate'] >= figure)}"
    return f"goal: at least {figure * 100:.0f} % of the limit: {_verdict(ratio >= figure)}"


def _told(ratios):
    return " ".join(f"{ratio:.2f}" for ratio in ratios)


def _verdict(met):
    return "met" if met else "missed"


# ---- with the horizon and without

def _in_turns(place, rounds, what, run):
    """run(environment) with and without, who goes first changing with each round; the medians of both, and the
    ratios of `what` in each round."""
    both = {"": [], "horizon": []}
    for number in range(rounds):
        for mutant in sorted(both, reverse=bool(number % 2)):
            both[mutant].append(run({"TIELINE_MUTANT": mutant} if mutant else {}))
    return median_of(both[""]), median_of(both["horizon"]), ratios_of(both[""], both["horizon"], what)


def _horizon(place, upstream, rounds, name, kind, calls, delay, _, goal):
    with_it, without, pairs = _in_turns(place, rounds, "rate", lambda environment: _backlog(
        place, upstream, place.prefix(), calls, delay, delay, kind, bin_dir=place.planted_bin, environment=environment))
    notes = [f"without: {without['cpu_us_per_event']:.0f} us CPU an event, p99 {without['p99_ms']:g} ms; "
             f"ratios of the rounds: {_told(pairs)}"]
    ratio = statistics.median(pairs)
    if goal is not None:
        notes.append(f"goal: at least {goal * 100:.0f} %: {_verdict(ratio >= goal)}")
    return Result("egress", name, "1/s", f"{calls} calls ({kind}) answered after {delay} ms, {LANES} lanes, {rounds} rounds in turns",
                  notes=notes, versus="without", ratio=ratio, ours=with_it["rate"], limit=without["rate"], p50_ms=with_it["p50_ms"],
                  p99_ms=with_it["p99_ms"], cpu_us_per_event=with_it["cpu_us_per_event"], rss_mb=with_it["rss_mb"])


def _poured(place, upstream, prefix, calls, delay, every, environment):
    """Commands come one by one while egress runs."""
    with Yard(place, upstream, prefix, bin_dir=place.planted_bin, environment=environment) as yard:
        yard.start()
        yard.await_running()
        upstream.clear(delay)
        yard.write(calls, LANES, every_ms=every)
        report = upstream.await_writes(calls)
        return _figures(report) | yard.cost(calls)


def _paced(place, upstream, rounds, name, calls, delay, every):
    with_it, without, pairs = _in_turns(place, rounds, "way_p50_ms", lambda environment: _poured(
        place, upstream, place.prefix(), calls, delay, every, environment))
    more = with_it["way_p50_ms"] - without["way_p50_ms"]
    return Result("egress", name, "ms",
                  f"from a command's writing to its request, one every {every} ms, answered after {delay} ms, {calls} calls, "
                  f"{rounds} rounds in turns",
                  notes=[f"without: p99 {without['way_p99_ms']:g} ms, {without['cpu_us_per_event']:.0f} us CPU; "
                         f"the horizon costs {more:.2f} ms; ratios of the rounds: {_told(pairs)}"],
                  versus="without", ratio=statistics.median(pairs), ours=with_it["way_p50_ms"],
                  limit=without["way_p50_ms"], p50_ms=with_it["way_p50_ms"], p99_ms=with_it["way_p99_ms"],
                  cpu_us_per_event=with_it["cpu_us_per_event"], rss_mb=with_it["rss_mb"])


# ---- takeover

def _killed(place, upstream, prefix, lanes):
    """The owner of OPEN commands is killed with calls out; its successor to its first request."""
    with Yard(place, upstream, prefix, flags=("--log-level", "debug")) as yard:
        yard.write(OPEN, lanes)
        upstream.hold()
        yard.start()
        upstream.await_writes(min(lanes, LANES))
        sent = upstream.await_silence(0.5)["writes"]
        yard.egress.end(signal.SIGKILL)
        upstream.clear(5)
        yard.egress.log.write_bytes(b"")  # what follows is the successor's
        since_ns = time.monotonic_ns()
        yard.egress.launch()
        report = upstream.await_any()
        phases = yard.phases()
        figures = _steps(phases, report)
        figures |= {"first_s": (report["first_ns"] - since_ns) / 1e9, "sent": sent, "rss_mb": yard.egress.peak_rss_mb(),
                    "cpu_s": yard.egress.cpu_seconds()}
        yard.egress.end(signal.SIGKILL)
        return figures


def _steps(phases, report):
    """Seconds that each step of the takeover took, and since the partition was given: {"marking_s": …, "assigned_s": …}."""
    if "running" not in phases:
        raise RuntimeError(f"the log does not tell the takeover: {phases}")
    at = [*phases.values(), report["first_wall_ms"]]
    figures = {f"{name}_s": (end - begin) / 1000 for name, begin, end in zip(phases, at, at[1:])}
    return figures | {"assigned_s": (at[-1] - at[0]) / 1000}


def _takeover(place, upstream, rounds, name, lanes):
    ours, limit = [], []
    for _ in range(rounds):
        prefix = place.prefix()
        ours.append(_killed(place, upstream, prefix, lanes))
        done = subprocess.run([place.tests / "bench_bare_read", place.brokers, f"{prefix}commands", str(OPEN)],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
        limit.append(json.loads(done.stdout))
    steps = [name for name in ours[0] if name.endswith("_s") and name not in ("assigned_s", "first_s", "cpu_s")]
    slowest = max(one["first_s"] for one in ours)
    ours, limit = median_of(ours), median_of(limit)
    told = ", ".join(f"{step.removesuffix('_s')} {ours[step]:.3f} s" for step in steps)
    return Result(
        "egress", name, "s", f"{OPEN} open commands of {lanes} lanes, {ours['sent']:.0f} calls out when their owner was killed: "
        f"from the successor's start to its first request, {rounds} rounds",
        notes=[f"{ours['assigned_s']:.3f} s of it since it was given the partition: {told}",
               f"limit: librdkafka reading the {OPEN} records alone; p50 and p99: median and slowest round",
               f"goal: under {TAKEOVER_GOAL_S:g} s: {_verdict(slowest < TAKEOVER_GOAL_S)}"],
        ours=ours["first_s"], limit=limit["read_s"], p50_ms=ours["first_s"] * 1000, p99_ms=slowest * 1000,
        cpu_us_per_event=ours["cpu_s"] * 1e6 / OPEN, rss_mb=ours["rss_mb"])
