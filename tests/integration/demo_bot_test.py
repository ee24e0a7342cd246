#!/usr/bin/env python3
"""The demo bot: turns, signatures, repeated ids, answers that come later, notices."""

import base64
import hashlib
import hmac
import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from checks import Checks  # noqa: E402
from http_json import Client  # noqa: E402
from programs import Program  # noqa: E402
from receiver import Receiver  # noqa: E402
from sandbox_program import BIN  # noqa: E402

c = Checks()
KEY = b"k" * 24
SECRET = "whsec_" + base64.b64encode(KEY).decode()


class Bot:
    def __init__(self, *flags):
        self.folder = tempfile.TemporaryDirectory()
        self.program = Program("tieline-demo-bot", [os.path.join(BIN, "tieline-demo-bot"), "--listen", "127.0.0.1:0", *flags],
                               os.path.join(self.folder.name, "log"))
        ready = self.program.start()
        c.that("the ready line", ready["ready"] and ready["program"] == "demo-bot" and ready["listen"].startswith("127.0.0.1:"), ready)
        self.client = Client("http://" + ready["listen"])

    def turn(self, store, turn, *texts, key=KEY, age=0, **more):
        body = dict({"type": "turn", "turn": turn, "conversation": "a/sunco/1", "store": store, "surface": "conversations",
                     "messages": [{"id": str(n), "text": text, "at": "2026-01-01T00:00:00.000Z", "attachments": []}
                                  for n, text in enumerate(texts)], "history": [], "customer": {}}, **more)
        raw = json.dumps(body).encode()
        at = str(int(time.time()) - age)
        mac = hmac.new(key, f"{turn}.{at}.".encode() + raw, hashlib.sha256).digest()
        return self.client.call("POST", f"/bot/{store}", raw=raw, headers={
            "webhook-id": turn, "webhook-timestamp": at, "webhook-signature": "v1," + base64.b64encode(mac).decode()})

    def stop(self):
        status = self.program.end()
        c.equal("SIGTERM ends it with 0", status, 0)
        self.folder.cleanup()


def words(answer):
    return [message["markdown"] for message in answer.json()["messages"]]


def turns(bot):
    answer = bot.turn("shoes", "t1", "echo one", "echo two")
    c.equal("each message is answered, in the store's name", words(answer), ["shoes: one", "shoes: two"])
    again = bot.turn("shoes", "t1", "echo something else")
    c.equal("a repeated id gets the same answer", again.body, answer.body)
    c.equal("unsure", bot.turn("shoes", "t2", "unsure x").json()["confidence"], 0.2)
    c.equal("fail", [bot.turn("shoes", "t3", "fail").status for _ in range(2)], [500, 500])
    c.that("human", bot.turn("shoes", "t4", "human").json()["handoff"]["reason"])
    start = time.monotonic()
    slow = bot.turn("hats", "t5", "slow 0.3 x")
    c.that("slow", words(slow) == ["hats: x"] and time.monotonic() - start >= 0.3, time.monotonic() - start)
    c.that("a topic", "30 days" in words(bot.turn("hats", "t6", "How do I return these?"))[0])
    seen = bot.client.good("GET", "/turns")
    c.that("turns are counted by id", seen["turns"]["t1"] == 2 and seen["turns"]["t3"] == 2 and seen["distinct"] == 6
           and seen["total"] == 8, seen)
    c.equal("a notice", (bot.turn("shoes", "n1", type="status").status, bot.client.good("GET", "/notices")),
            (200, {"notices": {"status": 1}}))
    bot.turn("shoes", "n1", type="status")
    bot.turn("hats", "n2", "echo x", type="message")
    heard = bot.client.good("GET", "/heard")["heard"]
    c.equal("each is heard once, in order, however often it comes", [(h["seq"], h["id"], h["store"], h["times"], h["notice"]["type"])
            for h in heard], [(1, "n1", "shoes", 2, "status"), (2, "n2", "hats", 1, "message")])
    c.equal("from one on", [h["id"] for h in bot.client.good("GET", "/heard?from=2")["heard"]], ["n2"])
    c.equal("another path", bot.client.call("GET", "/x").status, 404)


def signatures(bot):
    c.equal("signed", bot.turn("shoes", "s1", "echo x").status, 200)
    c.equal("with another key", bot.turn("shoes", "s2", "echo x", key=b"wrong").status, 401)
    c.equal("too long ago", bot.turn("shoes", "s3", "echo x", age=400).status, 401)
    c.equal("not at all", bot.client.call("POST", "/bot/shoes", {"type": "turn"}).status, 401)


def chat(bot):
    """The same bot as a model behind an OpenAI-compatible endpoint. Row 82."""
    tool = {"type": "function", "function": {"name": "escalate_to_human", "parameters": {"type": "object"}}}

    def ask(*messages, key=SECRET, **more):
        body = {"model": "demo", "messages": [{"role": role, "content": text} for role, text in messages], **more}
        return bot.client.call("POST", "/openai/shoes/v1/chat/completions", body, headers={"Authorization": f"Bearer {key}"})

    answer = ask(("system", "You sell shoes."), ("user", "echo a"), ("assistant", "shoes: a"), ("user", "echo b"), ("user", "echo c"))
    c.equal("what was said since its last answer is answered", answer.json()["choices"][0]["message"]["content"], "shoes: b\n\nshoes: c")
    message = ask(("user", "human"), tools=[tool]).json()["choices"][0]["message"]
    c.equal("it calls the tool that it was offered", message["tool_calls"][0]["function"]["name"], "escalate_to_human")
    c.that("with arguments", "summary" in json.loads(message["tool_calls"][0]["function"]["arguments"]))
    c.that("and without words", message["content"] is None)
    c.equal("it fails on request", ask(("user", "fail")).status, 500)
    c.equal("a wrong key", ask(("user", "echo a"), key="sk-wrong").status, 401)
    c.equal("no message", ask().status, 400)
    c.equal("an odd role", ask(("customer", "echo a")).status, 400)


def later(receiver):
    bot = Bot("--ingest", f"http://127.0.0.1:{receiver.port}", "--token", "shoes=t-shoes", "--token", "hats=t-hats")
    start = time.monotonic()
    answer = bot.turn("hats", "l1", "later 0.3 x")
    c.equal("later: 202 at once", (answer.status, time.monotonic() - start < 0.2), (202, True))
    c.equal("again while it waits", bot.turn("hats", "l1", "later 0.3 x").status, 202)
    receiver.wait(1)
    when, path, headers, body = receiver.hits[0]
    c.that("posted when it said", 0.3 <= when - start < 1, when - start)
    c.equal("to the store's events with its token", (path, headers["Authorization"], headers["Idempotency-Key"]),
            ("/api/v1/stores/hats/events", "Bearer t-hats", "l1"))
    c.that("as a reply to the turn", body["type"] == "reply" and body["turn"] == "l1" and body["conversation"] == "a/sunco/1"
           and body["messages"] == [{"markdown": "hats: x"}], body)
    receiver.answer = lambda number, _: 503 if number < 2 else 200
    bot.turn("shoes", "l2", "later 0 y")
    c.equal("503 is tried again", receiver.wait(3), 3)
    time.sleep(0.2)
    c.equal("and once it is taken, no more", len(receiver.hits), 3)
    bot.turn("shoes", "l3", "later 100 z")

    def cut_off():
        try:
            bot.turn("shoes", "l4", "slow 100 z")
        except (OSError, http.client.HTTPException):
            pass

    slow = threading.Thread(target=cut_off)
    slow.start()
    time.sleep(0.1)
    start = time.monotonic()
    bot.stop()
    slow.join()
    c.that("the end does not wait for the slow", time.monotonic() - start < 5, time.monotonic() - start)


def main():
    tool = os.path.join(BIN, "tieline-demo-bot")
    for why, flags in (("an unknown flag", ["--x"]), ("a token without its store", ["--token", "x"]), ("no base64", ["--secret", "whsec_!"])):
        c.equal(why, subprocess.run([tool, *flags], capture_output=True).returncode, 64)
    for flag in ("--help", "--version"):
        c.equal(flag, subprocess.run([tool, flag], capture_output=True).returncode, 0)
    receiver = Receiver()
    bot = Bot()
    turns(bot)
    bot.stop()
    bot = Bot("--secret", "whsec_" + base64.b64encode(b"another key, just as good").decode(), "--secret", SECRET)
    signatures(bot)
    chat(bot)
    bot.stop()
    later(receiver)
    receiver.stop()
    print(c)
    return c.status()


if __name__ == "__main__":
    sys.exit(main())
