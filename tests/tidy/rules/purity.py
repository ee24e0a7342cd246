"""Pure libraries link no I/O, no clock and no randomness, and keep no mutable state: judged with `nm` on what was built.

What each may take from outside stands in pure-symbols.txt. What is defined in a pure library below it is allowed."""

import fnmatch
import os
import re
import subprocess
import tempfile

from tree import Finding

# Library: the pure libraries whose symbols it may use.
BELOW = {
    "lib_base": (),
    "lib_json": ("lib_base",),
    "lib_event": ("lib_base", "lib_json", "wire"),
    "ingest_core": ("lib_base", "lib_json", "lib_event", "lib_port"),
    "processor_core": ("lib_base", "lib_json", "lib_event", "lib_port"),
    "egress_core": ("lib_base", "lib_json", "lib_event", "lib_port"),
}
ROOM = {"lib_base": "lib/base", "lib_json": "lib/json", "lib_event": "lib/event", "ingest_core": "ingest/core",
        "processor_core": "processor/core", "egress_core": "egress/core"}
MAY_KEEP_STATE = ()
SYMBOLS_FILE = os.path.join(os.path.dirname(__file__), "..", "pure-symbols.txt")


def allowed_symbols():
    """Library or `*` to a list of name patterns."""
    allowed = {}
    with open(SYMBOLS_FILE, encoding="utf-8") as file:
        for line in file:
            words = line.split("#")[0].split()
            if words:
                allowed.setdefault(words[0].rstrip(":"), []).extend(words[1:])
    return allowed


def symbols(archive):
    """Undefined and defined names of an archive, and those that lie in writable memory: {name: object}."""
    out = subprocess.run(["nm", "--format=sysv", archive], check=True, capture_output=True, text=True).stdout
    undefined, defined, writable = {}, set(), {}
    member = ""
    for line in out.split("\n"):
        header = re.search(r"\[([^\]]+)\]:$", line)
        if header:
            member = header.group(1)
        fields = [field.strip() for field in line.split("|")]
        if len(fields) != 7:
            continue
        name, kind, section = fields[0], fields[2], fields[6]
        if section == "*UND*":
            undefined[name] = member
        elif kind in "TWVRDBuin":
            defined.add(name)
        if re.match(r"\.(data|bss)(?!\.rel\.ro)", section) or section == "*COM*":
            writable[name] = member
    return undefined, defined, writable


def find_archives(build):
    found = {}
    for folder, _, names in os.walk(build):
        for name in names:
            match = re.fullmatch(r"lib(\w+)\.a", name)
            if match:
                found[match.group(1)] = os.path.join(folder, name)
    return found


def judge(name, archive, below, allowed):
    """Findings for one library; `below` are the archives whose symbols it may use."""
    undefined, defined, writable = symbols(archive)
    for other in below:
        defined |= symbols(other)[1]
    patterns = allowed.get("*", []) + allowed.get(name, [])
    for symbol, member in sorted(undefined.items()):
        if symbol not in defined and not any(fnmatch.fnmatchcase(symbol, p) for p in patterns):
            yield Finding(ROOM.get(name, name), 0, f"{member} calls `{symbol}`: not in pure-symbols.txt")
    for symbol, member in sorted(writable.items()):
        yield Finding(ROOM.get(name, name), 0, f"{member} keeps mutable state in `{symbol}`")


def check(tree):
    rooms = [name for name, room in ROOM.items() if tree.files(".c", under=room + "/")]
    if tree.build is None:
        return
    archives = find_archives(tree.build)
    allowed = allowed_symbols()
    for name in rooms:
        if name not in archives:
            yield Finding(ROOM[name], 0, f"no static library `{name}` in the build")
            continue
        below = [path for lib, path in archives.items()
                 if lib in BELOW[name] or ("wire" in BELOW[name] and ("wire" in lib or "proto" in lib))]
        yield from judge(name, archives[name], below, allowed)


def selftest(_):
    """Compiles a planted library; returns what went wrong."""
    cases = [
        ("#include <time.h>\nlong f(void);\nlong f(void) { return (long)time(0); }\n", "calls `time`"),
        ("int f(void);\nint f(void) { static int n; return ++n; }\n", "keeps mutable state in `n."),
        ("#include <stdio.h>\nvoid f(void);\nvoid f(void) { puts(\"a\"); }\n", "calls `puts`"),
        ("#include <string.h>\nstatic const char *const n[] = {\"a\"};\nunsigned long f(const char *s, int i);\n"
         "unsigned long f(const char *s, int i) { return strlen(s) + strlen(n[i]); }\n", None),
    ]
    with tempfile.TemporaryDirectory() as folder:
        for code, expected in cases:
            base = os.path.join(folder, "a")
            with open(base + ".c", "w", encoding="utf-8") as file:
                file.write(code)
            subprocess.run(["gcc", "-std=c17", "-fPIC", "-c", base + ".c", "-o", base + ".o"], check=True)
            if os.path.exists(base + ".a"):
                os.remove(base + ".a")
            subprocess.run(["ar", "rcs", base + ".a", base + ".o"], check=True)
            texts = [str(f) for f in judge("ingest_core", base + ".a", [], allowed_symbols())]
            if expected is None and texts:
                yield f"found in good code: {texts}"
            if expected is not None and not any(expected in text for text in texts):
                yield f"did not find: {expected}"
