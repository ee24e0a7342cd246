#!/usr/bin/env python3
"""A short story on a whole Tieline, told as a timeline: two brands, a bot for each, and nothing said twice.

usage: deploy/smoke.py --bin DIR [--kafka]

Starts `tieline dev` in a folder of its own, plays customers through the sandbox's control port, and believes only what the
sandbox's ledger shows. Exits 0 when all of the story came true."""

import argparse
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/support"))
sys.dont_write_bytecode = True

from checks import Checks  # noqa: E402
from zendesk import LedgerWatch, Sandbox  # noqa: E402

START_SECONDS = 90
REPLY_SECONDS = 20
QUIET_SECONDS = 1.5
WORDS_MAX = 96


class Dev:
    """`tieline dev` in the background; what it says goes to a file."""

    def __init__(self, bin_dir, folder, with_kafka):
        self.folder = folder
        self._log = folder / "dev.log"
        command = [str(bin_dir / "tieline"), "dev", "--dir", str(folder)]
        if with_kafka:
            command += ["--kafka", "--deploy", str(ROOT / "deploy")]
        # In the tests' environment this names a script; to `tieline dev` it is its own flag.
        environment = {name: value for name, value in os.environ.items() if name != "TIELINE_KAFKA"}
        with open(self._log, "wb") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                             env=environment, start_new_session=True)

    def wait(self):
        """What dev.json says once all runs."""
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            try:
                return self.facts()
            except (OSError, ValueError):
                time.sleep(0.05)
            if self._process.poll() is not None:
                sys.exit(f"`tieline dev` ended with {self._process.returncode}:\n{self.said()}")
        sys.exit(f"`tieline dev` was not ready within {START_SECONDS} s:\n{self.said()}")

    def facts(self):
        return json.loads((self.folder / "dev.json").read_text(encoding="utf-8"))

    def stores(self):
        """Store by the widget it is mapped to, from the configuration that dev has made."""
        config = json.loads((self.folder / "config.json").read_text(encoding="utf-8"))
        return {store.get("widget"): dict(store, name=name) for name, store in config["stores"].items()}

    def pid(self, name):
        return next(program["pid"] for program in self.facts()["programs"] if program["program"] == name)

    def said(self):
        return self._log.read_text(encoding="utf-8", errors="replace")[-4000:]

    def end(self):
        """Ctrl-C, as a person would; its exit status."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        try:
            return self._process.wait(40)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            return self._process.wait()


class Telling:
    """The timeline: when, where, who, and the words."""

    def __init__(self):
        self._since = time.monotonic()
        self._colours = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def title(self, text):
        print(f"\n{self._in('1', text)}", flush=True)

    def line(self, where, who, words, colour="0"):
        words = " ".join(words.split())
        words = words if len(words) <= WORDS_MAX else words[:WORDS_MAX - 1] + "…"
        print(f"  {time.monotonic() - self._since:5.1f} s  {where:12}  {self._in(colour, f'{who:15}')}  {words}", flush=True)

    def verdict(self, holds, text, seen):
        if holds:
            print(f"           {self._in('32', '✓')} {text}", flush=True)
        else:
            print(f"           {self._in('31', '✗')} {text}\n             seen: {seen}", flush=True)

    def _in(self, colour, text):
        return f"\033[{colour}m{text}\033[0m" if self._colours else text


class Customer:
    """Somebody in a brand's widget, and the conversation that they are in."""

    def __init__(self, story, name, brand):
        self.name = name
        self.brand = brand["name"]
        self.store = story.stores.get(brand["widget_integration_id"])
        self.conversation = None
        self.told = 0
        self._story = story

    def writes(self, text):
        self._story.telling.line(self.brand, self.name, text, "36")
        wrote = self._story.sandbox.write(self.name.lower(), self.brand, text, self.conversation)
        self.conversation = wrote["conversation"]

    def hears(self, count, seconds=REPLY_SECONDS):
        """Waits for so many more messages of the bot, in the ledger; tells them, and returns their words."""
        wanted = self.told + count
        self._story.watch.await_posts(self.conversation, wanted, seconds)
        return self._tell()

    def hears_no_more(self):
        time.sleep(QUIET_SECONDS)
        return self._tell()

    def heard(self):
        """All that the ledger shows for this conversation: what was said, by whom, in order."""
        posts = [post["object_id"] for post in self._story.watch.posts(self.conversation)]
        seen = {message["id"]: message for message in self._story.sandbox.conversation(self.conversation)["messages"]}
        return [seen[post] for post in posts]

    def _tell(self):
        fresh = self.heard()[self.told:]
        for message in fresh:
            self._story.telling.line(self.brand, "bot", message["text"], "33")
        self.told += len(fresh)
        return [message["text"] for message in fresh]


class Story:
    def __init__(self, dev, facts, telling, checks):
        self.dev = dev
        self.telling = telling
        self.sandbox = Sandbox(facts["sandbox"])
        self.stores = dev.stores()
        self.watch = LedgerWatch(self.sandbox)
        self._checks = checks
        shoes, hats, outlet = self.sandbox.brands[:3]
        self.ada = Customer(self, "Ada", shoes)
        self.ben = Customer(self, "Ben", hats)
        self.cleo = Customer(self, "Cleo", outlet)

    def holds(self, what, holds, seen=None):
        self._checks.that(what, holds)
        self.telling.verdict(holds, what, seen)

    def answers(self, who, what, got, *wanted):
        """What was heard is what was wanted, each echo with the name of the store that spoke."""
        wanted = [f"{who.store['name']}: {words}" for words in wanted]
        self.holds(what, got == wanted, f"{got}, not {wanted}")


def scene_first_words(story):
    story.telling.title("Two brands of one account, each with its own bot")
    for who in (story.ada, story.ben):
        who.writes("Hello, what are your opening hours?")
        heard = who.hears(2)
        story.holds(f"a welcome and an answer at {who.brand}",
                    len(heard) == 2 and heard[0] == who.store.get("welcome") and "Monday" in heard[1], heard)
        who.writes("echo Which shop is this?")
        story.answers(who, f"the bot of {who.brand} has answered, and no other", who.hears(1), "Which shop is this?")


def scene_silence(story):
    story.telling.title("A widget that no store is mapped to")
    story.cleo.writes("Is anybody there?")
    story.holds("silence is better than the wrong brand", story.cleo.hears_no_more() == [])


def scene_two_at_once(story):
    story.telling.title("Two messages before the bot could answer one")
    story.ada.writes("echo Do you have these in blue?")
    story.ada.writes("echo And in my size?")
    story.answers(story.ada, "both are answered, in order", story.ada.hears(2), "Do you have these in blue?", "And in my size?")


def scene_later(story):
    story.telling.title("A bot that says 202 and replies when it knows")
    since = time.monotonic()
    story.ben.writes("later 1 I have asked the warehouse.")
    heard = story.ben.hears(1)
    story.answers(story.ben, "the reply came by the bot's own post", heard, "I have asked the warehouse.")
    story.holds("and not before its time", time.monotonic() - since >= 1)


def scene_delivered_twice(story):
    story.telling.title("Zendesk delivers a webhook twice")
    story.sandbox.fault("duplicate_webhook", match={"type": "conversation:message"}, times=1)
    story.ada.writes("echo Only once, please.")
    heard = story.ada.hears(1) + story.ada.hears_no_more()
    story.answers(story.ada, "one reply", heard, "Only once, please.")
    deliveries = story.sandbox.webhooks(story.ada.conversation)["deliveries"]
    story.holds("to a webhook that ingest has taken twice",
                any([attempt["status"] for attempt in delivery["attempts"]] == [200, 200] for delivery in deliveries))


def scene_processor_dies(story):
    story.telling.title("The processor dies (kill -9) with a message on its way")
    before = story.dev.pid("processor")
    os.kill(before, signal.SIGKILL)
    story.telling.line("", "processor", f"killed, pid {before}", "31")
    story.ben.writes("echo Are you still there?")
    story.answers(story.ben, "answered once it was back", story.ben.hears(1), "Are you still there?")
    after = story.dev.pid("processor")
    story.telling.line("", "processor", f"was started again, pid {after}", "31")
    story.holds("by `tieline dev`", after != before, after)


def scene_ledger(story):
    story.telling.title("What the ledger says in the end")
    for who in (story.ada, story.ben):
        heard = who.heard()
        effects = {json.dumps(post["metadata"], sort_keys=True) for post in story.watch.posts(who.conversation)}
        author = who.store.get("author", {}).get("name")
        story.holds(f"{len(heard)} messages to {who.name}, each once, all at {who.brand}, all by {author}",
                    len(heard) == who.told == len(effects) and {message.get("name") for message in heard} == {author},
                    [message["text"] for message in heard])
    story.holds("still not a word to Cleo", story.cleo.heard() == [])
    known = {who.conversation for who in (story.ada, story.ben)}
    story.holds("and nothing was posted anywhere else", story.watch.conversations_with_posts() == known)


SCENES = [
    scene_first_words,
    scene_silence,
    scene_two_at_once,
    scene_later,
    scene_delivered_twice,
    scene_processor_dies,
    # Tickets, and the hand-over to a human and back, stand here.
    scene_ledger,
]


def play(arguments, folder, checks):
    telling = Telling()
    telling.title("tieline dev" + (" --kafka" if arguments.kafka else "") + ": broker, sandbox Zendesk, demo bot, three programs")
    dev = Dev(arguments.bin, folder, arguments.kafka)
    try:
        facts = dev.wait()
        telling.line("", "ready", f"broker {facts['brokers']}, ingest {facts['ingest']}")
        story = Story(dev, facts, telling, checks)
        with story.watch:
            for scene in SCENES:
                scene(story)
    except BaseException:
        print(dev.said(), file=sys.stderr)
        raise
    finally:
        status = dev.end()
    checks.equal("`tieline dev` ends with 0 at Ctrl-C", status, 0)
    if checks.failed:
        print(dev.said(), file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description="A short story on a whole Tieline, told as a timeline.")
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="folder of the programs")
    parser.add_argument("--kafka", action="store_true", help="on a real Apache Kafka")
    arguments = parser.parse_args()
    checks = Checks(say=lambda text: None)
    since = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tieline-smoke-") as folder:
        play(arguments, pathlib.Path(folder), checks)
    print(f"\n{time.monotonic() - since:.1f} s\n{checks}")
    return checks.status()


if __name__ == "__main__":
    sys.exit(main())
