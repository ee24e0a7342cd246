#!/usr/bin/env python3
"""tieline-egress from outside: what it refuses to start with, how it ends, and what it does while the brokers are away.

Runs on the embedded broker. What a single call comes to is in tests/unit/egress, how libcurl is held in
tests/integration/egress.

    TIELINE_BIN=build/asan/bin tests/integration/egress.py [--keep DIR]"""

import argparse
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))

from checks import Checks  # noqa: E402
from programs import Program, free_port  # noqa: E402

BIN = pathlib.Path(os.environ.get("TIELINE_BIN", ROOT / "build/asan/bin"))
SECRET, BOT_SECRET = "key-secret-canary-1", "whsec_Y2FuYXJ5LWNhbmFyeS1jYW5hcnktY2FuYXJ5LTE="
CONFIG = {
    "accounts": {"maple": {"subdomain": "maple", "conversations": {
        "app_id": "app", "key_id": "app_key", "key_secret": {"env": "T_KEY"}, "integration_id": "i1",
        "webhook_secrets": [{"env": "T_HOOK"}]}}},
    "stores": {"bikes": {"account": "maple", "widget": "w1", "tokens": [{"env": "T_TOKEN"}],
                         "bot": {"url": "http://127.0.0.1:9/turn", "allow_private_address": True,
                                 "secret": {"env": "T_BOT"}}}}}
SECRETS = {"T_KEY": SECRET, "T_HOOK": "hook-secret-1", "T_TOKEN": "token-bikes-1", "T_BOT": BOT_SECRET}


class World:
    def __init__(self, directory):
        self.directory = directory
        self.environment = dict(os.environ, **SECRETS)
        self.programs = []

    def program(self, name, *command):
        program = Program(name, [BIN / command[0], *command[1:]], self.directory / f"{name}.log")
        self.programs.append(program)
        return program

    def egress(self, name, brokers, *flags):
        return self.program(name, "tieline-egress", "--brokers", brokers, "--admin", "127.0.0.1:0", *flags)

    def tool(self, *words):
        done = subprocess.run([BIN / "tieline", *words], env=self.environment, capture_output=True, text=True, timeout=60,
                              check=False, cwd=self.directory)
        if done.returncode != 0:
            raise RuntimeError(f"tieline {' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}")

    def close(self):
        for program in reversed(self.programs):
            if program.is_running():
                program.end(signal.SIGKILL)


def get(ready, path):
    try:
        with urllib.request.urlopen(f"http://{ready['admin']}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def becomes(what, seconds=20):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if what():
            return True
        time.sleep(0.05)
    return False


def refused(*flags, seconds=30):
    """Exit status and stderr of a start that comes to nothing."""
    done = subprocess.run([BIN / "tieline-egress", "--admin", "127.0.0.1:0", *flags], capture_output=True, text=True,
                          timeout=seconds, check=False)
    return done.returncode, done.stderr + done.stdout


def check_flags(check, world):
    rows = [
        ("a settle time that a stalled copy's call could outlast", ["--settle", "20s"], 64, "--settle"),
        ("that fits only together", ["--settle", "8s", "--session-timeout", "6s", "--call-timeout", "3s"], 64,
         "--call-timeout"),
        ("given up before it can be settled", ["--give-up", "30s"], 64, "--give-up"),
        ("no time for a call", ["--call-timeout", "0s"], 64, "--call-timeout"),
        ("no session", ["--session-timeout", "1ms"], 64, "--session-timeout"),
        ("no such flag", ["--setle", "60s"], 64, "setle"),
        ("a property that would break a promise", ["-X", "enable.auto.commit=true"], 64, "enable.auto.commit"),
        ("no such key file", ["--key-file", str(world.directory / "none")], 74, "none"),
    ]
    for why, flags, status, named in rows:
        got, said = refused(*flags)
        check.equal(why, got, status)
        check.that(f"{why}: named", named in said, said)
    loose = world.directory / "loose.json"
    shutil.copy(world.directory / "keys/egress.key", loose)
    loose.chmod(0o644)
    got, said = refused("--key-file", str(loose))
    check.equal("a key that others may read", got, 77)
    check.that("its name and no key are said", "loose.json" in said and "private" not in said, said)
    got, said = refused("--version")
    check.that("--version", got == 0 and "librdkafka" in said, said)


def check_starts(check, world, brokers):
    got, said = refused("--brokers", brokers, "--prefix", "elsewhere.")
    check.equal("no topics", got, 78)
    check.that("each is named, with the remedy",
               "elsewhere.commands" in said and "elsewhere.config" in said and "tieline topics" in said, said)
    waiting = world.egress("waiting", f"127.0.0.1:{free_port()}")
    waiting.launch()
    time.sleep(0.5)
    check.that("waits for its brokers", waiting.is_running())
    check.equal("and can be stopped meanwhile", waiting.end(), 0)


def check_life(check, world, broker, brokers):
    program = world.egress("egress", brokers, "--key-file", str(world.directory / "keys/egress.key"))
    ready = program.start()
    check.that("ready line", ready["program"] == "egress" and "listen" not in ready, ready)
    check.that("ready soon", program.start_seconds[0] < 1 or "asan" in str(BIN), program.start_seconds)
    check.that("ready", becomes(lambda: get(ready, "/readyz")[0] == 200), get(ready, "/readyz"))
    names = ("tieline_lanes{", "tieline_consumer_lag{", "tieline_build_info{")
    check.that("metrics", becomes(lambda: all(name in get(ready, "/metrics")[1] for name in names)),
               get(ready, "/metrics")[1])
    check.that("little memory", program.rss_mb() < 30 or "asan" in str(BIN), program.rss_mb())
    check.equal("drains", program.end(), 0)
    ready = program.start()
    check.that("starts again where it stopped", becomes(lambda: get(ready, "/readyz")[0] == 200), program.said())
    program.end(signal.SIGKILL)
    ready = program.start()
    check.that("and after a kill", becomes(lambda: get(ready, "/readyz")[0] == 200), program.said())
    broker.end(signal.SIGKILL)
    check.that("brokers away: not ready", becomes(lambda: get(ready, "/readyz")[0] == 503, 40), get(ready, "/readyz"))
    check.that("and says why", "broker" in get(ready, "/readyz")[1], get(ready, "/readyz"))
    check.that("but alive", program.is_running() and get(ready, "/livez")[0] == 200)
    check.equal("and ends when told to", program.end(), 0)


def run(world, check):
    world.tool("keygen", "keys")
    check_flags(check, world)
    broker = world.program("broker", "tieline", "broker", "--partitions", "4")
    brokers = broker.start()["brokers"]
    check_starts(check, world, brokers)
    (world.directory / "tieline.json").write_text(json.dumps(CONFIG))
    world.tool("apply", "tieline.json", "--yes", "--brokers", brokers, "--keys", "keys/public.json")
    check_life(check, world, broker, brokers)
    for secret in (SECRET, BOT_SECRET):
        for log in world.directory.glob("*.log"):
            check.that(f"no secret in {log.name}", secret.encode() not in log.read_bytes())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep", metavar="DIR", help="keep logs there")
    keep = parser.parse_args().keep
    directory = pathlib.Path(tempfile.mkdtemp(prefix="tieline-egress-"))
    check = Checks()
    world = World(directory)
    try:
        run(world, check)
    finally:
        world.close()
        if keep:
            shutil.copytree(directory, keep, dirs_exist_ok=True)
        shutil.rmtree(directory)
    print(check)
    return check.status()


if __name__ == "__main__":
    sys.exit(main())
