"""One scenario played in a house of its own, with or without a mutant in it."""

import time

import acts
from checks import Checks
from theatre import Theatre

# A guard that is left out may leave somebody waiting for ever: that is found sooner.
MUTANT_STEP_SECONDS = 20


def play(act, kafka, folder, mutant=None, say=print):
    """The checks of one scenario; what ends it early is a check that does not hold."""
    checks = Checks(say)
    begun = time.monotonic()
    name = act.__name__.replace("_", "-") + (f"-{mutant}".replace("_", "-") if mutant else "")
    with Theatre(kafka, folder, name, **acts.HOUSES.get(act, {})) as t:
        if mutant is not None:
            t.stage.step_seconds = MUTANT_STEP_SECONDS
        try:
            acts.prepare(t, act, mutant)
            act(t, checks)
        except Exception as error:  # pylint: disable=broad-except
            checks.that("it came to its end", False, repr(error))
            acts.end(t)
            t.keep()
        if checks.failed and mutant is None:
            say(t.house.said())
    if mutant is None:
        print(f"{act.__name__:28} {time.monotonic() - begun:5.1f} s  {checks}", flush=True)
    return checks
