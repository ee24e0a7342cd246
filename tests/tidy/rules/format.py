"""C is laid out by clang-format-14 and .clang-format; all text ends its lines and files as .editorconfig says."""

import re
import shutil
import subprocess

from tree import Finding


def check(tree):
    sources = tree.files(".c", ".h")
    if sources and shutil.which("clang-format-14") is None:
        yield Finding(".clang-format", 0, "clang-format-14 is not installed")
        sources = []
    if sources:
        done = subprocess.run(["clang-format-14", "--dry-run", "--style=file", *sources], cwd=tree.root,
                              capture_output=True, text=True)
        seen = set()
        for path, line in re.findall(r"^(\S+?):(\d+):\d+: warning", done.stderr, re.MULTILINE):
            if path not in seen:
                seen.add(path)
                yield Finding(path, int(line), "not formatted: make format")
    for path in tree.files(".c", ".h", ".md", ".txt", ".cmake", ".json", ".proto", ".py", ".sh", ".xml", ".yml"):
        text = tree.text(path)
        if not text or "/corpus/" in path or path.startswith("tests/golden/"):
            continue
        if not text.endswith("\n"):
            yield Finding(path, text.count("\n") + 1, "no newline at the end")
        for number, line in tree.lines(path):
            if line != line.rstrip():
                yield Finding(path, number, "blanks at the end of the line")


_STYLE = {".clang-format": "BasedOnStyle: LLVM\nIndentWidth: 4\n"}
BAD = [
    ({**_STYLE, "lib/base/a.c": "int  a( void );\n"}, "not formatted"),
    ({"README.md": "text \n"}, "blanks at the end"),
    ({"README.md": "text\r\n"}, "blanks at the end"),
    ({"README.md": "text"}, "no newline at the end"),
]
GOOD = [{**_STYLE, "lib/base/a.c": "int a(void);\n", "README.md": "text\n"}]
