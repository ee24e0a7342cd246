"""processor: conversations that a bot answers, decided out of a log of 8 partitions.

    events ─▶ processor ─▶ commands, conversations      ours: events a second, by the log's own clock; from an event's
                                                         writing until its command can be read
    events ─▶ bare_decide ─▶ as many, of the same size   limit: librdkafka and protobuf-c alone, in transactions that end
                                                         by the same rule

Three events make a turn: a customer's message (1 KB), the outcome of the bot's turn with its answer, the outcome of its
words; two commands and three states follow."""

import statistics

from bench_result import Result, median_of, ratios_of
from processor_yard import COMMANDS_A_TURN, EVENTS_A_TURN, Plant

TARGETS = ("tieline", "tieline-processor", "bench_write_events", "bench_decided", "bench_bare_decide")
GOAL_CPU_US = 5.0
GOAL_RSS_MB = 100
# name, conversations, turns of each
BACKLOG = (("backlog", 20000, 5), ("backlog-100000", 100000, 1))
# name, events, one every … us, goals of p50 and p99
PACED = (("idle", 600, 20000, 8, None), ("paced-2000", 24000, 500, 10, 30))
PACED_CONVERSATIONS = 200
SIZES = {"state_bytes": 900, "command_bytes": 700}  # of the paced limit; the backlog's are measured


def measure(place, rounds):
    for case in BACKLOG:
        if place.wants(case[0]):
            yield _backlog(place, rounds, *case)
    for case in PACED:
        if place.wants(case[0]):
            yield _paced(place, rounds, *case)


def _rate(outcome, events):
    if outcome["states"] != events or outcome["commands"] != events // EVENTS_A_TURN * COMMANDS_A_TURN:
        raise RuntimeError(f"{events} events came to {outcome}")
    return events / ((outcome["last_ms"] - outcome["first_ms"]) / 1000)


def _round(place, conversations, turns):
    events = conversations * turns * EVENTS_A_TURN
    with Plant(place) as plant:
        plant.write_events(conversations, turns)
        plant.start()
        plant.await_events(events)
        ours = plant.cost(events)
        plant.stop()
        sizes = plant.outcome()
        ours["rate"] = _rate(sizes, events)
        prefix = place.prefix()
        with plant.bare(prefix, events, sizes) as bare:
            limit = bare.result()
        limit["rate"] = _rate(plant.outcome(prefix), events)
    return ours, limit, sizes


def _backlog(place, rounds, name, conversations, turns):
    ours, limit = [], []
    for _ in range(rounds):
        one, other, sizes = _round(place, conversations, turns)
        ours.append(one)
        limit.append(other)
    ratio = statistics.median(ratios_of(ours, limit, "rate"))
    cpu = statistics.median(ratios_of(ours, limit, "cpu_us_per_event"))
    ours, limit = median_of(ours), median_of(limit)
    goal = ours["rss_mb"] < GOAL_RSS_MB if conversations == 100000 else ratio >= 1
    notes = (f"a command has {sizes['command_bytes']} bytes, a state {sizes['state_bytes']}",
             f"limit: {limit['cpu_us_per_event']:.2f} us CPU, {limit['rss_mb']:.0f} MB; ours needs {cpu:.2f} times its CPU",
             f"goal: {f'under {GOAL_RSS_MB} MB' if conversations == 100000 else 'at least the limit'}: {_verdict(goal)}; "
             f"at most {GOAL_CPU_US} us CPU: {_verdict(ours['cpu_us_per_event'] <= GOAL_CPU_US)}")
    return Result("processor", name, "1/s",
                  f"{conversations * turns * EVENTS_A_TURN} events of {conversations} conversations, waiting in the log, {rounds} rounds",
                  notes=notes, ratio=ratio, ours=ours["rate"], limit=limit["rate"], p50_ms=0, p99_ms=0,
                  cpu_us_per_event=ours["cpu_us_per_event"], rss_mb=ours["rss_mb"])


def _paced_round(place, events, every_us):
    turns = events // EVENTS_A_TURN // PACED_CONVERSATIONS
    with Plant(place) as plant:
        plant.start()
        plant.await_running()
        with plant.watch(turns * PACED_CONVERSATIONS * COMMANDS_A_TURN) as sight:
            plant.write_events(PACED_CONVERSATIONS, turns, every_us)
            ours = sight.result() | plant.cost(events)
        plant.stop()
        prefix = place.prefix()
        with plant.bare(prefix, events, SIZES, "last") as bare, plant.watch(turns * PACED_CONVERSATIONS * COMMANDS_A_TURN, prefix) as sight:
            plant.write_events(PACED_CONVERSATIONS, turns, every_us)
            limit = sight.result() | bare.result()
    return ours, limit


def _paced(place, rounds, name, events, every_us, p50, p99):
    pairs = [_paced_round(place, events, every_us) for _ in range(rounds)]
    ours, limit = [one for one, _ in pairs], [other for _, other in pairs]
    ratio = statistics.median(ratios_of(ours, limit, "p50_ms"))
    ours, limit = median_of(ours), median_of(limit)
    met = ours["p50_ms"] < p50 and (p99 is None or ours["p99_ms"] < p99)
    goal = f"p50 under {p50} ms" + (f", p99 under {p99} ms" if p99 else "")
    return Result("processor", name, "ms",
                  f"from an event's writing until its command can be read, one every {every_us / 1000:g} ms, {rounds} rounds",
                  notes=(f"limit: p99 {limit['p99_ms']:g} ms, {limit['cpu_us_per_event']:.1f} us CPU", f"goal: {goal}: {_verdict(met)}"),
                  ratio=ratio, ours=ours["p50_ms"], limit=limit["p50_ms"], p50_ms=ours["p50_ms"], p99_ms=ours["p99_ms"],
                  cpu_us_per_event=ours["cpu_us_per_event"], rss_mb=ours["rss_mb"])


def _verdict(met):
    return "met" if met else "missed"
