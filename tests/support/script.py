"""What every script of a suite begins and ends with: options, a folder, checks, a status."""

import argparse
import os
import pathlib
import random
import shutil
import sys
import tempfile
import time

from checks import Checks
from kafka_node import skip


def patient(seconds):
    """until(holds): waits until it holds, at most so long; whether it does."""
    def until(holds):
        end = time.monotonic() + seconds
        while not holds() and time.monotonic() < end:
            time.sleep(0.1)
        return holds()
    return until


def _played(keep, play):
    folder = pathlib.Path(keep or tempfile.mkdtemp(prefix="tieline-")).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    checks = Checks()
    try:
        play(folder, checks)
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
    print(checks)
    return checks.status()


def local(play, doc, names=()):
    """Plays a script that needs no Kafka and returns its exit status: play(checks, folder), or, where the command line may choose
    among names, play(checks, folder, chosen)."""
    parser = argparse.ArgumentParser(description=doc.split("\n", maxsplit=1)[0])
    parser.add_argument("--keep", metavar="DIR", help="leave logs and data in this folder")
    if names:
        parser.add_argument("name", nargs="*", default=list(names), help=" ".join(names))
    arguments = parser.parse_args()
    return _played(arguments.keep, lambda folder, checks: play(checks, folder, *([arguments.name] if names else [])))


def run(play, doc, **numbers):
    """Plays a script on a real Kafka and returns its exit status; without one it says that it is skipped.

    play     play(folder, checks); with numbers play(arguments, folder, checks)
    numbers  options with a number and their default; a seed of None is drawn. Said, so that a run can be had again."""
    parser = argparse.ArgumentParser(description=doc.split("\n", maxsplit=1)[0])
    for name, default in numbers.items():
        parser.add_argument(f"--{name}", type=int, default=random.SystemRandom().randrange(10**6) if default is None else default)
    parser.add_argument("--keep", help="leave logs and data in this folder")
    arguments = parser.parse_args()
    if not os.environ.get("TIELINE_KAFKA"):
        skip("no real Kafka: TIELINE_KAFKA is not set")
    if numbers:
        again = " ".join(f"--{name} {getattr(arguments, name)}" for name in numbers)
        print(f"again: {os.path.relpath(sys.argv[0])} {again}", flush=True)
    return _played(arguments.keep, lambda folder, checks: play(*([arguments] if numbers else []), folder, checks))
