#!/usr/bin/env python3
"""`tieline connect`, `widgets` and `disconnect` against the sandbox, with the embedded broker.

Credentials come first and nothing is stored when they are wrong; a dry run makes nothing; a second run changes nothing; killed
after any single call and run again, all is as if nothing had happened, and nothing is there twice; what is refused is told with
step, status, Zendesk's words, request id and the way by hand (rows 8, 9, 12, 20, 24-30, 36-38, 53-57, 114, 115, 123).

    TIELINE_BIN=build/asan/bin tests/integration/connect.py [--keep DIR] [PART…]"""

import json
import os
import pathlib
import pty
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
sys.dont_write_bytecode = True

from between import Between  # noqa: E402
from desk import Desk  # noqa: E402
from programs import Program  # noqa: E402
from sandbox_program import SandboxProgram  # noqa: E402
from script import local  # noqa: E402

BIN = pathlib.Path(os.environ.get("TIELINE_BIN", ROOT / "build/asan/bin")).resolve()
URL = "http://127.0.0.1:9"
STORES = ("shoes", "hats")


class World:
    """A sandbox, a broker, and a configuration file for them."""

    def __init__(self, directory, scenario=None):
        self.directory = pathlib.Path(tempfile.mkdtemp(dir=directory))
        self.sandbox = SandboxProgram(scenario=scenario).start()
        self.ready = self.sandbox.ready
        self.desk = Desk(self.ready)
        self.between = Between(self.ready["support_url"])
        self.broker = Program("broker", [BIN / "tieline", "broker", "--partitions", "4"], self.directory / "broker.log")
        self.brokers = self.broker.start()["brokers"]
        self.secrets = {"T_KEY": self.ready["key_secret"], "T_OAUTH": self.ready["oauth"]["client_secret"],
                        "T_TOKEN": "canary-token"}
        self.said = ""
        self.config = self._config()
        self.write()
        self.tool("keygen", "keys")

    def _config(self):
        brands = self.ready["brands"]
        return {
            "accounts": {"acme": {
                "subdomain": "acme",
                "conversations": {"url": self.between.url, "app_id": self.ready["app_id"], "key_id": self.ready["key_id"],
                                  "key_secret": {"env": "T_KEY"}},
                "support": {"url": self.between.url, "bot_user_id": str(self.ready["bot_user_id"]),
                            "oauth": {"client_id": self.ready["oauth"]["client_id"], "client_secret": {"env": "T_OAUTH"}}}}},
            "stores": {name: {"account": "acme", "brand": str(brand["id"]), "widget": brand["widget_integration_id"],
                              "default_responder": True, "tokens": [{"env": "T_TOKEN"}],
                              "bot": {"url": "https://bot.example.com/turn"}} for name, brand in zip(STORES, brands)}}

    def write(self):
        (self.directory / "shop.json").write_text(json.dumps(self.config), encoding="utf-8")

    def start(self, *words, stdin=subprocess.DEVNULL, **environment):
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("TIELINE_")}
        return subprocess.Popen([BIN / "tieline", *map(str, words)], env=inherited | self.secrets | environment, text=True,
                                stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.directory)

    def answer(self, text, *words):
        """The same with a person at a terminal, who types `text`."""
        ours, theirs = pty.openpty()
        process = self.start(*words, stdin=theirs)
        os.write(ours, text.encode())
        out, err = process.communicate(timeout=60)
        os.close(ours)
        os.close(theirs)
        self.said += out + err
        return process.returncode, out, err

    def tool(self, *words, **environment):
        """Exit status, stdout, stderr."""
        process = self.start(*words, **environment)
        out, err = process.communicate(timeout=60)
        self.said += out + err
        return process.returncode, out, err

    def words(self, *more):
        return ("connect", "acme", "shop.json", "--brokers", self.brokers, "--keys", "keys/public.json", "--url", URL, *more)

    def connect(self, *more, **environment):
        return self.tool(*self.words(*more), **environment)

    def integrations(self, kind):
        return self.sandbox.sandbox.api("GET", f"/integrations?filter%5Btypes%5D={kind}")["integrations"]

    def board(self):
        return self.sandbox.sandbox.api("GET", "/switchboards")["switchboards"][0]

    def lines(self):
        return self.sandbox.sandbox.api("GET", f"/switchboards/{self.board()['id']}/switchboardIntegrations")["switchboardIntegrations"]

    def zendesk(self):
        """All that connect makes or changes, with names for ids, to be compared between worlds."""
        custom, hooks = self.integrations("custom"), self.desk.good("GET", "/webhooks")["webhooks"]
        triggers = self.desk.good("GET", "/triggers")["triggers"]
        names = {line["id"]: line["name"] for line in self.lines()} | {hook["id"]: hook["name"] for hook in hooks}

        def body(trigger):
            calls = [action["value"] for action in trigger["actions"] if action["field"] == "notification_webhook"]
            return [(names[hook], text) for hook, text in calls]

        return {
            "integrations": sorted((i["displayName"], [w["target"] for w in i["webhooks"]]) for i in custom),
            "lines": sorted((line["name"], names.get(line.get("nextSwitchboardIntegrationId")), line["deliverStandbyEvents"])
                            for line in self.lines()),
            "default": names.get(self.board().get("defaultSwitchboardIntegrationId")),
            "widgets": sorted((w["displayName"], w["defaultResponder"]["name"], w["defaultResponder"]["inherited"])
                              for w in self.integrations("web")),
            "webhooks": sorted((hook["name"], hook["endpoint"], hook.get("description"), hook["status"]) for hook in hooks),
            "triggers": sorted((t["title"], t["active"], body(t)) for t in triggers),
        }

    def published(self):
        """What stands in the log under each key now; secrets that are sealed or hashed look the same for the same secret."""
        done = subprocess.run([BIN.parent / "tests/log_dump", self.brokers, "tieline.", "config"], text=True, check=True,
                              timeout=60, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        found = {}
        for line in done.stdout.splitlines():
            entry = json.loads(line)
            if not entry["key"].startswith("lease/"):
                found[entry["key"]] = entry
        return found

    def stop(self):
        self.broker.end(signal.SIGKILL)
        self.between.stop()
        self.sandbox.__exit__()


def check_once(check, directory):
    """Rows 24-30, 53-57, from nothing to connected, and again."""
    world = World(directory)
    try:
        before = world.zendesk()
        got, out, err = world.connect("--dry-run")
        check.that("a dry run says the steps", got == 0 and out.count("\n  - ") >= 12, out + err)
        check.equal("and makes nothing", world.zendesk(), before)
        check.equal("nor publishes anything", world.published(), {})
        got, out, err = world.connect()
        check.that("nobody to ask", got == 64 and "--yes" in err and world.zendesk() == before, out + err)
        planned = [line[4:] for line in out.splitlines() if line.startswith("  - ")]
        got, out, err = world.connect("--yes")
        done = [line[4:] for line in out.splitlines() if line.startswith("  * ")]
        check.that("row 30: connected", got == 0 and "acme is connected." in out, out + err)
        check.equal("what was done is what was said", done, planned)
        check.that("row 24: the addresses are shown", f"{URL}/api/v1/connectors/acme/webhook" in out
                   and f"{URL}/api/v1/stores/hats/tickets" in out, out)
        check.that("row 41: and what the triggers send", '{"event":"ticket_created","ticket_id":"{{ticket.id}}"' in out, out)
        after = world.zendesk()
        check.equal("row 54: named as ours", [name for name, _ in after["integrations"]], ["Tieline acme"])
        check.equal("row 56: ours is the default, the humans come next", (after["default"], dict(
            (name, behind) for name, behind, _ in after["lines"])["tieline"]), ("tieline", "zd-agentWorkspace"))
        check.equal("row 42: triggers", len(after["triggers"]), 6)
        keys = world.published()
        check.equal("published", sorted(keys), ["account/acme", "deployment", "store/hats", "store/shoes"])
        check_given(check, world)
        got, out, err = world.connect("--yes")
        check.that("row 55: run again: nothing to change", got == 0 and "Nothing to change." in out, out + err)
        check.equal("in Zendesk neither", world.zendesk(), after)
        got, out, err = world.tool("connect", "acme", "shop.json", "--brokers", world.brokers)
        check.that("the public address is remembered", got == 0 and "Nothing to change." in out, out + err)
        got, out, err = world.tool("apply", "shop.json", "--brokers", world.brokers)
        check.that("apply leaves what Zendesk gave", got == 0 and out == "Nothing to change.\n", out + err)
        check_again(check, world)
        check_silent(check, world)
    finally:
        world.stop()


def check_given(check, world):
    """The published account knows the webhook by Zendesk's own secret: ingest is asked."""
    ours = world.integrations("custom")[0]
    secret = ours["webhooks"][0]["secret"]
    ingest = Program("ingest", [BIN / "tieline-ingest", "--brokers", world.brokers, "--listen", "127.0.0.1:0", "--admin",
                                "127.0.0.1:0", "--key-file", world.directory / "keys/ingest.key"], world.directory / "ingest.log")
    try:
        place = ingest.start()["listen"]
        from http_json import Client
        client = Client(f"http://{place}")
        body = {"app": {"id": "a"}, "webhook": {"id": "w", "version": "v2"}, "events": []}
        answers = [client.call("POST", "/api/v1/connectors/acme/webhook", body, {"X-API-Key": key}).status
                   for key in (secret, "other")]
        check.equal("row 48: the secret that Zendesk gave is published", answers, [200, 401])
    finally:
        ingest.end()


def check_again(check, world):
    """Rows 8, 9, 57: what differs is corrected in place, and nothing else."""
    world.config["stores"]["hats"]["default_responder"] = False
    world.write()
    got, out, err = world.connect("--yes")
    after = world.zendesk()
    check.that("row 8: one store alone wants it", got == 0 and after["default"] != "tieline", out + err)
    check.equal("row 9: its widget alone is ours", [(responder, inherited) for _, responder, inherited in after["widgets"]].count(
        ("tieline", False)), 1)
    check.that("again: nothing", "Nothing to change." in world.connect("--yes")[1])
    world.config["stores"]["shoes"]["default_responder"] = False
    world.write()
    check.equal("row 8: none wants it", world.connect("--yes")[0], 0)
    after = world.zendesk()
    check.that("nowhere ours first", after["default"] != "tieline" and not any(
        responder == "tieline" for _, responder, _ in after["widgets"]), after)
    for store in STORES:
        world.config["stores"][store]["default_responder"] = True
    world.write()
    got, out, err = world.connect("--yes", T_TOKEN="canary-other-token")
    check.that("row 57: another token goes into the webhooks", got == 0 and out.count("correct the webhook for tickets") >= 2,
               out + err)
    check.equal("one integration still", len(world.integrations("custom")), 1)
    check.equal("two webhooks still", len(world.zendesk()["webhooks"]), 2)
    check.equal("and back", world.connect("--yes")[0], 0)


def check_silent(check, world):
    """Row 32."""
    ours = world.integrations("custom")[0]["webhooks"][0]["secret"]
    hooks = world.desk.good("GET", "/webhooks")["webhooks"]
    signing = [world.desk.good("GET", f"/webhooks/{hook['id']}/signing_secret")["signing_secret"]["secret"] for hook in hooks]
    for secret in (*world.secrets.values(), "canary-other-token", ours, *signing):
        check.that("row 32: no secret in what was said", secret not in world.said)


def check_killed(check, directory):
    """Killed after each single call, and run again: the same end state as an undisturbed run. Between two of them disconnect
    takes all of it away; it is killed and run again likewise."""
    world = World(directory)
    away = ("disconnect", "acme", "shop.json", "--brokers", world.brokers, "--yes", "--forget")
    try:
        before = world.zendesk()
        world.between.at(0, None)
        check.equal("undisturbed", world.connect("--yes")[0], 0)
        calls, wanted, keys = world.between.count(), world.zendesk(), sorted(world.published())
        check.that("there is something to disturb", calls > 20, calls)
        for number in range(1, calls + 1):
            process = world.start(*away)
            world.between.at(number, process.kill)
            process.communicate(timeout=60)
            world.between.at(0, None)
            got, out, err = world.tool(*away)
            check.that(f"before call {number}: nothing of ours is left", got == 0 and world.zendesk() == before, out + err)
            world.sandbox.sandbox.advance(61)  # Zendesk counts calls by the minute
            process = world.start(*world.words("--yes"))
            world.between.at(number, process.kill)
            process.communicate(timeout=60)
            world.between.at(0, None)
            check.equal(f"killed after call {number} of {calls}", process.returncode, -signal.SIGKILL)
            got, out, err = world.connect("--yes")
            check.that(f"killed after call {number}: run again", got == 0, out + err)
            check.equal(f"killed after call {number}: the same end", world.zendesk(), wanted)
            found = world.published()
            check.equal(f"killed after call {number}: the same is published",
                        sorted(key for key in found if not found[key].get("gone")), keys)
    finally:
        world.stop()


def check_widgets(check, world):
    """Row 114."""
    got, out, err = world.tool("widgets", "acme", "shop.json", "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    brands = world.ready["brands"]
    check.that("row 114: each brand's widget with its id", got == 0 and [row["widget"] for row in rows] == [
        brand["widget_integration_id"] for brand in brands], out + err)
    check.equal("its store, or silence", [row["store"] for row in rows], ["shoes", "hats", None])
    check.equal("its brand", [row["brand_name"] for row in rows], [brand["name"] for brand in brands])
    check.equal("who answers first", [row["responder"] for row in rows], ["tieline"] * 3)
    got, out, err = world.tool("widgets", "acme", "--brokers", world.brokers, "--key-file", "keys/egress.key")
    check.that("the same as published", got == 0 and "none: silence" in out and brands[1]["widget_integration_id"] in out, out + err)
    got, out, err = world.tool("widgets", "acme", "--brokers", world.brokers)
    check.that("without a key nothing is opened", got == 78 and "--key-file" in err, out + err)
    got, _, err = world.tool("widgets", "acmee", "shop.json")
    check.that("no such account", got == 78 and "acmee" in err, err)


def check_disconnect(check, directory):
    """Rows 36 to 38: only what is ours goes, store by store, and what they share with the last."""
    world = World(directory)
    try:
        before = world.zendesk()
        check.equal("connected", world.connect("--yes")[0], 0)
        check_widgets(check, world)
        world.desk.trigger("Somebody else's", [("update_type", "is", "Create")], [("current_tags", "x")])
        named = world.desk.good("POST", "/webhooks", {"webhook": {
            "name": "Tieline hats", "status": "active", "endpoint": "https://elsewhere.example.com/hook", "http_method": "POST",
            "request_format": "json", "subscriptions": ["conditional_ticket_events"]}})["webhook"]
        connected = world.zendesk()
        where = ("--brokers", world.brokers, "--key-file", "keys/egress.key")
        got, out, err = world.tool("disconnect", "acme", *where, "--dry-run")
        check.that("a dry run says the steps", got == 0 and out.count("\n  - ") >= 11, out + err)
        check.equal("and takes nothing away", world.zendesk(), connected)
        got, out, err = world.tool("disconnect", "acme", *where)
        check.that("nobody to ask", got == 64 and "--yes" in err, err)
        got, out, err = world.tool("disconnect", "acme", "--store", "hats", *where, "--yes")
        after = world.zendesk()
        check.that("row 38: one store", got == 0 and "other stores of acme use them" in out, out + err)
        check.equal("its triggers are gone", [title for title, _, _ in after["triggers"] if "hats" in title], [])
        check.equal("the other's are not", len([title for title, _, _ in after["triggers"] if "shoes" in title]), 3)
        check.equal("what they share is not", (after["integrations"], after["default"]), (connected["integrations"], "tieline"))
        keys = world.published()
        check.equal("row 36: it is switched off", [keys[key]["enabled"] for key in ("store/hats", "store/shoes", "account/acme")],
                    [False, True, True])
        got, out, err = world.tool("disconnect", "acme", *where, "--yes")
        check.that("row 37: the rest, and what is left is listed", got == 0 and str(world.ready["bot_user_id"]) in out, out + err)
        after = world.zendesk()
        check.equal("row 38: now what they shared is gone", (after["integrations"], after["lines"]), ([], before["lines"]))
        check.equal("the default responder is given to the humans", after["default"], "zd-agentWorkspace")
        check.equal("only ours is gone", ([hook[0] for hook in after["webhooks"]], [title for title, _, _ in after["triggers"]]),
                    (["Tieline hats"], ["Somebody else's"]))
        check.equal("row 36: the account is switched off", world.published()["account/acme"]["enabled"], False)
        got, out, err = world.tool("disconnect", "acme", *where, "--yes")
        check.that("again: nothing", got == 0 and "Nothing to change." in out, out + err)
        world.desk.call("DELETE", f"/webhooks/{named['id']}")
        check.equal("and connected again", world.connect("--yes")[0], 0)
        check.equal("it is switched on", world.published()["account/acme"]["enabled"], True)
        got, _, err = world.tool("disconnect", "acme", *where, "--yes", "--responder", "nobody")
        check.that("a responder that there is none of", got == 78 and '"nobody"' in err, err)
        check.equal("connected once more", world.connect("--yes")[0], 0)
        got, out, err = world.tool("disconnect", "acme", "shop.json", "--brokers", world.brokers, "--yes", "--forget", "--responder",
                                   "zd-answerBot")
        check.equal("or to whom it is said", world.zendesk()["default"], "zd-answerBot")
        check.that("with the file's login, and forgotten", got == 0 and "take out of the configuration" in out, out + err)
        keys = world.published()
        check.equal("only the deployment is left", sorted(key for key in keys if not keys[key].get("gone")), ["deployment"])
        check_silent_strangers(check, world)
    finally:
        world.stop()


def check_silent_strangers(check, world):
    for secret in world.secrets.values():
        check.that("row 32: no secret in what disconnect said", secret not in world.said)


# Each makes one call go wrong: what matches, how, and what has to be said of it.
REFUSED = [
    ("the login is refused", {"method": "POST", "path": "/oauth/tokens"}, 401, {"error": "invalid_client"},
     ["log in to Support", "401", "invalid_client", "OAuth clients"]),
    ("a light agent", {"method": "GET", "path": "/api/v2/users/3*"}, 200,
     {"user": {"id": 1, "role": "agent", "role_type": 1, "verified": True}}, ["light agent", "Team members"]),
    ("an unverified bot", {"method": "GET", "path": "/api/v2/users/3*"}, 200,
     {"user": {"id": 1, "role": "agent", "role_type": 0, "verified": False}}, ["not verified its mail", "Team members"]),
    ("no such bot", {"method": "GET", "path": "/api/v2/users/3*"}, 404, {"error": "RecordNotFound"},
     ["bot_user_id", "does not exist"]),
    ("a key of another scope", {"method": "GET", "path": "/integrations"}, 403,
     {"errors": [{"code": "forbidden", "title": "Forbidden scope"}]},
     ["list the integrations", "403", "Forbidden scope", "app scope", "Conversations API > Create API key"]),
    ("a trouble of Zendesk's own", {"method": "POST", "path": "*/integrations"}, 500, {"errors": [{"title": "Oops"}]},
     ["make the integration", "500", "Oops", "Conversations integrations > Create integration"]),
    ("an hour without service", {"method": "GET", "path": "/api/v2/webhooks"}, 503, {"error": "Unavailable"},
     ["list the webhooks", "503", "Unavailable"]),
    ("a plan without switchboards", {"method": "GET", "path": "*/switchboards"}, 404, {"errors": [{"title": "Not there"}]},
     ["find the switchboard", "404", "Not there"]),
    ("a webhook too many", {"method": "POST", "path": "/api/v2/webhooks"}, 422, {"errors": [{"title": "Limit reached"}]},
     ["make the webhook for tickets of shoes", "422", "Limit reached", "Create webhook"]),
    ("a trigger that is refused", {"method": "POST", "path": "/api/v2/triggers"}, 422,
     {"error": "RecordInvalid", "description": "Record validation errors",
      "details": {"conditions": [{"description": "Conditions: brand is gone"}]}},
     ["make the trigger for new tickets of shoes", "422", "Conditions: brand is gone", "Create trigger"]),
    ("a responder that is refused", {"method": "PATCH", "path": "*/switchboards/*"}, 403, {"errors": [{"title": "Not you"}]},
     ["make our integration the default responder", "403", "Not you", "Default responder"]),
]


# What a script can do about it: 77 mend the login, 75 try again later, 78 mend what is said.
WAY = {401: 77, 403: 77, 500: 75, 503: 75}


def check_rights(check, world):
    """Row 28: what the login may not do is known before anything is made, not by a refusal in the middle."""
    untouched = world.zendesk()
    for what, state, wanted in [("a token that may only read", {"read_only": True}, ['scope "read"', "OAuth clients"]),
                                ("an agent's login", {"administrator": False}, ["may not make webhooks and triggers", "--oauth-client"])]:
        world.sandbox.admin.good("POST", "/sandbox/account", state)
        got, out, err = world.connect("--yes")
        world.sandbox.admin.good("POST", "/sandbox/account", {name: not value for name, value in state.items()})
        check.that(f"{what}: no permission", got == 77 and all(word in err for word in wanted), (got, out, err))
        check.that(f"{what}: before the first step", "  - " not in out and "  * " not in out, out)
        check.equal(f"{what}: nothing is stored", (world.published(), world.zendesk()), ({}, untouched))


def check_refused(check, directory):
    """Rows 12, 20, 28, 123: each failure names step, status, words, request id and the way by hand."""
    world = World(directory)
    untouched = world.zendesk()
    try:
        check_rights(check, world)
        for what, match, status, body, wanted in REFUSED:
            world.sandbox.sandbox.fault("status", match=match, status=status, body=body, times=-1,
                                        headers={"X-Zendesk-Request-Id": "req-4711"})
            got, out, err = world.connect("--yes")
            world.sandbox.sandbox.no_faults()
            check.equal(f"{what}: refused, with the status of its class", got, WAY.get(status, 78))
            missing = [word for word in wanted + ([] if status == 200 else ["req-4711"] * (status != 404 or "bot" not in what))
                       if word not in err]
            check.that(f"{what}: told whole", not missing, (missing, err))
            if match["method"] == "GET" and "switchboards" not in match["path"] or status == 401:
                check.equal(f"row 28: {what}: nothing is stored", (world.published(), world.zendesk()), ({}, untouched))
            got, out, err = world.connect("--dry-run")
            check.that(f"{what}: and when it is over, it goes on", got == 0, out + err)
        check.equal("and then it goes on", world.connect("--yes")[0], 0)
        world.sandbox.sandbox.fault("status", match={"method": "POST", "path": "/oauth/tokens"}, status=401, times=1,
                                    body={"error": "invalid_client"}, headers={"X-Zendesk-Request-Id": "req-4712"})
        got, out, _ = world.connect("--yes", "--json")
        told = json.loads(out.splitlines()[-1])
        check.equal("for machines, in parts", (got, told["step"], told["status"], told["request_id"]),
                    (77, "log in to Support", 401, "req-4712"))
        check_wrong_files(check, world)
    finally:
        world.stop()


def check_lost(check, directory):
    """An answer that is lost, of each POST: a service is away, and the next run adopts what was made."""
    world = World(directory)
    try:
        for path in ("*/integrations", "/api/v2/webhooks", "/api/v2/triggers", "*/switchboardIntegrations"):
            world.sandbox.sandbox.fault("apply_then_drop", match={"method": "POST", "path": path}, times=1)
            got, out, err = world.connect("--yes")
            check.that(f"the answer of POST {path} is lost", got == 69 and "could not make" in err or "could not put" in err,
                       (got, out, err))
        check.equal("and then it goes on", world.connect("--yes")[0], 0)
        check.equal("nothing is there twice", (len(world.integrations("custom")), len(world.lines()),
                                               len(world.zendesk()["webhooks"]), len(world.zendesk()["triggers"])), (1, 3, 2, 6))
    finally:
        world.stop()


def under_way(world, *words):
    """A connect that has begun to make the integration, for which Zendesk takes its time."""
    world.sandbox.sandbox.fault("delay_ms", match={"method": "POST", "path": "*/integrations"}, times=1, delay_ms=4000)
    process = world.start(*world.words("--yes", *words))
    until, said = time.monotonic() + 30, ""
    while "  * " not in said and time.monotonic() < until:
        said += process.stdout.readline()
    return process


def check_two(check, directory):
    """Two at once: the second is refused, and goes on where the first was killed."""
    world = World(directory)
    away = ("disconnect", "acme", "shop.json", "--brokers", world.brokers, "--yes", "--forget")
    try:
        first = under_way(world)
        got, out, err = world.connect("--yes")
        check.that("the second says who is at work", got == 75 and f"process {first.pid} on " in err and "  * " not in out, (got, out, err))
        check.that("a look is free", world.connect("--dry-run")[0] == 0)
        out, err = first.communicate(timeout=60)
        check.that("the first is not disturbed", first.returncode == 0 and "is connected" in out, out + err)
        got, out, err = world.connect("--yes")
        check.that("all is there", got == 0 and "Nothing to change." in out, out + err)
        connected = world.zendesk()
        check.equal("disconnect has its turn then", world.tool(*away)[0], 0)
        first = under_way(world)
        first.kill()
        first.communicate()
        time.sleep(5)  # what was under way arrives still
        got, out, err = world.connect("--yes")
        check.that("who is dead stands in nobody's way", got == 0, out + err)
        check.equal("and what it made is adopted", world.zendesk(), connected)
        check.equal("away again", world.tool(*away)[0], 0)
        first = under_way(world)
        time.sleep(1)  # its call is on its way: what is already sent nobody can take back
        first.send_signal(signal.SIGSTOP)
        check.equal("one that stands still is at work", world.connect("--yes")[0], 75)
        time.sleep(5)
        got, out, err = world.connect("--yes", "--take-over")
        check.that("unless somebody says that it is not", got == 0, out + err)
        first.send_signal(signal.SIGCONT)
        out, err = first.communicate(timeout=60)
        check.that("it stops before its next step", first.returncode == 75 and "stopped before this step" in err, (out, err))
        check.equal("and nothing is there twice", world.zendesk(), connected)
    finally:
        world.stop()


def asked(world, *words):
    """One that has said its steps and waits for a person's answer; and where that is typed."""
    ours, theirs = pty.openpty()
    process = world.start(*words, stdin=theirs)
    os.close(theirs)
    said, until = b"", time.monotonic() + 30
    while b"[y/N]" not in said and time.monotonic() < until:
        said += os.read(process.stdout.fileno(), 65536)
    return process, ours


def answered(process, typing):
    os.write(typing, b"y\n")
    out, err = process.communicate(timeout=60)
    os.close(typing)
    return out + err


def check_asked(check, directory):
    """Row 38: what somebody else publishes while disconnect waits for its answer counts, and stays."""
    world = World(directory)
    hats = world.config["stores"].pop("hats")
    where = ("disconnect", "acme", "--brokers", world.brokers, "--key-file", "keys/egress.key")
    try:
        world.write()
        check.equal("one store is connected", world.connect("--yes")[0], 0)
        for number, words in enumerate(((*where, "--store", "shoes"), where)):
            first, typing = asked(world, *words)
            world.config["stores"]["hats"] = hats | {"bot": {"url": f"https://bot.example.com/{number}"}}
            world.write()
            got, out, err = world.connect("--yes")
            check.that("somebody connects another store meanwhile", got == 0, out + err)
            between = world.zendesk()
            before = world.published()
            said = answered(first, typing)
            after, now = world.zendesk(), world.published()
            check.that("row 38: what they share stays", first.returncode == 0 and "other stores of acme use them" in said, said)
            check.equal("at Zendesk", (after["integrations"], after["default"]), (between["integrations"], between["default"]))
            check.equal("with the other's triggers", len([title for title, _, _ in after["triggers"] if "hats" in title]), 3)
            check.equal("the account's record is not touched", now["account/acme"], before["account/acme"])
            check.equal("row 36: one is off", [now[f"store/{name}"]["enabled"] for name in STORES], [False, True])
            world.config["stores"].pop("hats")
            world.write()
            check.equal("hats goes", world.tool(*where, "--yes", "--store", "hats", "--forget")[0], 0)
            check.equal("and shoes is connected again", world.connect("--yes")[0], 0)
    finally:
        world.stop()


def check_wrong_files(check, world):
    right = json.dumps(world.config)
    ours = world.integrations("custom")[0]["id"]
    for what, path, value, wanted in [
            ("row 115: the integration's id for a widget", ("stores", "shoes", "widget"), ours, "of type custom"),
            ("a widget that is not there", ("stores", "shoes", "widget"), "65f1c0a4d2b7e93a4c8f1e40", "does not exist"),
            ("a brand that is not there", ("stores", "shoes", "brand"), "7", "no brand 7"),
            ("no bot user", ("accounts", "acme", "support", "bot_user_id"), "", "bot_user_id is missing"),
            ("another integration", ("accounts", "acme", "conversations", "integration_id"), "65f1", "no integration 65f1"),
            ("another secret", ("accounts", "acme", "conversations", "webhook_secrets"), [{"env": "T_TOKEN"}], "not what Zendesk has")]:
        world.config = json.loads(right)
        place = world.config
        for name in path[:-1]:
            place = place[name]
        place[path[-1]] = value
        world.write()
        got, out, err = world.connect("--yes")
        check.that(f"{what} is said", got == 78 and wanted in err, (got, out, err))
    world.config = json.loads(right)
    world.write()
    got, _, err = world.tool("connect", "acmee", "shop.json", "--brokers", world.brokers)
    check.that("the nearest name", got == 78 and 'did you mean "acme"?' in err, err)


def check_halves(check, directory):
    """Rows 1, 21: tickets alone, then messaging alone; an administrator's login for one run; a --url that must be."""
    world = World(directory)
    try:
        got, _, err = world.tool("connect", "acme", "shop.json", "--brokers", world.brokers, "--keys", "keys/public.json")
        check.that("the first time an address is needed", got == 64 and "--url is needed" in err, err)
        got, _, err = world.tool("connect", "acme", "shop.json", "--brokers", world.brokers, "--url", "http://tieline.example.com")
        check.that("row 33: over TLS", got == 64 and "https://" in err, err)
        got, out, err = world.answer("n\n", *world.words())
        check.that("a person says no", got == 1 and "Do this? [y/N]" in out and world.published() == {}, out + err)
        world.sandbox.sandbox.fault("status", match={"method": "POST", "path": "/api/v2/triggers"}, status=429, times=2,
                                    headers={"Retry-After": "1"}, body={"error": "Too many"})
        got, out, err = world.connect("--yes", "--tickets-only")
        check.that("tickets alone; what is too much for Zendesk is waited for", got == 0 and err.count("asks to wait 1 s") == 2,
                   out + err)
        after = world.zendesk()
        check.equal("row 1: no integration", (after["integrations"], len(after["webhooks"]), len(after["triggers"])), ([], 2, 6))
        check.equal("none is published", world.published()["account/acme"]["integration_id"], "")
        got, out, err = world.connect("--yes", "--messaging-only", "--oauth-client", world.ready["oauth"]["client_id"])
        check.that("half of an administrator's login", got == 64 and "belong together" in err, err)
        admin = ("--oauth-client", "somebody")
        got, out, err = world.connect("--yes", "--messaging-only", *admin, TIELINE_OAUTH_SECRET="canary-admin")
        check.that("one that is refused", got == 77 and "log in to Support" in err and world.zendesk() == after, out + err)
        admin = ("--oauth-client", world.ready["oauth"]["client_id"])
        got, out, err = world.connect("--yes", "--messaging-only", *admin,
                                      TIELINE_OAUTH_SECRET=world.ready["oauth"]["client_secret"])
        check.that("messaging alone", got == 0 and "trigger" not in out.split("is connected")[0], out + err)
        got, out, err = world.answer("y\n", "disconnect", "acme", "shop.json", "--brokers", world.brokers, "--store", "hats")
        check.that("a person says yes", got == 0 and len(world.zendesk()["triggers"]) == 3, out + err)
        check.equal("and back", world.connect("--yes")[0], 0)
        got, out, err = world.connect("--yes")
        check.that("and both are all there is", got == 0 and "Nothing to change." in out, out + err)
        got, out, err = world.connect("--yes", "--name", "Bridge")
        check.that("another name finds it by where it leads", got == 0 and len(world.integrations("custom")) == 1
                   and len(world.zendesk()["webhooks"]) == 2, out + err)
        world.config["accounts"]["birch"] = json.loads(json.dumps(world.config["accounts"]["acme"])) | {"subdomain": "birch"}
        world.config["stores"]["boots"] = dict(world.config["stores"]["hats"], account="birch")
        world.write()
        got, out, err = world.connect("--yes", "--name", "Bridge")
        check.that("row 27: another account of the file is not touched", got == 0 and "Nothing to change." in out
                   and not any("birch" in key or "boots" in key for key in world.published()), out + err)
        check_silent(check, world)
        check.that("row 32: nor the administrator's", "canary-admin" not in world.said)
    finally:
        world.stop()


PARTS = {"once": check_once, "refused": check_refused, "lost": check_lost, "halves": check_halves, "disconnect": check_disconnect,
         "killed": check_killed, "two": check_two, "asked": check_asked}


def play(check, directory, parts):
    for part in parts:
        PARTS[part](check, directory)


if __name__ == "__main__":
    sys.exit(local(play, __doc__, PARTS))
