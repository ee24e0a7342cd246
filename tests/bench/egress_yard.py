"""A partition of commands, an upstream to call, and egress between them: what the cases of egress run on.

    with Upstream(place) as upstream:
        with Yard(place, upstream, "once.") as yard:     a prefix of its own: topics, keys, configuration
            yard.write(10000, lanes=100)
            yard.start()
            upstream.await_writes(10000)"""

import datetime
import json
import subprocess
import time

from house import ACCOUNT, House
from http_json import Client
from programs import Program

PATIENCE_SECONDS = 120
POLL_SECONDS = 0.02
SETTLE = "22s"  # session and call time-out, and a little


class Upstream:
    """tests/bench/upstream.c, spoken to in lines."""

    def __init__(self, place):
        self._process = subprocess.Popen([place.tests / "bench_upstream"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = json.loads(self._process.stdout.readline())["url"]

    def clear(self, low_ms, high_ms=None):
        """Counts anew; answers come between `low_ms` and `high_ms` late."""
        high_ms = low_ms if high_ms is None else high_ms
        self._cleared(f"clear {int(low_ms * 1000)} {int(high_ms * 1000)}")

    def hold(self):
        """Counts anew; nothing is answered."""
        self._cleared("clear hold")

    def report(self):
        return self._say("report")

    def count(self):
        return self._say("count")

    def await_writes(self, number, seconds=PATIENCE_SECONDS):
        """Waits for so many writes; the report."""
        self._await(lambda count: count["writes"] >= number, f"{number} calls", seconds)
        return self.report()

    def await_any(self, seconds=PATIENCE_SECONDS):
        """Waits for the first request, a look-up too; the report."""
        self._await(lambda count: count["writes"] + count["reads"] > 0, "a request", seconds)
        return self.report()

    def await_silence(self, seconds):
        """Waits until nothing new comes for so long; the report."""
        last, since = None, time.monotonic()
        while time.monotonic() - since < seconds:
            now = self.count()
            if now != last:
                last, since = now, time.monotonic()
            time.sleep(POLL_SECONDS)
        return self.report()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait(10)

    def _await(self, is_there, what, seconds):
        until = time.monotonic() + seconds
        while not is_there(self.count()):
            if time.monotonic() > until:
                raise RuntimeError(f"the upstream has not seen {what} within {seconds} s: {self.report()}")
            time.sleep(POLL_SECONDS)

    def _cleared(self, line):
        if not self._say(line)["cleared"]:
            raise RuntimeError(f"the upstream refuses `{line}`")

    def _say(self, line):
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


class Yard(House):
    """One partition and egress; no sandbox, no other program. `bin_dir` is the build that egress is from."""

    def __init__(self, place, upstream, prefix, bin_dir=None, environment=None, flags=()):
        super().__init__(place.bin, place.folder / prefix.rstrip("."), place.brokers, partitions=1, prefix=prefix)
        self._upstream, self._tests = upstream, place.tests
        self.make_topics()
        self.make_keys()
        done = self.apply(self.write_config())
        if done.returncode != 0:
            raise RuntimeError(f"tieline apply: {done.stdout}{done.stderr}")
        command = [(bin_dir or place.bin) / "tieline-egress", "--brokers", self.brokers, "--prefix", prefix,
                   "--admin", "127.0.0.1:0", "--instance", "0", "--session-timeout", "6s", "--settle", SETTLE,
                   "--key-file", self.folder / "keys/egress.key", "--log-format", "json", *flags]
        self.egress = Program("egress", command, self.folder / "egress.log", environment)
        self.programs["egress"] = self.egress
        self._cpu_before = 0.0

    def config(self):
        secret = self._secret("key", "bench")
        conversations = {"url": self._upstream.url, "app_id": "bench", "key_id": "bench", "key_secret": secret,
                         "integration_id": "bench", "webhook_secrets": [secret]}
        support = {"url": self._upstream.url, "email": "bench@example.com", "api_token": secret, "bot_user_id": "1"}
        return {"accounts": {ACCOUNT: {"subdomain": "bench", "conversations": conversations, "support": support}},
                "stores": {}}

    def write(self, count, lanes, kind="message", every_ms=0):
        """Commands into the log, acknowledged."""
        subprocess.run([self._tests / "bench_write_commands", self.brokers, self.prefix, ACCOUNT, kind, str(count), str(lanes),
                        str(int(every_ms * 1000))], stdin=subprocess.DEVNULL, check=True)

    def start(self):
        self.egress.start()
        self._cpu_before = self.egress.cpu_seconds()

    def await_running(self):
        """Until its partition is taken over."""
        admin = Client("http://" + self.egress.ready["admin"])
        until = time.monotonic() + PATIENCE_SECONDS
        while admin.call("GET", "/readyz").status != 200:
            if time.monotonic() > until:
                raise RuntimeError(f"egress does not run its partition:\n{self.said()}")
            time.sleep(POLL_SECONDS)
        self._cpu_before = self.egress.cpu_seconds()

    def cost(self, calls):
        """What egress took since it was ready, or ran, for so many calls."""
        used = self.egress.cpu_seconds() - self._cpu_before
        return {"cpu_us_per_event": used * 1e6 / calls, "rss_mb": self.egress.peak_rss_mb()}

    def phases(self):
        """When the partition went into which phase, in wall milliseconds; needs --log-level debug."""
        found = {}
        with open(self.egress.log, encoding="utf-8") as log:
            for line in log:
                entry = json.loads(line) if line.startswith("{") else {}
                if entry.get("message") == "partition":
                    at = datetime.datetime.fromisoformat(entry["time"].replace("Z", "+00:00"))
                    found.setdefault(entry["is"], at.timestamp() * 1000)
        return found
