#!/usr/bin/env python3
"""Many conversations of two brands on a real Kafka, while every program is ended and started again under them.

200 conversations of 10 messages, 40 at a time; each waits for its reply before it says the next thing. Meanwhile each program
is restarted twice in good order, and ingest is killed five times. In the end the ledger must show every reply once, in order,
at the right brand (rows 4, 49, 50, 65, 67, 109 and 110).

    TIELINE_BIN=build/release/bin TIELINE_KAFKA=deploy/kafka/kafka tests/e2e/messaging.py [--seed N] [--keep DIR]"""

import os
import pathlib
import queue
import random
import signal
import statistics
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))

from house import ACCOUNT, PROGRAMS, House  # noqa: E402
from kafka_node import KafkaNode  # noqa: E402
from script import run  # noqa: E402
from zendesk import LedgerWatch  # noqa: E402

REPLY_SECONDS = 60
RUN_SECONDS_MAX = 120
START_SECONDS_MAX = 1.0
RSS_MB_MAX = 30
# Away for so long that webhooks fail, and short enough for the time of the run.
KILLED_SECONDS = 0.4
# A webhook that failed is tried again after a minute of the sandbox's clock, the next time after two.
RETRY_SECONDS = 61
STALL_SECONDS = 2


class Talk:
    """One conversation: who writes what, and what must come back."""

    def __init__(self, number, store, draw, messages, canary):
        self.customer = f"customer-{number}"
        self.store = store
        self.tokens = [f"{canary}-{number}-{k}-{draw.randrange(10**6)}" for k in range(messages)]
        self.conversation = None
        self.missed = None

    def play(self, sandbox, watch):
        for k, token in enumerate(self.tokens):
            wrote = sandbox.write(self.customer, self.store.brand, f"echo {token}", self.conversation)
            self.conversation = wrote["conversation"]
            # One more than replies: the welcome.
            if not watch.await_posts(self.conversation, k + 2, REPLY_SECONDS):
                self.missed = f"{self.customer}: no reply to message {k + 1} within {REPLY_SECONDS} s"
                return

    def wanted(self):
        return [self.store.welcome] + [f"{self.store.name}: {token}" for token in self.tokens]


class Storm:
    """Ends and starts programs, each act when a share of the replies is there."""

    def __init__(self, house, watch, total, draw, checks):
        acts = [(name, signal.SIGTERM) for name in PROGRAMS for _ in range(2)] + [("ingest", signal.SIGKILL)] * 5
        draw.shuffle(acts)
        share = 0.9 / len(acts)
        self._plan = [(round(total * share * (i + draw.uniform(0.4, 1))), *act) for i, act in enumerate(acts)]
        self._house, self._watch, self._checks = house, watch, checks
        self.begun = time.monotonic()
        self._stalled = (0, self.begun)

    def run_until(self, is_over):
        while not is_over():
            done = self._watch.total_posts()
            if self._plan and done >= self._plan[0][0]:
                self._act(*self._plan.pop(0))
            self._nudge(done)
            time.sleep(0.05)
        self._checks.equal("every restart came about", self._plan, [])

    def _act(self, at, name, how):
        between = (lambda: time.sleep(KILLED_SECONDS)) if how == signal.SIGKILL else None
        status = self._house.restart(name, how, between)
        took = self._house.programs[name].start_seconds[-1]
        print(f"{time.monotonic() - self.begun:6.1f} s  {at:5d} posts  {name} {signal.Signals(how).name}, "
              f"ready again in {took:.2f} s")
        if how == signal.SIGTERM:
            self._checks.equal(f"{name} ends with 0 at SIGTERM", status, 0)
        if name == "ingest":
            self._house.sandbox.advance(RETRY_SECONDS)

    def _nudge(self, done):
        """Nothing comes for a while: what was tried twice waits longer."""
        now = time.monotonic()
        if done != self._stalled[0]:
            self._stalled = (done, now)
        elif now - self._stalled[1] > STALL_SECONDS:
            self._house.sandbox.advance(RETRY_SECONDS)
            self._stalled = (done, now)


def play_all(house, watch, talks, parallel, draw, checks):
    """Plays all talks under the storm; the seconds that took."""
    todo = queue.SimpleQueue()
    for talk in talks:
        todo.put(talk)
    broken = []

    def work():
        while not broken:
            try:
                todo.get_nowait().play(house.sandbox, watch)
            except queue.Empty:
                return
            except Exception as error:  # pylint: disable=broad-except
                broken.append(repr(error))

    workers = [threading.Thread(target=work, daemon=True) for _ in range(parallel)]
    total = sum(len(talk.wanted()) for talk in talks)
    storm = Storm(house, watch, total, draw, checks)
    for worker in workers:
        worker.start()
    storm.run_until(lambda: not any(worker.is_alive() for worker in workers))
    checks.equal("the sandbox took every message", broken, [])
    missed = [talk.missed for talk in talks if talk.missed]
    checks.equal("every message got its reply in time", missed[:5], [])
    return time.monotonic() - storm.begun


def differences(house, watch, talk):
    """What is wrong with one conversation, in the ledger and as the customer sees it; nothing is None."""
    if talk.conversation is None:
        return f"{talk.customer}: has no conversation"
    seen = house.sandbox.conversation(talk.conversation)
    bots = [message for message in seen["messages"] if message["from"] != "customer"]
    posts = watch.posts(talk.conversation)
    said = [message["text"] for message in bots]
    asked = [message["text"] for message in seen["messages"] if message["from"] == "customer"]
    found = []
    if said != talk.wanted():
        found.append(f"said {said}, wanted {talk.wanted()}")
    if asked != [f"echo {token}" for token in talk.tokens]:
        found.append(f"asked {asked}")
    if [post["object_id"] for post in posts] != [message["id"] for message in bots]:
        found.append("the ledger has other messages than the conversation")
    if len({str(post["metadata"]) for post in posts}) != len(posts):
        found.append("two messages carry the same effect id")
    if {message["name"] for message in bots} != {talk.store.author}:
        found.append(f"spoken by {sorted({message['name'] for message in bots})}")
    if seen["brand_name"] != talk.store.brand or seen["widget_integration_id"] != talk.store.widget:
        found.append(f"at {seen['brand_name']}")
    return f"{talk.customer} ({talk.conversation}): {'; '.join(found)}" if found else None


def judge(house, watch, talks, took, checks):
    wrong = [text for text in (differences(house, watch, talk) for talk in talks) if text]
    checks.that("every reply came once, in order, at the right brand, by its name (rows 4, 49, 50, 65, 67, 109, 110)",
                not wrong, f"{len(wrong)} of {len(talks)} conversations differ\n    " + "\n    ".join(wrong[:5]))
    wanted = sum(len(talk.wanted()) for talk in talks)
    checks.equal("nothing was posted anywhere else", watch.total_posts(), wanted)
    checks.that(f"the run took less than {RUN_SECONDS_MAX} s", took < RUN_SECONDS_MAX, f"{took:.1f} s")


def measure(house, checks):
    for name in PROGRAMS:
        program = house.programs[name]
        first, again = program.start_seconds[0], program.start_seconds[1:]
        print(f"{name:10} ready in {first:.2f} s with an empty log, again in {max(again):.2f} s at most; "
              f"{program.rss_mb():.1f} MB, {program.peak_rss_mb():.1f} MB at most")
        # The middle one: the machine may be busy with something else just then.
        middle = statistics.median(program.start_seconds)
        checks.that(f"{name} is ready within {START_SECONDS_MAX} s", middle < START_SECONDS_MAX, program.start_seconds)
        checks.that(f"{name} needs less than {RSS_MB_MAX} MB", program.rss_mb() < RSS_MB_MAX, program.rss_mb())


def look_for(words, house, checks):
    """Nothing that a customer wrote, and no secret, stands in a log."""
    for name in PROGRAMS:
        log = pathlib.Path(house.programs[name].log).read_text(encoding="utf-8", errors="replace")
        checks.equal(f"the log of {name} holds no word of a customer and no secret",
                     [word[:8] + "…" for word in words if word in log], [])


def play(arguments, folder, checks):
    draw = random.Random(arguments.seed)
    canary = f"canary{draw.randrange(10**9)}"
    with KafkaNode(os.environ["TIELINE_KAFKA"], folder / "kafka") as kafka, \
            House(os.environ["TIELINE_BIN"], folder / "house", kafka.brokers, arguments.seed) as house:
        house.install()
        house.start()
        talks = [Talk(i, house.stores[i % len(house.stores)], draw, arguments.messages, canary)
                 for i in range(arguments.conversations)]
        with LedgerWatch(house.sandbox) as watch:
            took = play_all(house, watch, talks, arguments.parallel, draw, checks)
            time.sleep(1)
            judge(house, watch, talks, took, checks)
        print(f"{watch.total_posts()} posts in {took:.1f} s")
        measure(house, checks)
        house.replays(checks)
        house.captures(checks, [canary])
        one = talks[0].conversation
        house.finds(checks, f"{ACCOUNT}/messaging/{one}", message=house.sandbox.conversation(one)["messages"][0]["id"])
        house.shadows(checks)
        house.tries(checks, f"{ACCOUNT}/messaging/{one}")
        house.stop()
        look_for([canary, house.webhook_secret, house.sandbox.ready["key_secret"]]
                 + [store.token for store in house.stores] + [store.bot_secret for store in house.stores], house, checks)
        if checks.failed:
            print(house.said())


if __name__ == "__main__":
    sys.exit(run(play, __doc__, seed=None, conversations=200, messages=10, parallel=40))
