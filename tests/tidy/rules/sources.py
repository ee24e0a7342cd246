"""Each .c file is built: the nearest CMakeLists.txt at or above it names it."""

import os

from tree import Finding


def check(tree):
    lists = set(tree.files("CMakeLists.txt"))
    for path in tree.files(".c"):
        folder, named = os.path.dirname(path), False
        while folder:
            cmake = f"{folder}/CMakeLists.txt"
            if cmake in lists:
                text = tree.text(cmake)
                # Some lists make the names of tests from a list of stems.
                stem = os.path.basename(path).removesuffix(".c")
                short = stem.removeprefix("test_").removeprefix("fuzz_").removeprefix("bench_")
                words = set(text.replace("(", " ").replace(")", " ").replace('"', " ").split())
                names = {word.split("/")[-1] for word in words}
                named = bool({stem + ".c", stem, short} & names)
                if named:
                    break
            folder = os.path.dirname(folder)
        if not named:
            yield Finding(path, 0, "no CMakeLists.txt names it")


BAD = [
    ({"lib/base/a.c": "", "lib/base/CMakeLists.txt": "tieline_room(NAME lib_base SOURCES b.c)\n"}, "names it"),
    ({"lib/base/a.c": ""}, "names it"),
]
GOOD = [{"lib/base/a.c": "", "lib/base/CMakeLists.txt": "tieline_room(NAME lib_base SOURCES a.c)\n",
         "tests/unit/base/test_x.c": "", "tests/unit/base/CMakeLists.txt": "foreach(name x y)\nendforeach()\n"}]
