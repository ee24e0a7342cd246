"""Includes go only downwards, and no program includes another's headers.

    lib/base < lib/json < lib/event < lib/port < lib/rt < lib/kafka < programs

A program's core/ sees pure rooms only; the sandbox knows nothing of Tieline but lib/base and lib/json."""

import os

from csource import includes
from tree import PROGRAMS, Finding, is_core, room_of

BASE, JSON, EVENT, PORT = "lib/base", "lib/json", "lib/event", "lib/port"
PURE = {BASE, JSON, EVENT, PORT}
ALL = PURE | {"lib/rt", "lib/kafka"}
MAY_USE = {
    BASE: set(),
    JSON: {BASE},
    EVENT: {BASE, JSON},
    PORT: {BASE, JSON, EVENT},
    "lib/rt": PURE,
    "lib/kafka": PURE | {"lib/rt"},
    "ingest": ALL,
    "processor": ALL,
    "egress": ALL,
    "ctl": ALL,
    "sandbox": {BASE, JSON},
}

# What else is allowed, and why. (who, whose headers)
EXCEPTIONS = {
    # `tieline replay` steps the processor's pure core over a recorded log.
    ("ctl", "processor/core"),
}

# Libraries that have one place; everybody else goes through it.
ONE_PLACE = {
    "librdkafka/": ("lib/kafka/", "ctl/", "tests/"),
    "yajl/": ("lib/json/", "tests/bench/"),
    "protobuf-c/": ("lib/event/",),
    "wire/": ("lib/event/codec", "tests/unit/event/", "tests/bench/"),
    "microhttpd.h": ("lib/rt/", "ingest/", "sandbox/", "tests/"),
    "curl/": ("lib/rt/", "egress/", "ctl/", "sandbox/", "tests/"),
}


def resolve(tree, path, name):
    """The file that a quoted include means: relative to the root, or to lib/."""
    known = set(tree.files())
    for candidate in (name, "lib/" + name):
        if candidate in known:
            return candidate
    return None


def judge(path, target):
    """Why `path` may not include `target`, or None."""
    user, used = room_of(path), room_of(target)
    if user == "tests" or user is None:
        return None
    if used == "tests":
        return "product code includes a test's header"
    if user == used:
        if is_core(path) and not is_core(target):
            return f"a core includes `{target}`, which is not core"
        return None
    for who, whose in EXCEPTIONS:
        if user == who and target.startswith(whose + "/") and not is_core(path):
            return None
    if used in PROGRAMS:
        return f"{user} includes a header of {used}"
    allowed = MAY_USE.get(user, set())
    if is_core(path):
        allowed = allowed & PURE
    if used not in allowed:
        return f"{user}{'/core' if is_core(path) else ''} may not use {used}"
    return None


def check(tree):
    for path in tree.files(".c", ".h"):
        for line, name, quoted in includes(tree.text(path) or ""):
            for library, places in ONE_PLACE.items():
                if name.startswith(library) and not path.startswith(places):
                    yield Finding(path, line, f"`{name}` is used only in {', '.join(places)}")
            if not quoted or name.startswith("wire/"):
                continue
            target = resolve(tree, path, name)
            if target is None:
                beside = os.path.normpath(os.path.join(os.path.dirname(path), name))
                why = "not relative to the root or to lib/" if beside in tree.files() else "no such file"
                yield Finding(path, line, f"`{name}`: {why}")
                continue
            why = judge(path, target)
            if why:
                yield Finding(path, line, why)


def _c(name):
    return f'#include "{name}"\n'


BAD = [
    ({"lib/base/a.c": _c("json/b.h"), "lib/json/b.h": ""}, "lib/base may not use lib/json"),
    ({"lib/json/a.c": _c("event/b.h"), "lib/event/b.h": ""}, "lib/json may not use lib/event"),
    ({"lib/port/a.h": _c("rt/b.h"), "lib/rt/b.h": ""}, "lib/port may not use lib/rt"),
    ({"lib/rt/a.h": _c("kafka/b.h"), "lib/kafka/b.h": ""}, "lib/rt may not use lib/kafka"),
    ({"lib/rt/a.h": _c("ingest/b.h"), "ingest/b.h": ""}, "lib/rt includes a header of ingest"),
    ({"egress/a.c": _c("ingest/b.h"), "ingest/b.h": ""}, "egress includes a header of ingest"),
    ({"ctl/a.c": _c("egress/core/b.h"), "egress/core/b.h": ""}, "ctl includes a header of egress"),
    ({"ingest/core/a.c": _c("rt/b.h"), "lib/rt/b.h": ""}, "ingest/core may not use lib/rt"),
    ({"ingest/core/a.c": _c("ingest/http.h"), "ingest/http.h": ""}, "which is not core"),
    ({"sandbox/a.c": _c("event/b.h"), "lib/event/b.h": ""}, "sandbox may not use lib/event"),
    ({"lib/rt/a.c": _c("b.h"), "lib/rt/b.h": ""}, "not relative to the root"),
    ({"lib/rt/a.c": _c("tests/support/b.h"), "tests/support/b.h": ""}, "a test's header"),
    ({"ingest/publish.c": "#include <librdkafka/rdkafka.h>\n"}, "is used only in lib/kafka/"),
    ({"processor/core/step.c": _c("wire/event.pb-c.h")}, "is used only in lib/event/codec"),
]
GOOD = [
    {"lib/event/a.c": _c("event/a.h") + _c("json/b.h"), "lib/event/a.h": "", "lib/json/b.h": "",
     "ingest/core/c.c": _c("ingest/core/c.h") + _c("event/a.h"), "ingest/core/c.h": "",
     "ingest/main.c": _c("ingest/core/c.h") + _c("rt/d.h"), "lib/rt/d.h": "",
     "ctl/replay.c": _c("processor/core/step.h"), "processor/core/step.h": "",
     "tests/unit/x/test_a.c": _c("ingest/core/c.h"), "lib/event/codec.c": _c("wire/event.pb-c.h")},
]
