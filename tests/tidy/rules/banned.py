"""Calls that no code of ours makes, outside the list in banned-allowed.txt."""

import fnmatch
import os
import re

from csource import code_only
from tree import Finding, is_core

EVERYWHERE = {
    "has no bound": "strcpy strcat stpcpy sprintf vsprintf gets strncat strncpy scanf sscanf",
    "keeps hidden state": "strtok rand srand random srandom gmtime localtime ctime asctime",
    "cannot tell an error": "atoi atol atoll atof strtol strtoll strtoul strtoull strtod",
    "reads a clock past the port": "time",
    "stops the loop": "sleep usleep",
    "leaves without cleaning up": "exit _exit",
    "runs a shell": "system popen",
    "takes from the stack without a bound": "alloca",
    "is off in release, CHECK is not": "assert",
    "jumps past cleanups": "setjmp longjmp",
}
IN_A_CORE = {
    "has no heap of its own": "malloc calloc realloc free strdup strndup",
    "does no I/O": "printf fprintf puts fputs fopen open read write close getenv",
    "reads no clock": "clock_gettime gettimeofday nanosleep",
}
ALLOWED_FILE = os.path.join(os.path.dirname(__file__), "..", "banned-allowed.txt")


def _why(table):
    return {name: reason for reason, names in table.items() for name in names.split()}


def _pattern(names):
    return re.compile(r"(?<![\w.>])(" + "|".join(map(re.escape, names)) + r")\s*\(")


def allowed():
    """Pairs of path pattern and name."""
    pairs = []
    with open(ALLOWED_FILE, encoding="utf-8") as file:
        for line in file:
            words = line.split("#")[0].split()
            if len(words) >= 2:
                pairs.extend((words[0], name) for name in words[1:])
    return pairs


def check(tree):
    everywhere, core = _why(EVERYWHERE), {**_why(EVERYWHERE), **_why(IN_A_CORE)}
    patterns = {False: _pattern(everywhere), True: _pattern(core)}
    pairs = allowed()
    for path in tree.files(".c", ".h"):
        in_core = is_core(path)
        for number, line in enumerate(code_only(tree.text(path) or "").split("\n"), 1):
            for match in patterns[in_core].finditer(line):
                name = match.group(1)
                if not any(fnmatch.fnmatch(path, glob) and name == n for glob, n in pairs):
                    reason = core[name]
                    where = "a core " if name not in everywhere else ""
                    yield Finding(path, number, f"`{name}`: {where}{reason}")
            if re.search(r"\bgoto\b", line):
                yield Finding(path, number, "`goto`: CLEANUP releases what a scope owns")


BAD = [
    ({"lib/rt/a.c": f"    {name}(x);\n"}, f"`{name}`")
    for names in EVERYWHERE.values() for name in names.split()
] + [
    ({"egress/core/a.c": f"    y = {name}(x);\n"}, f"`{name}`: a core")
    for names in IN_A_CORE.values() for name in names.split()
] + [
    ({"ingest/a.c": "    goto done;\n"}, "`goto`"),
]
GOOD = [{"egress/core/a.c": '/* strcpy(x) */ log("free(x)"); arena_free(a); row.time(x); p->read(p);\n',
         "lib/rt/a.c": "    free(x);\n", "lib/base/err.c": "    my_exit(1);\n"}]
