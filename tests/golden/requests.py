#!/usr/bin/env python3
"""Is every request to Zendesk that the golden stories hold one that Zendesk documents?

    stories/*.want ─▶ commands: method, path, body ─▶ zendesk_requests.json

The table names each request that may be made, and the members, types and lengths of its body as Zendesk's OpenAPI files give them
(https://developer.zendesk.com/api-reference/). What is not in it may not be sent: a member that Zendesk does not know is ignored by it
in silence, or refused. Also fails when the table holds a call that no story makes.

    {"required": …, "optional": …}   members by the name of their type; "one": at least one of these is there
    {"any": TYPE, "bytes": N}        members of any name
    {"by": MEMBER, "of": …}          the type depends on that member
    "string 1-4096"                  from one to 4,096 characters"""

import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
# Calls of ours, not of Zendesk's.
TO_THE_BOT = ("bot_turn", "bot_notice")
SCALARS = {"string": str, "boolean": bool, "integer": int, "number": (int, float)}
IDS = re.compile(r"/(conversations|tickets)/[A-Za-z0-9_-]+(?=/|$)")


class Table:
    def __init__(self, types):
        self._types = types

    def check(self, name, value, where):
        """What is wrong with a value of that type: a list of texts."""
        if isinstance(name, list):
            if not isinstance(value, list):
                return [f"{where}: no list"]
            return [wrong for i, item in enumerate(value) for wrong in self.check(name[0], item, f"{where}[{i}]")]
        if name in self._types:
            return self._check_type(self._types[name], value, where)
        return self._check_scalar(name, value, where)

    def _check_scalar(self, name, value, where):
        if name.endswith(" or null"):
            return [] if value is None else self._check_scalar(name.removesuffix(" or null"), value, where)
        if name in ("scalar", "scalar or list"):
            kinds = (str, int, float) + ((list,) if "list" in name else ())
            return [] if isinstance(value, kinds) else [f"{where}: {value!r} is no {name}"]
        kind, _, span = name.partition(" ")
        if not isinstance(value, SCALARS[kind]) or (kind != "boolean" and isinstance(value, bool)):
            return [f"{where}: {value!r} is no {kind}"]
        low, _, high = span.partition("-")
        if span and not int(low) <= len(value) <= int(high or sys.maxsize):
            return [f"{where}: {len(value)} characters"]
        return []

    def _check_type(self, rule, value, where):
        if "enum" in rule:
            return [] if value in rule["enum"] else [f"{where}: {value!r} is none of {', '.join(rule['enum'])}"]
        if not isinstance(value, dict):
            return [f"{where}: no object"]
        if "by" in rule:
            name = rule["of"].get(value.get(rule["by"]))
            return self.check(name, value, where) if name else [f"{where}.{rule['by']}: {value.get(rule['by'])!r} is not known"]
        needed, known = rule.get("required", {}), self._members(rule)
        wrong = [f"{where}.{name} is missing" for name in needed if name not in value]
        if "one" in rule and not any(name in value for name in rule["one"]):
            wrong.append(f"{where} has none of {', '.join(rule['one'])}")
        if "bytes" in rule and len(json.dumps(value, ensure_ascii=False).encode()) > rule["bytes"]:
            wrong.append(f"{where} is larger than {rule['bytes']} bytes")
        for name, member in value.items():
            kind = known.get(name, rule.get("any"))
            wrong += self.check(kind, member, f"{where}.{name}") if kind else [f"{where}.{name} is not known"]
        return wrong

    def _members(self, rule):
        base = self._members(self._types[rule["like"]]) if "like" in rule else {}
        return base | rule.get("optional", {}) | rule.get("required", {})


def commands(story):
    """Each (number of line, command) to Zendesk in a story's outcome."""
    for number, line in enumerate(story.read_text(encoding="utf-8").splitlines(), 1):
        word, _, rest = line.strip().partition(" ")
        if word == "command":
            command = json.loads(rest)
            if command.get("typing"):
                yield number, {"effect": "typing", "method": "POST", "path": "/conversations/x/activity", "body": shown()}
            if command.get("path") and command["effect"] not in TO_THE_BOT:
                yield number, command


def bodies(command):
    """Each body that may be sent for a command: with the files that egress puts in, and what is sent without them."""
    body, files = command.get("body", {}), command.get("files", [])
    if files and command["effect"] == "message":
        body = {**body, "content": {"mediaUrl": files[0]["url"], **body["content"]}}
    elif files:
        body = {"ticket": {**body["ticket"], "comment": {"uploads": ["token"], **body["ticket"]["comment"]}}}
    return [body] + ([command["fallback"]] if "fallback" in command else [])


def shown():
    """What egress posts of a turn with `typing`, as it stands in its source."""
    source = (HERE.parents[1] / "egress/request.c").read_text(encoding="utf-8")
    literal = re.search(r'request\.body = SLICE\(("\{.*typing:start.*\}")\)', source).group(1)
    return json.loads(json.loads(literal))


def main():
    types = json.loads((HERE / "zendesk_requests.json").read_text(encoding="utf-8"))
    table, seen, wrong = Table(types), set(), []
    for story in sorted((HERE / "stories").glob("*.want")):
        for number, command in commands(story):
            path = IDS.sub(r"/\1/{id}", command["path"].partition("?")[0])
            call, at = f"{command['method']} {path}", f"{story.name}:{number}"
            seen.add(call)
            if call not in types:
                wrong.append(f"{at}: {call} is not documented")
            elif types[call] is None:
                wrong += [f"{at}: {call} has a body"] if command.get("body") else []
            else:
                wrong += [f"{at}: {call}: {text}" for body in bodies(command) for text in table.check(call, body, "body")]
    wrong += [f"zendesk_requests.json: no story makes {call}" for call in types if " /" in call and call not in seen]
    print("\n".join(wrong) or f"{len(seen)} kinds of requests are as Zendesk documents them")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
