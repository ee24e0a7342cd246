"""Customers and agents of the fault tests: they write, wait, are handed over and given back, whatever breaks meanwhile.

Each has a draw of its own from the run's seed and notes in the journal what it did. It never minds which way its words go: an
answer, or a human because the bot did not come through. That all of it was right is for the oracle to say."""

import http.client
import json
import random
import threading
import time

from http_json import Client, Refused

LOOK_SECONDS = 0.1
STEP_SECONDS = 90
# Who waits for so long may wait for a webhook that failed: it is tried again after a minute of the sandbox's clock.
STALL_SECONDS = 4
RETRY_SECONDS = 61
# A mail whose webhook met a closed door is never told again: the customer writes once more.
MAIL_AGAIN_SECONDS = 12
NOTICE_SECONDS = 10
# Zendesk's clock, by which ownership is ordered, has whole seconds in some places; people are slower than that.
# And nobody gives a conversation back before its pass was looked up, should its answer be lost (docs/ONCE-ONLY.md): a session,
# a restart, the settle time and the calls.
SESSION_SECONDS = (9.0, 11.0)
AFTER_SECONDS = (2.0, 3.0)
AGENTS_LINE = "zd-agentWorkspace"


class Missed(Exception):
    """Something that should have come did not."""


class Journal:
    """What the driver does, a JSON object a line. Any thread."""

    def __init__(self, path):
        self._file = open(path, "a", encoding="utf-8", buffering=1)
        self._lock = threading.Lock()
        self._begun = time.time()

    def note(self, do, **more):
        with self._lock:
            self._file.write(json.dumps({"do": do, "at": round(time.time() - self._begun, 3)} | more) + "\n")

    def close(self):
        self._file.close()


class Stage:
    """What all actors share. `is_over` ends them after what they are doing."""

    def __init__(self, house, journal, step_seconds=STEP_SECONDS):
        self.house, self.journal = house, journal
        self.step_seconds = step_seconds
        self.is_over = threading.Event()
        self._nudging = threading.Lock()
        self._nudged = 0.0

    def until(self, what, holds):
        """Waits for what `holds` returns when it is true. A broker that was killed may take half a minute to be back on a busy
        machine, in which nobody can be answered."""
        begun = time.monotonic() - self.house.outage.seconds()
        while True:
            found = holds()
            if found:
                return found
            waited = time.monotonic() - self.house.outage.seconds() - begun
            if waited > self.step_seconds:
                raise Missed(f"{what}: not within {self.step_seconds} s")
            if waited > STALL_SECONDS:
                self._nudge()
            time.sleep(LOOK_SECONDS)

    def _nudge(self):
        with self._nudging:
            if time.monotonic() - self._nudged > STALL_SECONDS:
                self._nudged = time.monotonic()
                for side in self.house.sides.values():
                    side.sandbox.advance(RETRY_SECONDS)


class Actor(threading.Thread):
    """A customer with an agent. `steps` bounds what is drawn, None lets the draw decide."""

    kind = None

    def __init__(self, number, side, store, seed, stage):
        super().__init__(daemon=True, name=f"{self.kind}-{number}")
        self.side, self.store, self.stage = side, store, stage
        self.draw = random.Random(f"{seed}/{self.name}")
        self.count = 0
        self.number = number
        self.place = None  # the conversation or the ticket, as the sandbox numbers it
        self.missed = None

    def run(self):
        try:
            self.play()
        except Missed as error:
            # Each of its five tries met a closed door. The oracle asks whether that explains the word.
            if self.was_given_up():
                self.stage.journal.note("given_up", place=str(self.place), what=str(error))
            else:
                self.miss(error)
        except Exception as error:  # pylint: disable=broad-except
            self.miss(error)

    def was_given_up(self):
        """Zendesk stopped bringing a webhook of this conversation. Of a ticket it does so at once; there customers write again."""
        return any(delivery.get("conversation") == self.place and delivery["state"] == "failed"
                   for delivery in self.side.sandbox.webhooks()["deliveries"])

    def miss(self, error):
        self.missed = f"{self.name} ({self.place} at {self.side.account}): {error!r}"
        self.stage.journal.note("missed", what=self.missed)

    def pause(self, longest):
        self.stage.is_over.wait(self.draw.uniform(0, longest))

    def stay(self, least, most):
        time.sleep(self.draw.uniform(least, most))

    def wait_for(self, seconds, holds):
        """Waits until it holds, or for so long."""
        until = time.monotonic() + seconds
        while not holds() and time.monotonic() < until and not self.stage.is_over.is_set():
            time.sleep(LOOK_SECONDS)

    def say(self, kind, text="echo {}"):
        """Writes; the words of the answer. Kinds: asked (answered once), hasty (at most once), human (never)."""
        token = f"w{self.kind}-{self.number}-{self.count}-{self.draw.randrange(10**6)}w"
        self.count += 1
        written = self.write(text.format(token))
        reply = f"{self.store.name}: {token}"
        self.stage.journal.note("word", account=self.side.account, store=self.store.name, place=str(self.place), object=written,
                                token=token, reply=reply, kind=kind)
        return reply

    def act(self, verb, **body):
        """An agent acts; what another has done before is no harm."""
        agent = self.draw.choice(self.side.agents)
        answer = self.side.desk.agent(agent, verb, **{self.at: self.place}, **body)
        self.stage.journal.note("act", verb=verb, agent=agent, account=self.side.account, place=str(self.place),
                                status=answer.status)
        return answer.status in (200, 201)


class Talk(Actor):
    """One conversation in a widget."""

    kind = "talk"
    at = "conversation"

    def write(self, text):
        wrote = self.side.sandbox.write(self.name, self.store.brand, text, self.place)
        self.place = wrote["conversation"]
        return wrote["message"]

    def view(self):
        return self.side.sandbox.conversation(self.place)

    def is_with_agents(self):
        return self.view().get("active") == AGENTS_LINE

    def play(self):
        self.pause(2)
        for _ in range(self.draw.randint(1, 2)):
            for _ in range(self.draw.randint(1, 3)):
                self.ask()
            if self.draw.random() < 0.6:
                self.call_human()
                self.with_human()
            if self.stage.is_over.is_set():
                return
        self.ask()

    def ask(self):
        picture = f"show {self.stage.house.file_url(f'{self.name}-{self.count}.png')} {{}}"
        form = self.draw.choice(["echo {}"] * 3 + ["slow 0.4 {}", "later 0.3 {}", picture])
        reply = self.say("asked", form)
        self.settled(f"the answer to {reply}", reply)
        self.pause(1)

    def settled(self, what, reply):
        """Waits for an answer, or until humans have it, who then end it."""
        def look():
            view = self.view()
            if any(message["text"] == reply for message in view["messages"]):
                return "answered"
            if view.get("active") == AGENTS_LINE:
                return "human"
            return self.is_on_ticket(view)

        if self.stage.until(what, look) == "human":
            self.with_human()

    def is_on_ticket(self, view):
        """The bot did not come through, and this brand's humans work on tickets only: they were told."""
        silent = [message["text"] for message in view["messages"] if message["from"] == "bot"]
        return "ticket" if self.store.name == "outlet" and any("colleague" in text for text in silent[-2:]) else None

    def call_human(self):
        if self.draw.random() < 0.5:
            self.say("hasty", "slow 0.3 {}")
            self.pause(0.5)
        before = len(self.view()["messages"])
        self.write("Let me talk to a human")
        if self.draw.random() < 0.5:
            self.say("hasty")
        if self.store.name == "outlet":
            # A notice is tried for a while only: whether the ticket is there says the oracle.
            self.wait_for(NOTICE_SECONDS, lambda: any("colleague" in m["text"] for m in self.view()["messages"][before:]))
        else:
            self.stage.until("the agents have it", self.is_with_agents)

    def with_human(self):
        if self.store.name == "outlet":
            return
        if self.draw.random() < 0.5:
            self.say("human")
        self.pause(1)
        self.act("take")
        for _ in range(self.draw.randint(0, 2)):
            self.pause(0.5)
            if self.draw.random() < 0.6:
                self.act("reply", text="I look into it")
            self.say("human")
        self.stay(*SESSION_SECONDS)
        self.act(self.draw.choice(["close", "release"]))
        # What was written to the human is not the bot's, and what comes next is not the human's.
        self.stage.until("the bot has it", lambda: not self.is_with_agents())
        self.stay(*AFTER_SECONDS)


class Mail(Actor):
    """One mailed ticket: asked, answered, and taken by a human at the end."""

    kind = "mail"
    at = "ticket"

    def write(self, text):
        if self.place is None:
            made = self.side.desk.mail(self.name, self.store.brand, "My order", text)
            self.place = made["ticket"]
        else:
            made = self.side.desk.answer_mail(self.name, self.place, text)
        return str(made["comment"])

    def view(self):
        return self.side.desk.ticket(self.place)

    def play(self):
        self.pause(2)
        for _ in range(self.draw.randint(1, 2)):
            if not self.ask() or self.stage.is_over.is_set():
                return
        if self.draw.random() < 0.5:
            self.say("hasty", "I want to talk to a human about {}")
            self.stage.until("the ticket is nobody's", self._handed_over)
        elif self.draw.random() < 0.5:
            self.say("hasty", "slow 1 {}")
            self.pause(2)
        self.act("take")
        self.act("reply", text="I look into it")
        self.say("human")
        self.pause(1)
        self.act("close")

    def ask(self):
        """False when a human got it instead."""
        reply = self.say("asked", self.draw.choice(["echo {}"] * 3 + ["slow 0.4 {}"]))
        asked = [time.monotonic()]

        def look():
            view = self.view()
            if any(c["from"] == "bot" and c["public"] and reply in c["text"] for c in view["comments"]):
                return "answered"
            if view["assignee"] is None:
                return "human"
            if time.monotonic() - asked[0] > MAIL_AGAIN_SECONDS:
                asked[0] = time.monotonic()
                self.say("asked")
            return None

        answered = self.stage.until(f"the answer to {reply}", look) == "answered"
        self.pause(1)
        return answered

    def _handed_over(self):
        if self.view()["assignee"] is None:
            return True
        if self.stage.is_over.wait(0):
            return True
        # Its webhook may never have come through.
        if not hasattr(self, "_asked_at"):
            self._asked_at = time.monotonic()
        if time.monotonic() - self._asked_at > MAIL_AGAIN_SECONDS:
            self._asked_at = time.monotonic()
            self.write("A human, please")
        return False


class Chat(Actor):
    """One chat in the bot's own widget, whose platform posts until it is taken. It ends when its words are where they belong; by
    ticket, or where that is made after all, the bot goes on."""

    kind = "chat"
    at = "conversation"

    def post(self, **event):
        def take():
            try:
                client = Client(self.stage.house.ingest_url, {"Authorization": f"Bearer {self.store.token}"}, 5)
                return client.call("POST", f"/api/v1/stores/{self.store.name}/events", dict(event, chat=self.name)).status == 200
            except (OSError, http.client.HTTPException):
                return False

        self.stage.until(f"ingest takes {event}", take)

    def write(self, text, kind="bots"):
        token = f"w{self.kind}-{self.number}-{self.count}-{self.draw.randrange(10**6)}w"
        self.count += 1
        # Its name is not its words': these go to a human once, and so does this.
        name = f"{self.name}-{self.count}.png"
        files = [{"url": self.stage.house.file_url(name), "media_type": "image/png", "name": name}]
        self.post(type="message", id=f"m{self.count}", text=text.format(token), attachments=files if self.draw.random() < 0.4 else [],
                  customer={"external_id": f"{self.store.name}-{self.name}", "name": "Ada Byron"} | self.contact())
        self.stage.journal.note("chat", account=self.side.account, store=self.store.name, token=token, id=f"m{self.count}", kind=kind,
                                key=f"{self.side.account}/chat/{self.store.name}:{self.name}")

    def contact(self):
        """Of some the mail address and the phone are known: by ticket their user is made first."""
        return {"email": f"{self.name}@example.org", "phone": f"+44 20 7946 {self.number:04d}"} if self.number % 3 else {}

    def conversation(self):
        """Where it is bridged to; None before that, and where it went by a ticket."""
        try:
            found = self.side.sandbox.api("GET", f"/conversations?filter%5BuserExternalId%5D={self.store.name}-{self.name}")
            return found["conversations"][0]["id"] if found["conversations"] else None
        except (Refused, OSError, http.client.HTTPException):
            return None

    def is_with_agents(self):
        try:
            return self.side.sandbox.conversation(self.place).get("active") == AGENTS_LINE
        except (Refused, OSError, http.client.HTTPException):
            return False

    def play(self):
        self.pause(2)
        for k in range(self.draw.randint(1, 3)):
            self.write("about {}")
            self.post(type="answer", id=f"a{k}", messages=[{"markdown": "So it is."}])
        self.post(type="handoff", id="h", reason="asked")
        for _ in range(self.draw.randint(0, 3)):  # whatever becomes of the call
            self.write("and {}", "open")
        if self.store.name == "outlet":
            return
        self.wait_for(self.stage.step_seconds / 2, lambda: self.conversation() is not None)
        self.place = self.conversation()
        if self.place is None:
            return
        self.wait_for(self.stage.step_seconds / 2, self.is_with_agents)
        if not self.is_with_agents():
            return
        for _ in range(self.draw.randint(1, 3)):
            self.write("for you {}", "human")
            self.pause(0.5)
        if self.act("take") and self.draw.random() < 0.6:
            self.act("reply", text="I look into it")
        self.write("for you {}", "human")


class Crowd:
    """Keeps so many actors busy until told to stop, each with a number of its own.

    A crowd over every store of the house, three talks for one mail, and chats among them."""

    def __init__(self, stage, seed, size):
        self.stage, self.seed, self.size = stage, seed, size
        self.actors = []
        self._busy = []
        self._number = 0
        self._lock = threading.Lock()

    def fill(self):
        """Replaces those who are done."""
        with self._lock:
            self._busy = [actor for actor in self._busy if actor.is_alive()]
            while len(self._busy) < self.size:
                self._busy.append(self._new())

    def _new(self):
        sides = list(self.stage.house.sides.values())
        side = sides[self._number % len(sides)]
        store = side.stores[self._number // len(sides) % len(side.stores)]
        kind = Mail if self._number % 4 == 3 and store.name != "outlet" else Chat if self._number % 5 == 2 else Talk
        actor = kind(self._number, side, store, self.seed, self.stage)
        self._number += 1
        self.actors.append(actor)
        actor.start()
        return actor

    def finish(self, seconds):
        """Lets them end what they are at; what was missed."""
        self.stage.is_over.set()
        until = time.monotonic() + seconds
        for actor in self.actors:
            actor.join(max(0.0, until - time.monotonic()))
        still = [f"{actor.name} ({actor.place}) is still waiting" for actor in self.actors if actor.is_alive()]
        return [actor.missed for actor in self.actors if actor.missed] + still
