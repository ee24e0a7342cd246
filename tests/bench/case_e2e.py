"""e2e: one customer at a time, the bot answering at once; what a message's way through the house takes.

    webhook ─▶ ingest ─▶ events ─▶ processor ─▶ commands ─▶ egress ─▶ bot        first pass through the log
                            ▲                                  │
                            └──────────── outcome ─────────────┘
                         events ─▶ processor ─▶ commands ─▶ egress ─▶ sandbox    second pass

Ours is measured by the sandbox's own clock: from the 200 that ingest gave to the line in the ledger. The limit is
tests/bench/bare_e2e.c on the same broker: the same two passes with transactions, and nothing of ours around them."""

import datetime
import json
import subprocess
import time

from bench_result import Result, median_of, percentile
from house import PROGRAMS, House
from zendesk import LedgerWatch

TARGETS = ("tieline", "tieline-sandbox", "tieline-demo-bot", "tieline-ingest", "tieline-processor", "tieline-egress",
           "bench_bare_e2e")
CONVERSATIONS = 5
MESSAGES = 41  # the first of a conversation makes it and brings the welcome: not counted
PACING_S = 0.060
REPLY_SECONDS = 10
GOAL_P50_MS = 25


def measure(place, rounds):
    ours, limit = [], []
    with House(place.bin, place.folder / "house", place.brokers, prefix="bench.") as house:
        house.install()
        house.need("topics", "--apply", "--partitions", house.partitions, "--brokers", place.brokers, "--prefix", "bare.")
        house.start()
        with LedgerWatch(house.sandbox, 0.002) as watch:
            for number in range(rounds):
                ours.append(_round(house, watch, number))
                limit.append(_bare(place))
    yield _result(median_of(ours), median_of(limit), rounds)


def _result(ours, limit, rounds):
    samples = CONVERSATIONS * (MESSAGES - 1)
    verdict = "met" if ours["p50_ms"] < GOAL_P50_MS else "missed"
    share = ", ".join(f"{name} {ours['cpu_' + name]:.0f} us {ours['rss_' + name]:.1f} MB" for name in PROGRAMS)
    return Result(
        "e2e", "idle", "ms",
        f"webhook accepted to reply applied, {rounds} rounds of {samples} messages, one every {PACING_S * 1000:.0f} ms",
        notes=(share, f"limit: two passes through the log with librdkafka alone, p99 {limit['p99_ms']:.1f} ms, "
                      f"{limit['cpu_us_per_event']:.0f} us CPU",
               f"goal: p50 under {GOAL_P50_MS} ms: {verdict}"),
        ours=ours["p50_ms"], limit=limit["p50_ms"], p50_ms=ours["p50_ms"], p99_ms=ours["p99_ms"],
        cpu_us_per_event=sum(ours["cpu_" + name] for name in PROGRAMS),
        rss_mb=sum(ours["rss_" + name] for name in PROGRAMS))


def _round(house, watch, number):
    programs = [house.programs[name] for name in PROGRAMS]
    before = [program.cpu_seconds() for program in programs]
    took = []
    for talk in range(CONVERSATIONS):
        store = house.stores[talk % len(house.stores)]
        took += _samples(house.sandbox, watch, _talk(house.sandbox, watch, f"bench-{number}-{talk}", store))
    figures = {"p50_ms": percentile(took, 0.5), "p99_ms": percentile(took, 0.99)}
    for program, cpu in zip(programs, before):
        figures["cpu_" + program.name] = (program.cpu_seconds() - cpu) * 1e6 / (CONVERSATIONS * MESSAGES)
        figures["rss_" + program.name] = program.peak_rss_mb()
    return figures


def _talk(sandbox, watch, customer, store):
    """Says all messages, each after the reply to the last; the conversation."""
    conversation = None
    for k in range(MESSAGES):
        since = time.monotonic()
        conversation = sandbox.write(customer, store.brand, f"echo {k}", conversation)["conversation"]
        if not watch.await_posts(conversation, k + 2, REPLY_SECONDS):
            raise RuntimeError(f"no reply to message {k} of {conversation} within {REPLY_SECONDS} s")
        time.sleep(max(0.0, since + PACING_S - time.monotonic()))
    return conversation


def _samples(sandbox, watch, conversation):
    """Milliseconds from each accepted webhook to its reply, without the first."""
    said = [entry for entry in watch.entries
            if entry["conversation"] == conversation and entry["object_type"] == "message" and entry["applied"]]
    deliveries = [delivery for delivery in sandbox.webhooks(conversation)["deliveries"]
                  if delivery["types"] == "conversation:message"]
    took, accepted = [], None
    # Each message raised one webhook, in order; those of the bot's own messages lie between.
    for entry, delivery in zip(said, deliveries):
        if entry["path"].startswith("/sandbox/customers/"):
            accepted = _ms(delivery["attempts"][0]["at"])
        elif accepted is not None:
            took.append(_ms(entry["time"]) - accepted)
            accepted = None
    return took[1:]


def _bare(place):
    count = CONVERSATIONS * (MESSAGES - 1)
    done = subprocess.run([place.tests / "bench_bare_e2e", place.brokers, "bare.", str(count), str(int(PACING_S * 1000))],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def _ms(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000
