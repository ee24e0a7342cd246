#!/usr/bin/env python3
"""tieline-ingest killed at each system call that it makes between accepting a connection and having answered, in every thread: what
was answered 200 is in the log, and what was not is taken when it comes again.

An undisturbed life shows the calls; then one life for each call and each of its turns, with strace to kill it there (before the
call is made). The broker lives in another process.

    TIELINE_BIN=build/asan/bin tests/integration/killed.py [--all] [--seed N] [--keep DIR]

Without --all a life at the first turn of every call, and some of the later turns by lot. 77 where strace may not be used."""

import argparse
import collections
import http.client
import os
import pathlib
import queue
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]

from door import Deliveries, KINDS, Promises  # noqa: E402
from ingest import HOOK, TOKEN, Checks, World, address, log_rows  # noqa: E402

LIVES_MAX = 150
VISITS_MAX = 20
WORKERS = 2
# What every request needs; memory and locks are asked for now and then.
WAY = {"accept4", "epoll_ctl", "epoll_wait", "recvfrom", "write", "read", "poll", "sendmsg", "recvmsg", "sendto", "close"}
# What belongs to who watches, not to who is watched.
NOT_CALLS = {"restart_syscall", "exit", "exit_group"}


class Unwatchable(Exception):
    """This user, or this machine, lets nobody look into a process."""


class Strace:
    """strace on all threads of a running program; its counts begin now."""

    def __init__(self, pid, *flags):
        self._process = subprocess.Popen(["strace", "-f", *flags, "-p", str(pid)], stdin=subprocess.DEVNULL,
                                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        line = self._process.stderr.readline()
        if " attached" not in line:
            self._process.kill()
            raise Unwatchable(line.strip())
        threading.Thread(target=self._process.stderr.read, daemon=True).start()

    def end(self):
        if self._process.poll() is None:
            self._process.terminate()
        self._process.wait()


class Caller:
    """Who comes with deliveries, one after the other, and comes again with what got no answer."""

    def __init__(self, deliveries, promises):
        self.deliveries, self.promises = deliveries, promises
        self.unanswered = []
        self.statuses = collections.Counter()

    def send(self, connection, delivery, pieces=False):
        """False when there was no answer."""
        try:
            body = iter([delivery.body[:7], delivery.body[7:]]) if pieces else delivery.body
            connection.request("POST", delivery.path, body=body, headers=delivery.fields)
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            self.unanswered.append(delivery)
            connection.close()
            return False
        self.statuses[answer.status] += 1
        self.promises.keep(delivery, answer.status)
        if answer.status != 200:
            self.unanswered.append(delivery)
        return True

    def visit(self, where):
        """All kinds: two on each connection, the first of them in pieces."""
        for first in range(0, len(KINDS), 2):
            connection = http.client.HTTPConnection(*where, timeout=10)
            for turn, kind in enumerate(KINDS[first:first + 2]):
                if not self.send(connection, self.deliveries.make(kind), pieces=turn == 0 and first > 0):
                    return False
            connection.close()
        return True

    def come_again(self, where, seconds=20):
        """Until all that got no answer, and one more, has been taken."""
        until = time.monotonic() + seconds
        waiting, self.unanswered = self.unanswered + [self.deliveries.make("event")], []
        while waiting and time.monotonic() < until:
            connection = http.client.HTTPConnection(*where, timeout=10)
            for delivery in waiting:
                self.send(connection, delivery)
            connection.close()
            waiting, self.unanswered = self.unanswered, []
            if waiting:
                time.sleep(0.01)
        return not waiting


class Worker(threading.Thread):
    """Lives and kills one ingest after the other, as the plan says."""

    def __init__(self, number, world, plan, promises):
        super().__init__()
        self.program = world.ingest(f"ingest-{number}", world.brokers)
        self.caller = Caller(Deliveries(f"killed{number}", "maple", HOOK, "bikes", TOKEN), promises)
        self.plan, self.hits, self.wrong = plan, collections.Counter(), []

    def live(self):
        where = address(self.program.start()["listen"])
        if not self.caller.come_again(where):
            self.wrong.append("what got no answer is not taken when it comes again")
        return where

    def watch(self, folder):
        """An undisturbed life: how often each call is made, by the thread that makes it most often."""
        where = self.live()
        strace = Strace(self.program.pid, "-o", folder / "calls.txt")
        self.caller.visit(where)
        strace.end()
        self.program.end(signal.SIGKILL)
        calls = collections.Counter()
        for line in (folder / "calls.txt").read_text(errors="replace").splitlines():
            made = re.match(r"(\d+) +([a-z0-9_]+)\(", line)
            if made and made[2] not in NOT_CALLS:
                calls[made.groups()] += 1
        most = {}
        for (_, call), count in calls.items():
            most[call] = max(most.get(call, 0), count)
        return most

    def kill_at(self, call, turn):
        where = self.live()
        strace = Strace(self.program.pid, "-o", os.devnull, "-e", f"trace={call}", "-e",
                        f"inject={call}:signal=KILL:when={turn}")
        for _ in range(VISITS_MAX):
            if not self.caller.visit(where):
                break
        try:
            status = self.program.wait(5) if self.caller.unanswered else self.program.end(signal.SIGTERM)
        finally:
            strace.end()
        if status == -signal.SIGKILL:
            self.hits[call] += 1
        elif status != 0:
            self.wrong.append(f"at {call}, turn {turn}, it ended with {status}")

    def run(self):
        while True:
            try:
                call, turn = self.plan.get_nowait()
            except queue.Empty:
                return
            try:
                self.kill_at(call, turn)
            except Exception as error:  # pylint: disable=broad-except
                self.wrong.append(f"at {call}, turn {turn}: {error!r}")
                self.program.end(signal.SIGKILL)

    def settle(self):
        """What got no answer is brought once more, to one that is left alone."""
        self.live()
        return self.program.end()


def choose(calls, is_all, draw):
    """(call, turn) for each life."""
    every = [(call, turn) for call, count in sorted(calls.items()) for turn in range(1, count + 1)]
    if is_all or len(every) <= LIVES_MAX:
        return every
    firsts = [life for life in every if life[1] == 1]
    # Of each call in the same part, so that one that is made often hides no other.
    stride = (len(every) - len(firsts)) / max(1, LIVES_MAX - len(firsts))
    rest = [life for life in every if life[1] > 1]
    offset = draw.random() * stride
    return firsts + [rest[int(offset + i * stride)] for i in range(int((len(rest) - offset) / stride))]


def run(world, check, arguments):
    world.tool("keygen", "keys")
    _, world.brokers = world.broker()
    world.configure()
    promises, plan = Promises(), queue.Queue()
    workers = [Worker(number, world, plan, promises) for number in range(WORKERS)]
    calls = workers[0].watch(world.directory)
    check.that("the way of a request is seen", WAY <= set(calls), calls)
    lives = choose(calls, arguments.all, random.Random(arguments.seed))
    for life in lives:
        plan.put(life)
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    hits = sum((worker.hits for worker in workers), collections.Counter())
    statuses = sum((worker.caller.statuses for worker in workers), collections.Counter())
    print(f"{len(lives)} of {sum(calls.values())} places, killed at:",
          ", ".join(f"{call} {hits[call]}" for call in sorted(calls)))
    check.equal("every call of the way was died at", [call for call in sorted(WAY) if not hits[call]], [])
    check.that("nearly every life ended where it should", sum(hits.values()) >= 0.9 * len(lives), f"{hits.total()} of {len(lives)}")
    check.equal("nothing else went wrong", [wrong for worker in workers for wrong in worker.wrong], [])
    for worker in workers:
        check.equal("and then it lives and ends well", (worker.settle(), worker.wrong, worker.caller.unanswered), (0, [], []))
    check.that("right requests were never refused", set(statuses) <= {200, 503}, statuses)
    check.that("there was something to lose", promises.count() > 5 * len(lives), promises.count())
    broken = promises.broken(log_rows(world.brokers, "events"), log_rows(world.brokers, "dead"))
    check.equal("nothing that was answered 200 is missing in the log", broken, [])
    print(f"{promises.count()} promises, {len(broken)} broken; answers {dict(statuses)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--all", action="store_true", help="every turn of every call")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--keep", metavar="DIR", help="keep logs there")
    arguments = parser.parse_args()
    if shutil.which("strace") is None:
        print("strace is not installed: deploy/install-deps --group test")
        return 77
    print(f"again: tests/integration/killed.py --seed {arguments.seed}{' --all' if arguments.all else ''}")
    directory = pathlib.Path(tempfile.mkdtemp(prefix="tieline-killed-"))
    check = Checks()
    world = World(directory)
    try:
        run(world, check, arguments)
    except Unwatchable as error:
        print(f"NOT TESTED: kill -9 at each system call; strace may not look into processes here: {error}")
        return 77
    finally:
        world.close()
        if arguments.keep:
            shutil.copytree(directory, arguments.keep, dirs_exist_ok=True)
        shutil.rmtree(directory)
    print(check)
    return check.status()


if __name__ == "__main__":
    sys.exit(main())
