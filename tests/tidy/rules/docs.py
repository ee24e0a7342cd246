"""What the documents say is true: links and paths exist, marked code blocks run, configuration examples are valid.

A block is marked by `<!-- test -->` on the line before it: ```sh is run (the blocks of a document one after the other in
one shell, in the root of the tree, with the built programs in PATH), ```json is given to `tieline check`. A ```json block
that has accounts or stores at its top is checked without a mark."""

import os
import re
import subprocess
import tempfile
from typing import NamedTuple

from tree import Finding

SECONDS_MAX = 120
README_NAMES = ("./deploy/quickstart", "--smoke", "--kafka", "./tests/run", "tieline-ingest", "tieline-processor",
                "tieline-egress", "tieline-sandbox", "tieline dev")
MARK = "<!-- test -->"
_PATH = re.compile(r"`((?:lib|ingest|processor|egress|ctl|sandbox|deploy|tests|docs|proto|cmake)/[\w./-]*)(?=[` ])")
_CONFIG = re.compile(r'\A\s*(?://[^\n]*\n\s*)*\{\s*(?://[^\n]*\n\s*)*"(?:accounts|stores|\$schema)"')


class Block(NamedTuple):
    line: int
    language: str
    is_marked: bool
    text: str


def blocks(text):
    """The fenced blocks; the language is None where a fence is never closed."""
    opened, before, body = None, "", []
    for number, line in enumerate(text.split("\n"), 1):
        fence = re.match(r"\s*```(\w*)", line)
        if opened is None and fence:
            opened, body = (number, fence.group(1), before.strip() == MARK), []
        elif opened is not None and re.match(r"\s*```\s*$", line):
            yield Block(*opened, "\n".join(body) + "\n")
            opened = None
        elif opened is not None:
            body.append(line)
        if line.strip():
            before = line
    if opened is not None:
        yield Block(opened[0], None, False, "")


def prose(text):
    """The text with fenced blocks emptied, line for line."""
    out, inside = [], False
    for line in text.split("\n"):
        if re.match(r"\s*```", line):
            inside = not inside
            line = ""
        out.append("" if inside else line)
    return "\n".join(out)


def anchors(text):
    found = set()
    for heading in re.findall(r"^#{1,6}\s+(.*?)\s*$", prose(text), re.MULTILINE):
        slug = re.sub(r"[^\w\- ]", "", heading.lower().replace("`", "")).replace(" ", "-")
        count = 0
        while slug + (f"-{count}" if count else "") in found:
            count += 1
        found.add(slug + (f"-{count}" if count else ""))
    return found


def _exists(tree, path):
    return any(os.path.exists(tree.at(path) + ending) for ending in ("", ".c", ".h"))


def check_links(tree, path):
    text = tree.text(path) or ""
    for number, line in enumerate(prose(text).split("\n"), 1):
        for target in re.findall(r"\]\(([^)\s]+)\)", line):
            if re.match(r"[a-z][a-z0-9+.-]*:", target):
                continue
            name, _, anchor = target.partition("#")
            file = os.path.normpath(os.path.join(os.path.dirname(path), name)) if name else path
            if not os.path.exists(tree.at(file)):
                yield Finding(path, number, f"link to `{target}`: no such file")
            elif anchor and file.endswith(".md") and anchor not in anchors(tree.text(file) or ""):
                yield Finding(path, number, f"link to `{target}`: no such heading")
        for name in _PATH.findall(line):
            if not _exists(tree, name.rstrip("./")):
                yield Finding(path, number, f"`{name}`: no such file")


def run_blocks(tree, path, marked):
    """Runs the marked shell blocks of one document; yields a finding where one fails."""
    script = "set -euo pipefail\n" + "".join(
        f"echo @@{block.line}@@\n{block.text}" for block in marked)
    paths = os.path.join(tree.build, "bin") + os.pathsep if tree.build else ""
    try:
        done = subprocess.run(["bash", "-c", script], cwd=tree.root, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=SECONDS_MAX,
                              env={**os.environ, "PATH": paths + os.environ.get("PATH", "")})
    except subprocess.TimeoutExpired:
        yield Finding(path, marked[0].line, f"its blocks run longer than {SECONDS_MAX} s")
        return
    if done.returncode:
        reached = re.findall(r"@@(\d+)@@", done.stdout)
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        yield Finding(path, int(reached[-1]), f"the block fails with {done.returncode}: {''.join(said)}")


def check_config(tree, path, block):
    tieline = os.path.join(tree.build, "bin", "tieline") if tree.build else ""
    if not os.path.exists(tieline):
        return
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        file.write(block.text)
        file.flush()
        done = subprocess.run([tieline, "check", file.name], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=SECONDS_MAX)
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()[:1]
        yield Finding(path, block.line, f"`tieline check` refuses the example: {''.join(said)}")


def check(tree):
    documents = tree.files(".md")
    for path in documents:
        yield from check_links(tree, path)
        found = list(blocks(tree.text(path) or ""))
        for block in found:
            if block.language is None:
                yield Finding(path, block.line, "the code block is never closed")
            elif block.is_marked and block.language not in ("sh", "json", "jsonc"):
                yield Finding(path, block.line, f"a block of `{block.language}` is marked and cannot be run")
            elif block.language in ("json", "jsonc") and (block.is_marked or _CONFIG.match(block.text)):
                yield from check_config(tree, path, block)
        marked = [block for block in found if block.is_marked and block.language == "sh"]
        if marked:
            yield from run_blocks(tree, path, marked)
    readme = tree.text("README.md") if "README.md" in documents else ""
    for name in README_NAMES:
        if name not in readme:
            yield Finding("README.md", 0, f"does not name `{name}`")


_README = {"README.md": " ".join(README_NAMES) + "\n"}
BAD = [
    ({**_README, "docs/a.md": "[x](nowhere.md)\n"}, "no such file"),
    ({**_README, "docs/a.md": "# One\n\n[x](a.md#two)\n"}, "no such heading"),
    ({**_README, "docs/a.md": "see `lib/base/nowhere.h`\n"}, "no such file"),
    ({**_README, "docs/a.md": "<!-- test -->\n```sh\ntrue\n```\n\n<!-- test -->\n\n```sh\nfalse\n```\n"},
     "docs/a.md:8: the block fails with 1"),
    ({**_README, "docs/a.md": "```sh\n"}, "never closed"),
    ({**_README, "docs/a.md": "<!-- test -->\n```c\nint a;\n```\n"}, "cannot be run"),
    ({"README.md": "Tieline\n"}, "does not name `./deploy/quickstart`"),
]
GOOD = [{**_README, "lib/base/err.h": "", "docs/b.md": "# `b` and more: it\n",
         "docs/a.md": "[x](b.md#b-and-more-it) [y](../README.md) [z](https://example.com/a) `lib/base/err`\n"
                      "<!-- test -->\n```sh\ntest -f README.md\n```\n```sh\nfalse\n```\n"}]
