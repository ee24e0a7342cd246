"""No debts left in the text, and nothing of the machine on which it was written."""

import re

from tree import Finding

# Written in halves, so that this file can be judged as well.
DEBTS = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")) + r")\b")
PLACES = re.compile(r"(?<![\w.])/(" + "|".join(("wo" + "rk", "ro" + "ot", "tmp/" + "build", "home/" + r"\w+")) + r")\b")


def check(tree):
    for path in tree.files():
        if "/corpus/" in path or tree.text(path) is None:
            continue
        for number, line in tree.lines(path):
            debt, place = DEBTS.search(line), PLACES.search(line)
            if debt:
                yield Finding(path, number, f"`{debt.group(0)}`: do it, or say in words what is not done")
            if place:
                yield Finding(path, number, f"`{place.group(0)}` is a path of one machine")


BAD = [
    ({"lib/base/a.c": "/* TO" + "DO: later */\n"}, "do it"),
    ({"README.md": "FIX" + "ME\n"}, "do it"),
    ({"docs/a.md": "see /wo" + "rk/x\n"}, "path of one machine"),
    ({"a.sh": "cmake -B /tmp/" + "build-me\n"}, "path of one machine"),
]
GOOD = [{"README.md": "a network/ro" + "ot and mkstemp(\"a.XXXXXX\")\n"}]
