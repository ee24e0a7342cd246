"""The sandbox as a test sees it: customers, the ledger, and the account's own API for what an admin sets up."""

import json
import threading
import time

from http_json import Client, basic

TRIGGERS = ["conversation:create", "conversation:message", "conversation:postback", "conversation:remove",
            "switchboard:passControl", "switchboard:passControl:failure", "switchboard:offerControl",
            "switchboard:acceptControl", "switchboard:releaseControl", "user:merge", "user:update", "user:remove"]
FAST_SECONDS = 0.01


class Sandbox:
    """`ready` is the program's ready line."""

    def __init__(self, ready):
        self.ready = ready
        self.brands = ready["brands"]
        self._admin = Client(_url(ready["admin"]))
        self._api = Client(ready["conversations_url"],
                           {"Authorization": basic(ready["key_id"], ready["key_secret"])})
        self._app = f"/v2/apps/{ready['app_id']}"

    def write(self, customer, brand, text, conversation=None):
        """A customer writes in a brand's widget: {"conversation", "message", …}."""
        body = {"brand": brand, "text": text}
        if conversation is not None:
            body["conversation"] = conversation
        return self._admin.good("POST", f"/sandbox/customers/{customer}/messages", body)

    def conversation(self, conversation):
        return self._admin.good("GET", f"/sandbox/conversations/{conversation}")

    def ledger(self, first=1):
        """The entries from number `first` on."""
        answer = self._admin.call("GET", f"/sandbox/ledger?from={first}")
        return [json.loads(line) for line in answer.body.splitlines() if line]

    def webhooks(self, conversation=None):
        path = "/sandbox/webhooks" + (f"?conversation={conversation}" if conversation else "")
        return self._admin.good("GET", path)

    def advance(self, seconds):
        self._admin.good("POST", "/sandbox/clock", {"advance_s": seconds})

    def fault(self, kind, **more):
        return self._admin.good("POST", "/sandbox/faults", dict(more, kind=kind))

    def no_faults(self):
        self._admin.good("DELETE", "/sandbox/faults")

    def api(self, method, path, body=None):
        """The account's Conversations API, with an app-scope key."""
        return self._api.good(method, self._app + path, body)

    def connect(self, target, name="tieline"):
        """What an admin does once: an integration with its webhook, first in line on the switchboard."""
        integration = self.api("POST", "/integrations", {
            "type": "custom", "displayName": name,
            "webhooks": [{"target": target, "triggers": TRIGGERS, "includeFullUser": True, "includeFullSource": True}],
        })["integration"]
        board = self.api("GET", "/switchboards")["switchboards"][0]
        lines = f"/switchboards/{board['id']}/switchboardIntegrations"
        agents = [line for line in self.api("GET", lines)["switchboardIntegrations"]
                  if line["integrationType"] == "zd:agentWorkspace"]
        line = self.api("POST", lines, {
            "name": name, "integrationId": integration["id"], "deliverStandbyEvents": True,
            "nextSwitchboardIntegrationId": agents[0]["id"],
        })["switchboardIntegration"]
        self.api("PATCH", f"/switchboards/{board['id']}",
                 {"enabled": True, "defaultSwitchboardIntegrationId": line["id"]})
        return {"integration_id": integration["id"], "secret": integration["webhooks"][0]["secret"],
                "line": line["name"], "agents": agents[0]["name"]}


def is_post(entry):
    """A message that somebody posted by the API, and that took effect."""
    return (entry["method"] == "POST" and entry["path"].startswith("/v2/apps/") and entry["path"].endswith("/messages")
            and entry["applied"])


class LedgerWatch:
    """Follows the ledger on a thread of its own, and wakes who waits for a conversation's next post.

    entries  all that was read so far, in order"""

    def __init__(self, sandbox, seconds=FAST_SECONDS):
        self.entries = []
        self._posts = {}
        self._sandbox = sandbox
        self._pause = seconds
        self._news = threading.Condition()
        self._is_over = False
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def posts(self, conversation):
        """The posts of a conversation so far."""
        with self._news:
            return list(self._posts.get(conversation, ()))

    def total_posts(self):
        with self._news:
            return sum(len(posts) for posts in self._posts.values())

    def conversations_with_posts(self):
        with self._news:
            return set(self._posts)

    def await_posts(self, conversation, count, seconds):
        """Waits until the conversation has `count` posts; True when it has."""
        with self._news:
            return self._news.wait_for(lambda: len(self._posts.get(conversation, ())) >= count, seconds)

    def stop(self):
        self._is_over = True
        self._thread.join()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def _follow(self):
        while not self._is_over:
            fresh = self._sandbox.ledger(len(self.entries) + 1)
            if not fresh:
                time.sleep(self._pause)
                continue
            with self._news:
                for entry in fresh:
                    self.entries.append(entry)
                    if is_post(entry):
                        self._posts.setdefault(entry["conversation"], []).append(entry)
                self._news.notify_all()


def _url(address):
    return address if "://" in address else "http://" + address
