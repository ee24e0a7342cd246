"""Scripts parse, can be started, stop at the first error, and wait for nobody at the keyboard."""

import ast
import os
import subprocess

from tree import Finding


def check(tree):
    bash = tree.scripts("bash", "sh")
    for path in bash:
        done = subprocess.run(["bash", "-n", tree.at(path)], capture_output=True, text=True)
        if done.returncode:
            yield Finding(path, 0, f"does not parse: {done.stderr.strip().splitlines()[0]}")
        if "set -euo pipefail" not in tree.text(path):
            yield Finding(path, 0, "no `set -euo pipefail`")
    python = tree.scripts("python3")
    for path in sorted(set(python) | set(tree.files(".py"))):
        try:
            ast.parse(tree.text(path) or "")
        except SyntaxError as error:
            yield Finding(path, error.lineno or 0, f"does not parse: {error.msg}")
    for path in bash + python:
        if not os.access(tree.at(path), os.X_OK):
            yield Finding(path, 0, "starts with #! and is not executable")
    for path in tree.files(".sh"):
        if path not in bash:
            yield Finding(path, 1, "no #! line")


BAD = [
    ({"a.sh": "#!/usr/bin/env bash\nset -euo pipefail\nif then\n"}, "does not parse"),
    ({"a": "#!/usr/bin/env bash\necho\n"}, "no `set -euo pipefail`"),
    ({"a.py": "def f(:\n"}, "does not parse"),
    ({"a.sh": "echo\n"}, "no #! line"),
    ({"a": "#!/usr/bin/env python3\nprint()\n"}, "is not executable"),
]
GOOD = [{"a.py": "print()\n"}]
