"""A real Apache Kafka for one test: one node, its data in one folder, on any free port."""

import json
import os
import signal
import subprocess
import sys
import time

PORT_SECONDS = 30


class KafkaNode:
    def __init__(self, script, data, settings=()):
        self._script = str(script)
        self._settings = [word for setting in settings for word in ("--set", setting)]
        self._data = str(data)
        self.brokers = None
        self._pid = None

    def start(self):
        """A second start is at the port of the first: should somebody have it meanwhile, that is waited for."""
        port = self.brokers.rsplit(":", 1)[1] if self.brokers else "0"
        end = time.monotonic() + PORT_SECONDS
        done = self._run("start", "--port", port, *self._settings)
        while done.returncode != 0 and self.brokers and time.monotonic() < end:
            time.sleep(0.5)
            done = self._run("start", "--port", port, *self._settings)
        if done.returncode != 0:
            raise RuntimeError(f"Kafka did not start:\n{done.stdout}{done.stderr}")
        said = json.loads(done.stdout)
        self.brokers, self._pid = said["brokers"], said["pid"]

    def stop(self):
        self._run("stop")

    def kill(self):
        """What a power cut looks like, and the fastest way to end a test."""
        self._run("kill")

    def pause(self):
        """It stands still; connections stay open and nothing answers."""
        os.kill(self._pid, signal.SIGSTOP)

    def resume(self):
        os.kill(self._pid, signal.SIGCONT)

    def delete_topic(self, name):
        self.tool("org.apache.kafka.tools.TopicCommand", "--delete", "--topic", name)

    def grow_topic(self, name, partitions):
        self.tool("org.apache.kafka.tools.TopicCommand", "--alter", "--topic", name, "--partitions", str(partitions))

    def tool(self, name, *arguments):
        """One of Kafka's own tools, from the jars that the node runs on."""
        with open(f"/proc/{self._pid}/cmdline", encoding="utf-8") as file:
            words = file.read().split("\0")
        classes = words[words.index("-cp") + 1]
        subprocess.run([words[0], "-cp", classes, name, "--bootstrap-server", self.brokers, *arguments],
                       stdin=subprocess.DEVNULL, capture_output=True, check=True)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.kill()

    def _run(self, command, *arguments):
        return subprocess.run([self._script, command, "--data", self._data, *arguments], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False)


def skip(why):
    """Ends a test script that cannot run here; the runner counts it as left out."""
    print(why)
    sys.exit(77)
