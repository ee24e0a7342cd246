"""All of Tieline for the fault tests: two Zendesk accounts, several copies of processor and egress, short timers.

    with FaultHouse(bin, folder, brokers, seed) as house:
        house.install()
        house.start()
        house.keep(case)      what the oracle reads, in one folder"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))

from desk import Desk  # noqa: E402
from house import House, Store  # noqa: E402
from http_json import Client  # noqa: E402
from zendesk import Sandbox  # noqa: E402

SESSION = "1s"
CALL_TIMEOUT = "500ms"
SETTLE = "2s"
BOT_TIMEOUT = "3s"
PARTITIONS = 8
# The same brand ids and the same names of people in both accounts: what is told apart only by them would be mixed up.
STORES = {"acme": ("shoes", "hats", "outlet"), "beta": ("bikes", "boats")}
BY_TICKET_ONLY = ("outlet",)
# Its humans have a group that Zendesk does not know: it refuses the whole ticket, and the needful is asked for. None of those that
# make tickets: a creation that was in doubt before it was refused waits longer than a customer of these tests.
WITHOUT_GROUP = ("boats",)
NO_GROUP = "999999"
SCENARIO = {"support_requests_per_minute": 100000, "support_updates_per_minute": 100000,
            "webhook_timeout_ms": 4000, "support_webhook_timeout_ms": 4000}


class Side:
    """One Zendesk account as a test acts on it."""

    def __init__(self, account, sandbox):
        self.account = account
        self.sandbox = sandbox
        self.desk = Desk(sandbox.ready)
        self.agents = [agent["name"] for agent in sandbox.ready["agents"]]
        self.stores = [Store(name, brand, account) for name, brand in zip(STORES[account], sandbox.brands)]
        self.zendesk = None
        self.first_seq = 1


def copy_name(program, copy):
    return program if copy == 0 else f"{program}-{copy}"


class Outage:
    """How long the log was away altogether: nobody's patience counts that time. One thread ends it, any asks."""

    def __init__(self):
        self._lock = threading.Lock()
        self._over = 0.0
        self._since = None

    def __enter__(self):
        with self._lock:
            self._since = time.monotonic()

    def __exit__(self, *_):
        with self._lock:
            self._over += time.monotonic() - self._since
            self._since = None

    def seconds(self):
        with self._lock:
            return self._over + (0.0 if self._since is None else time.monotonic() - self._since)


class FaultHouse(House):
    """`copies` says how many of a program there are; the first is called "0", the next "1"."""

    def __init__(self, bin_dir, folder, brokers, seed=1, copies=None, accounts=tuple(STORES), settle=SETTLE,
                 without_group=WITHOUT_GROUP):
        super().__init__(bin_dir, folder, brokers, seed, PARTITIONS)
        self.copies = {"processor": 1, "egress": 1} | (copies or {})
        self.accounts = accounts
        self.settle = settle
        self.without_group = without_group
        self.sides = {}
        self.outage = Outage()
        self.dump_program = pathlib.Path(os.environ.get("TIELINE_LOG_DUMP") or self.bin.parent / "tests/log_dump")

    def start_sandbox(self, *flags):
        for number, account in enumerate(self.accounts):
            scenario = self.folder / f"scenario-{account}.json"
            scenario.write_text(json.dumps(SCENARIO | {"subdomain": account}), encoding="utf-8")
            program = self._program(f"sandbox-{account}", "tieline-sandbox", "--listen", "127.0.0.1:0", "--admin",
                                    "127.0.0.1:0", "--seed", self.seed + number, "--scenario", scenario, *flags)
            self.sides[account] = Side(account, Sandbox(program.start()))
        self.stores = [store for side in self.sides.values() for store in side.stores]

    def start_bot(self):
        super().start_bot()
        self.bot = Client("http://" + self.programs["bot"].ready["listen"])

    def file_url(self, name):
        """A file of the bot's host, with this name."""
        return f"http://{self.programs['bot'].ready['listen']}/files/{name}"

    def connect(self):
        for side in self.sides.values():
            side.zendesk = side.sandbox.connect(f"{self.ingest_url}/api/v1/connectors/{side.account}/webhook")
            for store in side.stores:
                hook = side.desk.webhook(f"{self.ingest_url}/api/v1/stores/{store.name}/tickets", store.token)
                side.desk.three_triggers(hook["id"], store.brand_id)
            side.first_seq = len(side.sandbox.ledger()) + 1

    def config(self):
        accounts = {}
        for side in self.sides.values():
            ready = side.sandbox.ready
            oauth = {"client_id": ready["oauth"]["client_id"],
                     "client_secret": self._secret(f"{side.account}-oauth", ready["oauth"]["client_secret"])}
            accounts[side.account] = self._account(side.account, side.sandbox, side.zendesk) | {
                "support": {"url": ready["support_url"], "bot_user_id": ready["bot_user_id"], "oauth": oauth}}
        stores = {store.name: self._store(store) for store in self.stores}
        for name, store in stores.items():
            store["bot"]["timeout"] = BOT_TIMEOUT
            store["handoff"] = {"live": name not in BY_TICKET_ONLY, "tags": f"from_{name},called"}
            if name in self.without_group:
                store["handoff"]["group"] = NO_GROUP
            store["chat"] = {}
        return {"accounts": accounts, "stores": stores}

    def describe(self):
        self._program("ingest", "tieline-ingest", *self._kafka(), "--listen", f"127.0.0.1:{self.ingest_port}",
                      "--key-file", self.folder / "keys/ingest.key")
        for copy in range(self.copies["processor"]):
            self.add_processor(copy_name("processor", copy), copy)
        for copy in range(self.copies["egress"]):
            self.add_egress(copy_name("egress", copy), copy)

    def add_processor(self, name, instance, *flags):
        """One more, not started."""
        return self._program(name, "tieline-processor", *self._kafka(), *self._member(instance), *flags)

    def add_egress(self, name, instance, *flags):
        """One more, not started."""
        return self._program(name, "tieline-egress", *self._kafka(), *self._member(instance), "--call-timeout", CALL_TIMEOUT,
                             "--key-file", self.folder / "keys/egress.key", *flags)

    def _kafka(self):
        return ["--brokers", self.brokers, "--prefix", self.prefix, "--admin", "127.0.0.1:0"]

    def _member(self, instance):
        return ["--instance", instance, "--session-timeout", SESSION, "--settle", self.settle]

    def names(self, program=None):
        """Of the running house: ingest and all copies, or the copies of one program."""
        copies = {"ingest": 1} | self.copies
        return [copy_name(name, copy) for name, count in copies.items() if program in (None, name) for copy in range(count)]

    def start(self):
        for name in self.names():
            self.programs[name].launch()
        for name in self.names():
            self.programs[name].await_ready()

    def stop(self):
        for program in self.programs.values():
            if program.is_running():
                program.send(signal.SIGCONT)
        for name in reversed(list(self.programs)):
            self.programs[name].end(signal.SIGKILL, 5)

    # What is judged.

    def dump(self, topic):
        """The records of a topic, decoded."""
        done = subprocess.run([str(self.dump_program), self.brokers, self.prefix, topic], stdin=subprocess.DEVNULL,
                              capture_output=True, check=False, timeout=120)
        if done.returncode != 0:
            raise RuntimeError(f"log_dump {topic}: {done.returncode} {done.stderr.decode(errors='replace')}")
        return done.stdout

    def records(self, topic):
        return [json.loads(line) for line in self.dump(topic).splitlines()]

    def unfinished(self):
        """Commands that have no outcome yet, as (partition, offset)."""
        commands = {(record["partition"], record["offset"]) for record in self.records("commands")}
        outcomes = {(record["partition"], record["record"]["command_offset"]) for record in self.records("events")
                    if record["record"]["type"] == "tieline.outcome"}
        return commands - outcomes

    def wait_quiet(self, seconds=60, pause=1.5):
        """Waits until every command has its outcome, and none is added for a while; what is left after `seconds`."""
        until = time.monotonic() + seconds
        seen, left = None, None
        while time.monotonic() < until:
            for side in self.sides.values():
                if any(delivery["state"] == "waiting" for delivery in side.sandbox.webhooks()["deliveries"]):
                    side.sandbox.advance(61)
            left = self.unfinished()
            count = sum(len(side.sandbox.ledger(1)) for side in self.sides.values())
            if not left and seen == count:
                return set()
            seen = count
            time.sleep(pause)
        return left if left is not None else {"nothing was read"}

    def edit_log(self, verb, *words):
        """What log_edit prints."""
        done = subprocess.run([str(self.dump_program.parent / "log_edit"), self.brokers, verb, *map(str, words)],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60)
        if done.returncode != 0:
            raise RuntimeError(f"log_edit {verb}: {done.stderr}")
        return done.stdout

    def offsets(self, program, topic):
        """What a program has committed, and where the log ends, by partition."""
        lines = self.edit_log("offsets", self.prefix + program, self.topic(topic)).splitlines()
        return {line["partition"]: line for line in map(json.loads, lines)}

    def keep(self, case):
        """Writes what the oracle reads beside the journal."""
        case = pathlib.Path(case)
        case.mkdir(parents=True, exist_ok=True)
        for topic in ("events", "commands", "dead"):
            (case / f"{topic}.jsonl").write_bytes(self.dump(topic))
        setup = {"accounts": {}}
        for side in self.sides.values():
            write_lines(case / f"{side.account}.ledger.jsonl", side.sandbox.ledger())
            (case / f"{side.account}.webhooks.json").write_text(json.dumps(side.sandbox.webhooks()), encoding="utf-8")
            (case / f"{side.account}.tickets.json").write_text(json.dumps(side.desk.tickets()), encoding="utf-8")
            setup["accounts"][side.account] = {
                "first_seq": side.first_seq, "app": side.sandbox.ready["app_id"],
                "conversations_url": side.sandbox.ready["conversations_url"],
                "stores": {store.name: {"brand": store.brand_id, "author": store.author} for store in side.stores}}
        ends = {partition: line["end"] for partition, line in self.offsets("egress", "commands").items()}
        (case / "ends.json").write_text(json.dumps(ends), encoding="utf-8")
        (case / "setup.json").write_text(json.dumps(setup, indent=1), encoding="utf-8")
        (case / "turns.json").write_text(json.dumps(self.bot.good("GET", "/turns")), encoding="utf-8")


def write_lines(path, entries):
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries), encoding="utf-8")
