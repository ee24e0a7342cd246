#!/usr/bin/env python3
"""A guard of the processor is left out, and a test must miss it: each mutant here against the test that is named beside it.

    TIELINE_PLANTED_BIN=build/planted/bin tests/sim/mutants.py [MUTANT…]

Each test passes without a mutant, which is tried first, and must fail with it. `seeds` bounds the simulator: a mutant that is not
found within them survives. Those of egress are hunted by tests/fault/mutants, which leaves these to us."""

import os
import pathlib
import subprocess
import sys

SEEDS = 60000
SECONDS = 240

HISTORIES = ("sim_histories", "--seconds", "60", "--seeds", str(SEEDS))
# mutant: the test that has to miss it
CATCHES = {
    "dedupe": HISTORIES,
    "watermark": ("test_processor_dedupe",),
    "epoch": HISTORIES,
    "fence_written": HISTORIES,
    "stale_switchboard": HISTORIES,
    "once_an_episode": HISTORIES,
    "incarnation": HISTORIES,
    "timer_lag": ("test_processor_loop",),
    "commit_order": ("test_processor_loop",),
}
# Those that only we hunt.
OURS = frozenset(CATCHES) - {"dedupe", "incarnation"}


def run(folder, test, mutant):
    """Whether the test passes, and the line that says why not."""
    environment = {**os.environ, "TIELINE_MUTANT": mutant}
    done = subprocess.run([folder / test[0], *test[1:]], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                          timeout=SECONDS, env=environment)
    lines = (done.stdout + done.stderr).splitlines()
    told = [line for line in lines if any(mark in line for mark in ("does not hold", "not so", "CHECK", "BUG", "ERROR"))]
    return done.returncode == 0, told[0].strip()[:120] if told else f"ended with {done.returncode}"


def main():
    folder = pathlib.Path(os.environ["TIELINE_PLANTED_BIN"]).resolve().parent / "tests"
    wanted = sys.argv[1:] or list(CATCHES)
    passed = failed = 0
    for test in sorted({CATCHES[mutant] for mutant in wanted}):
        sound, told = run(folder, (test[0], *(["--seeds", "5000"] if test is HISTORIES else test[1:])), "")
        if not sound:
            print(f"{test[0]} fails without a mutant: {told}")
            failed += 1
    for mutant in wanted:
        survives, told = run(folder, CATCHES[mutant], mutant)
        print(f"{mutant:18} {'SURVIVES' if survives else 'caught'} by {CATCHES[mutant][0]}: {'' if survives else told}", flush=True)
        passed, failed = passed + (not survives), failed + survives
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
