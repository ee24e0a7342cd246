#!/usr/bin/env python3
"""`tieline erase` against `tieline dev` (row 35): finds a person's conversations, leaves alone what a human has, takes the rest
away, and says what stays. Who writes again begins anew.

    TIELINE_BIN=build/asan/bin tests/integration/erase.py [--keep DIR]"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
sys.dont_write_bytecode = True

from programs import Program  # noqa: E402
from script import local  # noqa: E402
from zendesk import Sandbox  # noqa: E402

BIN = pathlib.Path(os.environ.get("TIELINE_BIN", ROOT / "build/asan/bin"))
START_SECONDS, WAIT_SECONDS = 90, 60
LOG_TOPICS = ["commands", "dead", "events", "snapshots"]


class House:
    def __init__(self, directory):
        self.folder = directory / "dev"
        self.environment = {name: value for name, value in os.environ.items() if name != "TIELINE_KAFKA"}
        self.program = Program("dev", [BIN / "tieline", "dev", "--dir", self.folder, "--json", "--partitions", "4"],
                               directory / "dev.log")

    def start(self):
        self.program.start(START_SECONDS)
        self.facts = json.loads((self.folder / "dev.json").read_text(encoding="utf-8"))
        self.sandbox = Sandbox(self.facts["sandbox"])
        self.brand = next(brand["name"] for brand in self.sandbox.brands if "Shoes" in brand["name"])

    def tool(self, *words):
        """Exit status, stdout and stderr."""
        done = subprocess.run([BIN / "tieline", *words, "--brokers", self.facts["brokers"]], env=self.environment, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120, check=False)
        return done.returncode, done.stdout, done.stderr

    def erase(self, person, *words):
        """Exit status, what became of each conversation, and the topics that are told of."""
        got, out, err = self.tool("erase", person, "--json", "--yes", *words)
        lines = [json.loads(line) for line in out.splitlines()]
        fates = {line["conversation"]: line["result"] for line in lines if "conversation" in line}
        return got, fates, sorted(line["topic"].removeprefix("tieline.") for line in lines if "topic" in line), err

    def state(self, key):
        """As `show` tells it; None = there is none."""
        got, out, _ = self.tool("show", key, "--json")
        return json.loads(out.splitlines()[0])["state"] if got == 0 else None

    def rests(self, key, phase):
        """Waits until nothing of it is under way; the user's id."""
        end = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < end:
            state = self.state(key)
            if state and state["phase"] == phase and state["turn"]["state"] == "none" and not state["outstanding"]:
                return state["customer"]["user_id"]
            time.sleep(0.3)
        return None


def run(check, directory):
    house = House(directory)
    try:
        house.start()
        talk = house.sandbox.write("ada", house.brand, "echo hello")["conversation"]
        key = f"acme/messaging/{talk}"
        ada = house.rests(key, "bot")
        check.that("a conversation with the bot", ada is not None, house.program.said())
        got, fates, topics, err = house.erase(ada, "--dry-run")
        check.equal("a dry run names it", (got, fates), (0, {key: "would_be_erased"})) or print(err)
        check.equal("and what stays", topics, LOG_TOPICS)
        check.that("and leaves it", house.state(key) is not None)
        got, out, err = house.tool("erase", ada)
        check.that("nobody to ask", got == 64 and "--yes" in err and key in out, out + err)
        got, fates, _, err = house.erase("nobody@example.com")
        check.equal("another has none", (got, fates), (0, {})) or print(err)
        got, fates, topics, err = house.erase(ada)
        check.equal("row 35: erased", (got, fates, topics), (0, {key: "erased"}, LOG_TOPICS)) or print(err)
        check.that("row 35: no state is held", house.state(key) is None)
        check.equal("once more finds nothing", house.erase(ada)[:2], (0, {}))

        house.sandbox.write("ada", house.brand, "human", talk)
        check.that("who writes again begins anew", house.rests(key, "human") is not None, house.program.said())
        check.equal("what a human has is left alone", house.erase(ada)[:2], (75, {key: "held"}))
        check.that("it is there still", house.state(key) is not None)
        check.equal("but not when forced", house.erase(ada, "--force")[:2], (0, {key: "erased"}))
        check.that("gone", house.state(key) is None)
        check.equal("all ends well", house.program.end(signal.SIGINT, 60), 0)
    finally:
        house.program.end(signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(local(run, __doc__))
