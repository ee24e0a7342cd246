"""All of Tieline on one machine, each program by itself, so that a test can end and start any of them.

    house = House(bin, folder, brokers)
    house.install()          topics, keys, sandbox, demo bot, Zendesk's side, configuration
    house.start()            ingest, processor, egress
    house.restart("egress", signal.SIGKILL)
"""

import base64
import json
import os
import pathlib
import secrets
import signal
import subprocess
import time

from http_json import Client
from programs import Program, free_port
from zendesk import Sandbox

ACCOUNT = "acme"
PROGRAMS = ("ingest", "processor", "egress")
SESSION_TIMEOUT = "6s"
SETTLE = "30s"
SHADOW_SECONDS = 30


class Store:
    """One brand with a bot; `brand` is an entry of the sandbox's ready line."""

    def __init__(self, name, brand, account=ACCOUNT):
        self.name = name
        self.account = account
        self.brand = brand["name"]
        self.brand_id = str(brand["id"])
        self.widget = brand["widget_integration_id"]
        self.author = f"{brand['name']} bot"
        self.welcome = f"Welcome to {brand['name']}!"
        self.token = secrets.token_hex(16)
        self.bot_secret = "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()


def _decided(said):
    """The events of conversations that a replay told; those of a partition come all the time."""
    return [line for line in said.splitlines() if '"played":"decided"' in line]


class House:
    def __init__(self, bin_dir, folder, brokers, seed=1, partitions=8, prefix="tieline."):
        self.bin = pathlib.Path(bin_dir).resolve()
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.brokers = brokers
        self.prefix = prefix
        self.partitions = partitions
        self.seed = seed
        self.stores = []
        self.sandbox = None
        self.ingest_port = free_port()
        self.programs = {}
        self._zendesk = None

    # What stands before the programs start.

    def install(self):
        self.make_topics()
        self.make_keys()
        self.start_sandbox()
        self.start_bot()
        self.connect()
        done = self.apply(self.write_config())
        if done.returncode != 0:
            raise RuntimeError(f"tieline apply: {done.stdout}{done.stderr}")
        self.describe()

    def make_topics(self):
        self.need("topics", "--apply", "--partitions", self.partitions, "--brokers", self.brokers, "--prefix", self.prefix)

    def make_keys(self):
        self.need("keygen", self.folder / "keys")

    def start_sandbox(self, *flags):
        program = self._program("sandbox", "tieline-sandbox", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0",
                                "--seed", self.seed, *flags)
        self.sandbox = Sandbox(program.start())
        self.stores = [Store(name, brand) for name, brand in zip(("shoes", "hats"), self.sandbox.brands)]

    def start_bot(self):
        flags = ["--listen", "127.0.0.1:0", "--ingest", self.ingest_url]
        for store in self.stores:
            flags += ["--secret", store.bot_secret, "--token", f"{store.name}={store.token}"]
        self._program("bot", "tieline-demo-bot", *flags).start()

    def connect(self):
        self._zendesk = self.sandbox.connect(self.ingest_url + self.webhook_path)

    def config(self):
        """The configuration as an object; tests bend it before they write it."""
        return {"accounts": {ACCOUNT: self._account(ACCOUNT, self.sandbox, self._zendesk)},
                "stores": {store.name: self._store(store) for store in self.stores}}

    def write_config(self, config=None, name="config.json"):
        path = self.folder / name
        path.write_text(json.dumps(config or self.config(), indent=2), encoding="utf-8")
        return path

    def apply(self, path):
        return self.tieline("apply", path, "--yes", "--keys", self.folder / "keys/public.json",
                            "--brokers", self.brokers, "--prefix", self.prefix)

    def describe(self):
        """The three programs, not started yet."""
        kafka = ["--brokers", self.brokers, "--prefix", self.prefix, "--admin", "127.0.0.1:0"]
        member = ["--instance", "0", "--session-timeout", SESSION_TIMEOUT]
        keys = self.folder / "keys"
        self._program("ingest", "tieline-ingest", *kafka, "--listen", f"127.0.0.1:{self.ingest_port}",
                      "--key-file", keys / "ingest.key")
        self._program("processor", "tieline-processor", *kafka, *member)
        self._program("egress", "tieline-egress", *kafka, *member, "--settle", SETTLE, "--key-file", keys / "egress.key")

    def copy(self, program, instance):
        """One more copy of processor or egress, under another name; not started yet."""
        first = self.programs[program]
        flags = first.command[1:]
        flags[flags.index("--instance") + 1] = instance
        return self._program(f"{program}-{instance}", first.command[0], *flags)

    # The programs.

    def start(self):
        for name in PROGRAMS:
            self.programs[name].start()

    def restart(self, name, how=signal.SIGTERM, between=None):
        """Ends a program, does `between` while it is away, starts it again; its exit status."""
        program = self.programs[name]
        status = program.end(how)
        if between is not None:
            between()
        program.start()
        return status

    def stop(self):
        """Ends everything, the last started first."""
        for program in reversed(list(self.programs.values())):
            program.end()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def replays(self, checks):
        """What the log holds is what the same events come to once more, byte for byte."""
        done = self.tieline("replay", "--json", "--brokers", self.brokers, "--prefix", self.prefix)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        summed = lines[-1].get("replayed", {}) if lines else {}
        checks.that("the log, replayed, is the same", done.returncode == 0 and summed.get("same", 0) > 0,
                    f"{done.returncode} {summed} {done.stderr[-500:]}\n" + "\n".join(json.dumps(line)[:3000] for line in lines[:3]))

    def captures(self, checks, canaries=(), partition=0):
        """A capture replays without a broker, and a step back and forward comes to the same; redacted it holds no canary."""
        path = self.folder / "part.capture"
        kafka = ["--brokers", self.brokers, "--prefix", self.prefix]
        log = self.tieline("replay", "--json", "--partition", partition, *kafka)
        made = self.tieline("capture", "--json", "--whole", "--partition", partition, *kafka, path)
        checks.that("a capture is made, and is the same", made.returncode == 0 and json.loads(made.stdout)["differ"] == 0, made)
        own = self.tieline("replay", "--json", "--capture", path)
        checks.equal("it replays as the log does", own.stdout.splitlines()[-1:], log.stdout.splitlines()[-1:])
        script = "next 4\nhash\nback 3\nnext 3\nhash\n"
        step = subprocess.run([str(self.bin / "tieline"), "replay", "--step", "--capture", str(path)], input=script,
                              capture_output=True, text=True, check=False, timeout=60)
        hashes = [line for line in step.stdout.splitlines() if line.startswith("event 4, state hash ")]
        checks.that("back and forward again is where it was", len(hashes) == 2 and len(set(hashes)) == 1, step.stdout[-2000:] + step.stderr)
        bare = self.folder / "bare.capture"
        made = self.tieline("capture", "--json", "--partition", partition, *kafka, bare)
        checks.that("without words it decides the same", made.returncode == 0 and json.loads(made.stdout)["differ"] == 0, made)
        found = [word for word in canaries if made.returncode != 0 or word.encode() in bare.read_bytes()]
        checks.equal("and holds none of them", found, [])
        checks.that("which the whole one does", path.exists() and all(word.encode() in path.read_bytes() for word in canaries), canaries)
        told = self.tieline("decode", "capture", path)
        checks.that("its records are told", told.returncode == 0 and all(json.loads(line) for line in told.stdout.splitlines()), told.stderr)

    def finds(self, checks, conversation, message=None, ticket=None):
        """A conversation is found by what a person has in hand, out of the whole log, and replays by itself."""
        kafka = ["--brokers", self.brokers, "--prefix", self.prefix]
        own = self.tieline("replay", "--json", *kafka, conversation)
        checks.that("one conversation, replayed, is the same", own.returncode == 0 and json.loads(own.stdout.splitlines()[-1])["replayed"]["same"] > 0,
                    own.stdout[-2000:] + own.stderr)
        for flag, value in (("--message", message), ("--ticket", ticket)):
            if value is not None:
                found = self.tieline("replay", "--json", *kafka, flag, value)
                checks.equal(f"{flag} finds it", _decided(found.stdout), _decided(own.stdout))
        none = self.tieline("replay", *kafka, "--message", "of-nobody", "--since", "1h")
        checks.that("what nobody wrote is not found, and where was looked is said",
                    none.returncode in (65, 78) and "of-nobody" in none.stderr, f"{none.returncode} {none.stderr}")

    def shadows(self, checks):
        """--into another prefix: all commands are there, once however often it is run. An egress with the live one's own key
        has nothing to log in with there and nobody to call, not even the bot, and credentials are not taken."""
        kafka, there = ["--brokers", self.brokers, "--prefix", self.prefix], "shadow."
        self.need("topics", "--apply", "--partitions", 3, "--brokers", self.brokers, "--prefix", there)
        runs = [self.tieline("replay", "--json", *kafka, "--into", there) for _ in range(2)]
        said = [json.loads(run.stdout.splitlines()[-1])["replayed"] if run.returncode == 0 else {} for run in runs]
        first, again = said
        checks.that("a replay writes its commands to another prefix", first.get("written", 0) > 0 and first["written"] == first["commands"], runs[0])
        checks.equal("and a second one none of them again", (again.get("written"), again.get("there")), (0, first.get("written")))
        calls = len(self.sandbox.ledger())
        egress = self._program("shadow", "tieline-egress", "--brokers", self.brokers, "--prefix", there, "--admin", "127.0.0.1:0",
                               "--instance", "0", "--session-timeout", SESSION_TIMEOUT, "--settle", SETTLE,
                               "--key-file", self.folder / "keys/egress.key")
        egress.start()
        until = time.monotonic() + SHADOW_SECONDS
        while "secrets cannot be opened" not in egress.said(50) and time.monotonic() < until:
            time.sleep(0.5)
        checks.that("an egress takes them up there, and cannot log in", "secrets cannot be opened" in egress.said(50), egress.said(5))
        time.sleep(1)
        metrics = Client("http://" + egress.ready["admin"]).call("GET", "/metrics").body.decode().splitlines()
        checks.that("and shows what it called", any(line.startswith("# TYPE tieline_calls_started_total") for line in metrics), metrics[:5])
        checks.equal("and calls nobody, nor the bot, nor for a file",
                     [line for line in metrics if line.startswith("tieline_calls_started_total{") and not line.endswith(" 0")], [])
        egress.end()
        checks.equal("so nothing came to Zendesk", len(self.sandbox.ledger()), calls)
        applied = self.tieline("apply", self.folder / "config.json", "--yes", "--keys", self.folder / "keys/public.json",
                               "--brokers", self.brokers, "--prefix", there)
        checks.that("credentials are not taken there", applied.returncode == 78 and "commands of a replay" in applied.stderr, applied)
        for prefix, what in ((self.prefix, "the log's own prefix"), ("", "none")):
            checks.equal(f"{what} is refused", self.tieline("replay", *kafka, "--into", prefix).returncode, 64)
        self._marks(checks, kafka)

    def _marks(self, checks, kafka):
        """Before a replay has written a command the prefix is a shadow; one that is live never becomes one."""
        words = ("apply", self.folder / "config.json", "--yes", "--keys", self.folder / "keys/public.json", "--brokers", self.brokers)
        for there in ("marked.", "live."):
            self.need("topics", "--apply", "--partitions", 1, "--brokers", self.brokers, "--prefix", there)
        run = self.tieline("replay", "--json", *kafka, "--into", "marked.", "--partition", 0, "--to", 1)
        applied = self.tieline(*words, "--prefix", "marked.")
        checks.that("nor where a replay has only begun", applied.returncode == 78 and "is for commands of a replay" in applied.stderr, (run, applied))
        checks.equal("but where none has", self.tieline(*words, "--prefix", "live.").returncode, 0)
        run = self.tieline("replay", *kafka, "--into", "live.")
        checks.that("which no replay takes any more", run.returncode == 78 and "has credentials" in run.stderr, run)
        config = json.loads((self.folder / "config.json").read_text(encoding="utf-8"))
        changed = self.folder / "changed.json"
        for store in config["stores"].values():
            store["bot"]["url"] += "/2"
        changed.write_text(json.dumps(config), encoding="utf-8")
        applied = self.tieline(words[0], changed, *words[2:], "--prefix", "live.")
        checks.that("and that has left no mark", applied.returncode == 0 and "Nothing to change" not in applied.stdout, applied)

    def tries(self, checks, conversation):
        """--to-sandbox: the calls of a conversation are made to a sandbox again, which knows it, and to nothing else."""
        kafka = ["--brokers", self.brokers, "--prefix", self.prefix]
        ready = self.folder / "sandbox.json"
        ready.write_text(json.dumps(self.sandbox.ready), encoding="utf-8")
        before = len(self.sandbox.ledger())
        done = self.tieline("replay", "--json", *kafka, "--to-sandbox", ready, conversation)
        said = json.loads(done.stdout.splitlines()[-1])["replayed"] if done.returncode == 0 else {}
        checks.that("a sandbox does again what was done", said.get("done", 0) > 0 and said["refused"] == 0, f"{said} {done.stderr}")
        posts = [entry for entry in self.sandbox.ledger(before + 1) if entry["method"] == "POST"]
        checks.that("all of it for that conversation", posts and {entry["conversation"] for entry in posts} == {conversation.split("/")[-1]}, posts[:3])
        for change, what in (({"conversations_url": "https://acme.zendesk.com/sc"}, "Zendesk itself"), ({"program": "zendesk"}, "no sandbox"),
                             ({"admin": self.ingest_url}, "another program of this machine")):
            ready.write_text(json.dumps(self.sandbox.ready | change), encoding="utf-8")
            refused = self.tieline("replay", *kafka, "--to-sandbox", ready, conversation)
            checks.that(f"{what} is refused", refused.returncode != 0 and str(ready) in refused.stderr, refused)

    # Helpers.

    @property
    def ingest_url(self):
        return f"http://127.0.0.1:{self.ingest_port}"

    @property
    def webhook_path(self):
        return f"/api/v1/connectors/{ACCOUNT}/webhook"

    @property
    def webhook_secret(self):
        return self._zendesk["secret"]

    def topic(self, name):
        return self.prefix + name

    def tieline(self, *arguments):
        """Runs the operator's tool."""
        return subprocess.run([str(self.bin / "tieline"), *map(str, arguments)], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False, timeout=60)

    def need(self, *arguments):
        done = self.tieline(*arguments)
        if done.returncode != 0:
            raise RuntimeError(f"tieline {arguments[0]} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout

    def said(self):
        """The ends of all logs, for a test that failed."""
        return "".join(f"--- {program.name}\n{program.said(30)}" for program in self.programs.values()
                       if program.start_seconds)

    def _program(self, name, binary, *flags):
        program = Program(name, [self.bin / binary, *flags], self.folder / f"{name}.log")
        self.programs[name] = program
        return program

    def _secret(self, name, value):
        path = self.folder / "secrets" / name
        path.parent.mkdir(exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(value)
        return {"file": str(path)}

    def _account(self, name, sandbox, zendesk):
        """One account as the configuration has it; `zendesk` is what Sandbox.connect() gave."""
        return {
            "subdomain": sandbox.ready["subdomain"],
            "conversations": {
                "url": sandbox.ready["conversations_url"],
                "app_id": sandbox.ready["app_id"],
                "key_id": sandbox.ready["key_id"],
                "key_secret": self._secret(f"{name}-zendesk-key", sandbox.ready["key_secret"]),
                "integration_id": zendesk["integration_id"],
                "switchboard_integration": zendesk["line"],
                "agent_target": zendesk["agents"],
                "webhook_secrets": [self._secret(f"{name}-webhook", zendesk["secret"])],
            },
        }

    def _store(self, store):
        return {
            "account": store.account,
            "brand": store.brand_id,
            "widget": store.widget,
            "bot": {
                "url": f"http://{self.programs['bot'].ready['listen']}/bot/{store.name}",
                "secret": self._secret(f"bot-{store.name}", store.bot_secret),
                "timeout": "10s",
                "allow_private_address": True,
            },
            "author": {"name": store.author},
            "welcome": store.welcome,
            "tokens": [self._secret(f"token-{store.name}", store.token)],
        }
