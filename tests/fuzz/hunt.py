#!/usr/bin/env python3
"""Every fuzzer for a minute, from its corpus on: as many at a time as there are cores. In CI 60 s each; at a desk 5 s.

    TIELINE_BIN=build/fuzz/bin tests/fuzz/hunt.py [NAME…] [--seconds N]

What broke one is kept in build/log/. 77 where the programs are not fuzzers, but only read their corpus."""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
sys.dont_write_bytecode = True

from checks import Checks  # noqa: E402

BIN = pathlib.Path(os.environ.get("TIELINE_BIN", HERE.parents[1] / "build/fuzz/bin"))
KEEP = HERE.parents[1] / "build/log"
# One input may take so long, and one fuzzer so much memory.
INPUT_SECONDS, MEMORY_MB = 10, 2048


def hunt(name, seconds, folder):
    """What the fuzzer said, its status, how many inputs it tried."""
    (folder / name).mkdir()
    KEEP.mkdir(parents=True, exist_ok=True)
    done = subprocess.run([BIN / f"fuzz_{name}", f"-max_total_time={seconds}", f"-timeout={INPUT_SECONDS}",
                           f"-rss_limit_mb={MEMORY_MB}", f"-artifact_prefix={KEEP}/fuzz-{name}-", "-print_final_stats=1",
                           folder / name, HERE / "corpus" / name],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False)
    tried = re.search(r"number_of_executed_units: (\d+)", done.stderr)
    return done.returncode, int(tried[1]) if tried else 0, done.stderr


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    every = sorted(path.name for path in (HERE / "corpus").iterdir())
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(every))
    parser.add_argument("--seconds", type=int, default=60 if os.environ.get("CI") == "true" else 5)
    arguments = parser.parse_args()
    names = arguments.names or every
    about = subprocess.run([BIN / f"fuzz_{names[0]}", "-help=1"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if "max_total_time" not in about.stdout + about.stderr:
        print(f"{BIN} has no fuzzers: cmake --preset fuzz")
        return 77
    check = Checks()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tieline-fuzz-"))
    try:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for name, (status, tried, said) in zip(names, pool.map(lambda name: hunt(name, arguments.seconds, folder), names)):
                check.that(f"fuzz_{name} finds nothing", status == 0, said[-6000:])
                check.that(f"fuzz_{name} tries inputs beyond its corpus", tried > len(list((HERE / "corpus" / name).iterdir())), tried)
                print(f"{name}: {tried} inputs in {arguments.seconds} s", flush=True)
    finally:
        shutil.rmtree(folder)
    print(check)
    return check.status()


if __name__ == "__main__":
    sys.exit(main())
