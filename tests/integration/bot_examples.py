#!/usr/bin/env python3
"""The bots of docs/examples/bots: what egress sends them and what would be wrong of it, by hand; then each behind a store of its own,
and customers who get its answers, also those that come later, and a human (rows 4 and 72).

    TIELINE_BIN=build/asan/bin tests/integration/bot_examples.py [--keep DIR]

Without `node` the one in JavaScript is left out and said to be; where CI is `true` that is a failure."""

import argparse
import base64
import hashlib
import hmac
import json
import os
import pathlib
import re
import shutil
import signal
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]

from checks import Checks  # noqa: E402
from examples import BIN, ROOT, Stage  # noqa: E402
from http_json import Client  # noqa: E402
from programs import Program  # noqa: E402
from receiver import Receiver  # noqa: E402

BOTS = ROOT / "docs/examples/bots"
KEY = b"k" * 24
SECRET = "whsec_" + base64.b64encode(KEY).decode()
LINES_MAX = 99
LANGUAGES = {"bot.py": "python", "bot.mjs": "js"}
COMMANDS = {"bot.py": [sys.executable], "bot.mjs": ["node"]}


def bot_of(name, log, secret, token, tieline_url):
    return Program(name, [*COMMANDS[name], BOTS / name], log,
                   {"BOT_SECRET": secret, "BOT_TOKEN": token, "TIELINE_URL": tieline_url, "BOT_PORT": "0"})


class Sender:
    """Sends what egress sends."""

    def __init__(self, listen):
        self._client = Client("http://" + listen)

    def __call__(self, ident, *texts, key=KEY, age=0, before="", **more):
        body = {"type": "turn", "turn": ident, "conversation": "acme/messaging/1", "store": "shoes", "surface": "messaging",
                "messages": [{"id": str(n), "text": text, "at": "2026-01-01T00:00:00.000Z", "attachments": []}
                             for n, text in enumerate(texts)], "history": [], "customer": {}} | more
        raw, at = json.dumps(body, ensure_ascii=False).encode(), str(int(time.time()) - age)
        mac = hmac.new(key, f"{ident}.{at}.".encode() + raw, hashlib.sha256).digest()
        return self.raw(raw, {"webhook-id": ident, "webhook-timestamp": at,
                              "webhook-signature": f"{before}v1,{base64.b64encode(mac).decode()}"})

    def raw(self, raw, headers):
        return self._client.call("POST", "/shoes", raw=raw, headers=headers)


def answers(check, name, send):
    first = send("t1", "Hello – when", "are you open?")
    check.that(f"{name}: Markdown and how sure", first.status == 200 and "**" in first.json()["messages"][0]["markdown"]
               and first.json()["confidence"] == 0.95, first)
    again = send("t1", "I want a refund")
    check.equal(f"{name}: a repeated id has the same answer", (again.status, again.body), (200, first.body))
    check.equal(f"{name}: unsure", send("t2", "What is love?").json()["confidence"], 0.2)
    handoff = send("t3", "I want a refund").json()["handoff"]
    check.that(f"{name}: a human, with reason and summary", handoff["reason"] == "refund" and "I want a refund" in handoff["summary"], handoff)
    check.equal(f"{name}: what it cannot decide", send("t4", messages=None).status, 500)
    check.equal(f"{name}: may be asked again", send("t4", "open?").status, 200)
    notice = send("n1", type="status", notice="n1", status="human")
    check.equal(f"{name}: a notice", (notice.status, notice.json()), (200, {}))


def signatures(check, name, send):
    for what, how in (("another key", {"key": b"another key, as long as"}), ("too long ago", {"age": 400}), ("from the future", {"age": -400})):
        check.equal(f"{name}: {what}", send("s1", "open?", **how).status, 401)
    good, at = base64.b64encode(hmac.new(KEY, b"s2.1.{}", hashlib.sha256).digest()).decode(), str(int(time.time()))
    for what, headers in (("no header", {}), ("no id", {"webhook-timestamp": at, "webhook-signature": f"v1,{good}"}),
                          ("a time that is none", {"webhook-id": "s2", "webhook-timestamp": "now", "webhook-signature": f"v1,{good}"}),
                          ("a signature that is none", {"webhook-id": "s2", "webhook-timestamp": at, "webhook-signature": "v1,"}),
                          ("another body", {"webhook-id": "s2", "webhook-timestamp": at, "webhook-signature": f"v1,{good}"})):
        check.equal(f"{name}: {what}", send.raw(b"{}", headers).status, 401)
    check.equal(f"{name}: the second of two signatures, while secrets change", send("s1", "open?", before="v1,AAAA ").status, 200)


def later(check, name, send, receiver):
    receiver.answer = lambda number, _: 503 if number == 0 else 200
    got = send("l1", "My report, please")
    check.equal(f"{name}: 202 and no body", (got.status, got.body), (202, b""))
    check.equal(f"{name}: again", (send("l1", "My report, please").status, receiver.wait(2)), (202, 2))
    time.sleep(0.7)
    check.equal(f"{name}: posted again after 503, and once it is taken no more", len(receiver.hits), 2)
    _, path, headers, body = receiver.hits[-1]
    check.equal(f"{name}: to the store's events, with its token and one key", (path, headers["Authorization"], headers["Idempotency-Key"]),
                ("/api/v1/stores/shoes/events", "Bearer t-shoes", "l1"))
    check.that(f"{name}: as a reply to the turn", body["type"] == "reply" and body["turn"] == "l1"
               and body["conversation"] == "acme/messaging/1" and "report" in body["messages"][0]["markdown"], body)


def by_hand(check, name, directory):
    receiver = Receiver()
    bot = bot_of(name, directory / f"{name}.log", SECRET, "t-shoes", f"http://127.0.0.1:{receiver.port}")
    try:
        send = Sender(bot.start()["listen"])
        answers(check, name, send)
        signatures(check, name, send)
        later(check, name, send, receiver)
    finally:
        bot.end(signal.SIGKILL)
        receiver.stop()


class Shop(Stage):
    """The example of several brands; the first one's bot is in Python, the second's in JavaScript, if there is one."""

    def __init__(self, folder, brokers, names):
        super().__init__(folder, brokers, "brands")
        self.names = names

    def start_bot(self):
        super().start_bot()
        for name, store in zip(self.names, self.stores):
            self.programs[name] = bot_of(name, self.folder / f"{name}.log", store.bot_secret, store.token, self.ingest_url)
            self.programs[name].start()

    def config(self):
        config = super().config()
        for name, store in zip(self.names, self.stores):
            config["stores"][store.name] |= {"default_responder": True, "handoff": {"rules": {"low_confidence": 0.5}}}
            config["stores"][store.name]["bot"]["url"] = f"http://{self.programs[name].ready['listen']}/{store.name}"
        return config


def in_the_widget(check, name, shop, store):
    def writes(customer, text):
        conversation = shop.sandbox.write(f"{customer}-{store.name}", store.brand, text)["conversation"]
        return conversation, lambda said: check.that(f"{name}: “{text}” is answered in the widget", shop.answered(conversation, said),
                                                     shop.said(conversation) + [shop.programs["egress"].said()])

    writes("ann", "When are you open?")[1]("Monday to Friday")
    writes("bob", "My report, please")[1]("Here is your")
    for customer, text, said in (("cid", "I want a refund", "colleague"), ("dee", "What is love?", "Monday to Friday")):
        conversation, is_answered = writes(customer, text)
        is_answered(said)
        check.that(f"{name}: “{text}” calls a human", shop.until(lambda: shop.sandbox.conversation(conversation).get("ticket")),
                   shop.sandbox.conversation(conversation))


def behind_stores(check, names, directory):
    broker = Program("broker", [BIN / "tieline", "broker", "--partitions", "4"], directory / "broker.log")
    try:
        with Shop(directory / "shop", broker.start()["brokers"], names) as shop:
            shop.install()
            got, out = shop.connect()
            check.that("connected", got == 0, out)
            shop.start()
            for name, store in zip(names, shop.stores):
                in_the_widget(check, name, shop, store)
    finally:
        broker.end(signal.SIGKILL)


def as_shown(check, name):
    """What the page shows of a bot stands in it, letter for letter."""
    text = (BOTS / name).read_text(encoding="utf-8")
    check.that(f"{name}: short enough to be read", text.count("\n") <= LINES_MAX, text.count("\n"))
    page = (ROOT / "docs/BOT-PROTOCOL.md").read_text(encoding="utf-8")
    shown = re.findall(rf"^```{LANGUAGES[name]}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    check.that(f"{name}: the page shows it as it is", shown and all(block in text for block in shown), shown)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep", metavar="DIR", help="keep logs there")
    keep = parser.parse_args().keep
    check, skipped = Checks(), 0
    names = [name for name, command in COMMANDS.items() if shutil.which(command[0])]
    if "bot.mjs" not in names:
        print("LEFT OUT: the bot in JavaScript, node is not installed: deploy/install-deps --group test")
        skipped = 1
        if os.environ.get("CI") == "true":
            check.that("node is installed where CI runs", False)
    directory = pathlib.Path(tempfile.mkdtemp(prefix="tieline-bots-"))
    try:
        for name in COMMANDS:
            as_shown(check, name)
        for name in names:
            by_hand(check, name, directory)
        behind_stores(check, names, directory)
    finally:
        if keep:
            shutil.copytree(directory, keep, dirs_exist_ok=True)
        shutil.rmtree(directory)
    print(f"{check}" + (f", {skipped} skipped" if skipped else ""))
    return check.status()


if __name__ == "__main__":
    sys.exit(main())
