"""Each header says in its first line what it is for, is guarded by its own path, and compiles alone."""

import os
import re
import shlex
import subprocess
from concurrent.futures import ThreadPoolExecutor

from tree import Finding

LIBRARIES = "rdkafka libmicrohttpd libcurl yajl libprotobuf-c libsodium libutf8proc cmocka"


def guard_of(path):
    return re.sub(r"\W", "_", path.removeprefix("lib/")).upper()


def _flags(tree):
    flags = ["-std=c17", "-D_POSIX_C_SOURCE=200809L", '-DTEST_SOURCE_DIR="."',
             "-Wall", "-Wextra", "-Werror", f"-I{tree.root}", f"-I{tree.at('lib')}"]
    found = subprocess.run(["pkg-config", "--cflags", *LIBRARIES.split()], capture_output=True, text=True)
    flags += shlex.split(found.stdout)
    if tree.build:
        flags.append(f"-I{os.path.join(tree.build, 'proto')}")
    return flags


def _compile(tree, path, flags):
    # As a user would: the header first, and a second time, which the guard must survive.
    code = f'#include "{path}"\n#include "{path}"\nextern int tidy_not_empty;\n'
    done = subprocess.run(["gcc", "-fsyntax-only", "-x", "c", *flags, "-"], input=code,
                          capture_output=True, text=True)
    if done.returncode == 0:
        return None
    said = [line for line in done.stderr.split("\n") if "error" in line]
    return Finding(path, 0, "does not compile alone: " + (said[0] if said else done.stderr[:200]))


def check(tree):
    headers = tree.files(".h")
    for path in headers:
        text = tree.text(path) or ""
        name = os.path.basename(path).removesuffix(".h")
        if not re.match(r"/\* [\w/ ,]+ — \S", text):
            yield Finding(path, 1, f"does not open with `/* {name} — what it is for`")
        if f"#ifndef {guard_of(path)}\n#define {guard_of(path)}\n" not in text:
            yield Finding(path, 0, f"the guard must be {guard_of(path)}")
    flags = _flags(tree)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for finding in pool.map(lambda path: _compile(tree, path, flags), headers):
            if finding:
                yield finding


def _h(guard, body, purpose="/* a — a thing to test with. */\n"):
    return f"{purpose}#ifndef {guard}\n#define {guard}\n\n{body}\n#endif\n"


BAD = [
    ({"lib/base/a.h": _h("BASE_A_H", "size_t a(void);\n")}, "does not compile alone"),
    ({"lib/base/a.h": _h("A_H", "int a(void);\n")}, "the guard must be BASE_A_H"),
    ({"ingest/core/a.h": _h("INGEST_CORE_A_H", "int a(void);\n", "")}, "does not open with"),
]
GOOD = [{"lib/base/a.h": _h("BASE_A_H", "#include <stddef.h>\nsize_t a(void);\n"),
         "ingest/a.h": _h("INGEST_A_H", '#include "base/a.h"\nint b(void);\n')}]
