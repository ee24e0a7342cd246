"""Checks that are counted and said: what holds quietly, what does not hold with what was seen instead."""


class Checks:
    def __init__(self, say=print):
        self.passed = 0
        self.failed = 0
        self._say = say

    def that(self, what, holds, seen=None):
        """Counts one check; `seen` is shown when it does not hold. Returns `holds`."""
        if holds:
            self.passed += 1
        else:
            self.failed += 1
            self._say(f"does not hold: {what}" + ("" if seen is None else f"\n    seen: {seen}"))
        return bool(holds)

    def equal(self, what, got, want):
        return self.that(what, got == want, f"{got!r}, not {want!r}")

    def status(self):
        """Exit status of a script: 0 only when something was checked and all of it holds."""
        return 0 if self.passed > 0 and self.failed == 0 else 1

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed"
