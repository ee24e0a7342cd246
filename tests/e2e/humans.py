#!/usr/bin/env python3
"""Humans who take over and give back, on a real Kafka, while every program is ended and started again under them.

60 conversations with two hand-overs each and 20 mailed tickets of three comments; agents take, reply, solve, close and release
when the draw says so. In the end the ledger and the views must show: not one word of a bot after a human took over, not one word
of a customer lost to the agent, no reply at the wrong brand, one ticket an episode (rows 43, 46, 51, 58-61, 71 and 103).

    TIELINE_BIN=build/release/bin TIELINE_KAFKA=deploy/kafka/kafka tests/e2e/humans.py [--seed N] [--keep DIR]"""

import json
import os
import pathlib
import random
import re
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/support"), str(ROOT / "tests/integration")]

from egress_support import TicketHouse  # noqa: E402
from house import ACCOUNT, PROGRAMS  # noqa: E402
from kafka_node import KafkaNode  # noqa: E402
from script import run  # noqa: E402
from zendesk import LedgerWatch  # noqa: E402

# 100 updates of tickets a minute, and each ticket of a conversation needs one: a mail may wait for the next minute.
STEP_SECONDS = 75
RUN_SECONDS_MAX = 120
LOOK_SECONDS = 0.15
QUIET_SECONDS = 3
# Who waits for so long may wait for a webhook that failed: it is tried again after a minute of the sandbox's clock.
STALL_SECONDS = 4
RETRY_SECONDS = 61
# So long after a mail its webhook is on its way for sure.
SENT_SECONDS = 0.3
AGENTS_LINE = "zd-agentWorkspace"
NOTICE = "I am connecting you with a colleague. One moment, please."
ENDED = "The conversation with my colleague is over. Anything else?"
LIMITS = {"support_requests_per_minute": 100000, "support_updates_per_minute": 100000}
EPISODES = 2


class Missed(Exception):
    """Something that should have come did not."""


class WideHouse(TicketHouse):
    """A house whose account has tickets too, and whose Zendesk has wide budgets."""

    def start_sandbox(self, *flags):
        scenario = self.folder / "scenario.json"
        scenario.write_text(json.dumps(LIMITS), encoding="utf-8")
        super().start_sandbox("--scenario", scenario, *flags)


class Stage:
    """What all actors share: the house, how to wait, and the gate that is closed while ingest is away.

    A ticket's webhook that meets a refused connection is never tried again, so nobody mails into a closed gate."""

    def __init__(self, house, watch):
        self.house, self.watch = house, watch
        self.sandbox, self.desk = house.sandbox, house.desk
        self.agents = [agent["name"] for agent in house.sandbox.ready["agents"]]
        self.gate = threading.Lock()
        self._nudging = threading.Lock()
        self._nudged = 0.0

    def until(self, what, holds):
        begun = time.monotonic()
        while not holds():
            if time.monotonic() - begun > STEP_SECONDS:
                raise Missed(f"{what}: not within {STEP_SECONDS} s")
            if time.monotonic() - begun > STALL_SECONDS:
                self._nudge()
            time.sleep(LOOK_SECONDS)

    def act(self, agent, verb, **body):
        answer = self.desk.agent(agent, verb, **body)
        if answer.status not in (200, 201):
            raise Missed(f"{agent} could not {verb} {body}: {answer}")
        return answer.json()

    def _nudge(self):
        with self._nudging:
            if time.monotonic() - self._nudged > STALL_SECONDS:
                self._nudged = time.monotonic()
                self.sandbox.advance(RETRY_SECONDS)


class Actor:
    """A customer with an agent, and a draw of their own. Words by what must become of them:

    asked   answered once       hasty  answered at most once: a human was asked for right behind it
    humans  never answered by the bot: a human has it when they are written"""

    kind = None

    def __init__(self, number, store, seed):
        self.name = f"{self.kind}-{number}"
        self.store = store
        self.draw = random.Random(f"{seed}/{self.name}")
        self.asked, self.hasty, self.humans, self.replies, self.written = [], [], [], [], []
        self.place = None  # the conversation or the ticket
        self.missed = None

    def token(self, words):
        words.append(f"w{self.name}-{len(self.written)}-{self.draw.randrange(10**6)}w")
        self.written.append(words[-1])
        return words[-1]

    def pause(self, longest):
        time.sleep(self.draw.uniform(0, longest))

    def run(self, stage):
        try:
            self.play(stage)
        except Exception as error:  # pylint: disable=broad-except
            self.missed = f"{self.name} ({self.place}): {error!r}"


class Talk(Actor):
    """One conversation in a widget."""

    kind = "talk"

    def play(self, stage):
        self.pause(10)
        for _ in range(EPISODES):
            for _ in range(self.draw.randint(1, 2)):
                self.ask(stage)
            self.call_human(stage)
            self.with_human(stage)
        self.ask(stage)

    def write(self, stage, text):
        self.place = stage.sandbox.write(self.name, self.store.brand, text, self.place)["conversation"]

    def view(self, stage):
        return stage.sandbox.conversation(self.place)

    def ask(self, stage):
        word = self.token(self.asked)
        self.write(stage, f"echo {word}")
        wanted = f"{self.store.name}: {word}"
        stage.until(f"the answer to {word}", lambda: any(message["text"] == wanted for message in self.view(stage)["messages"]))
        self.pause(1)

    def call_human(self, stage):
        if self.draw.random() < 0.5:
            self.write(stage, f"slow {self.draw.choice(['0.1', '0.5', '1'])} {self.token(self.hasty)}")
            self.pause(0.6)
        self.write(stage, "Let me talk to a human")
        if self.draw.random() < 0.5:  # not known yet whether anybody has passed it: the agent must see it, the bot need not answer
            self.write(stage, f"echo {self.token(self.hasty)}")
        stage.until("the agents have it", lambda: self.view(stage).get("active") == AGENTS_LINE)

    def with_human(self, stage):
        agent, at = self.draw.choice(stage.agents), {"conversation": self.place}
        if self.draw.random() < 0.5:
            self.write(stage, f"echo {self.token(self.humans)}")
        self.pause(2)
        stage.act(agent, "take", **at)
        for _ in range(self.draw.randint(1, 3)):
            self.pause(0.8)
            if self.draw.random() < 0.6:
                stage.act(agent, "reply", text=self.token(self.replies), **at)
            self.write(stage, f"echo {self.token(self.humans)}")
        self.pause(1)
        how = self.draw.choice(["close", "solve and close", "release"])
        if how == "solve and close":
            stage.act(agent, "solve", **at)
            self.pause(0.5)
        stage.act(agent, "release" if how == "release" else "close", **at)
        self.pause(1)


class Mail(Actor):
    """One mailed ticket of three comments: a human is asked for by the second, or takes it while the bot thinks of the first."""

    kind = "mail"

    def play(self, stage):
        self.pause(2)
        agent, at = self.draw.choice(stage.agents), {}
        if self.draw.random() < 0.6:
            word = self.token(self.asked)
            at["ticket"] = self.write(stage, f"echo {word}")
            stage.until(f"the answer to {word}", lambda: f"{self.store.name}: {word}" in self.bot_said(stage))
            self.pause(2)
            self.write(stage, f"I want to talk to a human about {self.token(self.hasty)}")
            stage.until("the ticket is nobody's", lambda: self.view(stage)["assignee"] is None)
            self.pause(2)
            stage.act(agent, "take", **at)
        else:
            at["ticket"] = self.write(stage, f"slow {self.draw.choice(['0.5', '1', '2'])} {self.token(self.hasty)}")
            self.pause(5)
            stage.act(agent, "take", **at)
            self.write(stage, f"echo {self.token(self.humans)}")
        self.pause(1)
        stage.act(agent, "reply", text=self.token(self.replies), **at)
        self.pause(1)
        self.write(stage, f"echo {self.token(self.humans)}")
        self.pause(2)
        for verb in self.draw.choice([["solve"], ["close"], ["solve", "close"], ["release"]]):
            stage.act(agent, verb, **at)
            self.pause(1)

    def write(self, stage, text):
        with stage.gate:
            if self.place is None:
                self.place = stage.desk.mail(self.name, self.store.brand, "My order", text)["ticket"]
            else:
                stage.desk.answer_mail(self.name, self.place, text)
        return self.place

    def view(self, stage):
        return stage.desk.ticket(self.place)

    def bot_said(self, stage):
        return [comment["text"] for comment in self.view(stage)["comments"] if comment["from"] == "bot" and comment["public"]]


def play_all(stage, actors, draw, checks):
    """Plays them all at once, and restarts each program on the way; the seconds that took."""
    restarts = list(PROGRAMS) + ["processor", "egress"]
    draw.shuffle(restarts)
    share = len(actors) * 7 / len(restarts)
    plan = [(round(share * (i + draw.uniform(0.3, 1))), name) for i, name in enumerate(restarts)]
    threads = [threading.Thread(target=actor.run, args=(stage,), daemon=True) for actor in actors]
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        if plan and stage.watch.total_posts() >= plan[0][0]:
            restart(stage, *plan.pop(0), begun, checks)
        time.sleep(0.05)
    checks.equal("every restart came about", plan, [])
    missed = [actor.missed for actor in actors if actor.missed]
    checks.that("every answer and every hand-over came in time", not missed, "\n    ".join([str(len(missed))] + missed[:8]))
    return time.monotonic() - begun


def restart(stage, at, name, begun, checks):
    if name == "ingest":
        with stage.gate:
            time.sleep(SENT_SECONDS)
            status = stage.house.restart(name)
        stage.sandbox.advance(RETRY_SECONDS)
    else:
        status = stage.house.restart(name)
    print(f"{time.monotonic() - begun:6.1f} s  {at:5d} posts  {name} restarted", flush=True)
    checks.equal(f"{name} ends with 0 at SIGTERM", status, 0)


def in_human_hands(entries):
    """The ledger's numbers between which humans have a conversation: [from, to), to is None while they still have it."""
    spans = []
    for entry in entries:
        verb = entry["path"].rsplit("/", 1)[1]
        is_agents = entry["path"].startswith("/sandbox/agents/")
        is_open = bool(spans) and spans[-1][1] is None
        if not is_open and (verb == "passControl" or (is_agents and verb == "take")):
            spans.append([entry["seq"], None])
        elif is_open and is_agents and verb in ("close", "release"):
            spans[-1][1] = entry["seq"]
    return spans


def during(spans, number):
    return any(first < number and (last is None or number < last) for first, last in spans)


def words_wrong(actor, said):
    """What is wrong with the bot's public words, whenever it said them."""
    found = []
    for kind, words, least, most in (("asked", actor.asked, 1, 1), ("hasty", actor.hasty, 0, 1),
                                     ("for humans", actor.humans, 0, 0)):
        for word in words:
            times = sum(word in text for text in said)
            if not least <= times <= most:
                found.append(f"{kind} {word} was answered {times} times")
    own = [f"{actor.store.name}: {word}" for word in actor.asked + actor.hasty + actor.humans]
    strange = [text for text in said if text not in own + [NOTICE, ENDED, actor.store.welcome]]
    return found + ([f"wrong brand or words: {strange}"] if strange else [])


def talk_wrong(stage, talk, entries):
    """Row by row what is wrong with one conversation."""
    view, tickets = talk.view(stage), stage.desk.tickets(talk.place)
    ids = {str(ticket["id"]) for ticket in tickets}
    mine = [entry for entry in entries if entry["applied"] and entry["conversation"] in ids | {talk.place}]
    spans = in_human_hands(mine)
    messages = {message["id"]: message for message in view["messages"]}
    bots = [message for message in view["messages"] if message["from"] == "bot"]
    loud = [message["text"] for message in bots if not message.get("silent")]
    late = [messages[post["object_id"]]["text"] for post in stage.watch.posts(talk.place)
            if during(spans, post["seq"]) and messages[post["object_id"]]["text"] not in (NOTICE, ENDED)]
    seen = " ".join(message["text"] for message in view["messages"] if message["from"] == "customer")
    passes = [entry for entry in mine if entry["path"].endswith("/passControl")]
    comments = [comment for ticket in ids for comment in stage.desk.ticket(ticket)["comments"] if comment["from"] == "bot"
                and "tieline.effect" in json.dumps(comment.get("metadata"))]
    return {
        "late": late,
        "lost": [word for word in talk.asked + talk.hasty + talk.humans if word not in seen],
        "words": words_wrong(talk, loud) + ([f"at {view['brand_name']}"] if view["brand_name"] != talk.store.brand else [])
        + sorted({message["name"] for message in bots if not message.get("silent")} - {talk.store.author}),
        "tickets": [f"{len(spans)} episodes, {len(passes)} passes, {len(tickets)} tickets"]
        if not len(spans) == len(passes) == len(tickets) == EPISODES else [],
        "notices": [f"{loud.count(NOTICE)} and {loud.count(ENDED)}"]
        if (loud.count(NOTICE), loud.count(ENDED)) != (EPISODES, EPISODES) else [],
        "comments": comments,
    }


def mail_wrong(stage, mail, entries):
    view = mail.view(stage)
    comments = {str(comment["id"]): comment for comment in view["comments"]}
    mine = [entry for entry in entries if entry["applied"] and entry["conversation"] == str(mail.place)]
    notes = [entry["seq"] for entry in mine if entry["method"] == "PUT" and entry["object_type"] == "comment"
             and not comments[entry["object_id"]]["public"]]
    takes = [entry["seq"] for entry in mine if re.fullmatch(r"/sandbox/agents/[^/]+/take", entry["path"])]
    since = min(notes + takes)
    late = [comments[entry["object_id"]]["text"] for entry in mine if entry["seq"] > since and entry["method"] == "PUT"
            and entry["object_type"] == "comment" and comments[entry["object_id"]]["public"]
            and comments[entry["object_id"]]["text"] not in (NOTICE, ENDED)]
    seen = " ".join(comment["text"] for comment in view["comments"] if comment["from"] == "customer")
    return {"late": late, "lost": [word for word in mail.asked + mail.hasty + mail.humans if word not in seen],
            "words": words_wrong(mail, mail.bot_said(stage))}


def judge(stage, talks, mails, checks):
    entries = stage.sandbox.ledger()
    wrong = [(talk, talk_wrong(stage, talk, entries)) for talk in talks if talk.place]
    wrong += [(mail, mail_wrong(stage, mail, entries)) for mail in mails if mail.place]
    for key, what in (("late", "not one word of a bot after a human took over (rows 60 and 61)"),
                      ("lost", "not one word of a customer lost to the agent"),
                      ("words", "each word answered as it must be, and at its brand (rows 43 and 46)"),
                      ("tickets", "one pass and one ticket an episode, and each came to its end (rows 51, 58, 59 and 71)"),
                      ("notices", "each hand-over and each return is told once (row 103)"),
                      ("comments", "no comment of ours on the ticket of a conversation")):
        bad = [f"{actor.name} ({actor.place}): {found[key]}" for actor, found in wrong if found.get(key)]
        checks.that(what, not bad, "\n    ".join([f"{len(bad)} of {len(wrong)}"] + bad[:8]))
    checks.equal("no other ticket", len(stage.desk.tickets()), len(talks) * EPISODES + len(mails))
    made = [entry["external_id"] for entry in entries
            if entry["method"] == "POST" and entry["path"] in ("/api/v2/tickets", "/api/v2/tickets.json") and entry["applied"]]
    checks.equal("no ticket of ours twice", len(made), len(set(made)))
    effects = [json.dumps(entry["metadata"], sort_keys=True) for entry in entries
               if entry["applied"] and "tieline.effect" in (entry["metadata"] or {})]
    checks.equal("no effect twice", len(effects), len(set(effects)))
    return [actor for actor, found in wrong if any(found.values())]


def play(arguments, folder, checks):
    draw = random.Random(arguments.seed)
    with KafkaNode(os.environ["TIELINE_KAFKA"], folder / "kafka") as kafka, \
            WideHouse(os.environ["TIELINE_BIN"], folder / "house", kafka.brokers, arguments.seed) as house:
        house.install()
        house.start()
        talks = [Talk(i, house.stores[i % len(house.stores)], arguments.seed) for i in range(arguments.conversations)]
        mails = [Mail(i, house.stores[i % len(house.stores)], arguments.seed) for i in range(arguments.tickets)]
        with LedgerWatch(house.sandbox, LOOK_SECONDS / 3) as watch:
            stage = Stage(house, watch)
            took = play_all(stage, talks + mails, draw, checks)
            time.sleep(QUIET_SECONDS)
            wrong = judge(stage, talks, mails, checks)
        checks.that(f"the run took less than {RUN_SECONDS_MAX} s", took < RUN_SECONDS_MAX, f"{took:.1f} s")
        print(f"{watch.total_posts()} posts in {took:.1f} s")
        house.replays(checks)
        house.finds(checks, f"{ACCOUNT}/ticket/{mails[0].place}", ticket=mails[0].place)
        for actor in wrong[:2]:
            key = f"{ACCOUNT}/{'messaging' if actor.kind == 'talk' else 'ticket'}/{actor.place}"
            print(house.tieline("show", key, "--brokers", kafka.brokers, "--prefix", house.prefix).stdout)
        if checks.failed:
            print(house.said())


if __name__ == "__main__":
    sys.exit(run(play, __doc__, seed=None, conversations=60, tickets=20))
