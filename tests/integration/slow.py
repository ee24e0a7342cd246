#!/usr/bin/env python3
"""tieline-ingest while slowhttptest does its four attacks on it, each with a thousand connections: a good client beside them
gets every answer, and gets them as fast as before; the attackers are let go of in time.

    TIELINE_BIN=build/asan/bin tests/integration/slow.py

77, and the reason, where slowhttptest is not installed."""

import http.client
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from ingest import EVENTS, GOOD, TOKEN, Checks, World, address, metric  # noqa: E402

ATTACK_S = 8
CONNECTIONS = 1000
# what, flags; each byte or so keeps a time-out of silence from firing
ATTACKS = [
    ("slow headers", "-H -i 1 -x 8 -t POST"),
    ("a slow body", "-B -i 1 -x 8 -s 8192 -t POST"),
    ("many ranges", "-R -a 10 -b 3000 -t HEAD"),
    ("slow reading", "-X -n 1 -w 1 -y 16 -z 5 -k 5 -t GET"),
]


class GoodClient(threading.Thread):
    """Fifty requests a second, from an address of its own; every second one on a new connection."""

    def __init__(self, ready):
        super().__init__()
        self.ready = ready
        self.stopping = threading.Event()
        self.seconds = []
        self.statuses = set()

    def connect(self):
        return http.client.HTTPConnection(*address(self.ready["listen"]), timeout=10, source_address=("127.0.0.2", 0))

    def request(self, connection):
        connection.request("POST", EVENTS, body=GOOD, headers={"Authorization": f"Bearer {TOKEN}"})
        answer = connection.getresponse()
        answer.read()
        return answer.status

    def run(self):
        kept = self.connect()
        count = 0
        while not self.stopping.wait(0.02):
            connection = kept if count % 2 == 0 else self.connect()
            since = time.monotonic()
            try:
                self.statuses.add(self.request(connection))
            except OSError as error:
                self.statuses.add(repr(error))
                kept = self.connect()
            self.seconds.append(time.monotonic() - since)
            if connection is not kept:
                connection.close()
            count += 1
        kept.close()

    def end(self):
        self.stopping.set()
        self.join()

    def p99(self):
        return sorted(self.seconds)[len(self.seconds) * 99 // 100]


def beside(ready, act):
    client = GoodClient(ready)
    client.start()
    try:
        result = act()
    finally:
        client.end()
    return client, result


def attack(ready, flags):
    command = ["slowhttptest", "-c", str(CONNECTIONS), "-r", "500", "-l", str(ATTACK_S), "-p", "3", *flags.split(),
               "-u", f"http://{ready['listen']}{EVENTS}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=ATTACK_S * 4, check=False)
    plain = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", done.stdout)
    return re.findall(r"service available:\s+(\w+)", plain), plain


def run(world, check):
    world.tool("keygen", "keys")
    _, world.brokers = world.broker()
    world.configure()
    program = world.ingest("ingest", world.brokers, "--key-file", str(world.directory / "keys/ingest.key"))
    ready = program.start()
    before, _ = beside(ready, lambda: time.sleep(4))
    check.equal("before: all is well", before.statuses, {200})
    # A machine that is busy moves more than an attack does.
    bearable = max(4 * before.p99(), before.p99() + 0.1)
    for what, flags in ATTACKS:
        client, (available, said) = beside(ready, lambda flags=flags: attack(ready, flags))
        check.that(f"{what}: it was an attack", len(client.seconds) > 50 and len(available) > 0, said[-2000:])
        check.equal(f"{what}: the good client's answers", client.statuses, {200})
        check.that(f"{what}: as fast as before", client.p99() < bearable, f"{client.p99()} s, before {before.p99()} s")
        check.equal(f"{what}: as the attacker sees it", set(available), {"YES"})
        print(f"{what}: p99 {client.p99() * 1000:.1f} ms of {len(client.seconds)}, before {before.p99() * 1000:.1f} ms")
    late = metric(ready, 'tieline_ingest_requests_total{endpoint="none",code="408"}')
    check.that("slow heads were told so", sum(late.values()) >= CONNECTIONS / 2, late)
    check.that("it runs on", program.is_running())


def main():
    if shutil.which("slowhttptest") is None:
        print("slowhttptest is not installed: deploy/install-deps --group test")
        return 77
    directory = pathlib.Path(tempfile.mkdtemp(prefix="tieline-slow-"))
    check = Checks()
    world = World(directory)
    try:
        run(world, check)
    finally:
        world.close()
        shutil.rmtree(directory)
    print(check)
    return check.status()


if __name__ == "__main__":
    sys.exit(main())
