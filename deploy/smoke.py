#!/usr/bin/env python3
"""A short story on a whole Tieline, told as a timeline: two brands, a bot for each, mail and widget, humans who take over and
give back, and nothing said twice.

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
from desk import Desk  # noqa: E402
from zendesk import LedgerWatch, Sandbox  # noqa: E402

START_SECONDS = 90
REPLY_SECONDS = 20
QUIET_SECONDS = 1.5
LOOK_SECONDS = 0.1
WORDS_MAX = 96
AGENT = "Sam"
NOTICE = "I am connecting you with a colleague. One moment, please."
ENDED = "The conversation with my colleague is over. Anything else?"


class Dev:
    """`tieline dev` in the background; what it says goes to a file."""

    def __init__(self, bin_dir, folder, with_kafka):
        self.folder = folder
        self._bin = bin_dir
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

    def tieline(self, *words):
        """The operator's tool beside it; its exit status and what it said."""
        done = subprocess.run([str(self._bin / "tieline"), *words, "--brokers", self.facts()["brokers"]], text=True, check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        return done.returncode, done.stdout.strip()

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

    def active(self):
        """Who has control of it: the name of a switchboard integration."""
        return self._story.sandbox.conversation(self.conversation).get("active")

    def words_of(self, who):
        """What somebody has said in it: customer, bot, agent."""
        messages = self._story.sandbox.conversation(self.conversation)["messages"]
        return [message["text"] for message in messages if message["from"] == who]

    def _tell(self):
        fresh = self.heard()[self.told:]
        for message in fresh:
            who = "bot, to agents" if message.get("silent") else "bot"
            self._story.telling.line(self.brand, who, message["text"], "35" if message.get("silent") else "33")
        self.told += len(fresh)
        return [message["text"] for message in fresh if not message.get("silent")]


class Mailer:
    """Somebody who mails a brand, and the ticket that came of it."""

    def __init__(self, story, name, brand):
        self.name = name
        self.brand = brand["name"]
        self.store = story.stores.get(brand["widget_integration_id"])
        self.tickets = []
        self._story = story
        self._told = 0

    @property
    def ticket(self):
        return self._story.desk.ticket(self.tickets[-1])

    def mails(self, text, subject="My order"):
        """The first mail makes a ticket; one to a closed ticket makes another."""
        self._story.telling.line(self.brand, f"{self.name}, mail", text, "36")
        if self.tickets:
            wrote = self._story.desk.answer_mail(self.name.lower(), self.tickets[-1], text)
        else:
            wrote = self._story.desk.mail(self.name.lower(), self.brand, subject, text)
        if wrote["ticket"] not in self.tickets:
            self.tickets.append(wrote["ticket"])
            self._told = 0

    def reads(self, count, seconds=REPLY_SECONDS):
        """Waits for so many more public comments of the bot; tells them, and the notes before them, and returns their words."""
        until(lambda: len([c for c in self._fresh() if c["public"]]) >= count, seconds)
        return [comment["text"] for comment in self._tell() if comment["public"]]

    def reads_no_more(self):
        time.sleep(QUIET_SECONDS)
        return [comment["text"] for comment in self._tell() if comment["public"]]

    def assignee(self):
        return (self.ticket["assignee"] or {}).get("name")

    def notes(self):
        return [comment["text"] for comment in self._bots() if not comment["public"]]

    def _bots(self):
        return [comment for comment in self.ticket["comments"] if comment["from"] == "bot"]

    def _fresh(self):
        return self._bots()[self._told:]

    def _tell(self):
        fresh = self._fresh()
        for comment in fresh:
            who = "bot, mail" if comment["public"] else "bot, to agents"
            self._story.telling.line(self.brand, who, comment["text"], "33" if comment["public"] else "35")
        self._told += len(fresh)
        return fresh


def until(holds, seconds=REPLY_SECONDS):
    """Looks until it holds; False when it did not in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(LOOK_SECONDS)
    return holds()


class Story:
    def __init__(self, dev, facts, telling, checks):
        self.dev = dev
        self.telling = telling
        self.sandbox = Sandbox(facts["sandbox"])
        self.desk = Desk(facts["sandbox"])
        self.account = facts["sandbox"]["subdomain"]
        self.bot = "Acme Bot"
        self.stores = dev.stores()
        self.watch = LedgerWatch(self.sandbox)
        self._checks = checks
        shoes, hats, outlet = self.sandbox.brands[:3]
        self.ada = Customer(self, "Ada", shoes)
        self.ben = Customer(self, "Ben", hats)
        self.cleo = Customer(self, "Cleo", outlet)
        self.dora = Mailer(self, "Dora", hats)

    def holds(self, what, holds, seen=None):
        self._checks.that(what, holds)
        self.telling.verdict(holds, what, seen)

    def agent(self, where, verb, said=None, **body):
        """Sam does something; `where` is for the timeline."""
        self.telling.line(where, f"{AGENT} (agent)", said or verb, "32")
        if said is not None and verb in ("reply", "note"):
            body["text"] = said
        answer = self.desk.agent(AGENT, verb, **body)
        if answer.status not in (200, 201):
            sys.exit(f"{AGENT} could not {verb}: {answer.status} {answer.body}")

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


def scene_mail(story):
    story.telling.title("A mail becomes a ticket, and the ticket gets an answer")
    dora = story.dora
    dora.mails("echo Where is my hat?")
    story.answers(dora, "the bot has answered it as a comment that Dora sees", dora.reads(1), "Where is my hat?")
    story.holds(f"the ticket is assigned to {story.bot}", dora.assignee() == story.bot, dora.assignee())
    dora.mails("echo And when will it come?")
    story.answers(dora, "so is her next mail", dora.reads(1), "And when will it come?")


def scene_mail_to_a_human(story):
    story.telling.title("Dora asks for a human, by mail")
    dora = story.dora
    dora.mails("I would like to talk to a human, please.")
    story.holds("she is told", dora.reads(1) == [NOTICE])
    until(lambda: dora.notes() and dora.assignee() is None)
    dora.reads(0)
    story.holds("the ticket is nobody's, for the agents to take", dora.assignee() is None, dora.assignee())
    story.holds("an internal note says why, and what was said", len(dora.notes()) == 1 and "asked for a human" in dora.notes()[0]
                and "Where is my hat?" in dora.notes()[0], dora.notes())
    story.agent(dora.brand, "take", "takes the ticket", ticket=dora.tickets[-1])
    story.agent(dora.brand, "reply", f"Hello Dora, {AGENT} here. It comes tomorrow.", ticket=dora.tickets[-1])
    dora.mails("echo Thank you, that is all!")
    story.holds("what Dora writes now is for Sam: the bot is silent", dora.reads_no_more() == [])
    story.agent(dora.brand, "close", "closes the ticket", ticket=dora.tickets[-1])
    dora.mails("echo One more thing.")
    story.holds("her next mail is a new ticket", len(dora.tickets) == 2)
    story.answers(dora, "which the bot answers again", dora.reads(1) + dora.reads_no_more(), "One more thing.")


def scene_widget_to_a_human(story):
    story.telling.title("Ada asks for a human, in the widget")
    ada = story.ada
    before = ada.told
    ada.writes("Can I talk to a human?")
    story.holds("she is told", ada.hears(2) == [NOTICE])
    until(lambda: ada.active() == "zd-agentWorkspace")
    fresh = ada.heard()[before:]
    summary = [message["text"] for message in fresh if message.get("silent")]
    story.holds("agents find a summary that she does not see", len(summary) == 1 and "asked for a human" in summary[0]
                and "Do you have these in blue?" in summary[0], summary)
    story.holds("it was there before they had the conversation", until(lambda: was_before_pass(story, ada)))
    until(lambda: story.desk.tickets(ada.conversation))
    story.agent(ada.brand, "take", "takes the conversation", conversation=ada.conversation)
    story.agent(ada.brand, "reply", f"Hi Ada, {AGENT} here. What can I do?", conversation=ada.conversation)
    ada.writes("echo Is this in stock?")
    # row 104: each of the customer's words, once and in order
    story.holds("what Ada writes reaches Sam", ada.words_of("customer")[-1] == "echo Is this in stock?"
                and ada.active() == "zd-agentWorkspace")
    story.holds("and the bot is silent", ada.hears_no_more() == [])
    ticket = story.desk.tickets(ada.conversation)
    story.holds("Zendesk's own ticket of it got no answer either",
                len(ticket) == 1 and not bot_comments(story, ticket[0]["id"]), ticket)
    story.agent(ada.brand, "close", "closes the ticket", conversation=ada.conversation)
    story.holds("Ada is told that this is over", ada.hears(1) == [ENDED])
    ada.writes("echo Are you the bot again?")
    story.answers(ada, "and the bot goes on", ada.hears(1) + ada.hears_no_more(), "Are you the bot again?")


def was_before_pass(story, who):
    """In the ledger: everything that the bot said in the conversation came before control was passed."""
    mine = [entry for entry in story.watch.entries if entry.get("conversation") == who.conversation and entry["applied"]]
    passed = [entry["seq"] for entry in mine if entry["path"].endswith("/passControl")]
    return len(passed) == 1 and all(post["seq"] < passed[0] for post in story.watch.posts(who.conversation))


def bot_comments(story, ticket):
    return [comment for comment in story.desk.ticket(ticket)["comments"] if comment["from"] == "bot"]


def scene_by_hand(story):
    story.telling.title("Somebody of the team calls a human by hand, and gives back by hand")
    ben = story.ben
    key = f"{story.account}/messaging/{ben.conversation}"
    for verb, told, active in (("escalate", NOTICE, "zd-agentWorkspace"), ("handback", ENDED, "tieline")):
        story.telling.line("", "operator", f"tieline {verb} {key}", "34")
        status, said = story.dev.tieline(verb, key)
        story.holds(f"`tieline {verb}` is taken", status == 0, said)
        heard = ben.hears(2 if verb == "escalate" else 1)
        story.holds("Ben is told", heard == [told], heard)
        story.holds(f"and {'the agents have' if verb == 'escalate' else 'the bot has'} his conversation",
                    until(lambda wanted=active: ben.active() == wanted), ben.active())
    ben.writes("echo So it is you again.")
    story.answers(ben, "the bot answers", ben.hears(1), "So it is you again.")


def scene_ledger(story):
    story.telling.title("What the ledger says in the end")
    for who in (story.ada, story.ben):
        heard = who.heard()
        effects = {json.dumps(post["metadata"], sort_keys=True) for post in story.watch.posts(who.conversation)}
        author = who.store.get("author", {}).get("name")
        story.holds(f"{len(heard)} messages to {who.name}, each once, all at {who.brand}, all by {author}",
                    len(heard) == who.told == len(effects)
                    and {message.get("name") for message in heard if not message.get("silent")} == {author},
                    [message["text"] for message in heard])
    story.holds("still not a word to Cleo", story.cleo.heard() == [])
    known = {who.conversation for who in (story.ada, story.ben)}
    story.holds("and nothing was posted anywhere else", story.watch.conversations_with_posts() == known)
    comments = [comment for ticket in story.desk.tickets() for comment in bot_comments(story, ticket["id"])]
    effects = {json.dumps(comment["metadata"], sort_keys=True) for comment in comments}
    mine = sum(len(bot_comments(story, ticket)) for ticket in story.dora.tickets)
    story.holds(f"{len(comments)} comments on Dora's two tickets, each once, and on no other",
                len(comments) == len(effects) == mine, [comment["text"] for comment in comments])


SCENES = [
    scene_first_words,
    scene_silence,
    scene_two_at_once,
    scene_later,
    scene_delivered_twice,
    scene_processor_dies,
    scene_mail,
    scene_mail_to_a_human,
    scene_widget_to_a_human,
    scene_by_hand,
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
        if arguments.kafka:  # the embedded broker shows what was taken back
            status, said = dev.tieline("replay")
            checks.that("the log, replayed, is the same", status == 0, said)
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
