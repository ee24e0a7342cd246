"""ingest: webhooks in, 200 when the log has them; against the bare libraries on the same broker, in turns.

    http_load ─▶ tieline-ingest ─▶ BENCH.events        ours
    http_load ─▶ bare_ingest    ─▶ bare-BENCH.events   limit: libmicrohttpd, yajl, protobuf-c and librdkafka alone

Both read the same delivery of 1.75 KB and write the same record, which is compared. On a real Kafka, and on the embedded
broker, where next to nothing but the program is measured. Overload: the line to the log is made narrow, three times of
what it carries is sent for a minute, and each delivery that was answered 200 is looked for in the log."""

import json
import statistics
import subprocess
import time

from bench_result import Result, median_of, ratios_of
from house import ACCOUNT, House
from narrow import Narrow
from programs import Program

TARGETS = ("tieline", "tieline-ingest", "log_dump", "bench_bare_ingest", "bench_http_load", "bench_stored", "bench_broker")

PARTITIONS = 16
SECONDS = 4.0
WARM_SECONDS = 1.0
CONNECTIONS = (64, 512)
GOAL_RATIO, GOAL_CPU_RATIO = 0.85, 1.2
PACED_RATE, PACED_CONNECTIONS, GOAL_PACED_P99_MS = 2000, 64, 3.0
IDLE_CONNECTIONS, GOAL_IDLE_MB = 1000, 40
OVERLOAD_CONNECTIONS, OVERLOAD_FACTOR, OVERLOAD_SECONDS = 2000, 3, 60
OVERLOAD_BYTES, OVERLOAD_TAKERS = 2 * 1000 * 1000, 100  # what the line carries a second; how many find out what that is
ANSWER_MS = 2000


def measure(place, rounds):
    seconds = 1.0 if place.quick else SECONDS
    with Doors(place, place.brokers) as doors:
        doors.compare()
        for count in CONNECTIONS:
            if place.wants(f"c{count}"):
                yield _speed(doors, rounds, f"c{count}", "", count, seconds)
        if place.wants("paced-2000"):
            yield _paced(doors, rounds, seconds)
    if place.wants("idle-1000"):
        yield _idle(place)
    for count in CONNECTIONS:
        if place.wants(f"c{count}-embedded"):
            with Doors(place, None) as doors:
                yield _speed(doors, rounds, f"c{count}-embedded", ", embedded broker", count, seconds)
    if place.wants("overload-3x"):
        yield _overload(place, 5.0 if place.quick else OVERLOAD_SECONDS)


class Door:
    """One program that takes webhooks, and the topic that it writes to."""

    def __init__(self, place, program, path, secret, brokers, prefix):
        self.program, self.brokers, self.prefix = program, brokers, prefix
        self._load = place.tests / "bench_http_load"
        self._stored = place.tests / "bench_stored"
        self._path, self._secret = path, secret
        self._sent = 1

    def run(self, connections, seconds, rate=0, file=None, hold=False, may_refuse=False):
        """Sends webhooks; what http_load said, and what they cost. Anything but a 200 to each is an error, unless `may_refuse`.

        file  gets how each was answered
        hold  what the program holds while the connections stay open, idle, is measured too"""
        command = [self._load, self.program.ready["listen"], self._path, self._secret, connections, int(seconds * 1000), rate,
                   self._sent, *([file] if file else [])]
        before = self.program.cpu_seconds()
        with subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as load:
            line = load.stdout.readline()
            if not line:
                raise RuntimeError(f"{self.program.name}: no load:\n{self.program.said()}")
            report = json.loads(line)
            report["cpu_us_per_event"] = (self.program.cpu_seconds() - before) * 1e6 / max(1, report["answered"])
            if hold:
                time.sleep(6)
                report["held_mb"] = self.program.rss_mb()
            load.stdin.close()
        report["first"] = self._sent
        self._sent += report["sent"]
        if not may_refuse and (report["broken"] or set(report["status"]) != {"200"} or report["answered"] != report["sent"]):
            raise RuntimeError(f"{self.program.name}: {report}\n{self.program.said()}")
        report["rss_mb"] = self.program.peak_rss_mb()
        return report

    def stored(self, report, file):
        done = subprocess.run([self._stored, self.brokers, f"{self.prefix}events", str(report["first"]), file],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
        return json.loads(done.stdout)


class Doors(House):
    """Ingest and its limit beside it, warm; on a broker, or (None) on an embedded one of their own."""

    def __init__(self, place, brokers, properties=()):
        prefix = place.prefix()
        super().__init__(place.bin, place.folder / prefix.rstrip("."), brokers, partitions=PARTITIONS, prefix=prefix)
        self._place = place
        self._properties = properties
        self.bare_prefix = "bare-" + prefix
        self.ours = self.limit = None

    def __enter__(self):
        if self.brokers is None:
            broker = Program("broker", [self._place.tests / "bench_broker", PARTITIONS, self.prefix, self.bare_prefix],
                             self.folder / "broker.log")
            self.programs["broker"] = broker
            self.brokers = broker.start()["brokers"]
        else:
            self.make_topics()
            self.need("topics", "--apply", "--partitions", PARTITIONS, "--brokers", self.brokers, "--prefix", self.bare_prefix)
        self.make_keys()
        secret = "bench-bench-bench-bench-bench-12"
        done = self.apply(self.write_config(self._config(secret)))
        if done.returncode != 0:
            raise RuntimeError(f"tieline apply: {done.stdout}{done.stderr}")
        extra = [word for value in self._properties for word in ("-X", value)]
        ours = self._program("ingest", "tieline-ingest", "--brokers", self.brokers, "--prefix", self.prefix, "--listen",
                             "127.0.0.1:0", "--admin", "127.0.0.1:0", "--key-file", self.folder / "keys/ingest.key", *extra)
        limit = Program("limit", [self._place.tests / "bench_bare_ingest", self.brokers, f"{self.bare_prefix}events", ACCOUNT,
                                  secret, *self._properties], self.folder / "limit.log")
        self.programs["limit"] = limit
        for program in (ours, limit):
            program.start()
        self.ours = Door(self._place, ours, self.webhook_path, secret, self.brokers, self.prefix)
        self.limit = Door(self._place, limit, self.webhook_path, secret, self.brokers, self.bare_prefix)
        return self

    def compare(self):
        """One delivery through each: the same record, but for what is new in each."""
        records = []
        for door in (self.ours, self.limit):
            door.run(1, 0.02)
            done = subprocess.run([self._place.tests / "log_dump", self.brokers, door.prefix, "events"],
                                  stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
            lines = [json.loads(line) for line in done.stdout.splitlines()]
            first = [line for line in lines if line["record"].get("id", "").strip("0") == "1"][0]
            for name in ("accepted", "traceparent"):
                first["record"].pop(name)
            first.pop("offset")
            records.append(first)
        if records[0] != records[1]:
            raise RuntimeError(f"ours and the limit do not do the same:\n{records[0]}\n{records[1]}")

    def warm(self):
        for door in (self.ours, self.limit):
            door.run(CONNECTIONS[0], WARM_SECONDS)

    def in_turns(self, rounds, run):
        """`run` for each, one after the other, so that both meet the same machine; every second round the other way round."""
        ours, limit = [], []
        self.warm()
        for number in range(rounds):
            pairs = [(ours, self.ours), (limit, self.limit)]
            for into, door in pairs if number % 2 == 0 else reversed(pairs):
                into.append(run(door))
        return ours, limit

    def _config(self, secret):
        kept = self._secret("hook", secret)
        return {"accounts": {ACCOUNT: {"subdomain": "bench", "conversations": {
            "app_id": "bench", "key_id": "bench", "key_secret": kept, "integration_id": "bench", "webhook_secrets": [kept]}}},
            "stores": {}}


def _figures(report):
    return {name: report[name] for name in ("rate", "p50_ms", "p99_ms", "cpu_us_per_event", "rss_mb")}


def _speed(doors, rounds, name, where, connections, seconds):
    ours, limit = doors.in_turns(rounds, lambda door: _figures(door.run(connections, seconds)))
    pairs, cpu = ratios_of(ours, limit, "rate"), statistics.median(ratios_of(ours, limit, "cpu_us_per_event"))
    ours, limit = median_of(ours), median_of(limit)
    ratio = statistics.median(pairs)
    return Result("ingest", name, "1/s", f"{connections} connections, as fast as answers come{where}, {rounds} rounds in turns",
                  notes=[_of_limit(limit),
                         f"ratios of the rounds: {_told(pairs)}; CPU for each against the limit's: {cpu:.2f}",
                         f"goal: {GOAL_RATIO:g} of its speed: {_verdict(ratio >= GOAL_RATIO)}, "
                         f"{GOAL_CPU_RATIO:g} of its CPU: {_verdict(cpu <= GOAL_CPU_RATIO)}"],
                  ratio=ratio, ours=ours["rate"], limit=limit["rate"], p50_ms=ours["p50_ms"], p99_ms=ours["p99_ms"],
                  cpu_us_per_event=ours["cpu_us_per_event"], rss_mb=ours["rss_mb"])


def _paced(doors, rounds, seconds):
    ours, limit = doors.in_turns(rounds, lambda door: _figures(door.run(PACED_CONNECTIONS, seconds, PACED_RATE)))
    pairs = ratios_of(ours, limit, "p99_ms")
    ours, limit = median_of(ours), median_of(limit)
    return Result("ingest", f"paced-{PACED_RATE}", "ms",
                  f"p99 with {PACED_RATE} a second, from when each was due, {PACED_CONNECTIONS} connections, {rounds} rounds in turns",
                  notes=[_of_limit(limit),
                         f"goal: p99 under {GOAL_PACED_P99_MS:g} ms: {_verdict(ours['p99_ms'] < GOAL_PACED_P99_MS)}"],
                  ratio=statistics.median(pairs), ours=ours["p99_ms"], limit=limit["p99_ms"], p50_ms=ours["p50_ms"],
                  p99_ms=ours["p99_ms"], cpu_us_per_event=ours["cpu_us_per_event"], rss_mb=ours["rss_mb"])


def _idle(place):
    """What each holds with a thousand connections open that have all been used, at once, just before."""
    with Doors(place, place.brokers) as doors:
        ours, limit = (door.run(IDLE_CONNECTIONS, 1.0, hold=True) for door in (doors.ours, doors.limit))
    return Result("ingest", f"idle-{IDLE_CONNECTIONS}", "MB",
                  f"resident with {IDLE_CONNECTIONS} idle connections that have been busy, all at once, until 6 s before",
                  notes=[_of_limit(limit),
                         f"goal: under {GOAL_IDLE_MB} MB: {_verdict(ours['held_mb'] < GOAL_IDLE_MB)}"],
                  ours=ours["held_mb"], limit=limit["held_mb"], p50_ms=ours["p50_ms"], p99_ms=ours["p99_ms"],
                  cpu_us_per_event=ours["cpu_us_per_event"], rss_mb=ours["rss_mb"])


def _overload(place, seconds):
    """Three times what the log takes. What is sent away comes again in life; here it is only counted."""
    file, line = place.folder / "classes", Narrow()
    with place.kafka(f"advertised.listeners=PLAINTEXT://127.0.0.1:{line.port}") as node:
        line.start(int(node.brokers.rsplit(":", 1)[1]))
        with Doors(place, f"127.0.0.1:{line.port}") as doors:
            door = doors.ours
            door.run(CONNECTIONS[0], WARM_SECONDS)
            line.bytes_a_second = OVERLOAD_BYTES
            found = door.run(OVERLOAD_TAKERS, seconds / 3, may_refuse=True)  # it meets the narrow line unprepared
            capacity = found["status"]["200"] / found["seconds"]
            report = door.run(OVERLOAD_CONNECTIONS, seconds, int(OVERLOAD_FACTOR * capacity), file=file, may_refuse=True)
            door.run(OVERLOAD_TAKERS, seconds / 6, int(0.9 * capacity))  # all is well again: each is answered 200
            line.bytes_a_second = None
            stored = door.stored(report, file)
        line.close()
    status = report["status"]
    taken, away = status.get("200", 0), status.get("503", 0)
    if stored["missing"] or report["broken"] or taken + away != report["sent"]:
        raise RuntimeError(f"overload: something was lost, refused or not answered: {report}, {stored}")
    return Result("ingest", "overload-3x", "1/s",
                  f"accepted, while {OVERLOAD_FACTOR} times what the log takes are sent for {seconds:g} s",
                  notes=[f"{report['sent']} sent, {taken} accepted, none of them missing in the log; {away} sent away with 503 "
                         f"({100 * away / report['sent']:.0f} %), no other answer",
                         f"goal: nothing lost, nobody refused: met; each answer within {ANSWER_MS} ms: "
                         f"{_verdict(report['slowest_ms'] < ANSWER_MS)}, the slowest {report['slowest_ms']:.0f} ms"],
                  versus="the log", ours=taken / seconds, limit=capacity, p50_ms=report["p50_ms"], p99_ms=report["p99_ms"],
                  cpu_us_per_event=report["cpu_us_per_event"], rss_mb=report["rss_mb"])


def _of_limit(limit):
    return (f"limit: p50 {limit['p50_ms']:g} ms, p99 {limit['p99_ms']:g} ms, {limit['cpu_us_per_event']:.1f} us CPU an event, "
            f"{limit['rss_mb']:.1f} MB at most")


def _verdict(met):
    return "met" if met else "missed"


def _told(numbers):
    return ", ".join(f"{number:.2f}" for number in numbers)
