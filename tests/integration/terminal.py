#!/usr/bin/env python3
"""What a person at a terminal sees of `tieline`, and a pipe does not: colours, tables as wide as the screen, a sign of life while
something takes long.

    TIELINE_BIN=build/asan/bin tests/integration/terminal.py"""

import fcntl
import json
import os
import pathlib
import pty
import re
import signal
import struct
import subprocess
import sys
import tempfile
import termios

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
sys.dont_write_bytecode = True

from checks import Checks  # noqa: E402
from programs import Program  # noqa: E402
from sandbox_program import SandboxProgram  # noqa: E402

BIN = pathlib.Path(os.environ.get("TIELINE_BIN", ROOT / "build/asan/bin"))
ESCAPE = "\x1b"


def bare(text):
    return re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text)


class Terminal:
    """Runs `tieline` with each of stdout and stderr on a screen of its own, so that they can be told apart."""

    def __init__(self, folder, columns):
        self.folder, self.columns = folder, columns

    def __call__(self, *words, piped=False, **environment):
        """Exit status, stdout, stderr."""
        inherited = {name: value for name, value in os.environ.items()
                     if not name.startswith("TIELINE_") and name not in ("COLUMNS", "NO_COLOR")}
        inherited |= {"TERM": "xterm"} | environment
        command = [BIN.resolve() / "tieline", *map(str, words)]
        if piped:
            done = subprocess.run(command, env=inherited, cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  timeout=60, check=False)
            return done.returncode, done.stdout, done.stderr
        ends = [pty.openpty() for _ in range(2)]
        for _, screen in ends:
            fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", 24, self.columns, 0, 0))
        process = subprocess.Popen(command, env=inherited, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=ends[0][1],
                                   stderr=ends[1][1])
        status = process.wait(60)  # what it says is far less than a terminal holds
        said = []
        for ours, screen in ends:
            os.set_blocking(ours, False)
            try:
                said.append(os.read(ours, 1 << 16).decode().replace("\r\n", "\n"))
            except BlockingIOError:
                said.append("")
            os.close(screen)
            os.close(ours)
        return status, *said


def check_tables(check, terminal, brokers):
    where = ("--brokers", brokers, "--prefix", "a-prefix-that-is-rather-long-for-a-narrow-screen.")
    got, whole, err = terminal("topics", *where, piped=True)
    lines = whole.splitlines()
    check.that("piped: whole, without colours", got == 78 and max(map(len, lines)) > terminal.columns and "…" not in whole
               and ESCAPE not in whole, (got, whole, err))
    _, shown, _ = terminal("topics", *where)
    table = [bare(line) for line in shown.split("\n\n")[0].splitlines()]
    check.that("a terminal: no row is wider than it", max(map(len, table)) <= terminal.columns and "…" in shown, table)
    check.that("and with colours", f"{ESCAPE}[31m" in shown, shown)
    _, shown, _ = terminal("topics", *where, NO_COLOR="1")
    check.that("NO_COLOR: without", ESCAPE not in shown and "…" in shown, shown)
    _, shown, _ = terminal("topics", *where, COLUMNS="300")
    check.that("COLUMNS wins", "…" not in shown and bare(shown) == whole, shown)


def config(ready):
    return {"accounts": {"acme": {"subdomain": "acme", "support": {
        "url": ready["support_url"], "bot_user_id": str(ready["bot_user_id"]),
        "oauth": {"client_id": ready["oauth"]["client_id"], "client_secret": {"env": "T_OAUTH"}}}}},
        "stores": {"shoes": {"account": "acme", "brand": str(ready["brands"][0]["id"]), "tokens": [{"env": "T_OAUTH"}],
                             "bot": {"url": "http://127.0.0.1:9/turn", "allow_private_address": True}}}}


def check_progress(check, terminal, sandbox):
    secret = {"T_OAUTH": sandbox.ready["oauth"]["client_secret"]}
    (terminal.folder / "shop.json").write_text(json.dumps(config(sandbox.ready)), encoding="utf-8")
    got, shown, err = terminal("doctor", "acme", "shop.json", **secret)
    check.that("what is quick says nothing meanwhile", "…" not in err, err)
    check.that("an error is red", f"{ESCAPE}[31merror{ESCAPE}[0m" in shown, (got, shown, err))
    _, shown, _ = terminal("doctor", "acme", "shop.json", **secret, NO_COLOR="1")
    check.that("NO_COLOR: it is not", "error bot-unreachable" in shown and ESCAPE not in shown, shown)
    slow = {"match": {"method": "GET", "path": "/api/v2/brands"}, "times": -1, "delay_ms": 2500}
    for piped in (False, True):
        sandbox.sandbox.fault("delay_ms", **slow)
        got, shown, err = terminal("doctor", "acme", "shop.json", piped=piped, **secret)
        sandbox.sandbox.no_faults()
        if piped:
            check.that("piped: no sign of life", err == "", err)
        else:
            check.that("a call that takes long is named on stderr", "list the brands …" in err and "…" not in shown, (shown, err))
            check.that("no wider than the screen", all(len(bare(part)) < terminal.columns for part in err.split("\r")), err)
            check.that("and wiped in the end", err.endswith(f"\r{ESCAPE}[K"), repr(err))


def main():
    check = Checks()
    with tempfile.TemporaryDirectory(prefix="tieline-terminal-") as folder:
        terminal = Terminal(pathlib.Path(folder), 60)
        broker = Program("broker", [BIN / "tieline", "broker", "--partitions", "4"], terminal.folder / "broker.log")
        try:
            check_tables(check, terminal, broker.start()["brokers"])
            with SandboxProgram() as sandbox:
                check_progress(check, terminal, sandbox)
        finally:
            broker.end(signal.SIGKILL)
    print(check)
    return check.status()


if __name__ == "__main__":
    sys.exit(main())
