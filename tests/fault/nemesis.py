"""What goes wrong in a run: one thread for each target, each with a draw of its own from the run's seed.

    kills and stalls   ingest, copies of processor and egress, the broker
    rebalances         third copies that join and leave, good ends of the others
    the sandbox        answers lost before or after the effect, late, slow, refused; reads that lag; webhooks twice or late"""

import collections
import http.client
import random
import signal
import threading
import time

from http_json import Refused

# Beyond the session, so that others take over before it wakes.
STALL_SECONDS = (0.2, 3.0)
# Later than the call's time-out, and with the longest read lag still within the settle time behind it.
LATE_MS = (600, 1200)
LAG_MS = (300, 1000)
# So many orders wait in one account at a time: they are for what comes next, not for the end of the run.
ORDERS_WAITING = 4
MESSAGES, TICKETS, PASS = "*/messages", "/api/v2/tickets*", "*/passControl"
UPLOADS = "*/attachments*"
WRITES = ((("POST", MESSAGES),) * 4 + (("PUT", TICKETS),) * 2 + (("POST", TICKETS), ("POST", PASS), ("POST", UPLOADS)))
KINDS = (("apply_then_drop", "status") * 3 + ("drop", "delay_ms", "late_apply_ms", "read_lag_ms") * 2
         + ("slow_body", "limit", "duplicate_webhook", "reorder_webhooks"))
# What a whole run must have met, each as the beginning of a kind's name.
EXPECTED = (tuple(f"{what} {who}" for what in ("kill", "stall") for who in ("ingest", "processor", "egress"))
            + ("kill broker", "processor joins", "processor leaves", "egress joins", "egress leaves", "apply_then_drop", "drop",
               "status 5", "status 429", "delay_ms", "slow_body", "late_apply_ms", "read_lag_ms", "duplicate_webhook",
               "reorder_webhooks"))
READS = (("GET", MESSAGES), ("GET", TICKETS), ("GET", "*/conversations/*"))


class Tally:
    """Counts what went wrong, by kind. Any thread."""

    def __init__(self, wanted, journal):
        self.counts = collections.Counter()
        self.hard = 0
        self.wanted = wanted
        self._journal = journal
        self._lock = threading.Lock()

    def add(self, what, is_hard=False, **more):
        with self._lock:
            self.counts[what] += 1
            self.hard += is_hard
        self._journal.note("fault", what=what, **more)

    def missing(self):
        """Kinds of EXPECTED that never happened."""
        with self._lock:
            return [kind for kind in EXPECTED if not any(what.startswith(kind) for what in self.counts)]

    def kills(self):
        """Processes that were ended without a word: programs and brokers."""
        with self._lock:
            return sum(count for what, count in self.counts.items() if what.startswith("kill "))

    @property
    def total(self):
        with self._lock:
            return sum(self.counts.values())


class Nemesis(threading.Thread):
    """Breaks one thing again and again until told to stop, then leaves it whole."""

    def __init__(self, name, seed, house, tally):
        super().__init__(daemon=True, name=f"nemesis-{name}")
        self.target = name
        self.house, self.tally = house, tally
        self.draw = random.Random(f"{seed}/{self.name}")
        self.is_over = threading.Event()
        self.trouble = None

    def run(self):
        try:
            while not self.is_over.is_set():
                self.is_over.wait(self.draw.uniform(*self.gap))
                if not self.is_over.is_set():
                    self.strike()
            self.heal()
        except Exception as error:  # pylint: disable=broad-except
            self.trouble = f"{self.name}: {error!r}"

    def heal(self):
        """What is to be put right at the end."""

    def restart(self, name, after=0.0):
        time.sleep(after)
        self.house.programs[name].start(90)


class Killer(Nemesis):
    """Kills, stops or ends the copies of one program in turn."""

    gap = (1.2, 4.0)

    def strike(self):
        name = self.draw.choice(self.house.names(self.target))
        program = self.house.programs[name]
        what = self.draw.choices(["kill", "stall", "end"], (5, 4, 1))[0]
        away = self.draw.choice([0.0, 0.0, self.draw.uniform(0, 2.5)])
        stalled = self.draw.uniform(*STALL_SECONDS)
        if not program.is_running():
            raise RuntimeError(f"{name} ended by itself with {program.wait()}:\n{program.said()}")
        if what == "kill":
            self.tally.add(f"kill {self.target}", True, who=name)
            program.end(signal.SIGKILL)
            self.restart(name, away)
        elif what == "stall":
            self.tally.add(f"stall {self.target}", True, who=name, seconds=round(stalled, 2))
            program.send(signal.SIGSTOP)
            time.sleep(stalled)
            program.send(signal.SIGCONT)
        else:
            self.tally.add(f"end {self.target}", who=name)
            status = program.end()
            if status != 0:
                raise RuntimeError(f"{name} ended with {status} at SIGTERM:\n{program.said()}")
            self.restart(name, away)


class BrokerKiller(Nemesis):
    gap = (18, 35)

    def __init__(self, seed, house, tally, kafka):
        super().__init__("broker", seed, house, tally)
        self._kafka = kafka

    def strike(self):
        # The first is a death: there are few of these, and no run may pass without one.
        if self.draw.random() < 0.6 or not self.tally.counts["kill broker"]:
            self.tally.add("kill broker", True)
            away = self.draw.uniform(0, 1)
            with self.house.outage:
                self._kafka.kill()
                time.sleep(away)
                self._kafka.start()
        else:
            seconds = self.draw.uniform(0.5, 4)
            self.tally.add("stall broker", True, seconds=round(seconds, 2))
            with self.house.outage:
                self._kafka.pause()
                time.sleep(seconds)
                self._kafka.resume()


class Storm(Nemesis):
    """Further copies of one program join and leave, in good order or killed: everybody's partitions move."""

    gap = (1.5, 5.0)

    def __init__(self, target, seed, house, tally, joiners):
        super().__init__(target, seed, house, tally)
        self._joiners = joiners
        self.name = f"storm-{target}"

    def strike(self):
        name = self.draw.choice(self._joiners)
        program = self.house.programs[name]
        if not program.is_running():
            self.tally.add(f"{self.target} joins", who=name)
            program.start(90)
        elif self.draw.random() < 0.5:
            self.tally.add(f"{self.target} leaves", who=name)
            program.end()
        else:
            self.tally.add(f"kill {self.target}", True, who=name)
            program.end(signal.SIGKILL)

    def heal(self):
        for name in self._joiners:
            self.house.programs[name].end()


class ZendeskNemesis(Nemesis):
    """Orders faults of one account's sandbox; those that hit something are counted."""

    gap = (0.3, 1.0)

    def __init__(self, side, seed, house, tally):
        super().__init__(f"zendesk-{side.account}", seed, house, tally)
        self._side = side
        self._ordered = {}  # id -> kind

    def strike(self):
        try:
            self._count()
            if len(self._ordered) < ORDERS_WAITING:
                order = self._order()
                self._ordered[self._side.sandbox.fault(**order)["id"]] = order["kind"] + (
                    f" {order['status']}" if "status" in order else "")
        except (OSError, http.client.HTTPException, Refused) as error:
            raise RuntimeError(f"the sandbox of {self._side.account}: {error}") from error

    def _order(self):
        draw = self.draw
        kind = draw.choice(KINDS)
        method, path = draw.choice(READS if kind == "read_lag_ms" else WRITES)
        order = {"kind": kind, "match": {"method": method, "path": path}, "times": 1}
        if kind == "status":
            order |= {"status": draw.choice([500, 502, 503, 504]), "when": draw.choice(["before", "after", "after"])}
        elif kind == "limit":
            order |= {"kind": "status", "status": 429, "headers": {"Retry-After": "1"}}
        elif kind in ("delay_ms", "slow_body"):
            order |= {"ms": draw.randint(200, 1000)}
        elif kind == "late_apply_ms":
            order |= {"ms": draw.randint(*LATE_MS)}
        elif kind == "read_lag_ms":
            order |= {"ms": draw.randint(*LAG_MS), "times": draw.randint(1, 3)}
        elif kind == "duplicate_webhook":
            order |= {"match": {}}
        elif kind == "reorder_webhooks":
            order |= {"match": {}, "ms": draw.randint(100, 600)}
        return order

    def _count(self):
        waiting = {order["id"] for order in self._side.desk.control("GET", "/faults").json()["faults"]}
        for number in [number for number in self._ordered if number not in waiting]:
            self.tally.add(self._ordered.pop(number), account=self._side.account)

    def heal(self):
        self._count()
        self._side.desk.control("DELETE", "/faults")
