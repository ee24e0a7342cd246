"""Events or states in a log, and the processor: what the cases of processor and restore run on.

    with Plant(place) as plant:                a prefix of its own: topics, keys, configuration
        plant.write_events(conversations, turns)
        plant.start()
        plant.await_events(count)"""

import datetime
import json
import re
import subprocess
import time

from house import ACCOUNT, House
from http_json import Client
from programs import Program

PARTITIONS = 8
PATIENCE_SECONDS = 120
POLL_SECONDS = 0.1
EVENTS_A_TURN = 3
COMMANDS_A_TURN = 2
COUNTER = re.compile(r"^tieline_events_total\{.*\} (\d+)", re.MULTILINE)


class Plant(House):
    """The processor and its log; no sandbox, no other program."""

    def __init__(self, place, prefix=None):
        prefix = prefix or place.prefix()
        super().__init__(place.bin, place.folder / prefix.rstrip("."), place.brokers, partitions=PARTITIONS, prefix=prefix)
        self._tests = place.tests
        self.make_topics()
        self.make_keys()
        done = self.apply(self.write_config())
        if done.returncode != 0:
            raise RuntimeError(f"tieline apply: {done.stdout}{done.stderr}")
        command = [place.bin / "tieline-processor", "--brokers", self.brokers, "--prefix", prefix, "--admin", "127.0.0.1:0",
                   "--instance", "0", "--session-timeout", "6s", "--log-format", "json", "--log-level", "debug"]
        self.processor = Program("processor", command, self.folder / "processor.log")
        self.programs["processor"] = self.processor
        self._cpu_before = 0.0

    def config(self):
        secret = self._secret("key", "bench")
        conversations = {"url": "http://127.0.0.1:9", "app_id": "bench", "key_id": "bench", "key_secret": secret,
                         "integration_id": "bench", "switchboard_integration": "tieline", "webhook_secrets": [secret]}
        bot = {"url": "http://127.0.0.1:9/", "secret": self._secret("bot", "whsec_YmVuY2hiZW5jaGJlbmNoYmVuY2hiZW5jaA=="),
               "allow_private_address": True}
        return {"accounts": {ACCOUNT: {"subdomain": "bench", "conversations": conversations}},
                "stores": {"bench": {"account": ACCOUNT, "widget": "widget", "bot": bot}}}

    def write_events(self, conversations, turns, every_us=0):
        subprocess.run([self._tests / "bench_write_events", self.brokers, self.prefix, ACCOUNT, str(conversations), str(turns),
                        str(every_us)], stdin=subprocess.DEVNULL, check=True)

    def write_states(self, count, size):
        """How many bytes of each are words."""
        done = subprocess.run([self._tests / "bench_write_states", self.brokers, self.prefix, ACCOUNT, str(count), str(size)],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
        return json.loads(done.stdout)["text_bytes"]

    def start(self):
        self.processor.start()
        self._cpu_before = self.processor.cpu_seconds()

    def await_running(self):
        """Until all its partitions are restored."""
        self._await(lambda: self._admin().call("GET", "/readyz").status == 200, "run its partitions")
        self._cpu_before = self.processor.cpu_seconds()

    def await_events(self, count):
        """Until so many events of conversations were decided."""
        self._await(lambda: self._decided() >= count, f"decide {count} events")

    def cost(self, events):
        """What it took since it was ready, or ran."""
        used = self.processor.cpu_seconds() - self._cpu_before
        return {"cpu_us_per_event": used * 1e6 / events, "rss_mb": self.processor.peak_rss_mb()}

    def restored_seconds(self):
        """From the first partition that it began to restore to the last one that ran."""
        began, ended = None, None
        with open(self.processor.log, encoding="utf-8") as log:
            for line in log:
                entry = json.loads(line) if line.startswith("{") else {}
                if entry.get("message") != "partition":
                    continue
                at = datetime.datetime.fromisoformat(entry["time"].replace("Z", "+00:00")).timestamp()
                if entry["is"].startswith("restoring"):
                    began = began or at
                elif entry["is"] == "running":
                    ended = at
        return ended - began

    def outcome(self, prefix=None):
        """What stands in the log (decided.c)."""
        with Sight(self._tests, self.brokers, prefix or self.prefix, "all") as sight:
            return sight.result()

    def watch(self, commands, prefix=None):
        """Looks at the next so many commands; has begun when this returns."""
        return Sight(self._tests, self.brokers, prefix or self.prefix, "live", str(commands))

    def bare(self, prefix, events, sizes, since="first"):
        """The limit, on the same events; has begun when this returns."""
        self.need("topics", "--apply", "--partitions", PARTITIONS, "--brokers", self.brokers, "--prefix", prefix)
        return Said([self._tests / "bench_bare_decide", self.brokers, self.prefix, prefix, str(events),
                     str(round(sizes["state_bytes"])), str(round(sizes["command_bytes"])), since])

    def _admin(self):
        return Client("http://" + self.processor.ready["admin"])

    def _decided(self):
        text = self._admin().call("GET", "/metrics").body
        text = text.decode() if isinstance(text, bytes) else str(text)
        return sum(int(value) for value in COUNTER.findall(text))

    def _await(self, is_there, what):
        until = time.monotonic() + PATIENCE_SECONDS
        while not is_there():
            if time.monotonic() > until or not self.processor.is_running():
                raise RuntimeError(f"the processor does not {what}:\n{self.said()}")
            time.sleep(POLL_SECONDS)


class Said:
    """A program that says "ready" and, when it is done, one line of JSON."""

    def __init__(self, command):
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        if self._process.stdout.readline() != "ready\n":
            raise RuntimeError(f"{command[0]} is not ready")

    def result(self):
        line = self._process.stdout.readline()
        if self._process.wait(PATIENCE_SECONDS) != 0:
            raise RuntimeError("what was measured against has failed")
        return json.loads(line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()


class Sight(Said):
    """tests/bench/decided.c"""

    def __init__(self, tests, *arguments):
        super().__init__([tests / "bench_decided", *arguments])
