"""No file longer than 500 lines, no function longer than 70."""

from csource import functions
from tree import Finding

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70


def check(tree):
    for path in tree.files(".c", ".h"):
        text = tree.text(path) or ""
        count = text.count("\n")
        if count > FILE_LINES_MAX:
            yield Finding(path, 0, f"{count} lines, {FILE_LINES_MAX} is the most")
        for function in functions(text):
            count = function.last_line - function.first_line + 1
            if count > FUNCTION_LINES_MAX:
                yield Finding(path, function.first_line,
                              f"`{function.name}` has {count} lines, {FUNCTION_LINES_MAX} is the most")


def _function(lines):
    return "static int f(int a,\n             int b)\n{\n" + "    a += b;\n" * (lines - 4) + "}\n"


BAD = [
    ({"lib/base/a.c": "int a;\n" * 501}, "501 lines"),
    ({"tests/unit/base/test_a.c": _function(71)}, "`f` has 71 lines"),
]
GOOD = [{"lib/base/a.c": "int a;\n" * 400 + "\n" + _function(70)}]
