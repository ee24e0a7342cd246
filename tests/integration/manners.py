#!/usr/bin/env python3
"""Shell manners: man pages and completions name the commands and flags that --help names, and no others; groff finds nothing to
complain of; bash and zsh complete commands, flags and words; `cmake --install` puts all of it where a shell and man look; what --json prints is documented.

    TIELINE_BIN=build/asan/bin tests/integration/manners.py"""

import os
import pathlib
import pty
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

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


# What has a page of its own, or is printed for machines alone.
ELSEWHERE = ("replay", "shadow", "dev", "decode", "broker", "lease")


def json_members(check):
    """docs/JSON.md names each command with --json and each member that one of them prints."""
    page = (ROOT / "docs/JSON.md").read_text(encoding="utf-8")
    rows = " ".join(line.split("|")[1] for line in page.splitlines() if line.startswith("| `"))
    for path in sorted((ROOT / "docs/man").glob("tieline-*.1")):
        name = path.stem.removeprefix("tieline-")
        if ".BR \\-\\-json" in path.read_text(encoding="utf-8") and not name.startswith(ELSEWHERE):
            check.that(f"JSON.md has a row of {name}", re.search(rf"`{name}\b", rows), rows)
    seen = 0
    for path in sorted((ROOT / "ctl").rglob("*.c")):
        if path.name.startswith(ELSEWHERE) or path.parent.name == "replay":
            continue
        for member in re.findall(r'json_(?:put_\w+|key)\(&o\w*(?:->|\.)json,\s*"(\w+)"', path.read_text(encoding="utf-8")):
            seen += 1
            check.that(f"JSON.md names {member} of {path.name}", f"`{member}`" in page)
    check.that("members were found", seen > 80, seen)


class Zsh:
    """A zsh with a person before it, who types and presses tab."""

    SETUP = ("PS1='$ '; fpath=({fpath} $fpath); autoload -Uz compinit && compinit -D -u; zstyle ':completion:*' insert-tab false\n"
             "tell() {{ print -r -- \"$BUFFER\" > {said}; BUFFER= }}; zle -N tell; bindkey '^Xt' tell; print -r > {said}\n")

    def __init__(self, folder):
        self.said = pathlib.Path(folder) / "said"
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "TERM": "xterm"}
        self.ours, theirs = pty.openpty()
        self.process = subprocess.Popen(["zsh", "-f", "-i"], stdin=theirs, stdout=theirs, stderr=theirs, cwd=ROOT, env=environment,
                                        start_new_session=True)
        os.close(theirs)
        threading.Thread(target=self._drain, daemon=True).start()
        os.write(self.ours, self.SETUP.format(fpath=ROOT / "deploy/completion", said=self.said).encode())
        self._await()

    def _drain(self):
        try:
            while os.read(self.ours, 4096):
                pass
        except OSError:  # it has ended
            pass

    def _await(self):
        end = time.monotonic() + 20
        while not (self.said.exists() and self.said.stat().st_size) and time.monotonic() < end:
            time.sleep(0.02)
        return self.said.read_text(encoding="utf-8").strip() if self.said.exists() else ""

    def __call__(self, line):
        """What stands on the line after a tab."""
        self.said.unlink(missing_ok=True)
        os.write(self.ours, f"{line}\t\x18t".encode())
        return self._await()

    def stop(self):
        self.process.kill()
        self.process.wait()
        os.close(self.ours)


def zsh_completions(check):
    if not shutil.which("zsh"):
        print("zsh is not installed (deploy/install-deps --group test): its completion is not tried")
        check.that("zsh is there in CI", os.environ.get("CI") != "true")
        return
    with tempfile.TemporaryDirectory() as folder:
        zsh = Zsh(folder)
        try:
            for line, wanted in [("tieline doc", "tieline doctor"), ("tieline doctor --pub", "tieline doctor --public-url"),
                                 ("tieline dead re", "tieline dead redrive"), ("tieline help hand", "tieline help handback"),
                                 ("tieline check READ", "tieline check README.md"),
                                 ("tieline doctor --key-file READ", "tieline doctor --key-file README.md"),
                                 ("tieline tail --log-format js", "tieline tail --log-format json")]:
                check.equal(f"zsh completes {line}", zsh(line), wanted)
        finally:
            zsh.stop()


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
    json_members(check)
    zsh_completions(check)
    installed(check)
    print(check)
    return check.status()


if __name__ == "__main__":
    sys.exit(main())
