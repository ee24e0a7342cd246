#!/usr/bin/env python3
"""The shell lines of docs/ZENDESK-SETUP.md, run one after the other as they stand there, against the sandbox, until a customer has
the first answer.

    TIELINE_BIN=build/asan/bin tests/integration/setup_guide.py [--keep DIR]

Only the broker's and ingest's addresses are changed, and in the copied configuration the ids."""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]

from examples import BIN, ROOT, Stage  # noqa: E402
from programs import Program  # noqa: E402
from script import local  # noqa: E402

SECONDS = 90
DONE = "@@done"


class Shell:
    """One bash that keeps its directory, variables and background programs, as a person's does."""

    def __init__(self, directory):
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("TIELINE_")}
        environment = dict(inherited, PATH=f"{BIN}:{os.environ['PATH']}", TIELINE_ADMIN="127.0.0.1:0")
        self._bash = subprocess.Popen(["bash"], cwd=directory, env=environment, text=True, stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)

    def __call__(self, lines, typed=()):
        """Exit status of the last line that failed, else 0, and what was said. `typed` answers each `read`."""
        typed, status = list(typed), 0
        for line in lines:
            self._bash.stdin.write(line + "\n" + (typed.pop(0) + "\n" if line.startswith("read ") else ""))
            self._bash.stdin.write("tieline_status=$?; [ $tieline_status = 0 ] || tieline_failed=$tieline_status\n")
        self._bash.stdin.write(f'echo "{DONE} ${{tieline_failed:-0}}"; unset tieline_failed\n')
        self._bash.stdin.flush()
        said = ""
        timer = threading.Timer(SECONDS, self.stop)
        timer.start()
        for line in self._bash.stdout:
            if line.startswith(DONE):
                status = int(line.split()[1])
                break
            said += line
        timer.cancel()
        return status, said

    def stop(self):
        """Ends it with all that it started."""
        try:
            os.killpg(self._bash.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._bash.wait()


def blocks(name):
    """The shell blocks of a page of docs/, each a list of its lines."""
    page = (ROOT / "docs" / name).read_text(encoding="utf-8")
    return [block.splitlines() for block in re.findall(r"^```sh\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)]


def changed(lines, *changes):
    """The lines with what names this machine in place of what names another."""
    for old, new in changes:
        lines = [line.replace(old, new) for line in lines]
    return lines


def run(check, directory):
    broker = Program("broker", [BIN / "tieline", "broker", "--partitions", "4"], directory / "broker.log")
    stage = Stage(directory / "stage", broker.start()["brokers"], "brands")
    desk = directory / "desk"
    desk.mkdir()
    (desk / "docs").symlink_to(ROOT / "docs")
    shell = Shell(desk)
    try:
        stage.install()
        ready, seen = stage.sandbox.ready, 0
        for lines in blocks("ZENDESK-SETUP.md"):
            lines = changed(lines, ("127.0.0.1:9092", stage.brokers), ("https://tieline.example.com", stage.ingest_url),
                            ("127.0.0.1:8080", f"127.0.0.1:{stage.ingest_port}"))
            got, said = shell(lines, (ready["key_secret"], ready["oauth"]["client_secret"]))
            check.that(f"`{lines[0][:70]}` and what follows", got == 0, said)
            if lines[0].startswith("cp "):
                (desk / "acme.json").write_text(json.dumps(stage.config()), encoding="utf-8")
            if any("SHOES_BOT_SECRET=" in line for line in lines):
                # The demo bot stands for the reader's own: it has secrets already.
                shell([f"export {name}={value}" for name, value in stage.secrets().items()])
            if lines[0].startswith("tieline widgets"):
                check.that("the widgets are listed", all(brand["widget_integration_id"] in said for brand in ready["brands"]), said)
            if lines[0].startswith("tieline connect"):
                check.that("connected", "acme is connected." in said, said)
                conversation = stage.sandbox.write("ann", stage.stores[0].brand, "echo hello")["conversation"]
                check.that("the first answer", stage.answered(conversation, "shoes: hello"), shell(["tail -n 5 *.log"])[1])
            if lines[0].startswith("tieline tail"):
                check.that("tail shows it", "bot_turn" in said or "shoes: hello" in said or "ask" in said, said)
            seen += 1
        check.that("the guide has its blocks", seen >= 8, seen)
    finally:
        shell.stop()
        stage.stop()
        broker.end(signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(local(run, __doc__))
