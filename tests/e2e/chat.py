#!/usr/bin/env python3
"""Chats in the bot's own widget, on a real Kafka, while every program is ended, killed and started again under them.

30 chats of a store that is bridged and 10 of one that works by tickets. Their platform posts what is written and answered; nothing of it
may reach Zendesk before a human is called (rows 5, 6). Then each bridged chat must have one user and one conversation (row 88),
in which every word of the customer stands once and in order (row 104), and the platform must have heard every word of the agent
once and in order, and how it stood (rows 105, 106). Each chat of the other store must have one ticket and nothing else (row 6), on
which all that was said stands in internal notes, once and in order, also of the two chats that said more than a state has room for (row 85).

    TIELINE_BIN=build/release/bin TIELINE_KAFKA=deploy/kafka/kafka tests/e2e/chat.py [--seed N] [--keep DIR]"""

import http.client
import json
import os
import pathlib
import random
import re
import signal
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/support"), str(ROOT / "tests/integration")]

from egress_support import TicketHouse  # noqa: E402
from http_json import Client  # noqa: E402
from house import PROGRAMS  # noqa: E402
from kafka_node import KafkaNode  # noqa: E402
from script import run  # noqa: E402

STEP_SECONDS = 120
AGAIN_SECONDS = 0.2
SENT_SECONDS = 0.3
KILLED_SECONDS = 0.4
SPREAD_SECONDS = 25
QUIET_SECONDS = 2
# A webhook that failed is tried again after a minute of the sandbox's clock.
RETRY_SECONDS = 61
LIMITS = {"support_requests_per_minute": 100000, "support_updates_per_minute": 100000}
BRIDGED, TICKETED = "shoes", "hats"


class Missed(Exception):
    """Something that should have come did not."""


class ChatHouse(TicketHouse):
    """One store whose chats are bridged, and one that works by tickets."""

    def start_sandbox(self, *flags):
        scenario = self.folder / "scenario.json"
        scenario.write_text(json.dumps(LIMITS), encoding="utf-8")
        super().start_sandbox("--scenario", scenario, *flags)

    def config(self):
        config = super().config()
        for name in (BRIDGED, TICKETED):
            config["stores"][name]["chat"] = {}
        config["stores"][TICKETED]["handoff"] = {"live": False}
        for name in (BRIDGED, TICKETED):
            config["stores"][name].setdefault("handoff", {"live": True})["transcript"] = "note"
        return config


class Stage:
    """What all chats share. The gate is closed while ingest is away, so that an agent's webhooks keep their order."""

    def __init__(self, house):
        self.house, self.sandbox, self.desk = house, house.sandbox, house.desk
        self.bot = Client("http://" + house.programs["bot"].ready["listen"])
        self.agents = [agent["name"] for agent in house.sandbox.ready["agents"]]
        self.gate = threading.Lock()
        self._tokens = {store.name: store.token for store in house.stores}
        self._doors = {}

    def post(self, store, **event):
        """Until it is taken, as a platform does: the id tells that it is the same."""
        begun = time.monotonic()
        while time.monotonic() - begun < STEP_SECONDS:
            try:
                client = Client(self.house.ingest_url, {"Authorization": f"Bearer {self._tokens[store]}"})
                answer = client.call("POST", f"/api/v1/stores/{store}/events", event)
                if answer.status == 200:
                    return
                if answer.status != 503:
                    raise Missed(f"{event} was answered {answer}")
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(AGAIN_SECONDS)
        raise Missed(f"{event} was not taken")

    def until(self, what, holds):
        begun = time.monotonic()
        while True:
            value = holds()
            if value:
                return value
            if time.monotonic() - begun > STEP_SECONDS:
                raise Missed(f"{what}: not within {STEP_SECONDS} s")
            time.sleep(AGAIN_SECONDS)

    def act(self, agent, verb, **body):
        with self.gate:
            answer = self.desk.agent(agent, verb, **body)
            time.sleep(SENT_SECONDS)
        if answer.status not in (200, 201):
            raise Missed(f"{agent} could not {verb} {body}: {answer}")

    def conversations(self, external_id):
        try:
            return self.sandbox.api("GET", f"/conversations?filter%5BuserExternalId%5D={external_id}")["conversations"]
        except Exception:  # pylint: disable=broad-except
            return []  # there is no such user yet


class Chat:
    """One chat: what is written before and after the call for a human, and what the agent says."""

    def __init__(self, number, store, seed):
        self.store, self.id = store, f"{number}"
        self.external_id = f"{store}-customer-{number}"
        self.draw = random.Random(f"{seed}/{store}/{number}")
        self.count = 0
        self.written, self.replies = [], []
        self.talk = []  # all that was said before a human was there: who, what
        self.rounds = 31 if store == TICKETED and number < 2 else 2
        self.place = self.missed = None

    def write(self, stage, text):
        self.count += 1
        stage.post(self.store, type="message", chat=self.id, id=f"m{self.count}", text=text,
                   customer={"external_id": self.external_id, "name": f"Ada {self.id}"})

    def before(self, stage):
        for k in range(self.rounds):
            words = " ".join(["really"] * self.draw.choice((0, 0, 0, 500)))
            self.talk += [(f"Customer (Ada {self.id})", f"question {k} {words}".strip()), ("Bot", f"answer {k}")]
            self.write(stage, self.talk[-2][1])
            stage.post(self.store, type="answer", chat=self.id, id=f"a{k}", messages=[{"markdown": self.talk[-1][1]}])

    def forwarded(self, stage, k):
        self.written.append(f"word {self.id}.{k} {self.draw.randrange(10**6)}")
        self.write(stage, self.written[-1])

    def after(self, stage):
        self.talk.append((f"Customer (Ada {self.id})", "I want to talk to a human"))
        self.write(stage, self.talk[-1][1])
        if self.store == TICKETED:
            return
        for k in range(3):  # before the conversation can be there
            self.forwarded(stage, k)
        found = stage.until(f"a conversation of {self.id}", lambda: stage.conversations(self.external_id))
        self.place = found[0]["id"]
        agent = stage.agents[int(self.id) % len(stage.agents)]
        stage.until(f"control of {self.id}", lambda: self.control(stage))
        stage.act(agent, "take", conversation=self.place)
        for k in range(3, 7):
            if self.draw.random() < 0.6:
                self.replies.append(f"reply {self.id}.{k}")
                stage.act(agent, "reply", conversation=self.place, text=self.replies[-1])
            self.forwarded(stage, k)
        stage.until(f"the words of {self.id}", lambda: self.said(stage) == self.written)
        stage.act(agent, "release", conversation=self.place)

    def control(self, stage):
        return stage.sandbox.conversation(self.place)["active"] == "zd-agentWorkspace"

    def said(self, stage):
        return [message["text"] for message in stage.sandbox.conversation(self.place)["messages"] if message["from"] == "customer"]

    def run(self, stage):
        try:
            time.sleep(self.draw.uniform(0, SPREAD_SECONDS))
            self.after(stage)
        except Missed as error:
            self.missed = str(error)


def storm(stage, draw, is_over, checks):
    """Ends, or kills, each program; ingest behind a closed gate."""
    acts = [(name, how) for name in PROGRAMS for how in (signal.SIGTERM, signal.SIGKILL)] + [("egress", signal.SIGKILL)]
    draw.shuffle(acts)
    begun = time.monotonic()
    while not is_over():
        if acts and time.monotonic() - begun > 3 * (8 - len(acts)):
            name, how = acts.pop(0)
            with stage.gate:
                status = stage.house.restart(name, how, lambda: time.sleep(KILLED_SECONDS))
                stage.sandbox.advance(RETRY_SECONDS)
            print(f"{time.monotonic() - begun:6.1f} s  {name} {signal.Signals(how).name}", flush=True)
            if how == signal.SIGTERM:
                checks.equal(f"{name} ends with 0 at SIGTERM", status, 0)
        elif time.monotonic() - begun > 30:
            stage.sandbox.advance(RETRY_SECONDS)
            time.sleep(3)
        time.sleep(0.1)
    checks.equal("every restart came about", acts, [])


def heard(stage):
    """What the platform was told, by chat, in order."""
    found = {}
    for entry in stage.bot.good("GET", "/heard")["heard"]:
        found.setdefault((entry["store"], entry["notice"].get("chat")), []).append(entry["notice"])
    return found


def bridged_is_wrong(stage, chat, notices, ledger):
    """What is wrong with one chat that was bridged; nothing is None."""
    wrong = []
    if chat.missed:
        return f"chat {chat.id}: {chat.missed}"
    users = [e for e in ledger if e["method"] == "POST" and e["path"].endswith("/users") and e["applied"]
             and e["external_id"] == chat.external_id]
    conversations = stage.conversations(chat.external_id)
    if len(users) != 1 or len(conversations) != 1:
        wrong.append(f"{len(users)} users, {len(conversations)} conversations")
    if conversations[0]["metadata"]["tieline.key"] != f"acme/chat/{chat.store}:{chat.id}":
        wrong.append(f"carries {conversations[0]['metadata']}")
    if chat.said(stage) != chat.written:
        wrong.append(f"forwarded {chat.said(stage)}, written {chat.written}")
    told = [notice["message"]["text"] for notice in notices if notice["type"] == "message" and notice["message"]["from"] == "agent"]
    if told != chat.replies:
        wrong.append(f"told {told}, said {chat.replies}")
    states = [(notice["version"], notice["status"]) for notice in notices if notice["type"] == "status"]
    if [status for _, status in states] != ["escalated", "human", "released"] or states != sorted(states):
        wrong.append(f"states {states}")
    return f"chat {chat.id} ({chat.place}): {'; '.join(wrong)}" if wrong else None


def transcript_is_wrong(stage, chat, ticket):
    """What is wrong with the transcript on a ticket; nothing is None. Whether there must be one is the caller's."""
    notes = [comment for comment in stage.desk.ticket(ticket)["comments"] if comment["text"].startswith("Transcript")]
    turns = re.findall(r"^\[[^]]*\] (Customer \([^)]*\)|Bot)(?: \([^)]*\))?: (.*)$", "\n".join(note["text"] for note in notes), re.M)
    if any(note["public"] for note in notes):
        return f"ticket {ticket}: public"
    if turns[:len(chat.talk)] == chat.talk and all(turns.count(turn) == 1 for turn in chat.talk):
        return None
    return f"chat {chat.id}, ticket {ticket}: {len(notes)} notes, {len(turns)} turns of {len(chat.talk)}: {turns[:3]}"


def untold(stage, chats):
    """The same of chats that have a ticket each."""
    by_key = {(ticket.get("external_id") or "").rpartition(":")[0]: ticket["id"] for ticket in stage.desk.tickets()}
    places = [(chat, by_key.get(f"tieline:acme/chat/{chat.store}:{chat.id}")) for chat in chats]
    found = [transcript_is_wrong(stage, chat, ticket) if ticket else f"chat {chat.id}: no ticket" for chat, ticket in places]
    return [wrong for wrong in found if wrong]


def told_twice(stage, chat):
    """What is wrong with the transcript of a bridged chat; None when its ticket has none: a trigger is never fired again."""
    for ticket in stage.desk.tickets(chat.place):
        comments = stage.desk.ticket(ticket["id"])["comments"]
        if any(comment["text"].startswith("Transcript\n") for comment in comments):
            return transcript_is_wrong(stage, chat, ticket["id"]) or ""
    return None


def ticketed_is_wrong(stage, chat, ledger):
    key = f"tieline:acme/chat/{chat.store}:{chat.id}:"
    made = [e for e in ledger if e["method"] == "POST" and e["path"].startswith("/api/v2/tickets") and e["applied"]
            and (e["external_id"] or "").startswith(key)]
    users = [e for e in ledger if e["path"].endswith("/users") and e["external_id"] == chat.external_id]
    if len(made) == 1 and not users and not stage.conversations(chat.external_id):
        return None
    return f"chat {chat.id}: {len(made)} tickets, {len(users)} calls for a user {chat.missed or ''}"


def play(arguments, folder, checks):
    draw = random.Random(arguments.seed)
    with KafkaNode(os.environ["TIELINE_KAFKA"], folder / "kafka") as kafka, \
            ChatHouse(os.environ["TIELINE_BIN"], folder / "house", kafka.brokers, arguments.seed) as house:
        house.install()
        house.start()
        stage = Stage(house)
        bridged = [Chat(n, BRIDGED, arguments.seed) for n in range(arguments.chats)]
        ticketed = [Chat(n, TICKETED, arguments.seed) for n in range(arguments.chats // 3)]
        calls = len(house.sandbox.ledger())
        for chat in bridged + ticketed:
            chat.before(stage)
        time.sleep(QUIET_SECONDS)
        checks.equal("row 5: nothing was called before a human was", house.sandbox.ledger()[calls:], [])
        checks.equal("and nobody was told anything", heard(stage), {})
        workers = [threading.Thread(target=chat.run, args=(stage,), daemon=True) for chat in bridged + ticketed]
        for worker in workers:
            worker.start()
        storm(stage, draw, lambda: not any(worker.is_alive() for worker in workers), checks)
        wanted = {(BRIDGED, chat.id) for chat in bridged}
        begun = time.monotonic()
        while time.monotonic() - begun < STEP_SECONDS:
            told = heard(stage)
            ends = {key for key, notices in told.items() if any(n.get("status") == "released" for n in notices)}
            done = [chat for chat in ticketed if ticketed_is_wrong(stage, chat, house.sandbox.ledger()) is None]
            if wanted <= ends and len(done) == len(ticketed) and not untold(stage, ticketed):
                break
            house.sandbox.advance(RETRY_SECONDS)
            time.sleep(AGAIN_SECONDS * 5)
        time.sleep(QUIET_SECONDS)
        ledger, told = house.sandbox.ledger(), heard(stage)
        wrong = [text for text in (bridged_is_wrong(stage, chat, told.get((BRIDGED, chat.id), []), ledger) for chat in bridged) if text]
        checks.that("rows 88, 104-106: one user, one conversation, every word once and in order, both ways", not wrong,
                    f"{len(wrong)} of {len(bridged)} differ\n    " + "\n    ".join(wrong[:5]))
        wrong = [text for text in (ticketed_is_wrong(stage, chat, ledger) for chat in ticketed) if text]
        checks.that("row 6: one ticket, and no call for a conversation", not wrong, "\n    ".join(wrong[:5]))
        wrong = untold(stage, ticketed)
        checks.that("row 85: all that was said stands on the ticket, once and in order", not wrong, "\n    ".join(wrong[:5]))
        told_live = [text for text in (told_twice(stage, chat) for chat in bridged) if text is not None]
        checks.that("row 85: nor does a ticket of Agent Workspace have it twice, or a part of it", "" in told_live and not any(told_live),
                    f"{len(told_live)} of {len(bridged)}: {[text for text in told_live if text][:5]}")
        house.replays(checks)
        if checks.failed:
            print(house.said())


if __name__ == "__main__":
    sys.exit(run(play, __doc__, seed=None, chats=30))
