"""csource — as much of C as the rules need: comments and literals blanked, functions found by layout."""

import re
from typing import NamedTuple

_TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)


def _blanked(match):
    text = match.group(0)
    if text[0] in "\"'":
        return text[0] + " " * (len(text) - 2) + text[0]
    return re.sub(r"[^\n]", " ", text)


def code_only(text):
    """The same text, as long and with the same lines, with comments and the inside of literals blank."""
    return _TOKEN.sub(_blanked, text)


class Function(NamedTuple):
    name: str
    first_line: int  # of the signature
    last_line: int   # of the closing brace
    body: str


def functions(text):
    """Functions by the layout that .clang-format gives them: braces alone in the first column."""
    lines = code_only(text).split("\n")
    found = []
    opened = None
    for index, line in enumerate(lines):
        if line.startswith("{"):
            opened = index
        elif line.startswith("}") and opened is not None:
            first = opened
            while first > 0 and lines[first - 1].strip() and lines[first - 1][0] not in "}#":
                first -= 1
            signature = " ".join(lines[first:opened])
            name = re.search(r"([A-Za-z_]\w*)\s*\(", re.sub(r"__attribute__\s*\(\(.*?\)\)", "", signature))
            body = "\n".join(lines[opened:index + 1])
            found.append(Function(name.group(1) if name else "?", first + 1, index + 1, body))
            opened = None
    return found


def includes(text):
    """Triples of line number, name, and whether it stands in quotes."""
    for number, line in enumerate(text.split("\n"), 1):
        match = re.match(r'\s*#\s*include\s*(["<])([^">]+)[">]', line)
        if match:
            yield number, match.group(2), match.group(1) == '"'
