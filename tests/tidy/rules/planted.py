"""No program and no library of a build for users has anything of lib/base/planted.h: neither a symbol of it, nor the names of
the variables that it listens to."""

import os
import re
import subprocess
import tempfile

from rules.purity import find_archives
from tree import Finding

SYMBOL = re.compile(r"\bplanted_(at|is|is_planned)$")
VARIABLES = (b"TIELINE_CRASH", b"TIELINE_MUTANT")


def binaries(build):
    """Programs and libraries; without those of the tests, which may name the variables."""
    folder = os.path.join(build, "bin")
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    tests = os.path.join(build, "tests")
    archives = sorted(path for path in find_archives(build).values() if not path.startswith(tests))
    return [os.path.join(folder, name) for name in names] + archives


def judge(path, name):
    listed = subprocess.run(["nm", path], capture_output=True, text=True).stdout
    for line in listed.split("\n"):
        if SYMBOL.search(line):
            yield Finding(name, 0, f"has the planted symbol `{line.split()[-1]}`")
    with open(path, "rb") as file:
        content = file.read()
    for variable in VARIABLES:
        if variable in content:
            yield Finding(name, 0, f"listens to {variable.decode()}")


def check(tree):
    if tree.build is None:
        return
    found = binaries(tree.build)
    if not any(os.sep + "bin" + os.sep in path for path in found):
        yield Finding(tree.build, 0, "there is no program to look at")
    for path in found:
        yield from judge(path, os.path.relpath(path, tree.build))


def selftest(_):
    """Compiles a planted program and a good one; returns what went wrong."""
    main = "int main(void) { return MUTANT(settle); }\n"
    here = os.path.dirname(os.path.abspath(__file__))
    base = os.path.join(here, "..", "..", "..", "lib")
    cases = [
        (["-DTIELINE_PLANTED", os.path.join(base, "base", "planted.c")], "has the planted symbol `planted_is`"),
        (["-DTIELINE_PLANTED", os.path.join(base, "base", "planted.c"), "-s"], "listens to TIELINE_MUTANT"),
        ([], None),
    ]
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "main.c")
        with open(source, "w", encoding="utf-8") as file:
            file.write('#include "base/planted.h"\n' + main)
        for flags, expected in cases:
            program = os.path.join(folder, "program")
            subprocess.run(["gcc", "-D_POSIX_C_SOURCE=200809L", "-std=c17", f"-I{base}", source, *flags, "-o", program],
                           check=True)
            texts = [str(finding) for finding in judge(program, "program")]
            if expected is None and texts:
                yield f"found in good code: {texts}"
            if expected is not None and not any(expected in text for text in texts):
                yield f"did not find: {expected}, but {texts}"
