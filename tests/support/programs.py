"""Programs of ours as a test runs them: started, awaited by their ready line, ended, and what they cost."""

import json
import os
import random
import signal
import socket
import subprocess
import threading
import time

READY_SECONDS = 60


class NotReady(Exception):
    """A program ended, or said nothing, before it was ready."""


def free_port():
    """A port below those that outgoing connections get, so that a program that is down finds it free when it comes back."""
    for port in random.SystemRandom().sample(range(20000, 32000), 200):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise RuntimeError("no free port between 20000 and 32000")


class Program:
    """One program, started any number of times; what it says on stderr is kept in one file.

    ready          its ready line of the last start
    start_seconds  from the start of the process to its ready line, one for each start
    extra          what the environment of the next start has beside the rest"""

    def __init__(self, name, command, log, environment=None):
        self.name = name
        self.command = [str(part) for part in command]
        self.log = log
        self.ready = None
        self.start_seconds = []
        self.extra = {}
        # In the environment of the tests this names a script; to `tieline dev` it is its own flag.
        inherited = {name: value for name, value in os.environ.items() if name != "TIELINE_KAFKA"}
        self._environment = inherited | (environment or {})
        self._process = None
        self._launched = None
        self._first_line = None
        self._has_line = threading.Event()

    def launch(self):
        """Starts it and does not wait."""
        self._has_line = threading.Event()  # a new one: the listener of the last start may still be about to set its own
        self._first_line = None
        self._launched = time.monotonic()
        with open(self.log, "ab") as log:
            # A session of its own: Ctrl-C in the terminal is for the test, which then ends its programs.
            self._process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
                                             env=self._environment | self.extra, start_new_session=True)
        threading.Thread(target=self._listen, args=(self._process, self._has_line), daemon=True).start()

    def start(self, seconds=READY_SECONDS):
        """Starts it and returns its ready line."""
        self.launch()
        return self.await_ready(seconds)

    def await_ready(self, seconds=READY_SECONDS):
        """Waits for the ready line of a start by launch(), and returns it."""
        if not self._has_line.wait(seconds):
            self.end(signal.SIGKILL)
            raise NotReady(f"{self.name} was not ready after {seconds} s:\n{self.said()}")
        self.start_seconds.append(time.monotonic() - self._launched)
        try:
            self.ready = json.loads(self._first_line)
        except (TypeError, ValueError) as error:
            status = self.end(signal.SIGKILL)
            raise NotReady(f"{self.name} ended with {status} before it was ready:\n{self.said()}") from error
        return self.ready

    def send(self, what):
        """Sends a signal and does not wait."""
        self._process.send_signal(what)

    def end(self, what=signal.SIGTERM, seconds=30):
        """Sends a signal and waits; the exit status, negative for a signal that ended it."""
        if self._process is None:
            return None
        if self._process.poll() is None:
            self._process.send_signal(what)
        return self.wait(seconds)

    def wait(self, seconds=30):
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            return "it had to be killed"

    @property
    def pid(self):
        return self._process.pid

    def is_running(self):
        return self._process is not None and self._process.poll() is None

    def said(self, lines=15):
        """The end of its log."""
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return "".join(log.readlines()[-lines:])

    def rss_mb(self):
        return self._status_kb("VmRSS") / 1024

    def peak_rss_mb(self):
        return self._status_kb("VmHWM") / 1024

    def cpu_seconds(self):
        """Of this process so far, user and system."""
        with open(f"/proc/{self.pid}/stat", encoding="utf-8") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _status_kb(self, name):
        with open(f"/proc/{self.pid}/status", encoding="utf-8") as status:
            for line in status:
                if line.startswith(name + ":"):
                    return int(line.split()[1])
        return 0

    def _listen(self, process, has_line):
        # Read on to the end: a program must never wait for somebody to read what it says.
        for line in process.stdout:
            if not has_line.is_set():
                self._first_line = line
                has_line.set()
        process.wait()
        has_line.set()
