#!/usr/bin/env python3
"""The alerts of deploy/prometheus: each has its row in docs/RUNBOOK.md and each row its alert; each metric and label in one is what
the programs' /metrics really have, in a house that has just answered a customer.

    TIELINE_BIN=build/asan/bin tests/integration/alerts.py"""

import json
import os
import pathlib
import re
import signal
import sys
import tempfile
import time

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
sys.dont_write_bytecode = True

from checks import Checks  # noqa: E402
from http_json import Client  # noqa: E402
from programs import Program  # noqa: E402
from zendesk import Sandbox  # noqa: E402

BIN = pathlib.Path(os.environ.get("TIELINE_BIN", ROOT / "build/asan/bin"))
SERIES = re.compile(r"\b(tieline_\w+|up)\b(?:\{([^}]*)\})?")
SECONDS = 60
# Of Prometheus itself, and what a histogram's name ends with.
OURS_NOT, PARTS = {"up"}, re.compile(r"_(bucket|sum|count)$")


def alerts():
    groups = yaml.safe_load((ROOT / "deploy/prometheus/tieline.rules.yml").read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def series(text):
    """Each metric that a text names, with the labels that are asked for."""
    for name, labels in SERIES.findall(text):
        yield PARTS.sub("", name), set(re.findall(r"(\w+)\s*[=!]~?\s*\"", labels))


def check_form(check, rules):
    for rule in rules:
        name = rule["alert"]
        check.that(f"{name}: members", set(rule) <= {"alert", "expr", "for", "labels", "annotations"} and
                   rule["labels"]["severity"] in ("page", "ticket") and rule["annotations"]["summary"], rule)
        check.that(f"{name}: a span", re.fullmatch(r"\d+[smh]", rule.get("for", "1m")), rule)
        check.that(f"{name}: brackets", all(rule["expr"].count(a) == rule["expr"].count(b) for a, b in ("()", "{}", "[]")), rule)
        grouped = {label.strip() for labels in re.findall(r"\bby \(([^)]*)\)", rule["expr"]) for label in labels.split(",")}
        told = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
        check.that(f"{name}: the summary names labels that the expression leaves", told <= (grouped or {"instance"}), (told, grouped))
    check.equal("names", len({rule["alert"] for rule in rules}), len(rules))


def check_runbook(check, rules):
    text = (ROOT / "docs/RUNBOOK.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(Tieline\w+)` [^|]+\|((?:[^|\n]|\\\|)*)\|", text, re.MULTILINE))
    check.equal("each alert has its row in RUNBOOK, and each row its alert", sorted(rows), sorted(rule["alert"] for rule in rules))
    for rule in rules:
        wanted = {name for name, _ in series(rule["expr"])} - OURS_NOT
        said = {name for name, _ in series(rows.get(rule["alert"], ""))}
        check.equal(f"{rule['alert']}: RUNBOOK names its metrics", said, wanted)


def heard(facts):
    """Type of each metric, and the labels that it has been seen with."""
    types, labels = {}, {}
    for entry in facts["programs"]:
        if entry["program"] not in ("ingest", "processor", "egress"):
            continue
        for line in Client(f"http://{entry['admin']}").call("GET", "/metrics").body.decode().splitlines():
            if line.startswith("# TYPE "):
                _, _, name, kind = line.split()
                types[name] = kind
            elif line and not line.startswith("#"):
                name, inside = re.match(r"(\w+)(?:\{(.*)\})? ", line).groups()
                labels.setdefault(PARTS.sub("", name), set()).update(re.findall(r'(\w+)="', inside or ""))
    return types, labels


def check_metrics(check, rules, folder):
    dev = Program("dev", [BIN / "tieline", "dev", "--dir", folder / "dev", "--json", "--partitions", "4"], folder / "dev.log")
    try:
        dev.start(SECONDS)
        facts = json.loads((folder / "dev/dev.json").read_text(encoding="utf-8"))
        sandbox = Sandbox(facts["sandbox"])
        for brand in sandbox.brands:  # the third is mapped to no store: silence
            sandbox.write("ada", brand["name"], "human")
        end = time.monotonic() + SECONDS
        types, labels = heard(facts)
        while time.monotonic() < end and not {"tieline_end_to_end_seconds", "tieline_escalations_total",
                                              "tieline_unmapped_silent_total"} <= set(labels):
            time.sleep(0.2)
            types, labels = heard(facts)
        for rule in rules:
            for name, asked in series(rule["expr"]):
                if name in OURS_NOT:
                    continue
                check.that(f"{rule['alert']}: {name} exists", name in types, sorted(types))
                check.that(f"{rule['alert']}: {name} has the labels {asked}", asked <= labels.get(name, asked), labels.get(name))
                counts = re.search(rf"\b(rate|increase)\({name}\b", rule["expr"])
                check.that(f"{rule['alert']}: only counters have a rate", not counts or types.get(name) == "counter", types.get(name))
        seen = {name for rule in rules for name, _ in series(rule["expr"])} & set(labels)
        check.that("most of them have been seen at work", len(seen) >= 8, sorted(seen))
        values = {entry["program"]: Client(f"http://{entry['admin']}").call("GET", "/metrics").body.decode()
                  for entry in facts["programs"] if entry["program"] in ("ingest", "processor", "egress")}
        check.equal("ready programs say so", [name for name, text in values.items() if "\ntieline_ready 1\n" not in text], [])
    finally:
        dev.end(signal.SIGTERM, SECONDS)


def main():
    check = Checks()
    rules = alerts()
    check_form(check, rules)
    check_runbook(check, rules)
    with tempfile.TemporaryDirectory(prefix="tieline-alerts-") as folder:
        check_metrics(check, rules, pathlib.Path(folder))
    print(check)
    return check.status()


if __name__ == "__main__":
    sys.exit(main())
