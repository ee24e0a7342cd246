#!/usr/bin/env python3
"""`tieline` from outside, with the embedded broker: check, apply, topics, and all of `dev`.

What is wrong is said with its place and its exit status; what was applied twice changes nothing; `dev` starts again what dies,
and when it is killed itself, nothing of it lives on (rows 27, 31, 32, 109).

    TIELINE_BIN=build/asan/bin tests/integration/ctl.py [--keep DIR]"""

import json
import os
import pathlib
import signal
import stat
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
sys.dont_write_bytecode = True

from desk import Desk  # noqa: E402
from programs import Program, free_port  # noqa: E402
from script import local  # noqa: E402
from zendesk import Sandbox  # noqa: E402

BIN = pathlib.Path(os.environ.get("TIELINE_BIN", ROOT / "build/asan/bin"))
SECRETS = {"T_KEY": "canary-key-1", "T_HOOK": "canary-hook-1", "T_TOKEN": "canary-token-1"}
CONFIG = {
    "accounts": {"maple": {"subdomain": "maple", "conversations": {
        "app_id": "app", "key_id": "app_key", "key_secret": {"env": "T_KEY"}, "integration_id": "i1",
        "webhook_secrets": [{"env": "T_HOOK"}]}}},
    "stores": {"bikes": {"account": "maple", "widget": "w1", "tokens": [{"env": "T_TOKEN"}],
                         "bot": {"url": "https://bot.example.com/turn"}}}}
DEV_PROGRAMS = ["sandbox", "demo-bot", "ingest", "processor", "egress"]
START_SECONDS, AGAIN_SECONDS = 60, 30


class Tool:
    def __init__(self, directory):
        self.directory = directory
        # In the environment of the tests this names a script; to `tieline dev` it is its own flag.
        self.environment = {name: value for name, value in os.environ.items() if name != "TIELINE_KAFKA"} | SECRETS
        self.said = ""

    def __call__(self, *words, stdin=subprocess.DEVNULL, **environment):
        """Exit status, stdout and stderr; all of it is kept for the search for secrets."""
        done = subprocess.run([BIN / "tieline", *map(str, words)], env=dict(self.environment, **environment), text=True,
                              stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, check=False,
                              cwd=self.directory)
        self.said += done.stdout + done.stderr
        return done.returncode, done.stdout, done.stderr

    def write(self, config, name="shop.json"):
        text = config if isinstance(config, str) else json.dumps(config)
        (self.directory / name).write_text(text, encoding="utf-8")
        return name


def objects(text):
    return [json.loads(line) for line in text.splitlines()]


def check_usage(check, tool):
    tool.write("zz", "bad.hex")
    for words, status, said in [
            ((), 64, "Usage: tieline COMMAND"),
            (("aply",), 64, 'did you mean "apply"?'),
            (("apply",), 64, "an argument is missing"),
            (("apply", "a", "b"), 64, "too many arguments"),
            (("check", "--jsn", "x"), 64, "did you mean --json?"),
            (("topics", "-X", "acks=1"), 64, "acks"),
            (("check", "nowhere.json"), 74, "nowhere.json"),
            (("keygen", "keys"), 0, ""),
            (("keygen", "keys"), 74, "ingest.key"),
            (("decode", "event", "x"), 64, 'did you mean "events"?'),
            (("decode", "events", "--hex", "bad.hex"), 65, "hex digits"),
            (("decode", "capture", "bad.hex"), 65, "this is no capture"),
            (("replay", "--capture", "bad.hex"), 65, "bad.hex: this is no capture"),
            (("replay", "nobody"), 64, "is no conversation"),
            (("replay", "acme/ticket/1", "--ticket", "1"), 64, "give one of them"),
            (("replay", "--message", ""), 64, "--message takes an id"),
            (("replay", "--against", "yesterday"), 64, "--against"),
            (("replay", "--into", "other.", "--capture", "bad.hex"), 64, "--into"),
            (("replay", "--to-sandbox", "s.json", "--step"), 64, "--to-sandbox"),
            (("dev", "--kafka", "--deploy", "/nonexistent", "--dir", "d1"), 78, "--deploy DIR"),
            (("dev", "--partitions", "0", "--dir", "d1"), 64, "--partitions")]:
        got, out, err = tool(*words)
        check.equal(f"status of tieline {' '.join(words)}", got, status)
        check.that(f"tieline {' '.join(words)} says {said}", said in out + err, out + err)
    for path in sorted((ROOT / "tests/golden/v1").glob("event*")):
        got, out, err = tool("decode", "events", path)
        check.that(f"decode {path.name}", got == 0 and "type" in json.loads(out), err)
    got, out, _ = tool("help", "apply")
    check.that("help COMMAND", got == 0 and out.startswith("Usage: tieline apply [flags] FILE"), out)
    got, out, _ = tool("--version")
    check.that("--version names the libraries", got == 0 and "librdkafka" in out, out)
    mode = stat.S_IMODE((tool.directory / "keys/egress.key").stat().st_mode)
    check.equal("a private key is for its owner", oct(mode), "0o600")


def check_check(check, tool):
    got, _, err = tool("check", tool.write('{\n  "acounts": {}\n}', "typo.json"))
    check.equal("a wrong file is bad data", got, 65)
    check.that("place and nearest name", 'typo.json:2:3: acounts: unknown key; did you mean "accounts"?' in err, err)
    got, out, _ = tool("check", "--json", "typo.json")
    last = objects(out)[-1]
    check.that("the same for machines", got == 65 and last == {
        "valid": False, "errors": 1, "warnings": 1, "accounts": 0, "stores": 0}, out)
    check.equal("a right file", tool("check", tool.write(CONFIG))[0], 0)
    check.equal("a secret that is not there is a warning for check", tool("check", "shop.json", T_KEY="")[0], 0)


def check_apply(check, tool, brokers):
    where = ("--brokers", brokers)
    got, _, err = tool("apply", "shop.json", "--yes", *where)
    check.that("without keys: how to make them", got == 78 and "tieline keygen" in err, err)
    got, out, err = tool("apply", "shop.json", "--keys", "keys/public.json", *where)
    check.that("nobody to ask", got == 64 and "--yes" in err, err)
    check.that("but the difference is shown", "+ account/maple" in out, out)
    got, _, err = tool("apply", "shop.json", "--yes", "--keys", "keys/public.json", *where, T_KEY="")
    check.that("a secret that is empty", got == 65 and "the secret is empty" in err, err)
    got, out, err = tool("apply", "shop.json", "--yes", "--keys", "keys/public.json", *where)
    check.that("published", got == 0 and "Published 3 records" in out, out + err)
    got, out, _ = tool("apply", "shop.json", *where)
    check.that("the same again needs no question", got == 0 and out == "Nothing to change.\n", out)
    changed = json.loads(json.dumps(CONFIG))
    changed["stores"]["bikes"]["widget"] = "w2"
    got, out, _ = tool("apply", tool.write(changed), "--yes", "--json", *where, T_TOKEN="canary-token-2")
    entries = {entry["key"]: entry for entry in objects(out)[:-1]}
    check.equal("what differs, by name", entries["store/bikes"]["members"], ["widget", "tokens"])
    check.equal("what does not", entries["account/maple"]["change"], "same")
    only = {"stores": {"desks": {"account": "maple", "widget": "w2", "bot": {"url": "https://b.example.com"}}}}
    got, _, err = tool("apply", tool.write(only), "--yes", *where)
    check.that("row 113: taken by a store that the file does not name", got == 65 and '"bikes"' in err and '"desks"' in err, err)
    only["stores"]["desks"]["widget"] = "w3"
    got, out, _ = tool("apply", tool.write(only), "--yes", *where)
    check.that("a store alone, of a published account", got == 0 and "Published 1 record" in out, out)
    got, out, _ = tool("apply", "-", "--yes", *where, stdin=open(tool.directory / "shop.json", encoding="utf-8"))
    check.that("from standard input", got == 0 and "Nothing to change" in out, out)


def check_topics(check, tool, brokers):
    got, out, _ = tool("topics", "--json", "--brokers", brokers)
    names = [entry["topic"] for entry in objects(out)]
    check.that("six topics, all right", got == 0 and len(names) == 6 and "tieline.events" in names, out)
    check.equal("none of another prefix", tool("topics", "--prefix", "other.", "--brokers", brokers)[0], 78)
    check.equal("apply on the embedded broker", tool("topics", "--apply", "--brokers", brokers)[0], 0)
    got, _, err = tool("apply", "shop.json", "--yes", "--prefix", "other.", "--brokers", brokers)
    check.that("missing topics are named", got == 78 and "other.events" in err, err)
    since = time.monotonic()
    got, _, err = tool("topics", "--brokers", "127.0.0.1:9")
    check.that("no broker: 69, and soon", got == 69 and time.monotonic() - since < 45, f"{got} {err}")


def events(brokers):
    """What stands in the log: key and record of each event."""
    done = subprocess.run([BIN.parent / "tests/log_dump", brokers, "tieline.", "events"], text=True, check=True, timeout=60,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    return objects(done.stdout)


def check_orders(check, tool, brokers):
    """Row 75: a person calls a human, or gives the conversation back, by hand."""
    where = ("--brokers", brokers)
    for words, status, said in [
            (("escalate",), 64, "an argument is missing"),
            (("handback", "maple/ticket/1", "--resaon", "x"), 64, "did you mean --reason?"),
            (("escalate", "35436", *where), 65, "expected ACCOUNT/messaging/ID"),
            (("handback", "maple/user/1", *where), 65, "is a customer"),
            (("escalate", "mapel/ticket/1", *where), 65, 'did you mean "maple"?'),
            (("escalate", "maple/ticket/1", "--reason", "x" * 2000, *where), 65, "at most 1024 bytes")]:
        got, _, err = tool(*words)
        check.equal(f"status of tieline {' '.join(words)[:60]}", got, status)
        check.that(f"tieline {' '.join(words)[:60]} says {said}", said in err, err)
    check.equal("none of these wrote anything", events(brokers), [])
    got, out, err = tool("escalate", "maple/messaging/c1", "--reason", "she called", "--json", *where, USER="rita")
    said = objects(out)[0] if got == 0 else {}
    check.that("row 75: escalate", got == 0 and said["action"] == "escalate" and said["who"] == "rita", out + err)
    got, out, err = tool("handback", "maple/ticket/7", "--reason", "solved by phone", *where, USER="rita")
    check.that("row 75: handback", got == 0 and out.startswith("maple/ticket/7: is being given back to the bot (event operator/"), out + err)
    found = {event["key"]: event for event in events(brokers)}
    check.equal("both are in the log, by key", sorted(found), ["maple/messaging/c1", "maple/ticket/7"])
    first = found["maple/messaging/c1"]
    check.equal("where it was said to be", (first["partition"], first["offset"]), (said.get("partition"), said.get("offset")))
    check.equal("with the id that was said", first["record"]["id"], said.get("event"))
    check.equal("as an operator's event", first["record"]["type"], "tieline.operator")
    check.equal("a handback has its reason too", found["maple/ticket/7"]["record"].get("reason"), "solved by phone")
    check.equal("with reason and who", (first["record"].get("reason"), first["record"].get("who")), ("she called", "rita"))


class Dev:
    def __init__(self, directory, name):
        self.folder = directory / name
        self.program = Program("dev", [BIN / "tieline", "dev", "--dir", self.folder, "--json", "--partitions", "4"],
                               directory / f"{name}.log")

    def facts(self):
        return json.loads((self.folder / "dev.json").read_text(encoding="utf-8"))

    def pids(self):
        return {entry["program"]: entry["pid"] for entry in self.facts()["programs"]}

    def await_pid(self, name, before):
        """The new pid of a program, once dev.json names it and it runs."""
        end = time.monotonic() + AGAIN_SECONDS
        while time.monotonic() < end:
            pid = self.pids()[name]
            if pid not in (before, 0) and runs(pid):
                return pid
            time.sleep(0.05)
        return None


def runs(pid):
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return text.rsplit(")", 1)[1].split()[0] != "Z"


def gone(pids, seconds=10):
    end = time.monotonic() + seconds
    while any(runs(pid) for pid in pids) and time.monotonic() < end:
        time.sleep(0.05)
    return [pid for pid in pids if runs(pid)]


def check_tickets(check, when, dev):
    """Rows 39, 42, 43: the Zendesk side of tickets, as an admin of the account sees it."""
    desk = Desk(dev.facts()["sandbox"])
    hooks = {hook["name"]: hook["endpoint"] for hook in desk.good("GET", "/webhooks")["webhooks"]}
    ingest = dev.facts()["ingest"]
    check.equal(f"{when}: a webhook for each store", hooks,
                {f"Tieline {store}": f"{ingest}/api/v1/stores/{store}/tickets" for store in ("shoes", "hats")})
    titles = sorted(trigger["title"] for trigger in desk.good("GET", "/triggers")["triggers"])
    check.equal(f"{when}: three triggers for each store", titles,
                [f"Tieline {store}: {title}" for store in ("hats", "shoes")
                 for title in ("assignee or status changed", "customer wrote", "ticket created")])


def check_timeline(check, tool, dev, key):
    """`show` and `tail` tell what was said and decided, in order."""
    brokers = ("--brokers", dev.facts()["brokers"])
    got, out, err = tool("show", key, *brokers)
    lines = [line for line in out.splitlines() if line.startswith("20")]
    kinds = [line.split()[1] for line in lines]
    check.that("show tells how it stands", got == 0 and "a human" in out and "the bot asked for a human" in out, out + err)
    firsts = [kinds.index(kind) if kind in kinds else -1 for kind in ("customer", "ask", "answer", "rule")]
    check.that("and what happened, in order", lines == sorted(lines, key=lambda line: line.split()[0])
               and -1 not in firsts and firsts == sorted(firsts), out)
    told = [line.split(None, 1)[1] for line in lines]
    check.that("the rule that fired is a line, and who has it since", any(
        line.startswith("rule ") and "the bot asked for a human" in line for line in told) and any(
        line.startswith("owner ") and "a human (handing_off), epoch" in line for line in told), out)
    check.that("calls are told with what they came to", any(
        line.startswith("done ") and "pass_control" in line and ", 1 try" in line for line in told), out)
    records = [json.loads(line) for line in tool("show", key, "--json", *brokers)[1].splitlines()]
    check.that("for machines too", "state" in records[0] and all("event" in r or "command" in r for r in records[1:]), records[:2])
    got, out, err = tool("tail", "--since", "10m", "--until-now", "--conversation", key, "--type", "bot_turn", "--json", *brokers)
    turns = [json.loads(line)["command"] for line in out.splitlines()]
    check.equal("tail filters", [turn["effect"] for turn in turns], ["bot_turn", "bot_turn"])
    got, out, err = tool("tail", "--since", "10m", "--until-now", "--type", "pass_control,conversations.message", "--store", "shoes", *brokers)
    kinds = {line.split()[2] for line in out.splitlines()}
    check.that("by several types, and by the store of a widget", got == 0 and {"call", "customer"} <= kinds, out + err)
    got, out, err = tool("tail", "--since", "10m", "--until-now", "--store", "hats", "--conversation", key, *brokers)
    check.equal("none of it is another store's", (got, out), (0, ""))
    got, out, err = tool("tail", "--until-now", "--type", "pas_control", *brokers)
    check.that("a type that there is none of", got == 64 and 'did you mean "pass_control"?' in err, (got, out, err))
    check.equal("a conversation that there is none of", tool("show", "acme/messaging/none", *brokers)[0], 65)
    check.equal("no key", tool("show", "acme", *brokers)[0], 64)


def check_ticket_timeline(check, tool, dev):
    """What a customer wrote on a ticket stands in what was fetched, and is drawn once."""
    sandbox, desk = Sandbox(dev.facts()["sandbox"]), Desk(dev.facts()["sandbox"])
    brand = next(brand["name"] for brand in sandbox.brands if "Shoes" in brand["name"])
    ticket = desk.mail("tess", brand, "An order", "echo where is it")["ticket"]
    end = time.monotonic() + AGAIN_SECONDS
    asked = ("--brokers", dev.facts()["brokers"])
    shown = (1, "", "")
    while time.monotonic() < end and "done       ticket_update" not in shown[1]:
        time.sleep(0.5)
        shown = tool("show", f"acme/ticket/{ticket}", *asked)
    drawn = [line.split(None, 1)[1].split(None, 1) for line in shown[1].splitlines() if line.startswith("20")]
    customers = [words for kind, words in drawn if kind == "customer"]
    check.equal("the customer's words, once", customers, ["echo where is it"])
    check.that("and the bot's", any(kind == "say" and "where is it" in words for kind, words in drawn), shown)


def check_model(check, tool, dev):
    """Row 82: while all runs, a store gets a model for its bot. The demo bot speaks that language too."""
    path = dev.folder / "config.json"
    before = path.read_text(encoding="utf-8")
    config = json.loads(before)
    bot = config["stores"]["shoes"]["bot"]
    bot.update(kind="openai", model="demo", url=bot["url"].replace("/bot/shoes", "/openai/shoes/v1/chat/completions"))
    path.write_text(json.dumps(config), encoding="utf-8")
    got, out, err = tool("apply", path, "--yes", "--brokers", dev.facts()["brokers"])
    check.that("a model for a bot is applied", got == 0 and "bot.model" in out, out + err)
    sandbox = Sandbox(dev.facts()["sandbox"])
    brand = next(brand["name"] for brand in sandbox.brands if "Shoes" in brand["name"])

    def said(conversation, wanted):
        end = time.monotonic() + AGAIN_SECONDS
        while time.monotonic() < end:
            texts = [message["content"]["text"] for message in sandbox.conversation(conversation)["messages"]]
            if any(wanted in text for text in texts):
                return True
            time.sleep(0.1)
        return False

    conversation = sandbox.write("mo", brand, "echo from a model")["conversation"]
    check.that("the model answers in the widget", said(conversation, "shoes: from a model"), dev.program.said())
    sandbox.write("mo", brand, "human", conversation)
    check.that("and its tool calls a human", said(conversation, "connecting you with a colleague"), dev.program.said())
    check_timeline(check, tool, dev, f"acme/messaging/{conversation}")
    path.write_text(before, encoding="utf-8")
    check.equal("and back", tool("apply", path, "--yes", "--brokers", dev.facts()["brokers"])[0], 0)


def check_looking(check, tool):
    """status and doctor find a dev that runs here by themselves; doctor calls the real ingest, and the log stays as it was."""
    ready = {"ingest": "ready", "processor": "ready", "egress": "ready"}
    until, states = time.monotonic() + 20, {}
    while states != ready and time.monotonic() < until:  # configuration was applied just now
        got, out, err = tool("status", "--json")
        lines = objects(out)
        states = {line["program"]: line["state"] for line in lines if "program" in line}
    check.equal("status: the programs are ready", states, ready) or print(err)
    check.equal("status: stores with their account", {line["store"]: line["account"] for line in lines if "store" in line},
                {"shoes": "acme", "hats": "acme"})
    check.that("status: nothing is dead", got == 0 and [line["dead"] for line in lines if "dead" in line] == [0], out)
    versions, until = [], time.monotonic() + 20
    while not (versions and all(line.get("newest") for line in versions)) and time.monotonic() < until:
        versions = [line for line in objects(tool("status", "--json")[1]) if "partition" in line]
    check.equal("status: each partition decides by the newest configuration", [line.get("newest") for line in versions], [True] * 4)
    got, out, _ = tool("status")
    check.that("status: and says so to people", "in force in 4 of 4 partitions" in out, out)
    check.that("status: tables for people", got == 0 and "PROGRAM" in out and "ACCOUNT" in out and "shoes" in out, out)
    got, out, err = tool("status", "--admin", f"127.0.0.1:{free_port()}")
    check.that("status: a program that is away", got == 0 and "away" in out, out + err)
    got, out, err = tool("doctor", "--json")
    check.that("row 28: doctor, against ingest itself", got == 0, out + err)
    # What dev makes in the sandbox leaves its third brand alone.
    check.equal("doctor: what dev leaves out", sorted({line["check"] for line in objects(out) if "check" in line}), ["widget-unmapped"])
    got, out, _ = tool("status", "--json")
    check.equal("doctor left nothing in `dead`", [line["dead"] for line in objects(out) if "dead" in line], [0])


def check_dev(check, tool):
    dev = Dev(tool.directory, "dev")
    try:
        ready = dev.program.start(START_SECONDS)
        facts = dev.facts()
        check.that("dev.json says what the ready line says", all(ready[key] == facts[key] for key in facts), ready)
        check.equal("its members", sorted(facts), ["brokers", "ingest", "prefix", "programs", "sandbox"])
        check.equal("all five run", [entry["program"] for entry in facts["programs"]], DEV_PROGRAMS)
        config = dev.folder / "config.json"
        check.equal("two stores, the third brand has none", sorted(json.loads(config.read_text())["stores"]), ["hats", "shoes"])
        check.equal("its configuration is right", tool("check", config)[0], 0)
        for secret in (dev.folder / "secrets").iterdir():
            check.equal(f"{secret.name} is for its owner", oct(stat.S_IMODE(secret.stat().st_mode)), "0o600")
        check_tickets(check, "at first", dev)
        beside = tool.directory / ".tieline"
        beside.symlink_to(dev.folder)
        got, out, _ = tool("apply", config)
        check.that("a tool beside it finds its broker, and nothing to change", got == 0 and "Nothing" in out, out)
        check_looking(check, tool)
        beside.unlink()
        got, _, err = tool("dev", "--dir", dev.folder)
        check.that("one dev a folder", got == 69 and "another" in err, err)
        check_model(check, tool, dev)
        check_ticket_timeline(check, tool, dev)
        for name in DEV_PROGRAMS:
            before = dev.pids()[name]
            os.kill(before, signal.SIGKILL)
            check.that(f"{name} is started again", dev.await_pid(name, before) is not None, dev.program.said())
        check_tickets(check, "after a new sandbox", dev)
        check.equal("ingest is where it was", dev.facts()["ingest"], facts["ingest"])
        check.equal("the sandbox too", dev.facts()["sandbox"]["admin"], facts["sandbox"]["admin"])
        pids = list(dev.pids().values())
        check.equal("Ctrl-C ends it well", dev.program.end(signal.SIGINT, 60), 0)
        check.equal("and everything with it", gone(pids, 1), [])
        check.that("dev.json is gone", not (dev.folder / "dev.json").exists())
    finally:
        dev.program.end(signal.SIGKILL)


def check_dev_killed(check, tool):
    dev = Dev(tool.directory, "dev")
    try:
        dev.program.start(START_SECONDS)
        pids = list(dev.pids().values())
        dev.program.end(signal.SIGKILL)
        check.equal("a dev that is killed leaves nobody behind", gone(pids), [])
        dev.program.start(START_SECONDS)
        check.equal("and starts again in the same folder", dev.program.end(signal.SIGTERM, 60), 0)
    finally:
        dev.program.end(signal.SIGKILL)


def check_secrets(check, tool):
    secrets = [value.encode() for value in SECRETS.values()]
    secrets += [path.read_bytes().strip() for path in (tool.directory / "dev/secrets").iterdir()]
    for log in [*tool.directory.glob("*.log"), *(tool.directory / "dev/log").iterdir()]:
        check.that(f"row 32: no secret in {log.name}", not any(secret in log.read_bytes() for secret in secrets))
    check.that("row 32: none in what the tool said", not any(secret.decode() in tool.said for secret in secrets))


def run(check, directory):
    tool = Tool(directory)
    broker = Program("broker", [BIN / "tieline", "broker", "--partitions", "4"], directory / "broker.log")
    try:
        check_usage(check, tool)
        check_check(check, tool)
        brokers = broker.start()["brokers"]
        check_apply(check, tool, brokers)
        check_orders(check, tool, brokers)
        check_topics(check, tool, brokers)
        check.equal("the broker ends well", broker.end(), 0)
    finally:
        broker.end(signal.SIGKILL)
    check_dev(check, tool)
    check_dev_killed(check, tool)
    check_secrets(check, tool)


if __name__ == "__main__":
    sys.exit(local(run, __doc__))
