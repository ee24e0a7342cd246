#!/usr/bin/env python3
"""The shell lines of docs/MIGRATING.md, run one after the other as they stand there, against the sandbox: silent beside another, then
first, then back (rows 9, 10 and 56).

    TIELINE_BIN=build/asan/bin tests/integration/migrating_guide.py

Only the address of ingest is changed, and the old bot's name."""

import json
import pathlib
import shutil
import signal
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]

from checks import Checks  # noqa: E402
from examples import BIN, QUIET_SECONDS, Stage  # noqa: E402
from programs import Program  # noqa: E402
from setup_guide import Shell, blocks, changed  # noqa: E402

# What the file says of `default_responder` when each block is run, and whether new customers then hear the bot.
BLOCKS = [("beside", False, False), ("messaging", True, True), ("tickets", True, True), ("back", False, False), ("all", False, False)]


def play(check, stage, shell, desk):
    def first():
        board = stage.sandbox.api("GET", "/switchboards")["switchboards"][0]
        lines = stage.sandbox.api("GET", f"/switchboards/{board['id']}/switchboardIntegrations")["switchboardIntegrations"]
        return [line["name"] for line in lines if line["id"] == board.get("defaultSwitchboardIntegrationId")]

    def triggers():
        return [line["title"] for line in stage.desk.good("GET", "/triggers")["triggers"] if line["title"].startswith("Tieline")]

    before, opened = first(), None
    page = blocks("MIGRATING.md")
    check.equal("the guide has its blocks", len(page), len(BLOCKS))
    for lines, (what, is_first, answers) in zip(page, BLOCKS):
        config = stage.config()
        config["stores"]["shoes"]["default_responder"] = is_first
        (desk / "acme.json").write_text(json.dumps(config), encoding="utf-8")
        got, said = shell(changed(lines, ("https://tieline.example.com", stage.ingest_url), ("old-bot", "zd-answerBot")))
        check.that(f"{what}: each line ends well", got == 0, said)
        check.equal(f"{what}: who is first", first(), ["tieline"] if is_first else before)
        new = stage.sandbox.write(f"new-{what}", stage.stores[0].brand, "echo hello")["conversation"]
        if answers:
            check.that(f"{what}: new customers hear the bot", stage.answered(new, "shoes: hello"), stage.programs["egress"].said())
            opened = opened or new
        else:
            time.sleep(QUIET_SECONDS)
            check.equal(f"{what}: new customers do not hear it", stage.said(new), [])
        if what == "tickets":
            check.equal("tickets: there are triggers now", len(triggers()), 3)
            ticket = stage.desk.mail("bob", stage.stores[0].brand, "An order", "echo where is it")["ticket"]
            check.that("tickets: answered", stage.on_ticket(ticket, "where is it"), stage.programs["egress"].said())
        if what == "back":
            stage.sandbox.write("new-messaging", stage.stores[0].brand, "echo still here", opened)
            check.that("back: what the bot has it finishes", stage.answered(opened, "still here"), stage.programs["egress"].said())
    check.equal("all: no trigger of ours is left", triggers(), [])


def run(check, directory):
    broker = Program("broker", [BIN / "tieline", "broker", "--partitions", "4"], directory / "broker.log")
    stage = Stage(directory / "stage", broker.start()["brokers"], "teammate")
    desk = directory / "desk"
    desk.mkdir()
    (desk / "keys").symlink_to(stage.folder / "keys")
    shell = Shell(desk)
    try:
        stage.install()
        stage.start()
        shell([f"export {name}={value}" for name, value in (stage.secrets() | {"TIELINE_BROKERS": stage.brokers}).items()])
        play(check, stage, shell, desk)
    finally:
        shell.stop()
        stage.stop()
        broker.end(signal.SIGKILL)


def main():
    directory = pathlib.Path(tempfile.mkdtemp(prefix="tieline-migrating-"))
    check = Checks()
    try:
        run(check, directory)
    finally:
        shutil.rmtree(directory)
    print(check)
    return check.status()


if __name__ == "__main__":
    sys.exit(main())
