"""The error of a fallible call is never thrown away.

The compilers warn where a MUST_USE result is dropped; this closes the ways around them: a declaration without
MUST_USE, a call standing alone, and a cast to void."""

import re

from csource import code_only, functions
from tree import Finding

_DECLARED = re.compile(r"\berr_t\s+([a-z_]\w*)\s*\(")
_OTHER = re.compile(r"\b(?:void|bool|int|size_t|char\s*\*|const\s+char\s*\*)\s+\*?([a-z_]\w*)\s*\(")


def of_headers(tree):
    """Names that return err_t wherever they are declared in a header."""
    names, others = set(), set()
    for source in tree.files(".h"):
        code = code_only(tree.text(source) or "")
        names.update(_DECLARED.findall(code))
        others.update(_OTHER.findall(code))
    return names - others


def check(tree):
    headers = of_headers(tree)
    for path in tree.files(".c", ".h"):
        code = code_only(tree.text(path) or "")
        names = (headers | set(_DECLARED.findall(code))) - set(_OTHER.findall(code))
        if path.endswith(".h"):
            for number, line in enumerate(code.split("\n"), 1):
                if re.match(r"err_t\s+[a-z_]\w*\s*\(", line):
                    yield Finding(path, number, "declared without MUST_USE")
        before = ";"
        for number, line in enumerate(code.split("\n"), 1):
            for match in re.finditer(r"\(void\)\s*([a-z_]\w*)\s*\(", line):
                if match.group(1) in names:
                    yield Finding(path, number, f"the error of `{match.group(1)}` is cast away")
            alone = re.match(r"\s+([a-z_]\w*)\s*\(", line)
            if alone and before[-1] in ";{}:" and alone.group(1) in names:
                yield Finding(path, number, f"the error of `{alone.group(1)}` is dropped")
            before = line.strip() or before
        for function in functions(tree.text(path) or ""):
            held = set(re.findall(r"\berr_t\s+([a-z_]\w*)\s*[=;]", function.body))
            for name in re.findall(r"\(void\)\s*([a-z_]\w*)\s*;", function.body):
                if name in held:
                    yield Finding(path, function.first_line,
                                  f"`{function.name}` casts the error `{name}` away")


_H = "MUST_USE err_t buf_put(struct buf *b);\nvoid buf_deinit(struct buf *b);\n"
BAD = [
    ({"lib/base/buf.h": _H.replace("MUST_USE ", "")}, "declared without MUST_USE"),
    ({"lib/base/buf.h": _H, "lib/rt/a.c": "void f(void)\n{\n    (void)buf_put(b);\n}\n"}, "is cast away"),
    ({"lib/base/buf.h": _H, "lib/rt/a.c": "void f(void)\n{\n    buf_put(b);\n}\n"}, "is dropped"),
    ({"lib/rt/a.c": "static err_t g(void)\n{\n    return e;\n}\nvoid f(void)\n{\n    g();\n}\n"}, "`g` is dropped"),
    ({"lib/rt/a.c": "void f(void)\n{\n    err_t e = g();\n    (void)e;\n}\n"}, "casts the error `e` away"),
]
GOOD = [{"lib/base/buf.h": _H,
         "lib/rt/a.c": "err_t f(void)\n{\n    TRY(buf_put(b));\n    err_t e =\n        buf_put(b);\n"
                       "    buf_deinit(b);\n    (void)x;\n    return buf_put(b);\n}\n"}]
