"""Each module of lib/ and of a program's core/ has its unit test: tests/unit/<room>/…/test_<module>.c, or, for the inner
parts of a module, another one of the same room that names `<module>.c` or includes its header."""

import os
import re

from tree import Finding, is_core, room_of


def check(tree):
    tests = {}
    for path in tree.files(".c", under="tests/unit/"):
        tests.setdefault(path.split("/")[2], []).append(path)
    for path in tree.files(".c"):
        room = room_of(path)
        if room is None or not (room.startswith("lib/") or is_core(path)):
            continue
        module = os.path.basename(path).removesuffix(".c")
        folder = room.removeprefix("lib/")
        places = tests.get(folder, [])
        if not any(os.path.basename(place) == f"test_{module}.c"
                   or re.search(rf"\b{module}\.[ch]\b", tree.text(place) or "") for place in places):
            yield Finding(path, 0, f"no tests/unit/{folder}/…/test_{module}.c, and no test there names it")


BAD = [
    ({"lib/base/a.c": ""}, "no tests/unit/base/…/test_a.c"),
    ({"egress/core/b.c": "", "tests/unit/ingest/core/test_b.c": ""}, "no tests/unit/egress/…/test_b.c"),
]
GOOD = [{"lib/base/a.c": "", "tests/unit/base/test_a.c": "", "ingest/core/b.c": "", "ingest/http.c": "",
         "tests/unit/ingest/core/test_b.c": "", "lib/base/a_inner.c": "",
         "tests/unit/base/test_c.c": '#include "base/a_inner.h"\n'}]
