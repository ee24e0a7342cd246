#!/usr/bin/env python3
"""The configurations of docs/examples, run as they stand there: each is checked, connected to a sandbox by `tieline connect`, and
one customer gets the answer that it is for (rows 2, 4 to 6, 8, 9, 109 to 112).

    TIELINE_BIN=build/asan/bin tests/integration/examples.py [--keep DIR] [NAME…]

Only addresses, ids and secrets are those of the sandbox."""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
sys.dont_write_bytecode = True

from desk import Desk  # noqa: E402
from house import House  # noqa: E402
from http_json import Client  # noqa: E402
from programs import Program  # noqa: E402
from script import local  # noqa: E402

BIN = pathlib.Path(os.environ.get("TIELINE_BIN", ROOT / "build/asan/bin"))
EXAMPLES = ROOT / "docs/examples"
SECONDS = 60
QUIET_SECONDS = 4
WIDGETS = ("65f1c0a4d2b7e93a4c8f1e40", "65f1c0a4d2b7e93a4c8f1e41")
BRANDS = ("360002783501", "360002783502")


def environment_of(text, value="canary"):
    return {name: value for name in re.findall(r'"env": "(\w+)"', text)}


class Stage(House):
    """A house whose configuration is an example."""

    def __init__(self, folder, brokers, name):
        super().__init__(BIN, folder, brokers, partitions=4)
        self.text = (EXAMPLES / f"{name}.json").read_text(encoding="utf-8")

    def install(self):
        self.make_keys()
        self.start_sandbox()
        self.start_bot()
        self.desk = Desk(self.sandbox.ready)
        self.heard = Client("http://" + self.programs["bot"].ready["listen"])
        self.describe()

    def config(self):
        ready, text = self.sandbox.ready, self.text
        for ours, theirs in [("65f1c0a4d2b7e93a4c8f1e20", ready["app_id"]), ("app_65f1c0a4d2b7e93a4c8f1e21", ready["key_id"]),
                             ("390004410001", str(ready["bot_user_id"])), ('"tieline"', json.dumps(ready["oauth"]["client_id"])),
                             *zip(WIDGETS, (brand["widget_integration_id"] for brand in ready["brands"])),
                             *zip(BRANDS, (str(brand["id"]) for brand in ready["brands"])),
                             ("https://bot.example.com", f"http://{self.programs['bot'].ready['listen']}/bot")]:
            text = text.replace(ours, theirs)
        config = json.loads(re.sub(r"(^|\s)//.*", "", text))
        account = config["accounts"]["acme"]
        for part in ("conversations", "support"):
            if part in account:
                account[part]["url"] = ready[f"{part}_url"]
        for store in config["stores"].values():
            store["bot"]["allow_private_address"] = True
        return config

    def secrets(self):
        ready = self.sandbox.ready
        ours = {"ACME_CONVERSATIONS_SECRET": ready["key_secret"], "ACME_OAUTH_SECRET": ready["oauth"]["client_secret"]}
        for store in self.stores:
            ours |= {f"{store.name.upper()}_BOT_SECRET": store.bot_secret, f"{store.name.upper()}_TOKEN": store.token}
        return ours

    def tool(self, *words):
        done = subprocess.run([BIN / "tieline", *map(str, words)], text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=60, check=False, env=os.environ | self.secrets())
        return done.returncode, done.stdout

    def connect(self):
        path = self.write_config(self.config())
        return self.tool("connect", "acme", path, "--yes", "--url", self.ingest_url, "--keys", self.folder / "keys/public.json",
                         "--brokers", self.brokers)

    # What the stories see.

    def until(self, holds):
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            seen = holds()
            if seen:
                return seen
            time.sleep(0.2)
        return None

    def said(self, conversation, who="bot"):
        return [message["content"].get("text", "") for message in self.sandbox.conversation(conversation)["messages"]
                if message["from"] == who and not message.get("silent")]

    def answered(self, conversation, text):
        return self.until(lambda: any(text in said for said in self.said(conversation)))

    def on_ticket(self, number, text, who="bot"):
        return self.until(lambda: any(comment["from"] == who and text in comment["text"]
                                      for comment in self.desk.ticket(number)["comments"]))

    def post(self, **event):
        client = Client(self.ingest_url, {"Authorization": f"Bearer {self.stores[0].token}"})
        return client.call("POST", "/api/v1/stores/shoes/events", event).status


def widget(check, stage):
    conversation = stage.sandbox.write("ann", stage.stores[0].brand, "echo hello")["conversation"]
    check.that("widget: row 9: the bot answers first", stage.answered(conversation, "shoes: hello"), stage.programs["egress"].said())
    stage.sandbox.write("ann", stage.stores[0].brand, "human", conversation)
    check.that("widget: the customer is told of the humans", stage.answered(conversation, "connecting you with my colleagues"))
    ticket = stage.until(lambda: stage.sandbox.conversation(conversation).get("ticket"))
    check.that("widget: who have the conversation", ticket is not None)
    stage.desk.agent(stage.sandbox.ready["agents"][0]["name"], "close", ticket=ticket)
    stage.sandbox.write("ann", stage.stores[0].brand, "echo again", conversation)
    check.that("widget: and then the bot again", stage.answered(conversation, "shoes: again"))


def teammate(check, stage):
    board = stage.sandbox.api("GET", "/switchboards")["switchboards"][0]
    lines = stage.sandbox.api("GET", f"/switchboards/{board['id']}/switchboardIntegrations")["switchboardIntegrations"]
    first = [line["name"] for line in lines if line["id"] == board.get("defaultSwitchboardIntegrationId")]
    check.that("teammate: row 8: who answered first in messaging still does", first != ["tieline"], first)
    ticket = stage.desk.mail("bob", stage.stores[0].brand, "An order", "echo where is it")["ticket"]
    check.that("teammate: row 2: the bot answers the ticket", stage.on_ticket(ticket, "where is it"), stage.programs["egress"].said())
    comments = [comment for comment in stage.desk.good("GET", f"/tickets/{ticket}/comments")["comments"] if "where is it" in comment["body"]]
    check.equal("teammate: as its own user", comments[-1]["author_id"], stage.sandbox.ready["bot_user_id"])
    conversation = stage.sandbox.write("cid", stage.stores[0].brand, "echo hello")["conversation"]
    time.sleep(QUIET_SECONDS)
    check.equal("teammate: row 8: silent in messaging, where humans are first", stage.said(conversation), [])


def own_widget(check, stage):
    check.equal("own widget: written", stage.post(type="message", id="m1", chat="c1", text="hello", customer={"name": "Dee"}), 200)
    time.sleep(QUIET_SECONDS)
    made = [entry for entry in stage.sandbox.ledger() if entry["method"] == "POST" and entry["path"].endswith("/conversations")]
    check.equal("own widget: row 5: Zendesk hears nothing of it", made, [])
    check.equal("own widget: a human is called", stage.post(type="handoff", id="h1", chat="c1", reason="asked"), 200)

    def conversation():
        found = [entry["object_id"] for entry in stage.sandbox.ledger()
                 if entry["method"] == "POST" and entry["path"].endswith("/conversations") and entry["applied"]]
        return found[0] if found else None

    made = stage.until(conversation)
    check.that("own widget: row 88: then it is made there", made is not None, stage.programs["egress"].said())
    if made is None:
        return
    check.that("own widget: row 84: what was said comes first", stage.until(
        lambda: any("customer: hello" in text for text in stage.said(made))), stage.sandbox.conversation(made))
    check.equal("own widget: the customer writes on", stage.post(type="message", id="m2", chat="c1", text="are you there"), 200)
    check.that("own widget: row 104: the human reads it", stage.until(lambda: "are you there" in stage.said(made, "customer")),
               stage.sandbox.conversation(made))
    agent = stage.sandbox.ready["agents"][0]["name"]
    check.that("own widget: a human answers", stage.until(
        lambda: stage.desk.agent(agent, "reply", conversation=made, text="I am here").status in (200, 201)))
    check.that("own widget: row 105: and the bot's platform hears it", stage.until(
        lambda: any("I am here" in json.dumps(notice) for notice in stage.heard.good("GET", "/heard")["heard"])))


def ticket_only(check, stage):
    check.equal("ticket only: written", stage.post(type="message", id="m1", chat="c1", text="my shoes are late",
                                                   customer={"name": "Eve", "email": "eve@example.com"}), 200)
    check.equal("ticket only: a human is called", stage.post(type="handoff", id="h1", chat="c1", reason="asked"), 200)
    tickets = stage.until(stage.desk.tickets)
    check.that("ticket only: row 6: one ticket", tickets and len(tickets) == 1, tickets)
    time.sleep(QUIET_SECONDS)
    sunco = [entry for entry in stage.sandbox.ledger() if entry["path"].startswith("/v2/")]
    check.equal("ticket only: row 6: and no call of Conversations", sunco, [])
    number = tickets[0]["id"] if isinstance(tickets[0], dict) else tickets[0]
    check.that("ticket only: row 85: with what was said", stage.until(
        lambda: any("my shoes are late" in comment["text"] and not comment["public"] for comment in stage.desk.ticket(number)["comments"])),
               stage.desk.ticket(number))


def brands(check, stage):
    first = stage.sandbox.write("fay", stage.stores[0].brand, "echo one")["conversation"]
    check.that("brands: row 110: the first brand's bot", stage.answered(first, "shoes: one"), stage.programs["egress"].said())
    second = stage.sandbox.write("gil", stage.stores[1].brand, "echo two")["conversation"]
    third = stage.sandbox.write("hal", stage.sandbox.brands[2]["name"], "echo three")["conversation"]
    ticket = stage.desk.mail("ida", stage.stores[1].brand, "A hat", "echo of felt")["ticket"]
    check.that("brands: the second's, on its tickets", stage.on_ticket(ticket, "hats: of felt"), stage.programs["egress"].said())
    check.equal("brands: where the team is first it is silent", stage.said(second), [])
    check.equal("brands: row 112: and where no store is", stage.said(third), [])


STORIES = {"widget": widget, "teammate": teammate, "own-widget": own_widget, "ticket-only": ticket_only, "brands": brands}


def play(check, name, directory):
    text = (EXAMPLES / f"{name}.json").read_text(encoding="utf-8")
    done = subprocess.run([BIN / "tieline", "check", EXAMPLES / f"{name}.json"], text=True, stdin=subprocess.DEVNULL, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=os.environ | environment_of(text))
    check.that(f"{name}: checked without a word", done.returncode == 0 and done.stdout.endswith(": valid\n")
               and done.stdout.count("\n") == 1, done.stdout)
    broker = Program("broker", [BIN / "tieline", "broker", "--partitions", "4"], directory / f"{name}-broker.log")
    try:
        with Stage(directory / name, broker.start()["brokers"], name) as stage:
            stage.install()
            got, out = stage.connect()
            check.that(f"{name}: connected", got == 0, out)
            stage.start()
            STORIES[name](check, stage)
            got, out = stage.connect()
            check.that(f"{name}: and nothing to change", got == 0 and "Nothing to change." in out, out)
    finally:
        broker.end(signal.SIGKILL)


def play_all(check, directory, names):
    for name in names:
        play(check, name, directory)


if __name__ == "__main__":
    sys.exit(local(play_all, __doc__, sorted(path.stem for path in EXAMPLES.glob("*.json"))))
