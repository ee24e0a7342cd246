#!/usr/bin/env python3
"""tieline-ingest on a real Kafka that breaks while callers come: standing still, slow, stopped, short of replicas.

Every answer comes within 2 s; it is 200, or 503 with Retry-After, and never a refusal, which would make Zendesk drop the event
for ever. Whatever was answered 200 is in the log. When the trouble is over all are taken again by the same process, whose
memory has not grown.

    TIELINE_BIN=build/release/bin TIELINE_KAFKA=deploy/kafka/kafka tests/e2e/front_door.py [--keep DIR]"""

import argparse
import collections
import http.client
import os
import pathlib
import re
import shutil
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "integration"), str(HERE.parent / "support")]
sys.dont_write_bytecode = True

from door import Deliveries, Promises  # noqa: E402
from ingest import HOOK, TOKEN, Checks, World, address, call, log_rows  # noqa: E402
from kafka_node import KafkaNode, skip  # noqa: E402
from programs import free_port  # noqa: E402

# The promise, and what a busy machine of two cores adds to what a caller in Python sees.
ANSWER_SECONDS = 2.0 + 0.5
BACK_SECONDS = 15
SENDERS, CROWD = 16, 128
RSS_MB_MAX = 80
RETRY_AFTER = {"ticket": "55", "batch": "5", "garbage": "5"}


class Caller(threading.Thread):
    """Comes with one right request after the other, on a connection that is kept."""

    def __init__(self, number, where, promises, pause):
        super().__init__()
        self.where, self.promises, self.pause = where, promises, pause
        self.deliveries = Deliveries(f"front{os.urandom(3).hex()}{number}", "maple", HOOK, "bikes", TOKEN)
        self.is_over = threading.Event()
        self.answers = []  # when, status, seconds, Retry-After, kind

    def run(self):
        connection = http.client.HTTPConnection(*self.where, timeout=20)
        while not self.is_over.is_set():
            delivery = self.deliveries.make()
            since = time.monotonic()
            try:
                connection.request("POST", delivery.path, body=delivery.body, headers=delivery.fields)
                answer = connection.getresponse()
                answer.read()
                status, after = answer.status, answer.headers["Retry-After"]
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                status, after = repr(error), None
            now = time.monotonic()
            self.promises.keep(delivery, status)
            self.answers.append((now, status, now - since, after, delivery.kind))
            time.sleep(self.pause if status == 200 else 0.02)
        connection.close()


class Crowd:
    """Callers, and what became of their requests."""

    def __init__(self, ready, promises, count=SENDERS, pause=0.01):
        self.callers = [Caller(number, address(ready["listen"]), promises, pause) for number in range(count)]

    def __enter__(self):
        for caller in self.callers:
            caller.start()
        return self

    def __exit__(self, *_):
        for caller in self.callers:
            caller.is_over.set()
        for caller in self.callers:
            caller.join()

    def answers(self, since=0.0):
        return [answer for caller in self.callers for answer in list(caller.answers) if answer[0] > since]

    def is_well(self, since):
        """All that was answered in the half second before now was taken."""
        latest = self.answers(max(since, time.monotonic() - 0.5))
        return len(latest) >= len(self.callers) // 2 and {status for _, status, *_ in latest} == {200}

    def await_well(self, seconds=BACK_SECONDS):
        begun = time.monotonic()
        while time.monotonic() - begun < seconds:
            if time.monotonic() - begun > 0.5 and self.is_well(begun):
                return time.monotonic() - begun
            time.sleep(0.05)
        return None


class Scene:
    def __init__(self, check, program, promises):
        self.check, self.program, self.promises = check, program, promises

    def play(self, what, trouble, is_away=True, **crowd):
        """Callers come, `trouble` comes and goes, and all is well again."""
        check, begun = self.check, time.monotonic()
        with Crowd(self.program.ready, self.promises, **crowd) as callers:
            check.that(f"{what}: well before", callers.await_well() is not None)
            since = time.monotonic()
            trouble()
            back = callers.await_well()
        check.that(f"{what}: well again, without a restart", back is not None and self.program.is_running(), self.program.said(5))
        self.judge(what, callers.answers(), callers.answers(since), is_away)
        seen = collections.Counter(str(status) for _, status, *_ in callers.answers())
        slowest = max(took for _, _, took, *_ in callers.answers())
        print(f"{what}: {time.monotonic() - begun:.1f} s, answers {dict(seen)}, the slowest {slowest:.2f} s, "
              f"back after {back or -1:.1f} s, {self.program.rss_mb():.0f} MB", flush=True)

    def judge(self, what, answers, during, is_away):
        check = self.check
        statuses = {status for _, status, *_ in answers}
        check.that(f"{what}: taken, or sent away for a while, and nothing else", statuses <= {200, 503}, statuses)
        check.that(f"{what}: it was trouble", not is_away or 503 in {status for _, status, *_ in during}, len(during))
        late = [answer for answer in answers if answer[2] > ANSWER_SECONDS]
        check.equal(f"{what}: answers after {ANSWER_SECONDS} s", late, [])
        wrong = {(kind, after) for _, status, _, after, kind in answers
                 if status == 503 and after != RETRY_AFTER.get(kind, after or "none")}
        check.equal(f"{what}: when to come again", wrong, set())
        check.that(f"{what}: memory is bounded", self.program.rss_mb() < RSS_MB_MAX, self.program.rss_mb())

    def settle(self, brokers, least):
        broken = self.promises.broken(log_rows(brokers, "events"), log_rows(brokers, "dead"))
        self.check.equal("nothing that was answered 200 is missing in the log", broken, [])
        self.check.that("there was something to lose", self.promises.count() >= least, self.promises.count())
        print(f"{self.promises.count()} promises, {len(broken)} broken; at most {self.program.peak_rss_mb():.0f} MB")


class Pair:
    """A second broker beside the first, so that a record needs two."""

    def __init__(self, script, first, data):
        settings = (first / "server.properties").read_text(encoding="utf-8")
        controller = re.search("controller.quorum.voters=(.*)", settings)[1]
        port = free_port()
        (data / "logs").mkdir(parents=True)
        (data / "port").write_text(f"{port}\n", encoding="utf-8")
        meta = (first / "logs/meta.properties").read_text(encoding="utf-8")
        meta = re.sub("node.id=.*", "node.id=2", re.sub("directory.id=.*\n", "", meta))
        (data / "logs/meta.properties").write_text(meta, encoding="utf-8")
        self.node = KafkaNode(script, data, (
            "process.roles=broker", "node.id=2", f"controller.quorum.voters={controller}",
            f"listeners=PLAINTEXT://127.0.0.1:{port}", "replica.lag.time.max.ms=1000", "min.insync.replicas=2"))


def stand_still(kafka):
    kafka.pause()
    time.sleep(4)
    kafka.resume()


def work_now_and_then(kafka):
    """One part of the time in ten."""
    until = time.monotonic() + 8
    while time.monotonic() < until:
        kafka.pause()
        time.sleep(0.9)
        kafka.resume()
        time.sleep(0.1)


def away(kafka):
    kafka.stop()
    time.sleep(2)
    kafka.start()


def prepare(world, name, kafka, *topics):
    world.brokers = kafka.brokers
    world.tool("topics", "--apply", "--partitions", "4", "--brokers", kafka.brokers, *topics)
    world.configure()
    program = world.ingest(name, kafka.brokers)
    program.start()
    return program


def one_broker(world, check, script):
    with KafkaNode(script, world.directory / "kafka") as kafka:
        program = prepare(world, "ingest", kafka)
        scene = Scene(check, program, Promises())
        scene.play("all is well", lambda: time.sleep(1), is_away=False)
        scene.play("it stands still", lambda: stand_still(kafka))
        # Whether a machine is overloaded by that is its own affair: a fast one keeps up.
        scene.play("it works now and then", lambda: work_now_and_then(kafka), is_away=False, count=CROWD, pause=0)
        scene.play("it is stopped and started", lambda: away(kafka))
        scene.settle(kafka.brokers, 1000)
        check.equal("ends well", program.end(), 0)


def two_brokers(world, check, script):
    first = world.directory / "first"
    with KafkaNode(script, first, ("replica.lag.time.max.ms=1000", "min.insync.replicas=2")) as kafka:
        pair = Pair(script, first, world.directory / "second")
        with pair.node as second:
            program = prepare(world, "ingest-2", kafka, "--replication", "2")
            scene = Scene(check, program, Promises())

            def alone():
                second.kill()
                time.sleep(6)
                check.equal("livez stays", call(program.ready, "/livez", method="GET", where="admin")[0], 200)
                second.start()

            scene.play("one replica of two is left", alone)
            scene.settle(kafka.brokers, 50)
            check.equal("ends well", program.end(), 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep", metavar="DIR", help="keep logs there")
    keep = parser.parse_args().keep
    script = os.environ.get("TIELINE_KAFKA")
    if not script:
        skip("no real Kafka: TIELINE_KAFKA is not set")
    directory = pathlib.Path(tempfile.mkdtemp(prefix="tieline-front-"))
    check = Checks()
    world = World(directory)
    try:
        world.tool("keygen", "keys")
        one_broker(world, check, script)
        two_brokers(world, check, script)
    finally:
        world.close()
        if keep:
            shutil.copytree(directory, keep, dirs_exist_ok=True)
        shutil.rmtree(directory)
    print(check)
    return check.status()


if __name__ == "__main__":
    sys.exit(main())
