#!/usr/bin/env python3
"""The sandbox's Conversations API: each endpoint, each rule, each refusal."""

import base64
import hashlib
import hmac
import json
import os
import subprocess
import sys
import time
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from checks import Checks  # noqa: E402
from http_json import Client  # noqa: E402
from receiver import Receiver  # noqa: E402
from sandbox_program import BIN, SandboxProgram  # noqa: E402

c = Checks()


def refused(what, answer, status, code):
    """An error in the API's own form."""
    errors = answer.json().get("errors", [{}]) if answer.body else [{}]
    c.that(what, answer.status == status and errors[0].get("code") == code and errors[0].get("title"), answer)


def program_itself():
    tool = os.path.join(BIN, "tieline-sandbox")
    done = subprocess.run([tool, "--no-such"], capture_output=True, text=True)
    c.that("an unknown flag is a usage error", done.returncode == 64 and "usage:" in done.stderr, done)
    done = subprocess.run([tool, "--seed", "x"], capture_output=True, text=True)
    c.equal("a seed is a number", done.returncode, 64)
    done = subprocess.run([tool, "--help"], capture_output=True, text=True)
    c.that("--help", done.returncode == 0 and "--state-dir" in done.stdout, done)
    done = subprocess.run([tool, "--version"], capture_output=True, text=True)
    c.that("--version names the libraries", done.returncode == 0 and "libmicrohttpd" in done.stdout, done)
    done = subprocess.run([tool, "--listen", "nowhere"], capture_output=True, text=True)
    c.equal("an address is HOST:PORT", done.returncode, 64)


def ready_line(s):
    for member in ("ready", "program", "support_url", "conversations_url", "admin", "subdomain", "app_id", "key_id",
                   "key_secret", "oauth", "email", "api_token", "bot_user_id", "brands", "agents"):
        c.that(f"the ready line has {member}", member in s.ready, s.ready)
    c.that("there are two brands and one whose widget nobody maps",
           [b["name"] for b in s.ready["brands"]] == ["Acme Shoes", "Acme Hats", "Acme Outlet"], s.ready["brands"])
    c.that("ids are longer than 32 bits", all(b["id"] > 2 ** 32 for b in s.ready["brands"]))
    answer = s.admin.call("GET", "/readyz")
    c.equal("the control port is ready", answer.status, 200)
    c.equal("there are metrics", s.admin.call("GET", "/metrics").status, 200)


def token(key, claims, **header):
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")
    signed = part(dict({"alg": "HS256", "typ": "JWT", "kid": key["id"]}, **header)) + b"." + part(claims)
    mac = hmac.new(key["secret"].encode(), signed, hashlib.sha256).digest()
    return (signed + b"." + base64.urlsafe_b64encode(mac).rstrip(b"=")).decode()


def login(s, int_key):
    app_key = {"id": s.ready["key_id"], "secret": s.ready["key_secret"]}
    wrong = dict(app_key, secret="wrong")

    def bearer(text):
        return s.anonymous.call("GET", s.app + "/switchboards", headers={"Authorization": "Bearer " + text})

    refused("no key", s.anonymous.call("GET", s.app + "/switchboards"), 401, "unauthorized")
    refused("a wrong secret", s.with_key(wrong).call("GET", s.app + "/switchboards"), 401, "unauthorized")
    refused("another app", s.api.call("GET", "/v2/apps/65f1c0a4d2b7e93a4c8f1e20/switchboards"), 404, "app_not_found")
    refused("no such endpoint", s.call("GET", "/no-such"), 404, "not_found")
    c.equal("a JWT of the app key", bearer(token(app_key, {"scope": "app"})).status, 200)
    c.equal("a JWT with another scope", bearer(token(app_key, {"scope": "account"})).status, 401)
    c.equal("a JWT with another algorithm", bearer(token(app_key, {"scope": "app"}, alg="none")).status, 401)
    c.equal("a JWT with a wrong signature", bearer(token(wrong, {"scope": "app"})).status, 401)
    c.equal("a JWT that has run out", bearer(token(app_key, {"scope": "app", "exp": time.time() - 9})).status, 401)
    c.equal("a JWT that has not", bearer(token(app_key, {"scope": "app", "exp": time.time() + 900})).status, 200)
    c.equal("garbage for a JWT", bearer("a.b").status, 401)
    c.equal("the base path of licensed accounts leads here too", s.api.call("GET", "/sc" + s.app + "/switchboards").status, 200)

    own = s.with_key(int_key)
    jwt = Client(s.ready["conversations_url"], {"Authorization": "Bearer " + token(int_key, {})})
    for client, name in ((own, "Basic"), (jwt, "JWT")):
        c.equal(f"an integration's key ({name}) may write users",
                client.call("POST", s.app + "/users", {"externalId": "by-int-" + name}).status, 201)
        for path in ("/integrations", "/switchboards"):
            refused(f"an integration's key ({name}) on {path}", client.call("GET", s.app + path), 403, "forbidden")


def users(s):
    name = "k/ey 1+ü"
    made = s.call("POST", "/users", {"externalId": name, "profile": {"givenName": "Jane", "email": "j@x.example"},
                                     "metadata": {"a": 1, "b": "x", "c": True}})
    user = made.json()["user"]
    c.that("a user is made", made.status == 201 and user["externalId"] == name and len(user["id"]) == 24, made)
    refused("the same external id again", s.call("POST", "/users", {"externalId": name}), 409, "conflict")
    other = s.call("POST", "/users", {"externalId": name, "brandId": "9"})
    c.equal("the same external id of another brand", other.status, 201)
    by_name = s.call("GET", "/users/" + urllib.parse.quote(name, safe=""))
    c.that("found by a percent-encoded external id", by_name.status == 200 and by_name.json()["user"]["id"] == user["id"], by_name)
    c.equal("found by id", s.call("GET", f"/users/{user['id']}").json()["user"]["externalId"], name)
    c.equal("found in its brand", s.call("GET", "/users/" + urllib.parse.quote(name, safe="") + "?brandId=9").json()["user"]["id"],
            other.json()["user"]["id"])
    refused("not found", s.call("GET", "/users/nobody"), 404, "user_not_found")
    patched = s.call("PATCH", f"/users/{user['id']}", {"profile": {"surname": "Doe"}}).json()["user"]
    c.that("a change leaves the rest", patched["profile"]["givenName"] == "Jane" and patched["profile"]["surname"] == "Doe", patched)
    c.equal("a list needs an e-mail", s.call("GET", "/users").status, 400)
    c.equal("no user has identities", s.call("GET", "/users?filter%5Bidentities.email%5D=j@x.example").json(), {"users": []})
    for why, body in (("no external id", {}), ("metadata that is nested", {"externalId": "m", "metadata": {"a": {}}}),
                      ("metadata with null", {"externalId": "m", "metadata": {"a": None}}),
                      ("metadata of more than 4 KB", {"externalId": "m", "metadata": {"a": "x" * 4096}}),
                      ("a profile that is a list", {"externalId": "m", "profile": []}),
                      ("an external id of 1025 characters", {"externalId": "x" * 1025})):
        refused(why, s.call("POST", "/users", body), 400, "bad_request")
    c.equal("what was refused does not exist", s.call("GET", "/users/m").status, 404)
    gone = s.call("POST", "/users", {"externalId": "gone"}).json()["user"]
    c.equal("a user is deleted", s.call("DELETE", f"/users/{gone['id']}").json(), {})
    c.equal("and is gone", s.call("GET", "/users/gone").status, 404)
    c.equal("its external id is free again", s.call("POST", "/users", {"externalId": "gone"}).status, 201)
    return user


def bodies(s):
    refused("not JSON", s.call("POST", "/users", raw=b"{"), 400, "bad_request")
    refused("no object", s.call("POST", "/users", raw=b"[]"), 400, "bad_request")
    refused("no body", s.call("POST", "/users"), 400, "bad_request")
    refused("more than 100 kB", s.call("POST", "/users", raw=b'{"externalId":"' + b"x" * 100001 + b'"}'), 413,
            "payload_too_large")


def conversations(s, user):
    made = s.call("POST", "/conversations", {"type": "personal", "participants": [{"userId": user["id"]}],
                                             "displayName": "Chat", "metadata": {"key": "v"}})
    conversation = made.json()["conversation"]
    c.that("a conversation is made", made.status == 201 and conversation["metadata"] == {"key": "v"}
           and conversation["isDefault"] and conversation["brandId"] == str(s.ready["brands"][0]["id"]), made)
    c.equal("the switchboard's default has it", conversation["activeSwitchboardIntegration"]["name"], "zd-agentWorkspace")
    second = s.call("POST", "/conversations", {"type": "personal", "participants": [{"userExternalId": user["externalId"]}]})
    c.that("the second one is not the default", second.status == 201 and not second.json()["conversation"]["isDefault"], second)
    for why, body, status, code in (
            ("no type", {}, 400, "bad_request"),
            ("no participant", {"type": "personal"}, 400, "bad_request"),
            ("two participants of a personal one", {"type": "personal", "participants": [{"userId": user["id"]}] * 2}, 400, "bad_request"),
            ("an unknown participant", {"type": "personal", "participants": [{"userId": "nobody"}]}, 404, "user_not_found"),
            ("id and external id", {"type": "personal", "participants": [{"userId": "a", "userExternalId": "b"}]}, 400, "bad_request")):
        refused(why, s.call("POST", "/conversations", body), status, code)
    refused("a list without a filter", s.call("GET", "/conversations"), 400, "bad_request")
    listed = s.call("GET", "/conversations?filter%5BuserId%5D=" + user["id"]).json()
    c.equal("the user's conversations", [x["id"] for x in listed["conversations"]],
            [conversation["id"], second.json()["conversation"]["id"]])
    quoted = urllib.parse.quote(user["externalId"], safe="")
    first = s.call("GET", f"/conversations?filter[userExternalId]={quoted}&page[size]=1")
    page = first.json()
    c.that("a page of one", page["meta"]["hasMore"] and len(page["conversations"]) == 1
           and page["meta"]["afterCursor"] == conversation["id"], page)
    link = urllib.parse.urlsplit(page["links"]["next"])
    c.equal("links have the request's own host", f"http://{link.netloc}", s.ready["conversations_url"])
    page = s.api.call("GET", f"{link.path}?{link.query}").json()
    c.that("the next page by its link", len(page["conversations"]) == 1 and not page["meta"]["hasMore"]
           and page["meta"]["beforeCursor"] == second.json()["conversation"]["id"], page)
    link = urllib.parse.urlsplit(page["links"]["prev"])
    page = s.api.call("GET", f"{link.path}?{link.query}").json()
    c.equal("and back again", [x["id"] for x in page["conversations"]], [conversation["id"]])
    for query in ("page[size]=0", "page[size]=101", "page[after]=x", "page[after]=a&page[before]=b"):
        refused(f"{query}", s.call("GET", f"/conversations?filter[userId]={user['id']}&{query}"), 400, "bad_request")
    path = f"/conversations/{conversation['id']}"
    c.equal("it is read", s.call("GET", path).json()["conversation"]["displayName"], "Chat")
    c.equal("it is changed", s.call("PATCH", path, {"displayName": "New", "metadata": {"n": 1}}).json()["conversation"]["metadata"], {"n": 1})
    refused("the default one cannot be deleted", s.call("DELETE", path), 400, "bad_request")
    c.equal("another one can", s.call("DELETE", f"/conversations/{second.json()['conversation']['id']}").status, 200)
    refused("not found", s.call("GET", "/conversations/none"), 404, "conversation_not_found")
    return conversation["id"]


def participants(s, user, conversation):
    listed = s.call("GET", f"/conversations/{conversation}/participants").json()
    c.equal("who takes part", [p["userId"] for p in listed["participants"]], [user["id"]])
    refused("a personal one cannot be joined", s.call("POST", f"/conversations/{conversation}/join", {"userId": user["id"]}), 400, "bad_request")
    group = s.call("POST", "/conversations", {"type": "sdkGroup"}).json()["conversation"]["id"]
    joined = s.call("POST", f"/conversations/{group}/join", {"userExternalId": user["externalId"]})
    c.equal("a group can be joined", (joined.status, joined.json()["participant"]["userId"]), (201, user["id"]))
    c.equal("once", s.call("POST", f"/conversations/{group}/join", {"userId": user["id"]}).status, 400)
    c.equal("and left", s.call("POST", f"/conversations/{group}/leave", {"participantId": joined.json()["participant"]["id"]}).status, 200)
    refused("by who is in it", s.call("POST", f"/conversations/{group}/leave", {"userId": user["id"]}), 404, "not_found")


def posted(s, conversation, content, author=None, **more):
    return s.call("POST", f"/conversations/{conversation}/messages",
                  dict({"author": author or {"type": "business"}, "content": content}, **more))


def messages(s, user, conversation):
    made = posted(s, conversation, {"type": "text", "markdownText": "**a** <b>raw</b>\n\n* x"}, metadata={"id": "m1"})
    message = made.json()["messages"][0]
    c.that("Markdown becomes HTML and text", made.status == 201 and message["content"]["htmlText"].startswith("<p><strong>a</strong>")
           and "markdownText" not in message["content"] and "<b>" not in message["content"]["htmlText"]
           and message["content"]["text"].startswith("a"), message)
    c.that("metadata comes back", message["metadata"] == {"id": "m1"} and message["source"] == {"type": "api:conversations"}, message)
    button = posted(s, conversation, {"type": "text", "markdownText": "see %[Shop](https://x.example) %[Yes](reply:YES)"}).json()["messages"][0]
    c.equal("shorthand in a text makes buttons", button["content"], {
        "type": "text", "text": "see", "htmlText": "<p>see</p>",
        "actions": [{"type": "link", "text": "Shop", "uri": "https://x.example"}, {"type": "reply", "text": "Yes", "payload": "YES"}]})
    c.equal("a bot's words say so", message["author"], {"type": "business", "subtypes": ["bot"]})
    html = posted(s, conversation, {"type": "text", "htmlText": "<p>1 &lt; 2</p><p>b</p>"}).json()["messages"][0]
    c.equal("HTML gives text", html["content"]["text"], "1 < 2\nb")
    spoken = posted(s, conversation, {"type": "text", "text": "hi"}, {"type": "user", "userId": user["id"]}).json()["messages"][0]
    c.equal("on behalf of the customer", spoken["author"], {"type": "user", "userId": user["id"], "displayName": "Jane Doe"})
    c.equal("an AI's words", posted(s, conversation, {"type": "text", "text": "x"}, {"type": "business", "subtypes": ["AI"]})
            .json()["messages"][0]["author"]["subtypes"], ["AI"])
    silent = posted(s, conversation, {"type": "text", "text": "sum"}, destination={"integrationType": "none"})
    c.equal("a silent message", silent.status, 201)
    c.equal("4096 characters", posted(s, conversation, {"type": "text", "text": "ü" * 4096}).status, 201)
    for why, content, author in (
            ("4097 characters", {"type": "text", "text": "x" * 4097}, None),
            ("characters beyond the first plane count twice", {"type": "text", "text": "\U0001F600" * 2049}, None),
            ("Markdown whose HTML is too long", {"type": "text", "markdownText": "&" * 1000}, None),
            ("HTML and Markdown", {"type": "text", "htmlText": "a", "markdownText": "b"}, None),
            ("no text", {"type": "text"}, None), ("no type", {"text": "a"}, None),
            ("an unknown type", {"type": "dance"}, None), ("an image without its address", {"type": "image"}, None),
            ("a carousel of eleven", {"type": "carousel", "items": [{}] * 11}, None),
            ("no author", {"type": "text", "text": "a"}, {}),
            ("an agent's mark", {"type": "text", "text": "a"}, {"type": "business", "subtypes": ["agent"]}),
            ("a user without id", {"type": "text", "text": "a"}, {"type": "user"})):
        body = {"author": {"type": "business"} if author is None else author, "content": content}
        refused(why, s.call("POST", f"/conversations/{conversation}/messages", body), 400, "bad_request")
    refused("metadata of more than 4 KB", posted(s, conversation, {"type": "text", "text": "a"}, metadata={"x": "y" * 4096}), 400, "bad_request")
    stranger = s.call("POST", "/users", {"externalId": "stranger"}).json()["user"]
    refused("a user from elsewhere", posted(s, conversation, {"type": "text", "text": "a"}, {"type": "user", "userId": stranger["id"]}), 400, "bad_request")
    refused("a conversation that is not there", posted(s, "none", {"type": "text", "text": "a"}), 404, "conversation_not_found")
    c.equal("an image", posted(s, conversation, {"type": "image", "mediaUrl": "http://x/y.png"}).json()["messages"][0]["content"]["mediaUrl"], "http://x/y.png")


def message_pages(s, user):
    conversation = s.call("POST", "/conversations", {"type": "personal", "participants": [{"userId": user["id"]}]}).json()["conversation"]["id"]
    ids = [posted(s, conversation, {"type": "text", "text": str(n)}).json()["messages"][0]["id"] for n in range(230)]
    page = s.call("GET", f"/conversations/{conversation}/messages?page[size]=5").json()
    seen = [[m["id"] for m in page["messages"]]]
    c.that("pages of 100, the newest first", seen[0] == ids[130:] and page["meta"]["hasMore"]
           and page["meta"]["beforeCursor"] == ids[130] and "afterCursor" not in page["meta"], page["meta"])
    while page["links"].get("prev"):
        link = urllib.parse.urlsplit(page["links"]["prev"])
        page = s.api.call("GET", f"{link.path}?{link.query}").json()
        seen.insert(0, [m["id"] for m in page["messages"]])
    c.equal("backwards by links.prev, all of them", sum(seen, []), ids)
    c.equal("the oldest page has no more", page["meta"]["hasMore"], False)
    older = s.call("GET", f"/conversations/{conversation}/messages?page%5Bbefore%5D={ids[10]}").json()
    c.equal("page[before]", [m["id"] for m in older["messages"]], ids[:10])
    newer = s.call("GET", f"/conversations/{conversation}/messages?page[after]={ids[220]}").json()
    c.equal("page[after]", [m["id"] for m in newer["messages"]], ids[221:])
    path = f"/conversations/{conversation}/messages"
    c.equal("one message is deleted", s.call("DELETE", f"{path}/{ids[-1]}").status, 200)
    c.equal("and is gone", s.call("GET", path).json()["messages"][-1]["id"], ids[-2])
    c.equal("it cannot be deleted twice", s.call("DELETE", f"{path}/{ids[-1]}").status, 404)
    c.equal("all are deleted", (s.call("DELETE", path).status, s.call("GET", path).json()["messages"]), (200, []))


def activity(s, user, conversation):
    def act(author, kind):
        return s.call("POST", f"/conversations/{conversation}/activity", {"author": author, "type": kind})
    for kind in ("typing:start", "typing:stop", "conversation:read"):
        c.equal(f"the business: {kind}", (act({"type": "business"}, kind).status), 200)
    c.that("the conversation was read", "businessLastRead" in s.call("GET", f"/conversations/{conversation}").json()["conversation"])
    customer = {"type": "user", "userId": user["id"]}
    c.equal("a user reads", act(customer, "conversation:read").json(), {})
    refused("a user cannot type by API", act(customer, "typing:start"), 400, "bad_request")
    refused("an unknown activity", act({"type": "business"}, "dance"), 400, "bad_request")


def integrations(s, target):
    listed = s.call("GET", "/integrations?filter[types]=web").json()["integrations"]
    c.equal("a widget for each brand", [(i["type"], i["brandId"]) for i in listed], [("web", str(b["id"])) for b in s.ready["brands"]])
    c.equal("their responder is inherited", listed[0]["defaultResponder"]["inherited"], True)
    webhook = {"target": target, "triggers": ["conversation:message"]}
    for why, body in (("another type", {"type": "line"}), ("no webhook", {"type": "custom"}),
                      ("two webhooks", {"type": "custom", "webhooks": [webhook, webhook]}),
                      ("a trigger in capitals", {"type": "custom", "webhooks": [dict(webhook, triggers=["Conversation:message"])]}),
                      ("a target that is no URL", {"type": "custom", "webhooks": [dict(webhook, target="x")]}),
                      ("a name of 101 characters", {"type": "custom", "displayName": "x" * 101, "webhooks": [webhook]})):
        refused(why, s.call("POST", "/integrations", body), 400, "bad_request")
    made = s.call("POST", "/integrations", {"type": "custom", "displayName": "bridge", "webhooks": [webhook]})
    integration = made.json()["integration"]
    c.that("a custom integration has one webhook with a secret", made.status == 201 and len(integration["webhooks"]) == 1
           and integration["webhooks"][0]["secret"], made)
    listed = s.call("GET", "/integrations?filter%5Btypes%5D=custom,web&page%5Bsize%5D=100").json()["integrations"]
    c.equal("filter[types] takes several", len(listed), 4)
    path = f"/integrations/{integration['id']}"
    c.equal("it is read", s.call("GET", path).json()["integration"]["displayName"], "bridge")
    c.equal("it is renamed", s.call("PATCH", path, {"displayName": "b2"}).json()["integration"]["displayName"], "b2")
    refused("a widget cannot be deleted", s.call("DELETE", f"/integrations/{listed[0]['id']}"), 400, "bad_request")
    refused("not found", s.call("GET", "/integrations/none"), 404, "integration_not_found")
    hooks = path + "/webhooks"
    hook = s.call("GET", hooks).json()["webhooks"][0]
    refused("a second webhook", s.call("POST", hooks, webhook), 400, "bad_request")
    changed = s.call("PATCH", f"{hooks}/{hook['id']}", {"includeFullUser": True}).json()["webhook"]
    c.that("a webhook is changed, its secret stays", changed["includeFullUser"] and changed["secret"] == hook["secret"], changed)
    c.equal("a webhook is read", s.call("GET", f"{hooks}/{hook['id']}").json()["webhook"]["target"], target)
    c.equal("a webhook is deleted", s.call("DELETE", f"{hooks}/{hook['id']}").status, 200)
    c.equal("and made again", s.call("POST", hooks, webhook).status, 201)
    keys = [s.call("POST", path + "/keys", {"displayName": f"k{n}"}) for n in range(11)]
    c.equal("ten keys, not eleven", [k.status for k in keys], [201] * 10 + [400])
    key = keys[0].json()["key"]
    c.that("a key has its integration's prefix", key["id"].startswith("int_") and key["secret"], key)
    c.equal("keys are listed", len(s.call("GET", path + "/keys").json()["keys"]), 10)
    c.equal("a key is read", s.call("GET", f"{path}/keys/{key['id']}").json()["key"], key)
    last = keys[9].json()["key"]
    c.equal("a key is deleted", s.call("DELETE", f"{path}/keys/{last['id']}").status, 200)
    c.equal("and opens nothing any more", s.with_key(last).call("GET", s.app + "/users/x").status, 401)
    own = s.with_key(key)
    c.equal("an integration's key reads its own webhook", own.call("GET", s.app + hooks).status, 200)
    other = s.call("POST", "/integrations", {"type": "custom", "displayName": "o", "webhooks": [webhook]}).json()["integration"]["id"]
    refused("but not that of another one", own.call("GET", f"{s.app}/integrations/{other}/webhooks"), 403, "forbidden")
    refused("keys are for custom integrations", s.call("POST", f"/integrations/{listed[0]['id']}/keys", {"displayName": "x"}), 400, "bad_request")
    for n in range(9):
        s.call("POST", "/integrations", {"type": "custom", "displayName": f"n{n}", "webhooks": [webhook]})
    refused("an app has at most ten webhooks", s.call("POST", "/integrations", {"type": "custom", "webhooks": [webhook]}), 400, "bad_request")
    return integration, key


def switchboard(s, integration):
    board = s.call("GET", "/switchboards").json()["switchboards"][0]
    refused("a second switchboard", s.call("POST", "/switchboards", {}), 400, "bad_request")
    path = f"/switchboards/{board['id']}/switchboardIntegrations"
    lines = s.call("GET", path).json()["switchboardIntegrations"]
    c.equal("a new account has the workspace and the answer bot", [x["name"] for x in lines], ["zd-agentWorkspace", "zd-answerBot"])
    workspace = lines[0]
    for why, body, status, code in (
            ("no name", {"integrationId": integration["id"]}, 400, "bad_request"),
            ("a name with a blank", {"name": "a b", "integrationId": integration["id"]}, 400, "bad_request"),
            ("a name that is taken", {"name": "zd-answerBot", "integrationId": integration["id"]}, 400, "bad_request"),
            ("id and type", {"name": "x", "integrationId": "a", "integrationType": "b"}, 400, "bad_request"),
            ("no integration", {"name": "x"}, 400, "bad_request"),
            ("an unknown integration", {"name": "x", "integrationId": "none"}, 404, "integration_not_found"),
            ("a history of 11", {"name": "x", "integrationId": integration["id"], "messageHistoryCount": 11}, 400, "bad_request"),
            ("an unknown next", {"name": "x", "integrationId": integration["id"], "nextSwitchboardIntegrationId": "none"}, 404,
             "switchboard_integration_not_found")):
        refused(why, s.call("POST", path, body), status, code)
    made = s.call("POST", path, {"name": "acme-bot", "integrationId": integration["id"], "messageHistoryCount": 5,
                                 "nextSwitchboardIntegrationId": workspace["id"]})
    line = made.json()["switchboardIntegration"]
    c.that("a line is made and hears standby events", made.status == 201 and line["deliverStandbyEvents"]
           and line["nextSwitchboardIntegrationId"] == workspace["id"] and line["integrationType"] == "custom", made)
    refused("an integration has one line", s.call("POST", path, {"name": "y", "integrationId": integration["id"]}), 400, "bad_request")
    refused("who is next of another cannot go", s.call("DELETE", f"{path}/{workspace['id']}"), 400, "bad_request")
    board_path = f"/switchboards/{board['id']}"
    c.equal("the default changes", s.call("PATCH", board_path, {"defaultSwitchboardIntegrationId": line["id"]})
            .json()["switchboard"]["defaultSwitchboardIntegrationId"], line["id"])
    refused("the default cannot go", s.call("DELETE", f"{path}/{line['id']}"), 400, "bad_request")
    refused("an unknown default", s.call("PATCH", board_path, {"defaultSwitchboardIntegrationId": "none"}), 404, "switchboard_integration_not_found")
    c.equal("a line is changed", s.call("PATCH", f"{path}/{line['id']}", {"deliverStandbyEvents": False})
            .json()["switchboardIntegration"]["deliverStandbyEvents"], False)
    s.call("PATCH", f"{path}/{line['id']}", {"deliverStandbyEvents": True})
    refused("a linked integration cannot be deleted", s.call("DELETE", f"/integrations/{integration['id']}"), 400, "bad_request")
    widget = f"/integrations/{s.ready['brands'][1]['widget_integration_id']}"
    own = s.call("PATCH", widget, {"defaultResponderId": workspace["id"]}).json()["integration"]["defaultResponder"]
    c.that("a widget has its own responder", own["name"] == "zd-agentWorkspace" and own["inherited"] is False, own)
    back = s.call("PATCH", widget, {"defaultResponderId": None}).json()["integration"]["defaultResponder"]
    c.that("and inherits it again", back["name"] == "acme-bot" and back["inherited"] is True, back)
    refused("an unknown responder", s.call("PATCH", widget, {"defaultResponderId": "none"}), 400, "bad_request")
    return line, workspace


def new_switchboard():
    with SandboxProgram(scenario='{"switchboard":false}') as s:
        c.equal("an account may have no switchboard", s.call("GET", "/switchboards").json(), {"switchboards": []})
        board = s.call("POST", "/switchboards", {}).json()["switchboard"]
        c.equal("a new one is off", board["enabled"], False)
        refused("it cannot be on without a default", s.call("PATCH", f"/switchboards/{board['id']}", {"enabled": True}), 400, "bad_request")
        path = f"/switchboards/{board['id']}/switchboardIntegrations"
        line = s.call("POST", path, {"name": "zd-agentWorkspace", "integrationType": "zd:agentWorkspace"}).json()["switchboardIntegration"]
        on = s.call("PATCH", f"/switchboards/{board['id']}", {"enabled": True, "defaultSwitchboardIntegrationId": line["id"]})
        c.equal("with one it can", on.json()["switchboard"]["enabled"], True)
        c.equal("it is deleted", s.call("DELETE", f"/switchboards/{board['id']}").status, 200)
        refused("and is gone", s.call("PATCH", f"/switchboards/{board['id']}", {}), 404, "switchboard_not_found")


def control(s, key, line, workspace):
    own = s.with_key(key)
    written = s.sandbox.write("carl", "Acme Shoes", "hello")
    conversation = written["conversation"]
    path = f"/conversations/{conversation}"

    def active():
        return s.call("GET", path).json()["conversation"].get("activeSwitchboardIntegration", {}).get("name")

    c.equal("the widget's responder has it", active(), "acme-bot")
    for target in ("zd-agentWorkspace", workspace["id"], "zd:agentWorkspace"):
        c.equal("passed by name, id, type", (s.call("POST", path + "/passControl", {"switchboardIntegration": target}).json(), active()),
                ({}, "zd-agentWorkspace"))
    refused("release by who is not active", own.call("POST", s.app + path + "/releaseControl"), 403, "forbidden")
    refused("an unknown target", s.call("POST", path + "/passControl", {"switchboardIntegration": "none"}), 404, "switchboard_integration_not_found")
    refused("no target", s.call("POST", path + "/passControl", {}), 400, "bad_request")
    refused("offered to who has it", s.call("POST", path + "/offerControl", {"switchboardIntegration": workspace["id"]}), 400, "bad_request")
    refused("nothing to accept", own.call("POST", s.app + path + "/acceptControl"), 403, "forbidden")
    c.equal("offered", s.call("POST", path + "/offerControl", {"switchboardIntegration": "acme-bot", "metadata": {"a": 1}}).status, 200)
    pending = s.call("GET", path).json()["conversation"]["pendingSwitchboardIntegration"]["name"]
    c.equal("and pending", pending, "acme-bot")
    c.equal("accepted without a body", (own.call("POST", s.app + path + "/acceptControl").status, active()), (200, "acme-bot"))
    c.equal("next of the caller", (own.call("POST", s.app + path + "/passControl", {"switchboardIntegration": "next"}).status, active()),
            (200, "zd-agentWorkspace"))
    c.equal("next of the caller is the same again", (own.call("POST", s.app + path + "/passControl", {"switchboardIntegration": "next"}).status, active()),
            (200, "zd-agentWorkspace"))
    refused("next of who has none", s.call("POST", path + "/passControl", {"switchboardIntegration": "next"}), 404, "switchboard_integration_not_found")
    s.call("POST", path + "/passControl", {"switchboardIntegration": line["id"]})
    c.equal("released by who has it", (own.call("POST", s.app + path + "/releaseControl").status, active()), (200, None))
    refused("a second release", own.call("POST", s.app + path + "/releaseControl"), 403, "forbidden")
    refused("metadata that is nested", s.call("POST", path + "/passControl", {"switchboardIntegration": "acme-bot", "metadata": {"a": []}}), 400, "bad_request")
    user = s.call("POST", "/users", {"externalId": "empty"}).json()["user"]["id"]
    empty = s.call("POST", "/conversations", {"type": "personal", "participants": [{"userId": user}]}).json()["conversation"]["id"]
    refused("the workspace takes no empty conversation", s.call("POST", f"/conversations/{empty}/passControl", {"switchboardIntegration": "zd-agentWorkspace"}),
            400, "bad_request")


def attachments(s, conversation):
    mark = "xYz"
    body = (f'--{mark}\r\nContent-Disposition: form-data; name="source"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\n'
            f"line\r\n\x00end\r\n--{mark}--\r\n").encode()
    kind = {"Content-Type": f"multipart/form-data; boundary={mark}"}
    path = f"/attachments?access=public&for=message&conversationId={conversation}"
    made = s.call("POST", path, raw=body, headers=kind)
    c.that("a file is uploaded", made.status == 201 and made.json()["attachment"]["mediaType"] == "text/plain", made)
    url = made.json()["attachment"]["mediaUrl"]
    c.that("under the request's host", url.startswith(s.ready["conversations_url"] + "/"), url)
    back = s.anonymous.call("GET", urllib.parse.urlsplit(url).path)
    c.equal("and read back", (back.status, back.body, back.headers["Content-Type"]), (200, b"line\r\n\x00end", "text/plain"))
    refused("access is needed", s.call("POST", "/attachments?for=message", raw=body, headers=kind), 400, "bad_request")
    refused("a file is needed", s.call("POST", path, {"a": 1}), 400, "bad_request")
    c.equal("a file is removed", s.call("POST", "/attachments/remove", {"mediaUrl": url}).status, 200)
    refused("once", s.call("POST", "/attachments/remove", {"mediaUrl": url}), 404, "not_found")


def limit():
    with SandboxProgram(scenario='{"messages_per_conversation":3, /* low */ "brands":[{"name":"Only"}]}') as s:
        conversation = s.sandbox.write("ann", "Only", "1")["conversation"]
        answers = [posted(s, conversation, {"type": "text", "text": "x"}).status for _ in range(3)]
        c.equal("the limit of a conversation", answers, [201, 201, 423])
        refused("a full conversation is locked", posted(s, conversation, {"type": "text", "text": "x"}), 423, "locked")
        s.call("DELETE", f"/conversations/{conversation}/messages")
        c.equal("until its messages are deleted", posted(s, conversation, {"type": "text", "text": "x"}).status, 201)
    with SandboxProgram(scenario='{"multi_conversations":false}') as s:
        user = s.call("POST", "/users", {"externalId": "ann"}).json()["user"]["id"]
        body = {"type": "personal", "participants": [{"userId": user}]}
        c.equal("the only conversation of a user", s.call("POST", "/conversations", body).status, 201)
        refused("where several are not switched on", s.call("POST", "/conversations", body), 403, "forbidden")
    typo = SandboxProgram(scenario='{"brand":[]}')
    done = subprocess.run(typo.program.command, capture_output=True, text=True)
    typo.folder.cleanup()
    c.that("a typo in a scenario is named", done.returncode == 78 and "`brand`" in done.stderr, done)


def main():
    program_itself()
    receiver = Receiver()
    with SandboxProgram() as s:
        ready_line(s)
        user = users(s)
        bodies(s)
        conversation = conversations(s, user)
        participants(s, user, conversation)
        messages(s, user, conversation)
        message_pages(s, user)
        activity(s, user, conversation)
        integration, key = integrations(s, receiver.url)
        login(s, key)
        line, workspace = switchboard(s, integration)
        control(s, key, line, workspace)
        attachments(s, conversation)
        status, said = s.stop()
        c.that("SIGTERM ends it with 0", status == 0, said)
    receiver.stop()
    new_switchboard()
    limit()
    print(c)
    return c.status()


if __name__ == "__main__":
    sys.exit(main())
