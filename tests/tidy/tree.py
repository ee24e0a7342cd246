"""tree — the files that a rule judges: the real tree, or one planted for a self-test."""

import os
import subprocess
from typing import NamedTuple

PROGRAMS = ("ingest", "processor", "egress", "ctl", "sandbox")


class Finding(NamedTuple):
    path: str
    line: int
    text: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.text}" if self.line else f"{self.path}: {self.text}"


class Tree:
    """Paths are relative to the root, with slashes. `build` is a folder with built programs, or None."""

    def __init__(self, root, build=None, files=None):
        self.root = root
        self.build = build
        self._files = files
        self._texts = {}

    def files(self, *endings, under=""):
        if self._files is None:
            listed = subprocess.run(
                ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                cwd=self.root, check=True, capture_output=True).stdout
            names = {name.decode() for name in listed.split(b"\0") if name}
            self._files = sorted(name for name in names if os.path.isfile(self.at(name)))
        return [f for f in self._files
                if f.startswith(under) and (not endings or f.endswith(endings))]

    def at(self, path):
        return os.path.join(self.root, path)

    def text(self, path):
        """The file as text; what is not UTF-8 (a corpus) is None."""
        if path not in self._texts:
            try:
                with open(self.at(path), encoding="utf-8", newline="") as file:
                    self._texts[path] = file.read()
            except UnicodeDecodeError:
                self._texts[path] = None
        return self._texts[path]

    def lines(self, path):
        """Pairs of number and line, from 1."""
        return enumerate((self.text(path) or "").split("\n"), 1)

    def scripts(self, *programs):
        """Files whose first line names one of these programs."""
        found = []
        for path in self.files():
            first = (self.text(path) or "").split("\n", 1)[0]
            if first.startswith("#!") and first.split("/")[-1].split()[-1] in programs:
                found.append(path)
        return found


def room_of(path):
    """The room that a file belongs to: "lib/base", "ingest", "tests"; None for the rest."""
    parts = path.split("/")
    if parts[0] == "lib" and len(parts) > 2:
        return "/".join(parts[:2])
    return parts[0] if parts[0] in PROGRAMS + ("tests",) else None


def is_core(path):
    parts = path.split("/")
    return parts[0] in PROGRAMS and len(parts) > 2 and parts[1] == "core"
