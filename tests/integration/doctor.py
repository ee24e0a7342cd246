#!/usr/bin/env python3
"""`tieline doctor` against the sandbox: the account is brought into one wrong state after the other, and exactly the finding of
that state is said, with its exit status; of a healthy one nothing. Nothing is changed by looking (rows 11-23, 62, 69, 77, 83, 98,
115-122). Every check of the table has a state here.

    TIELINE_BIN=build/asan/bin tests/integration/doctor.py [--only NAME]"""

import argparse
import http.server
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
sys.dont_write_bytecode = True

from checks import Checks  # noqa: E402
from desk import Desk  # noqa: E402
from programs import free_port  # noqa: E402
from sandbox_program import SandboxProgram  # noqa: E402

BIN = pathlib.Path(os.environ.get("TIELINE_BIN", ROOT / "build/asan/bin"))
ACCOUNT, STORES = "acme", ["shoes", "hats", "outlet"]
EVENTS = ["conversation:create", "conversation:message", "conversation:postback", "conversation:remove",
          "conversation:message:delivery:failure", "switchboard:passControl", "switchboard:passControl:failure",
          "switchboard:releaseControl", "user:merge", "user:update"]
PROBLEM = {"type": "about:blank", "title": "Unauthorized", "status": 401, "detail": "the secret is missing or wrong"}


class Front:
    """What Zendesk's webhooks reach: ingest as far as the contract goes, a bot, a picture.

    key  the X-API-Key that it takes; mood: None = ingest, or a status with which all calls are answered; delay in seconds"""

    def __init__(self):
        self.key, self.mood, self.delay, self.calls = None, None, 0, []
        front = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                front.calls.append((self.path, dict(self.headers), json.loads(body)))
                time.sleep(front.delay)
                right = self.path.endswith("/webhook") and self.headers.get("X-API-Key") == front.key
                if front.mood is not None:
                    self.answer(front.mood, "text/html", b"<html>no such page</html>")
                elif right:
                    self.answer(200, "application/json", b'{"accepted":0}')
                else:
                    self.answer(401, "application/problem+json", json.dumps(PROBLEM).encode())

            def do_HEAD(self):
                kind = "image/png" if self.path.endswith(".png") else "text/html"
                self.answer(200 if self.path != "/gone.png" else 404, kind, b"")

            def answer(self, status, kind, body):
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


class World:
    """A healthy account of the sandbox with three brands, each a store with widget, webhook and triggers."""

    def __init__(self, program, front, folder):
        self.program, self.front, self.folder, self.flags = program, front, folder, []
        self.sandbox, self.desk, self.ready = program.sandbox, Desk(program.ready), program.ready
        self.made = self.sandbox.connect(f"{front.url}/api/v1/connectors/{ACCOUNT}/webhook")
        front.key, front.mood, front.delay, front.calls = self.made["secret"], None, 0, []
        self.integration = f"/integrations/{self.made['integration_id']}"
        self.hook = f"{self.integration}/webhooks/{self.api('GET', self.integration + '/webhooks')['webhooks'][0]['id']}"
        self.api("PATCH", self.hook, {"triggers": EVENTS})
        self.board = f"/switchboards/{self.api('GET', '/switchboards')['switchboards'][0]['id']}"
        self.lines = {line["name"]: f"{self.board}/switchboardIntegrations/{line['id']}"
                      for line in self.api("GET", self.board + "/switchboardIntegrations")["switchboardIntegrations"]}
        self.hooks, self.triggers = {}, {}
        for store, brand in zip(STORES, self.ready["brands"]):
            self.hooks[store] = self.desk.webhook(f"{front.url}/api/v1/stores/{store}/tickets", "tok")
            self.triggers[store] = self.desk.three_triggers(self.hooks[store]["id"], brand["id"])
        self.config = self.healthy()

    def api(self, method, path, body=None):
        return self.sandbox.api(method, path, body)

    def account(self, **state):
        self.program.admin.good("POST", "/sandbox/account", state)

    def healthy(self):
        ready, oauth = self.ready, self.ready["oauth"]
        stores = {}
        for store, brand in zip(STORES, ready["brands"]):
            stores[store] = {
                "account": ACCOUNT, "brand": str(brand["id"]), "widget": brand["widget_integration_id"], "default_responder": True,
                "bot": {"url": self.front.url + "/bot", "secret": {"env": "T_BOT"}, "allow_private_address": True},
                "author": {"name": "Bot", "avatar_url": self.front.url + "/face.png"},
                "tokens": [{"env": "T_TOKEN"}], "signing_secrets": [{"env": f"T_SIGN_{store.upper()}"}]}
        return {"accounts": {ACCOUNT: {
            "subdomain": ready["subdomain"],
            "conversations": {
                "url": ready["conversations_url"], "app_id": ready["app_id"], "key_id": ready["key_id"],
                "key_secret": {"env": "T_KEY"}, "integration_id": self.made["integration_id"],
                "switchboard_integration": self.made["line"], "agent_target": self.made["agents"],
                "webhook_secrets": [{"env": "T_HOOK"}]},
            "support": {"url": ready["support_url"], "bot_user_id": str(ready["bot_user_id"]),
                        "oauth": {"client_id": oauth["client_id"], "client_secret": {"env": "T_OAUTH"}}}}}, "stores": stores}

    @property
    def conversations(self):
        return self.config["accounts"][ACCOUNT]["conversations"]

    @property
    def support(self):
        return self.config["accounts"][ACCOUNT]["support"]

    def store(self, name="shoes"):
        return self.config["stores"][name]

    def by_token(self):
        del self.support["oauth"]
        self.support.update(email=self.ready["email"], api_token={"env": "T_API"})

    def change_trigger(self, which, store="shoes", **members):
        self.desk.good("PUT", f"/triggers/{self.triggers[store][which]}", {"trigger": members})

    def conditions(self, which, change, store="shoes"):
        trigger = self.desk.good("GET", f"/triggers/{self.triggers[store][which]}")["trigger"]
        change(trigger["conditions"]["all"])
        self.change_trigger(which, store, conditions=trigger["conditions"])

    def change_hook(self, store="shoes", **members):
        path = f"/api/v2/webhooks/{self.hooks[store]['id']}"
        answer = self.desk.api.call("PATCH", path, {"webhook": members})
        assert answer.status < 300, answer

    def other_integration(self, target):
        return self.api("POST", "/integrations", {"type": "custom", "displayName": "other", "webhooks": [
            {"target": target, "triggers": EVENTS}]})["integration"]

    def add_line(self, name, **of):
        return self.api("POST", self.board + "/switchboardIntegrations", {"name": name, **of})["switchboardIntegration"]

    def run(self, *flags):
        """Exit status, findings as (check, store, severity), the summary, and all that was said."""
        secrets = {"T_KEY": self.ready["key_secret"], "T_HOOK": self.made["secret"], "T_OAUTH": self.ready["oauth"]["client_secret"],
                   "T_API": self.ready["api_token"], "T_BOT": "canary-bot", "T_TOKEN": "tok",
                   **{f"T_SIGN_{name.upper()}": hook["secret"] for name, hook in self.hooks.items()}}
        path = pathlib.Path(self.folder) / "doctor.json"
        path.write_text(json.dumps(self.config), encoding="utf-8")
        done = subprocess.run([BIN / "tieline", "doctor", "--file", path, "--json", *self.flags, *flags], text=True, timeout=120,
                              env=dict(os.environ, **secrets), capture_output=True, check=False)
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        found = [(f["check"], f.get("store"), f["severity"]) for f in lines if "check" in f]
        summary = [line for line in lines if "checks" in line]
        return done.returncode, found, summary, done.stdout + done.stderr, list(secrets.values())


def drop(items, field):
    items[:] = [item for item in items if item["field"] != field]


# ---- wrong states: each brings one about, and says what is found: (check, store or None)

def healthy(w):
    return []


def support_unreachable(w):
    w.support["url"] = f"http://127.0.0.1:{free_port()}"
    return [("support-unreachable", None)]


def support_no_account(w):
    w.sandbox.fault("status", match={"path": "/oauth/tokens"}, status=404, body="<html>no such help desk</html>", times=-1)
    return [("support-no-account", None)]


def support_oauth_refused(w):
    w.account(oauth_revoked=True)
    return [("support-oauth-refused", None)]


def support_token_refused(w):
    w.by_token()
    w.account(token_access=False)
    return [("support-token-ends", None), ("support-token-refused", None)]


def support_token_of_another(w):
    w.by_token()
    w.support["email"] = "nobody@acme.example"
    return [("support-token-ends", None), ("support-token-refused", None)]


def support_token_ends(w):
    w.by_token()
    return [("support-token-ends", None)]


def support_plan(w):
    w.sandbox.fault("status", match={"path": "/api/v2/users/me"}, status=403, times=-1,
                    body='{"error":{"title":"Forbidden","message":"API access is not available on your plan"}}')
    return [("support-plan", None)]


def support_scope(w):
    w.account(read_only=True)
    return [("support-scope", None)]


def support_not_admin(w):
    w.account(administrator=False)
    return [("support-not-admin", None)]


def bot_missing(w):
    w.support["bot_user_id"] = "4242"
    return [("bot-missing", None)]


def bot_suspended(w):
    w.account(bot={"suspended": True})
    return [("bot-suspended", None), ("support-not-admin", None)]


def bot_not_agent(w):
    w.account(bot={"role": "end-user"})
    return [("bot-not-agent", None), ("support-not-admin", None)]


def bot_light_agent(w):
    w.account(bot={"light": True})
    return [("bot-light-agent", None)]


def bot_unverified(w):
    w.account(bot={"verified": False})
    return [("bot-unverified", None)]


def bot_other_user(w):
    w.support["bot_user_id"] = str(w.ready["agents"][0]["id"])
    return [("bot-other-user", None)]


def messaging_keys_missing(w):
    w.conversations["key_secret"] = {"env": "T_NOTHING"}
    return [("messaging-keys-missing", None)]


def messaging_unreachable(w):
    w.conversations["url"] = f"http://127.0.0.1:{free_port()}"
    return [("messaging-unreachable", None)]


def messaging_key_refused(w):
    w.account(key_revoked=True)
    return [("messaging-key-refused", None)]


def messaging_key_scope(w):
    key = w.api("POST", w.integration + "/keys", {"displayName": "k"})["key"]
    w.conversations.update(key_id=key["id"])
    w.ready["key_secret"] = key["secret"]
    return [("messaging-key-scope", None)]


def messaging_missing(w):
    w.account(messaging=False)
    return [("messaging-missing", None)]


def messaging_wrong_app(w):
    w.conversations["app_id"] = "000000000000000000000000"
    return [("messaging-missing", None)]


def multi_conversations_off(w):
    w.account(multi_conversations=False)
    w.config["stores"]["site"] = {"account": ACCOUNT, "chat": {}, "tokens": [{"env": "T_TOKEN"}], "bot": dict(w.store()["bot"]),
                                  "handoff": {"live": True}}
    return [("multi-conversations-off", "site")]


def integration_missing(w):
    w.conversations["integration_id"] = "65f1c0a4d2b7e93a4c8f1e2b"
    return [("integration-missing", None), ("line-missing", None)]


def integration_doubled(w):
    w.other_integration(f"{w.front.url}/api/v1/connectors/{ACCOUNT}/webhook")
    return [("integration-doubled", None)]


def webhook_missing(w):
    w.sandbox.fault("status", match={"path": w.integration + "/webhooks", "method": "GET"}, status=200, body='{"webhooks":[]}', times=-1)
    return [("webhook-missing", None)]


def webhook_target(w):
    w.api("PATCH", w.hook, {"target": w.front.url + "/api/v1/connectors/another/webhook"})
    return [("webhook-target", None)]


def webhook_secret(w):
    w.made["secret"] = "another"
    return [("webhook-secret", None)]


def webhook_messages(w):
    w.api("PATCH", w.hook, {"triggers": [e for e in EVENTS if e != "conversation:message"]})
    return [("webhook-messages", None)]


def webhook_events(w):
    w.api("PATCH", w.hook, {"triggers": ["conversation:message", "conversation:create"]})
    return [("webhook-events", None)]


def switchboard_off(w):
    w.api("PATCH", w.board, {"enabled": False})
    return [("switchboard-missing", None)]


def line_missing(w):
    agents = w.lines["zd-agentWorkspace"].rsplit("/", 1)[1]
    w.api("PATCH", w.board, {"defaultSwitchboardIntegrationId": agents})
    w.api("DELETE", w.lines[w.made["line"]])
    return [("line-missing", None)]


def line_name(w):
    w.conversations["switchboard_integration"] = "someone"
    return [("line-name", None)]


def line_standby(w):
    w.api("PATCH", w.lines[w.made["line"]], {"deliverStandbyEvents": False})
    return [("line-standby", None)]


def line_next(w):
    other = w.add_line("other", integrationId=w.other_integration(w.front.url + "/else")["id"])
    w.api("PATCH", w.lines[w.made["line"]], {"nextSwitchboardIntegrationId": other["id"]})
    return [("line-next", None)]


def agent_target(w):
    w.conversations["agent_target"] = "zd-agentWorkplace"
    return [("agent-target", None)]


def default_responder(w):
    w.api("PATCH", w.board, {"defaultSwitchboardIntegrationId": w.lines["zd-agentWorkspace"].rsplit("/", 1)[1]})
    return [("default-responder", s) for s in STORES]


def other_bot(w):
    other = w.add_line("other", integrationId=w.other_integration(w.front.url + "/else")["id"])
    w.api("PATCH", w.board, {"defaultSwitchboardIntegrationId": other["id"]})
    return [("other-bot", s) for s in STORES]


def other_bot_in_one_widget(w):
    other = w.add_line("other", integrationId=w.other_integration(w.front.url + "/else")["id"])
    w.api("PATCH", "/integrations/" + w.store("hats")["widget"], {"defaultResponderId": other["id"]})
    return [("other-bot", "hats")]


def default_responder_unwanted(w):
    w.store()["default_responder"] = False
    return [("default-responder-unwanted", "shoes")]


def widget_unknown(w):
    w.store("outlet")["widget"] = "65f1c0a4d2b7e93a4c8f1e99"
    return [("widget-unknown", "outlet"), ("widget-unmapped", None)]


def widget_is_integration(w):
    w.store("outlet")["widget"] = w.other_integration(w.front.url + "/else")["id"]
    return [("widget-is-integration", "outlet"), ("widget-unmapped", None)]


def widget_brand(w):
    shoes, hats = w.store("shoes"), w.store("hats")
    shoes["widget"], hats["widget"] = hats["widget"], shoes["widget"]
    return [("widget-brand", "shoes"), ("widget-brand", "hats")]


def widget_unmapped(w):
    del w.config["stores"]["outlet"]
    return [("widget-unmapped", None)]


def widget_fallback(w):
    del w.store("outlet")["widget"]
    return [("widget-fallback", "outlet")]


def brand_unknown(w):
    w.store()["brand"] = "4242"
    return [("brand-unknown", "shoes")]


def brand_unset(w):
    del w.store("outlet")["brand"]
    return [("brand-unset", "outlet")]


def ticket_webhook_missing(w):
    w.change_hook(endpoint=w.front.url + "/else")
    return [("ticket-webhook-missing", "shoes")]


def ticket_webhook_inactive(w):
    w.change_hook(status="inactive")
    return [("ticket-webhook-inactive", "shoes")]


def ticket_webhook_doubled(w):
    w.desk.webhook(f"{w.front.url}/api/v1/stores/shoes/tickets")
    return [("ticket-webhook-doubled", "shoes")]


def ticket_webhook_form(w):
    w.change_hook(authentication={"type": "basic_auth", "data": {"username": "u", "password": "p"}, "add_position": "header"})
    return [("ticket-webhook-form", "shoes")]


def ticket_webhook_signing(w):
    w.hooks["shoes"]["secret"] = "b3RoZXI="
    return [("ticket-webhook-signing", "shoes")]


def trigger_created_missing(w):
    w.desk.api.call("DELETE", f"/api/v2/triggers/{w.triggers['shoes'][0]}")
    return [("trigger-created-missing", "shoes")]


def trigger_created_assign(w):
    trigger = w.desk.good("GET", f"/triggers/{w.triggers['shoes'][0]}")["trigger"]
    w.change_trigger(0, actions=[a for a in trigger["actions"] if a["field"] != "assignee_id"])
    return [("trigger-created-assign", "shoes")]


def trigger_comment_missing(w):
    w.desk.api.call("DELETE", f"/api/v2/triggers/{w.triggers['hats'][1]}")
    return [("trigger-comment-missing", "hats")]


def trigger_changed_missing(w):
    w.desk.api.call("DELETE", f"/api/v2/triggers/{w.triggers['shoes'][2]}")
    return [("trigger-changed-missing", "shoes")]


def trigger_inactive(w):
    w.change_trigger(1, active=False)
    return [("trigger-inactive", "shoes")]


def trigger_condition_extra(w):
    w.conditions(0, lambda c: c.append({"field": "via_id", "operator": "is", "value": "4"}))
    return [("trigger-condition", "shoes")]


def trigger_body(w):
    trigger = w.desk.good("GET", f"/triggers/{w.triggers['shoes'][1]}")["trigger"]
    for action in trigger["actions"]:
        if action["field"] == "notification_webhook":
            action["value"][1] = '{"event":"comment_added","ticket_id":"{{ticket.id}}"}'
    w.change_trigger(1, actions=trigger["actions"])
    return [("trigger-body", "shoes")]


def field_unknown(w):
    w.store()["handoff"] = {"fields": {"4242": "rating"}}
    return [("field-unknown", "shoes")]


def group_unknown(w):
    w.store()["handoff"] = {"group": "4242"}
    return [("group-unknown", "shoes")]


def no_escalation_rule(w):
    w.store()["handoff"] = {"rules": {"asked": False, "bot": False, "bot_failed": False, "bot_timed_out": False}}
    return [("no-escalation-rule", "shoes")]


def bot_endpoint_missing(w):
    del w.store()["bot"]
    return [("bot-endpoint-missing", "shoes")]


def bot_unreachable(w):
    w.store()["bot"]["url"] = f"http://127.0.0.1:{free_port()}/bot"
    return [("bot-unreachable", "shoes")]


def avatar_page(w):
    w.store()["author"]["avatar_url"] = w.front.url + "/page"
    return [("avatar", "shoes")]


def avatar_gone(w):
    w.store()["author"]["avatar_url"] = w.front.url + "/gone.png"
    return [("avatar", "shoes")]


def disabled(w):
    w.store("outlet")["enabled"] = False
    return [("disabled", "outlet")]


def public_url_differs(w):
    w.flags = ["--public-url", w.front.url.replace("127.0.0.1", "localhost")]
    return [("public-url-differs", None)] + [("public-url-differs", s) for s in STORES]


def public_unreachable(w):
    w.api("PATCH", w.hook, {"target": f"http://127.0.0.1:{free_port()}/api/v1/connectors/{ACCOUNT}/webhook"})
    return [("public-unreachable", None)]


def public_plain_http(w):
    target = f"http://192.0.2.1.nowhere.invalid/api/v1/connectors/{ACCOUNT}/webhook"
    w.api("PATCH", w.hook, {"target": target})
    return [("public-plain-http", None), ("public-unreachable", None)]


def public_not_ingest(w):
    w.front.mood = 404
    return [("public-not-ingest", None)] + [("public-not-ingest", s) for s in STORES]


def public_refused(w):
    w.front.key = "not yet taken up"
    return [("public-refused", None)]


def public_unavailable(w):
    w.front.mood = 503
    return [("public-unavailable", None)] + [("public-unavailable", s) for s in STORES]


def public_slow(w):
    w.config["stores"] = {"shoes": w.store()}
    w.change_hook(endpoint=w.front.url + "/else")
    w.front.delay = 5.2
    return [("public-slow", None), ("ticket-webhook-missing", "shoes"), ("widget-unmapped", None), ("widget-unmapped", None)]


STATES = [healthy, support_unreachable, support_no_account, support_oauth_refused, support_token_refused, support_token_of_another,
          support_token_ends, support_plan, support_scope, support_not_admin, bot_missing, bot_suspended, bot_not_agent,
          bot_light_agent, bot_unverified, bot_other_user, messaging_keys_missing, messaging_unreachable, messaging_key_refused,
          messaging_key_scope, messaging_missing, messaging_wrong_app, multi_conversations_off, integration_missing,
          integration_doubled, webhook_missing, webhook_target, webhook_secret, webhook_messages, webhook_events, switchboard_off,
          line_missing, line_name, line_standby, line_next, agent_target, default_responder, other_bot, other_bot_in_one_widget,
          default_responder_unwanted, widget_unknown, widget_is_integration, widget_brand, widget_unmapped, widget_fallback,
          brand_unknown, brand_unset, ticket_webhook_missing, ticket_webhook_inactive, ticket_webhook_doubled, ticket_webhook_form,
          ticket_webhook_signing, trigger_created_missing, trigger_created_assign, trigger_comment_missing, trigger_changed_missing,
          trigger_inactive, trigger_condition_extra, trigger_body, field_unknown, group_unknown, no_escalation_rule,
          bot_endpoint_missing, bot_unreachable, avatar_page, avatar_gone, disabled, public_url_differs, public_unreachable,
          public_plain_http, public_not_ingest, public_refused, public_unavailable, public_slow]


def table():
    """Name: (severity, exit status of an error), from the source."""
    text = (ROOT / "ctl/doctor/checks.c").read_text(encoding="utf-8")
    numbers = {"EXIT_UNAVAILABLE": 69, "EXIT_PERMISSION": 77, "EXIT_CONFIG": 78, "0": 0}
    rows = re.findall(r'\{"([a-z-]+)",\s*CHECK_(BAD|WARN),\s*(\w+),', text)
    return {name: ("error" if severity == "BAD" else "warning", numbers[status]) for name, severity, status in rows}


def expected_status(checks, rows):
    errors = {rows[name][1] for name in checks if rows[name][0] == "error"}
    return next((status for status in (69, 77, 78) if status in errors), 0)


def look(check, world, what, expected, rows):
    before = len(world.desk.ledger())
    status, found, summary, said, secrets = world.run()
    check.equal(f"{what}: findings", sorted(((c, s) for c, s, _ in found), key=str), sorted(expected, key=str)) or print(said)
    check.that(f"{what}: severities as in the table", all(severity == rows[c][0] for c, _, severity in found), found)
    check.equal(f"{what}: exit status", status, expected_status([c for c, _ in expected], rows))
    check.equal(f"{what}: one summary", len(summary), 1)
    written = [e for e in world.desk.ledger(before + 1) if e["method"] != "GET" and e["path"] != "/oauth/tokens"]
    check.equal(f"{what}: nothing was changed by looking", written, [])
    check.that(f"{what}: no secret is said", not any(s in said for s in secrets if len(s) > 6), said)


def conditions(check, world, rows):
    """Row 118: each of the four conditions, by its name on Zendesk's screen."""
    screen = {"update_type": "Ticket > Ticket: Is, Updated", "assignee_id": "Ticket > Assignee: Is", "role": "Other > Current user",
              "comment_is_public": "Ticket > Comment: Is", "brand_id": "Ticket > Brand: Is"}
    trigger = world.desk.good("GET", f"/triggers/{world.triggers['shoes'][1]}")["trigger"]
    for field, words in screen.items():
        world.change_trigger(1, conditions=trigger["conditions"])
        world.conditions(1, lambda items, field=field: drop(items, field))
        _, found, _, said, _ = world.run()
        check.equal(f"row 118: without {field}", [(c, s) for c, s, _ in found], [("trigger-condition", "shoes")])
        check.that(f"row 118: {field} by its name", f"missing: {words}" in said, said)


def for_people(check, world):
    world.account(bot={"light": True})
    world.config["stores"]["shoes"]["author"]["avatar_url"] = "https://drive.google.com/file/d/abc123/view"
    path = pathlib.Path(world.folder) / "doctor.json"
    world.run()
    done = subprocess.run([BIN / "tieline", "doctor", "acme", "--file", path], text=True, capture_output=True, check=False,
                          env=dict(os.environ, T_KEY=world.ready["key_secret"], T_OAUTH=world.ready["oauth"]["client_secret"]))
    check.that("a person reads finding, cause and remedy", "error bot-light-agent" in done.stdout and "why: " in done.stdout
               and "Admin Center > People" in done.stdout, done.stdout + done.stderr)
    check.that("row 69: a Drive share link is converted", "uc?export=view&id=abc123" in done.stdout, done.stdout)
    done = subprocess.run([BIN / "tieline", "doctor", "nobody", "--file", path], text=True, capture_output=True, check=False)
    check.that("an account that is not there", done.returncode == 65 and 'no account "nobody"' in done.stderr, done.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--only", help="one state")
    only = parser.parse_args().only
    check, front, rows = Checks(), Front(), table()
    seen = set()
    with tempfile.TemporaryDirectory() as folder:
        for state in STATES + [conditions, for_people]:
            what = state.__name__.replace("_", "-")
            if only and only != what:
                continue
            with SandboxProgram() as program:
                world = World(program, front, folder)
                if state is conditions:
                    conditions(check, world, rows)
                elif state is for_people:
                    for_people(check, world)
                else:
                    expected = state(world)
                    seen |= {name for name, _ in expected}
                    look(check, world, what, expected, rows)
    front.stop()
    if not only:
        book = (ROOT / "docs/RUNBOOK.md").read_text(encoding="utf-8").split("## Findings of doctor")[1].split("\n## ")[0]
        check.equal("every check has its section in the runbook, in the table's order", re.findall(r"^### (.+)$", book, re.M), list(rows))
        check.equal("every check of the table has a state here", sorted(set(rows) - seen), [])
    print(check)
    return check.status()


if __name__ == "__main__":
    sys.exit(main())
