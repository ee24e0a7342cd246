"""Each row of the feature list that docs/TESTING.md promises is named by a test ("row 48", "rows 4, 26 and 27")."""

import re

from tree import Finding

LIST = "docs/TESTING.md"
HEADING = "## Feature rows"


def promised(text):
    """Triples of line, row and what it says."""
    inside = False
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("## "):
            inside = line.startswith(HEADING)
        row = re.match(r"\|\s*(\d+)\s*\|\s*(.*?)\s*\|", line)
        if inside and row:
            yield number, int(row.group(1)), row.group(2)


def named(text):
    """Numbers of the rows that a test names; "48-50" names three."""
    found = set()
    for numbers in re.findall(r"(?<![a-z])rows?[ _]((?:\d+(?:\s*(?:,|and|&|-|–|/)\s*)?)+)", text, re.IGNORECASE):
        for first, last in re.findall(r"(\d+)(?:\s*[-–]\s*(\d+))?", numbers):
            found.update(range(int(first), int(last or first) + 1))
    return found


def check(tree):
    if LIST not in tree.files():
        yield Finding(LIST, 0, "missing")
        return
    rows = list(promised(tree.text(LIST)))
    if not rows:
        yield Finding(LIST, 0, f"no rows under `{HEADING}`")
    seen = set()
    for path in tree.files(".c", ".h", ".py", ".sh", ".jsonl", under="tests/"):
        if not path.startswith("tests/tidy/"):
            seen |= named(tree.text(path) or "")
    for line, row, says in rows:
        if row not in seen:
            yield Finding(LIST, line, f"no test names row {row} ({says})")


_LIST = "## Feature rows\n\n| row | |\n|---|---|\n| 48 | a |\n| 49 | b |\n"
BAD = [
    ({LIST: _LIST, "tests/e2e/a.py": "# row 48\n"}, "no test names row 49"),
    ({LIST: "# T\n"}, "no rows under"),
    ({}, "missing"),
]
GOOD = [
    {LIST: _LIST, "tests/e2e/a.py": "# rows 4, 48 and 49\n"},
    {LIST: _LIST, "tests/unit/base/test_a.c": "/* rows 40-50 */\n"},
    {LIST: _LIST, "tests/unit/base/test_a.c": "test_row_48 test_row_49\n"},
]
