#!/usr/bin/env python3
"""Shell manners: man pages and completions name the commands and flags that --help names, and no others; groff finds nothing to
complain of; bash completes commands, flags and words; `cmake --install` puts all of it where a shell and man look.

    TIELINE_BIN=build/asan/bin tests/integration/manners.py"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
sys.dont_write_bytecode = True

from checks import Checks  # noqa: E402

BIN = pathlib.Path(os.environ.get("TIELINE_BIN", ROOT / "build/asan/bin")).resolve()


def complete(*words):
    """What bash offers for the last of these words."""
    script = f'source deploy/completion/tieline.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tieline; printf "%s\\n" "${{COMPREPLY[@]}}"'
    done = subprocess.run(["bash", "-c", script, "bash", *words], cwd=ROOT, text=True, capture_output=True, check=False)
    return done.stdout.split(), done.stderr


def pages(check):
    done = subprocess.run([ROOT / "deploy/man/make", "--check", "--bin", BIN], text=True, capture_output=True, check=False)
    check.that("man pages and completions are what --help says", done.returncode == 0, done.stdout + done.stderr)
    found = sorted((ROOT / "docs/man").glob("*.1"))
    check.that("a page for every program", {"tieline.1", "tieline-ingest.1", "tieline-processor.1", "tieline-egress.1",
                                            "tieline-sandbox.1", "tieline-demo-bot.1"} <= {path.name for path in found}, found)
    if shutil.which("groff"):
        for path in found:
            done = subprocess.run(["groff", "-K", "utf8", "-man", "-ww", "-Tutf8", path], text=True, capture_output=True, check=False)
            check.equal(f"groff about {path.name}", done.stderr, "")


def completions(check):
    for words, wanted in [(("tieline", "doc"), ["doctor"]), (("tieline", "doctor", "--pub"), ["--public-url"]),
                          (("tieline", "dead", "re"), ["redrive"]), (("tieline", "help", "hand"), ["handback"]),
                          (("tieline", "--ver"), ["--version"])]:
        offered, said = complete(*words)
        check.that(f"bash offers {wanted} for {' '.join(words)}", offered == wanted and not said, (offered, said))
    offered, _ = complete("tieline", "check", "READ")
    check.equal("a file where a file belongs", offered, ["README.md"])
    offered, _ = complete("tieline", "doctor", "--key-file", "READ")
    check.equal("and behind a flag that takes one", offered, ["README.md"])


def installed(check):
    with tempfile.TemporaryDirectory() as prefix:
        done = subprocess.run(["cmake", "--install", BIN.parent, "--prefix", prefix], text=True, capture_output=True, check=False)
        check.that("cmake --install", done.returncode == 0, done.stdout[-300:] + done.stderr)
        for path in ("bin/tieline", "bin/tieline-ingest", "share/man/man1/tieline-doctor.1", "share/bash-completion/completions/tieline",
                     "share/zsh/site-functions/_tieline"):
            check.that(f"{path} is installed", (pathlib.Path(prefix) / path).is_file())


def main():
    check = Checks()
    pages(check)
    completions(check)
    installed(check)
    print(check)
    return check.status()


if __name__ == "__main__":
    sys.exit(main())
