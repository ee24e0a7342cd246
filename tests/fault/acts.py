"""The scenarios of the fault suite: each plays one bad day and asks the oracle at its end.

A scenario is a function of a theatre and of the checks; its docstring says what it shows. HOUSES has what a house of its own needs,
CATCHES which mutant (lib/base/planted.h) must make which of them fail."""

import signal
import time
from concurrent.futures import ThreadPoolExecutor

from theatre import Guest, Letter

MESSAGES = {"method": "POST", "path": "*/messages"}
UPDATES = {"method": "PUT", "path": "/api/v2/tickets*"}
SESSION_SECONDS = 1.0
COMMIT_SECONDS = 11.5
EX_CONFIG = 78
CRASHES_MAX = 6


def until_silent(t, name):
    """The session of a program that left, or died, is over."""
    t.journal.note("away", who=name)
    time.sleep(SESSION_SECONDS + 0.7)


def effects_of(t, guests):
    """What was applied to these conversations, by the ledger."""
    places = {str(guest.place) for guest in guests}
    return [entry["seq"] for entry in t.ledger() if entry["conversation"] in places and entry["applied"]
            and (entry["metadata"] or {}).get("tieline.effect")]


# Zombies.


def zombie(t, point, kind, counts=1):
    """Stops the first egress at a point, lets a second take over, finish and leave, and wakes the first in the empty group."""
    guests = t.ask(3) + t.ask(2, kind=Letter)
    t.restart("egress", f"{point}:{counts}:stop")
    victim = [guest for guest in guests if isinstance(guest, kind)][0]
    victim.begin()
    t.wait_stopped("egress")
    others = [guest for guest in guests if guest is not victim]
    t.start("egress-1")
    for guest in others:
        guest.begin()
    for guest in [victim] + others:
        guest.end()
    t.program("egress-1").end()
    until_silent(t, "egress-1")
    t.wake("egress")
    t.ask_again(guests)


def zombie_before_its_commit(t, checks):
    """A horizon is recorded and its commit never asked; others do the work; it wakes in an empty group."""
    zombie(t, "E1", Guest)
    t.judge(checks)


def zombie_in_its_commit(t, checks):
    """The same while a commit is on its way."""
    zombie(t, "E12", Guest, 2)
    t.judge(checks)


def zombie_before_its_call(t, checks):
    """The same right before a ticket's update is given away, behind the last check: its stamp is too old by then."""
    zombie(t, "E8", Letter)
    t.judge(checks)


def zombie_ready_to_send(t, checks):
    """The same when a message may be sent and is not begun: who wakes has stalled and sends nothing."""
    # The bot is asked first, then its answer is sent.
    zombie(t, "E2", Guest, 2)
    t.judge(checks)


def late_outcome(t, checks):
    """A stalled owner was refused; its successor does it. What the first says then is old news: nobody calls a human."""
    guests = t.ask(4)
    t.quiet()
    # The first answer is that of the bot.
    t.restart("egress", "E5:2:stop")
    victim = guests[0]
    t.fault("status", status=400, match=MESSAGES, times=1)
    victim.begin()
    t.wait_stopped("egress")
    t.start("egress-1")
    t.stage.until("a takeover", lambda: len(t.takeovers()) > len(guests) and t.owns("egress-1"))
    t.wake("egress")
    t.ask_again(guests[1:])
    victim.end()
    t.ask_again(guests)
    t.judge(checks)
    checks.equal("nobody was called", [e["seq"] for e in t.ledger() if e["path"].endswith("passControl")], [])


def dies_after_sending(t, checks):
    """Killed when an answer begins to arrive, at first with nothing before it: what was sent is looked for, not sent again."""
    guests = t.invite(3)
    t.fault("delay_ms", ms=450, match=MESSAGES, times=3)
    for guest in guests:
        guest.begin()
    t.stage.until("messages without an answer", lambda: len(effects_of(t, guests)) >= 2)
    t.program("egress").end(signal.SIGKILL)
    t.start("egress")
    for guest in guests:
        guest.end()
    for passes in (1, 2):
        t.restart("egress", f"E4:{passes}")
        before = t.hits("E4")
        for guest in guests:
            guest.begin()
        t.stage.until("E4", lambda hit=before: t.is_hit("egress", "E4", hit))
        t.start("egress")
        for guest in guests:
            guest.end()
    t.judge(checks)


def dies_with_calls_out(t, checks):
    """Killed while answers are awaited and other lanes go on committing: none of the calls is forgotten."""
    guests = t.ask(8)
    for _ in range(3):
        t.fault("delay_ms", ms=400, match=MESSAGES, times=6)
        for guest in guests:
            guest.begin()
        time.sleep(t.draw.uniform(0.25, 0.4))
        t.program("egress").end(signal.SIGKILL)
        t.start("egress")
        for guest in guests:
            guest.end()
    t.judge(checks)


def zombie_commits_backwards(t, checks):
    """What a zombie without membership can do to an empty group: the offsets of long ago, over those of an owner that has died
    with calls out. What it had sent stands in `events`."""
    guests = t.ask(2)
    t.quiet()
    long_ago = t.offsets("egress", "commands")
    # New conversations begin with a message: nothing but it was sent in their partitions since.
    newcomers = t.invite(5)
    t.fault("delay_ms", ms=450, match=MESSAGES, times=5)
    for guest in newcomers:
        guest.begin()
    t.stage.until("messages without an answer", lambda: len(effects_of(t, newcomers)) >= 2)
    t.program("egress").end(signal.SIGKILL)
    until_silent(t, "egress")
    for at in long_ago.values():
        t.edit("move", t.house.prefix + "egress", t.house.topic("commands"), at["partition"], at["offset"], at["metadata"])
    t.start("egress")
    for guest in newcomers:
        guest.end()
    t.ask_again(guests)
    t.judge(checks)


# Webhooks that the log does not take.


def unconfirmed(t, checks):
    """The log stands still, and ingest dies before it goes on: what it could not store it has not answered 200."""
    guests = t.ask(2)
    t.kafka.pause()
    time.sleep(0.2)  # some of its threads stop later than others
    with ThreadPoolExecutor(40) as callers:
        statuses = list(callers.map(lambda number: t.bring([f"unconfirmed-{number}-{part}" for part in range(2)]), range(40)))
    t.program("ingest").end(signal.SIGKILL)
    t.kafka.resume()
    t.start("ingest")
    checks.that("while the log stands still they are sent away", statuses.count(503) > 30 and set(statuses) <= {200, 503}, statuses)
    t.ask_again(guests)
    t.judge(checks)


# Answers that are lost.


def lost_answers(t, checks):
    """Applied, and the connection dies, on one that was used before: libcurl must not send again, nor we without looking."""
    guests = t.ask(3) + t.ask(2, kind=Letter)
    for _ in range(2):
        t.fault("apply_then_drop", match=MESSAGES, times=2)
        t.fault("apply_then_drop", match=UPDATES, times=1)
        t.ask_again(guests)
    t.judge(checks)


def late_effects(t, checks):
    """No answer, and applied after the first look, but within the settle time."""
    guests = t.ask(3) + t.ask(1, kind=Letter)
    for _ in range(2):
        t.fault("late_apply_ms", ms=1300, match=MESSAGES, times=2)
        t.fault("late_apply_ms", ms=1300, match=UPDATES, times=1)
        t.ask_again(guests)
    t.judge(checks)


def an_agent_saves(t, checks):
    """Agents and the bot write on the same tickets at the same time: each comment once, and only on what was read."""
    letters = t.ask(4, kind=Letter)
    for _ in range(2):
        for letter in letters:
            letter.begin()
            letter.act("note", text="a look at it")
        time.sleep(0.4)
        for letter in letters:
            letter.act("note", text="another look at it")
        for letter in letters:
            letter.end()
    t.judge(checks)


# Events that come again.


def webhooks_twice(t, checks):
    """Every webhook is delivered twice, and half of them out of order."""
    side = t.house.sides["acme"]
    side.sandbox.fault("duplicate_webhook", match={}, times=-1)
    guests = t.ask(4) + t.ask(2, kind=Letter)
    t.ask_again(guests)
    side.desk.control("DELETE", "/faults")
    side.sandbox.fault("reorder_webhooks", ms=150, match={}, times=20)
    t.ask_again(guests)
    t.judge(checks)


def redelivery(t, checks):
    """The offsets of both programs are set back, twice, and every event is written once more: nothing happens again."""
    guests = t.ask(3) + t.ask(1, kind=Letter)
    programs = {"processor": "events", "egress": "commands"}
    t.quiet()
    at_first = {program: t.offsets(program, topic) for program, topic in programs.items()}
    t.ask_again(guests)
    t.quiet()
    for _ in range(2):
        for program in programs:
            t.program(program).end()
        until_silent(t, "both")
        for program, topic in programs.items():
            for at in at_first[program].values():
                t.edit("move", t.house.prefix + program, t.house.topic(topic), at["partition"], at["offset"], at["metadata"])
        for program in programs:
            t.start(program)
        t.ask_again(guests)
        t.quiet()
    for partition in range(t.house.partitions):
        t.edit("repeat", t.house.topic("events"), partition)
    t.ask_again(guests)
    t.judge(checks)


# Offsets that are lost, and copies that are not alone.


def lost_offsets(t, checks):
    """Without its offsets egress refuses to start and names --recover; with it, everything is in doubt and nothing doubled."""
    guests = t.ask(3) + t.ask(2, kind=Letter)
    t.quiet()
    t.program("egress").end()
    until_silent(t, "egress")
    t.edit("forget", t.house.prefix + "egress", t.house.topic("commands"))
    t.program("egress").launch()
    status = t.program("egress").wait(20)
    said = t.program("egress").said(5)
    checks.equal("without offsets it ends with 78", status, EX_CONFIG)
    checks.that("and says what to do", "--recover" in said, said)
    for guest in guests:
        guest.begin()
    t.house.add_egress("recovering", 0, "--recover")
    t.start("recovering")
    for guest in guests:
        guest.end()
    t.ask_again(guests)
    t.quiet()
    t.program("recovering").end()
    t.start("egress")
    t.ask_again(guests)
    t.judge(checks)


def same_instance(t, checks):
    """Two copies with one name: one of them ends, or waits, and nothing is doubled."""
    guests = t.ask(4)
    for program, add in (("egress", t.house.add_egress), ("processor", t.house.add_processor)):
        twin = f"{program}-twin"
        add(twin, 0)
        for guest in guests:
            guest.begin()
        t.program(twin).launch()
        for guest in guests:
            guest.end()
        t.stage.until("one of them ends", lambda pair=(program, twin): not all(t.program(n).is_running() for n in pair))
        t.ask_again(guests)
        ended = [name for name in (program, twin) if not t.program(name).is_running()]
        checks.equal("the older one ends", ended, [program])
        t.program(twin).end()
        t.start(program)
        t.ask_again(guests)
    t.judge(checks)


# Owners and transactions.


def taken_while_words_wait(t, checks):
    """An agent takes a conversation while the bot's words wait for Zendesk's leave: they end unsaid."""
    guests = t.ask(4)
    t.fault("status", status=429, headers={"Retry-After": "3"}, match=MESSAGES, times=4)
    for guest in guests:
        guest.begin(kind="hasty")
    time.sleep(0.8)
    for guest in guests:
        guest.act("take")
    time.sleep(4)
    for guest in guests:
        guest.act("release")
    time.sleep(2)
    t.ask_again(guests)
    t.judge(checks)


def unknown_commit(t, checks):
    """The broker stands still in the middle of commits for longer than they are tried."""
    guests = t.ask(4)
    for _ in range(2):
        for guest in guests:
            guest.begin()
        time.sleep(t.draw.uniform(0.0, 0.03))
        t.kafka.pause()
        time.sleep(COMMIT_SECONDS)
        t.kafka.resume()
        for guest in guests:
            guest.end()
        t.ask_again(guests)
    checks.that("the processor runs on", t.program("processor").is_running(), t.program("processor").said(5))
    t.judge(checks)


def poison(t, checks):
    """An event crashes the processor three times: it goes to `dead`, its conversation waits, the others go on."""
    guests = t.ask(3)
    t.restart("processor", "P0:1")
    bad = t.invite(1)[0]
    bad.write("echo planted poison")
    # The first crash is noted by nobody: then three more, in which the event is alone in hand.
    until = time.monotonic() + 30
    while t.hits("P0") < CRASHES_MAX and time.monotonic() < until:
        if not t.program("processor").is_running():
            t.start("processor", "P0:1")
        elif any(record["record"]["stage"] == "processor" for record in t.house.records("dead")):
            break
    t.ask_again(guests)
    checks.that("then it is not tried again", t.program("processor").is_running(), t.program("processor").said(5))
    checks.that("three crashes, and the one before", 3 <= t.hits("P0") <= 4, t.hits("P0"))
    dead = [record["record"] for record in t.house.records("dead")]
    checks.that("the event is in `dead`, with its reason", len(dead) == 1 and dead[0]["stage"] == "processor", dead)
    t.judge(checks)


def needful_only(t, checks):
    """Zendesk refuses a ticket for a group that it does not know; asked for the needful it makes one, and the answer is lost."""
    guest = t.invite(1, store="outlet")[0]
    t.ask_again([guest])
    t.fault("apply_then_drop", match={"method": "POST", "path": "/api/v2/tickets*"}, skip=1)
    guest.say("hasty", "I want to talk to a human about {}")

    def made():
        return [entry for entry in t.ledger() if entry["path"] == "/api/v2/tickets" and entry["method"] == "POST"]

    t.stage.until("the ticket is made", lambda: any(entry["applied"] for entry in made()))
    t.judge(checks)
    checks.equal("needful_only: first the whole was refused", [entry["status"] for entry in made()][:1], [422])
    checks.equal("needful_only: then one was made", sum(entry["applied"] for entry in made()), 1)
    checks.that("needful_only: its answer was lost", len(made()) > 2, made())


ACTS = (unconfirmed, lost_answers, late_effects, an_agent_saves, dies_after_sending, dies_with_calls_out, webhooks_twice, redelivery,
        taken_while_words_wait, zombie_commits_backwards, zombie_before_its_commit, zombie_in_its_commit, zombie_before_its_call,
        zombie_ready_to_send, late_outcome, lost_offsets, same_instance, unknown_commit, poison,
        needful_only)

# What must fail when a guard is left out, and as what. `generation` is the simulator's (tests/sim): a real loop that wakes hears
# of its revocation before its request is on the wire, whatever it looks at itself.
DOUBLED = r"once: applied \d+ times"
CATCHES = {
    "unconfirmed": (unconfirmed, "accepted: webhook"),
    "horizon": (dies_after_sending, DOUBLED),
    "horizon_record": (zombie_commits_backwards, DOUBLED),
    "horizon_ahead": (lost_answers, "horizons: "),
    "mark_early": (dies_with_calls_out, "has no outcome|came to its outcome|never answered|came to its end"),
    "look_up": (lost_answers, DOUBLED),
    "settle": (late_effects, DOUBLED),
    "safe_update": (an_agent_saves, "an update without its stamp"),
    "aged_stamp": (an_agent_saves, "stamp is younger"),
    "seek_guard": (lost_answers, DOUBLED),
    "dedupe": (webhooks_twice, "words: answered"),
    "fence": (taken_while_words_wait, "bot_is_silent: the bot spoke"),
    "handle_reused": (unknown_commit, "came to its end|has no outcome|stands in commands"),
    "incarnation": (late_outcome, "nobody was called|never answered|Missed.'the answer to"),
}

# What a house of its own needs.
HOUSES = {needful_only: {"without_group": ("outlet",)}}
# Two copies of egress where one takes over from the other.
NEEDS_SECOND = {zombie_before_its_commit, zombie_in_its_commit, zombie_before_its_call, zombie_ready_to_send, late_outcome}


def prepare(t, act, mutant=None):
    """A house for it: started, with the mutant in each program."""
    t.house.install()
    if act in NEEDS_SECOND:
        t.house.add_egress("egress-1", 1)
    if mutant is not None:
        for program in t.house.programs.values():
            if program.name.startswith(("ingest", "processor", "egress")):
                program.extra = {"TIELINE_MUTANT": mutant}
    t.house.start()


def end(t):
    """Whatever stands still goes on, so that it can end."""
    for program in t.house.programs.values():
        if program.is_running():
            program.send(signal.SIGCONT)
