#!/usr/bin/env python3
"""What is wrong gets a clear message and loses nothing, on a real Kafka.

Before and after each thing that goes wrong a customer writes, and must get one reply: unknown names, wrong secrets, unreadable
and oversize bodies, garbage on a topic, a missing topic, a broker that is away at start and later, and configurations with a typo or
with two stores for one widget (rows 26, 48, 113 and 115).

    TIELINE_BIN=build/release/bin TIELINE_KAFKA=deploy/kafka/kafka tests/e2e/bad_input.py [--keep DIR]"""

import os
import pathlib
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))

from house import ACCOUNT, PROGRAMS, House  # noqa: E402
from http_json import Client  # noqa: E402
from kafka_node import KafkaNode  # noqa: E402
from programs import Program  # noqa: E402
from script import run  # noqa: E402
from zendesk import LedgerWatch  # noqa: E402

REPLY_SECONDS = 15
ANSWER_SECONDS = 2
BODY_BYTES_MAX = 1024 * 1024
DEAD_BROKER = "127.0.0.1:1"
# A webhook that was answered 503 is tried again after a minute of the sandbox's clock.
RETRY_SECONDS = 61
GARBAGE = b"\xff\xff\xff\xff garbage \x00\x08\x96\x01"


class Customer:
    """Writes a good message between the bad ones; each must get its one reply."""

    def __init__(self, house, watch, checks):
        self._house, self._watch, self._checks = house, watch, checks
        self._store = house.stores[0]
        self._conversation = None
        self._wanted = [self._store.welcome]

    def writes(self):
        text = f"message {len(self._wanted)}"
        self._conversation = self._house.sandbox.write("grace", self._store.brand, f"echo {text}",
                                                       self._conversation)["conversation"]
        self._wanted.append(f"{self._store.name}: {text}")

    def is_answered(self, when):
        self._watch.await_posts(self._conversation, len(self._wanted), REPLY_SECONDS)
        said = [message["text"] for message in self._house.sandbox.conversation(self._conversation)["messages"]
                if message["from"] == "bot"]
        self._checks.equal(f"a customer is answered once, {when}", said, self._wanted)

    def asks(self, when):
        self.writes()
        self.is_answered(when)


class Bench:
    """What all cases need."""

    def __init__(self, house, kafka, folder, customer, checks):
        self.house, self.kafka, self.folder, self.customer, self.checks = house, kafka, folder, customer, checks
        self.door = Client(house.ingest_url)
        self.key = {"X-API-Key": house.webhook_secret}

    def problem(self, what, answer, status, *words):
        """An error in the form that the contract names, that says what is wrong."""
        body = answer.json() if answer.body else {}
        self.checks.that(what, answer.status == status and body.get("status") == status
                         and answer.headers["Content-Type"] == "application/problem+json"
                         and all(word in body.get("detail", "") for word in words), answer)

    def metric(self, program, name):
        """The sum of all series of a metric."""
        text = Client("http://" + self.house.programs[program].ready["admin"]).call("GET", "/metrics").body.decode()
        return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines()
                   if line.startswith((name + "{", name + " ")))

    def dead(self):
        """Values of all dead letters."""
        done = subprocess.run(["kcat", "-q", "-b", self.kafka.brokers, "-C", "-t", self.house.topic("dead"), "-e",
                               "-X", "isolation.level=read_committed", "-f", "%T %s\n"],
                              stdin=subprocess.DEVNULL, capture_output=True, check=True)
        return done.stdout


def strangers_are_turned_away(bench):
    """Unknown names and wrong secrets: one and the same answer, so that nobody can ask which names exist."""
    body = {"events": []}
    told = [
        bench.door.call("POST", bench.house.webhook_path, body),
        bench.door.call("POST", bench.house.webhook_path, body, {"X-API-Key": "wrong"}),
        bench.door.call("POST", "/api/v1/connectors/nobody/webhook", body, bench.key),
    ]
    for what, answer in zip(("no secret", "a wrong secret", "an unknown account"), told):
        bench.problem(f"{what} is a 401 (rows 26 and 48)", answer, 401)
    bench.checks.equal("and tells nothing about which names exist", {answer.body for answer in told}, {told[0].body})
    stores = [bench.door.call("POST", f"/api/v1/stores/{store}/events", {"type": "end"}, {"Authorization": f"Bearer {token}"})
              for store, token in (("nothing", bench.house.stores[0].token), (bench.house.stores[0].name, "wrong"),
                                   (bench.house.stores[0].name, bench.house.stores[1].token))]
    for what, answer in zip(("an unknown store", "a wrong token", "another store's token"), stores):
        bench.problem(f"{what} is a 401", answer, 401)
    bench.checks.equal("and neither do these", {answer.body for answer in stores}, {stores[0].body})


def unreadable_bodies(bench):
    dead = bench.door.call("POST", bench.house.webhook_path, raw=b'{"events": [', headers=bench.key)
    bench.checks.that("what Zendesk sends and cannot be read is taken and kept",
                      dead.status == 200 and dead.json() == {"accepted": 0, "dead": 1}, dead)
    bench.checks.that("it lies in the topic of dead letters", b'{"events": [' in bench.dead())
    store = bench.house.stores[0]
    path, token = f"/api/v1/stores/{store.name}/events", {"Authorization": f"Bearer {store.token}"}
    bench.problem("the bot is told what it did wrong", bench.door.call("POST", path, raw=b'{"type":', headers=token), 400)
    bench.problem("and which member", bench.door.call("POST", path, {"type": "reply", "conversation": f"{ACCOUNT}/messaging/x",
                                                                     "messages": []}, token), 400, "turn")
    bad = b'{"id":"bad-1","type":"t","type":"t"}'
    beside = bench.door.call("POST", bench.house.webhook_path, raw=b'{"events": [' + bad + b',{"id":"good-1","type":"t"}]}',
                             headers=bench.key)
    bench.checks.that("one bad event costs no other", beside.status == 200 and beside.json() == {"accepted": 1, "dead": 1}, beside)
    wide = b'{"id":"wide-1","type":"t","x":"' + b"x" * (2 * BODY_BYTES_MAX) + b'"}'
    answer = _big(bench, bench.house.webhook_path, b'{"events": [' + wide + b"]}", bench.key)
    bench.checks.that("one that no record holds goes on without its bytes",
                      answer.status == 200 and answer.json() == {"accepted": 1, "dead": 1}, answer)
    kept = bench.dead()
    bench.checks.that("and all that could not go on is kept", bad in kept and wide[:100] in kept and kept.count(b"x" * 1000) > 2000)
    huge = b'{"events": [], "x": "' + b"x" * (4 * BODY_BYTES_MAX) + b'"}'
    bench.problem("a delivery over 4 MiB is refused", _big(bench, bench.house.webhook_path, huge, bench.key), 413)
    bench.problem("the bot's over 1 MiB", _big(bench, path, b" " * (BODY_BYTES_MAX + 1), token), 413)
    bench.problem("a path that is not there", bench.door.call("POST", "/api/v1/nothing", {}), 404)
    wrong = bench.door.call("GET", bench.house.webhook_path)
    bench.problem("a method that is not there", wrong, 405)
    bench.checks.equal("comes with those that are", wrong.headers["Allow"], "POST")


def _big(bench, path, body, headers):
    """The server may answer and close before all was sent: try until the answer was read."""
    for _ in range(20):
        try:
            return bench.door.call("POST", path, raw=body, headers=headers)
        except OSError:
            continue
    raise RuntimeError(f"no answer to an oversize body at {path}")


def garbage_on_topics(bench):
    before = {name: bench.metric(name, "tieline_dead_total") for name in ("processor", "egress")}
    for topic in ("events", "commands"):
        for partition in range(bench.house.partitions):
            _produce(bench, topic, partition, GARBAGE)
    _produce(bench, "config", 0, GARBAGE)
    bench.customer.asks("after garbage on events, commands and config")
    for name in ("processor", "egress"):
        bench.checks.equal(f"{name} counts each as dead",
                           bench.metric(name, "tieline_dead_total") - before[name], bench.house.partitions)
    bench.checks.equal("and keeps the bytes", bench.dead().count(GARBAGE), 2 * bench.house.partitions)
    for name in PROGRAMS:
        bench.checks.that(f"{name} goes on", bench.house.programs[name].is_running())
        bench.house.restart(name)
    bench.customer.asks("also when the garbage is read again from the start")


def _produce(bench, topic, partition, value):
    subprocess.run(["kcat", "-q", "-b", bench.kafka.brokers, "-P", "-t", bench.house.topic(topic), "-p", str(partition),
                    "-k", "garbage", "-D", "\\0end"], input=value, check=True)


def missing_topics(bench):
    prefix = "missing."
    bench.house.need("topics", "--apply", "--partitions", 2, "--brokers", bench.kafka.brokers, "--prefix", prefix)
    bench.kafka.delete_topic(prefix + "commands")
    for name in PROGRAMS:
        program = _another(bench, name, "--brokers", bench.kafka.brokers, "--prefix", prefix)
        program.launch()
        bench.checks.equal(f"{name} without a topic ends with 78", program.wait(20), 78)
        said = program.said()
        bench.checks.that(f"{name} names the topic and the remedy", "missing.commands" in said and "topics --apply" in said
                          and "missing.events" not in said, said)


def another_count(bench):
    """Somebody gave the keyed topics more partitions: every program and the tool refuse, with both counts."""
    prefix = "grown."
    where = ("--brokers", bench.kafka.brokers, "--prefix", prefix)
    bench.house.need("topics", "--apply", "--partitions", 2, *where)
    for topic in ("events", "commands", "conversations", "snapshots"):
        bench.kafka.grow_topic(prefix + topic, 3)
    for name in PROGRAMS:
        program = _another(bench, name, *where)
        program.launch()
        bench.checks.equal(f"{name} with another count ends with 78", program.wait(30), 78)
        said = program.said()
        bench.checks.that(f"{name} names both counts and the remedy",
                          "3 partitions" in said and "made with 2" in said and "`tieline move --into PREFIX`" in said, said)
    shown = bench.house.tieline("topics", *where)
    bench.checks.that("`tieline topics` says so", shown.returncode == 78 and "has 3 partitions, should have 2" in shown.stdout, shown)
    applied = bench.house.tieline("topics", "--apply", *where)
    bench.checks.that("and does not make it the new truth", applied.returncode == 78 and "made with 2" in applied.stderr, applied)


def _another(bench, name, *flags):
    """One more copy of a program, with other flags than the one at work."""
    command = [bench.house.bin / f"tieline-{name}", "--admin", "127.0.0.1:0", *flags]
    if name == "ingest":
        command += ["--listen", "127.0.0.1:0", "--key-file", bench.folder / "house/keys/ingest.key"]
    if name == "egress":
        command += ["--key-file", bench.folder / "house/keys/egress.key"]
    return Program(f"another {name}", command, bench.folder / f"another-{name}-{time.monotonic_ns()}.log")


def broker_away_at_start(bench):
    waiting = [_another(bench, name, "--brokers", DEAD_BROKER) for name in PROGRAMS]
    for program in waiting:
        program.launch()
    time.sleep(2)
    for program in waiting:
        said = program.said(40)
        bench.checks.that(f"{program.name} waits for its broker and says so",
                          program.is_running() and program.ready is None and DEAD_BROKER in said, said)
        since = time.monotonic()
        status = program.end(signal.SIGTERM)
        bench.checks.that(f"{program.name} need not be waited for", status in (0, 143, -signal.SIGTERM)
                          and time.monotonic() - since < 3, f"{status} after {time.monotonic() - since:.1f} s")
    refused = _another(bench, "ingest", "--brokers", DEAD_BROKER, "-X", "acks=1")
    refused.launch()
    bench.checks.equal("a setting that would break a promise is a usage error", refused.wait(10), 64)
    bench.checks.that("and is named", "acks" in refused.said(), refused.said())


def broker_away_later(bench):
    bench.kafka.kill()
    time.sleep(1)
    since = time.monotonic()
    answer = bench.door.call("POST", bench.house.webhook_path, {"events": [{"id": "x", "type": "user:update"}]}, bench.key)
    took = time.monotonic() - since
    bench.problem("a webhook gets a 503 while the broker is away", answer, 503)
    bench.checks.that("with Retry-After", answer.headers["Retry-After"] is not None, answer)
    bench.checks.that(f"within {ANSWER_SECONDS} s", took < ANSWER_SECONDS + 0.2, f"{took:.2f} s")
    bench.customer.writes()
    time.sleep(1)
    for name in PROGRAMS:
        program = bench.house.programs[name]
        bench.checks.that(f"{name} is alive without a broker", program.is_running(), program.said())
        until = time.monotonic() + 20  # how soon it notices hangs on what it was doing
        ready = Client("http://" + program.ready["admin"]).call("GET", "/readyz")
        while ready.status != 503 and time.monotonic() < until:
            time.sleep(0.2)
            ready = Client("http://" + program.ready["admin"]).call("GET", "/readyz")
        bench.checks.equal(f"and not ready ({name})", ready.status, 503)
    bench.kafka.start()
    _await(lambda: all(_is_ready(bench, name) for name in PROGRAMS), 30)
    bench.house.sandbox.advance(RETRY_SECONDS)
    bench.customer.is_answered("with a message from the time without a broker")
    bench.customer.asks("after the broker came back")


def _is_ready(bench, name):
    return Client("http://" + bench.house.programs[name].ready["admin"]).call("GET", "/readyz").status == 200


def _await(holds, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end and not holds():
        time.sleep(0.1)


def wrong_configurations(bench):
    first, second = bench.house.stores
    config = bench.house.config()
    config["stores"][second.name]["widgit"] = config["stores"][second.name].pop("widget")
    _refused(bench, "a typo", config, '"widgit"', "widget")

    config = bench.house.config()
    config["stores"][second.name]["widget"] = first.widget
    _refused(bench, "two stores with one widget (row 113)", config, f'"{first.widget}"', first.name, second.name, last=True)

    config = bench.house.config()
    ours = config["accounts"][ACCOUNT]["conversations"]["integration_id"]
    config["stores"][first.name]["widget"] = ours
    _refused(bench, "the id of our own integration as a widget (row 115)", config, f'"{ours}"', "web widget", last=True)

    path = bench.house.write_config(name="cut.json")
    path.write_text(path.read_text(encoding="utf-8")[:-20], encoding="utf-8")
    for done in (bench.house.tieline("check", path), bench.house.apply(path)):
        bench.checks.that("a file that ends too early is bad data, with its place",
                          done.returncode == 65 and f"{path}:" in done.stdout + done.stderr, done)


def _refused(bench, what, config, at, *words, last=False):
    """`check` and `apply` name the line and column of `at`, and say the words."""
    path = bench.house.write_config(config, "wrong.json")
    text = path.read_text(encoding="utf-8")
    offset = text.rindex(at) if last else text.index(at)
    line = text.count("\n", 0, offset) + 1
    column = offset - text.rfind("\n", 0, offset)
    for command, done in (("check", bench.house.tieline("check", path)), ("apply", bench.house.apply(path))):
        said = [text for text in (done.stdout + done.stderr).splitlines() if f"{path}:{line}:{column}: " in text]
        bench.checks.that(f"`tieline {command}` refuses {what}: 65, line and column, and {', '.join(words)}",
                          done.returncode == 65 and said and all(word in said[0] for word in words), done)


CASES = [strangers_are_turned_away, unreadable_bodies, garbage_on_topics, missing_topics, another_count, broker_away_at_start,
         wrong_configurations, broker_away_later]


def play(folder, checks):
    with KafkaNode(os.environ["TIELINE_KAFKA"], folder / "kafka") as kafka, \
            House(os.environ["TIELINE_BIN"], folder / "house", kafka.brokers, partitions=4) as house:
        house.install()
        house.start()
        with LedgerWatch(house.sandbox) as watch:
            customer = Customer(house, watch, checks)
            bench = Bench(house, kafka, folder, customer, checks)
            customer.asks("before anything went wrong")
            for case in CASES:
                since = time.monotonic()
                case(bench)
                customer.asks(f"after {case.__name__}")
                print(f"{time.monotonic() - since:5.1f} s  {case.__name__.replace('_', ' ')}", flush=True)
        if checks.failed:
            print(house.said())


if __name__ == "__main__":
    sys.exit(run(play, __doc__))
