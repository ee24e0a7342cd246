#!/usr/bin/env python3
"""The Support half of the sandbox: its API, triggers and their webhooks, agents and mailing customers, limits, and kill -9."""

import base64
import hashlib
import hmac
import http.client
import json
import os
import signal
import socket
import sys
import time
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from checks import Checks  # noqa: E402
from desk import Desk  # noqa: E402
from http_json import Client, basic  # noqa: E402
from receiver import Receiver  # noqa: E402
from sandbox_program import SandboxProgram  # noqa: E402

c = Checks()
SECOND = "%Y-%m-%dT%H:%M:%SZ"
EVENT = {"event", "ticket_id", "brand_id", "current_user_id", "updated_at", "latest_comment_id"}


def settle(receiver, count, why):
    c.equal(why, receiver.wait(count), count)
    time.sleep(0.05)
    c.equal(why + ", and no more", len(receiver.hits), count)


def told(receiver):
    """What the triggers sent, in order."""
    return [hit[3] for hit in receiver.hits]


def login(s, d):
    oauth = s.ready["oauth"]
    anonymous = d.anonymous.call("GET", "/api/v2/users/me")
    c.that("users/me without credentials is 200, and nobody", anonymous.status == 200 and anonymous.json()["user"]["id"] is None
           and anonymous.json()["user"]["name"] == "Anonymous user", anonymous)
    refused = d.anonymous.call("GET", "/api/v2/brands")
    c.equal("anything else is 401", (refused.status, refused.json()), (401, {"error": "Couldn't authenticate you"}))
    me = d.good("GET", "/users/me.json")["user"]
    c.that("the API token acts as the bot's agent", (me["id"], me["name"], me["role"], me["role_type"], me["only_private_comments"])
           == (s.ready["bot_user_id"], "Acme Bot", "agent", 0, False), me)
    for why, user, password in (("a wrong token", s.ready["email"] + "/token", "x"), ("an unknown e-mail", "x@y.example/token", s.ready["api_token"]),
                                ("a password", s.ready["email"], s.ready["api_token"])):
        answer = Client(s.ready["support_url"], {"Authorization": basic(user, password)}).call("GET", "/api/v2/users/me")
        c.equal(why, answer.status, 401)
    sam = Client(s.ready["support_url"], {"Authorization": basic("sam@acme.example/token", s.ready["api_token"])})
    c.equal("an agent's e-mail acts as the agent", sam.good("GET", "/api/v2/users/me")["user"]["id"], s.ready["agents"][0]["id"])
    ask = {"grant_type": "client_credentials", "client_id": oauth["client_id"], "client_secret": oauth["client_secret"], "scope": "read write"}
    made = d.anonymous.call("POST", oauth["token_path"], ask)
    token = made.json()
    c.that("client credentials give a token", made.status == 201 and token["token_type"] == "bearer" and token["expires_in"] == 1800
           and token["scope"] == "read write" and token["refresh_token"] is None, made)
    form = d.anonymous.call("POST", oauth["token_path"], raw=urllib.parse.urlencode(ask).encode(),
                            headers={"Content-Type": "application/x-www-form-urlencoded"})
    c.equal("also as a form", form.status, 201)
    for why, change, status, error in (("a wrong secret", {"client_secret": "x"}, 401, "invalid_client"),
                                       ("a password grant", {"grant_type": "password"}, 400, "unsupported_grant_type"),
                                       ("an unknown scope", {"scope": "all"}, 400, "invalid_scope")):
        answer = d.anonymous.call("POST", oauth["token_path"], dict(ask, **change))
        c.equal(why, (answer.status, answer.json()["error"]), (status, error))

    def bearer(text):
        return Client(s.ready["support_url"], {"Authorization": "Bearer " + text})

    mine = bearer(token["access_token"])
    c.equal("the token acts as the bot", mine.good("GET", "/api/v2/users/me")["user"]["id"], s.ready["bot_user_id"])
    c.equal("garbage does not", bearer("a.b.c").call("GET", "/api/v2/users/me").status, 401)
    c.equal("nor a token of another", bearer(token["access_token"][:-4] + "AAAA").call("GET", "/api/v2/brands").status, 401)
    small = bearer(d.token("tickets:read")["access_token"])
    ticket = d.good("POST", "/tickets", {"ticket": {"comment": {"body": "x"}}})["ticket"]["id"]
    for path, status in ((f"/tickets/{ticket}", 200), (f"/tickets/{ticket}/comments", 200), (f"/tickets/{ticket}/audits", 403), ("/brands", 403)):
        c.equal(f"tickets:read on {path}", small.call("GET", "/api/v2" + path).status, status)
    c.equal("and it may not write", small.call("PUT", f"/api/v2/tickets/{ticket}", {"ticket": {"status": "open"}}).status, 403)
    d.advance(1790)
    c.equal("a token lives by the sandbox's clock", mine.call("GET", "/api/v2/brands").status, 200)
    d.advance(11)
    c.equal("and ends by it", mine.call("GET", "/api/v2/brands").status, 401)


def account(s, d):
    brands = d.good("GET", "/brands.json")["brands"]
    c.that("brands are integers", [b["id"] for b in brands] == [b["id"] for b in s.ready["brands"]] and brands[0]["default"], brands)
    c.equal("one brand", d.good("GET", f"/brands/{brands[1]['id']}")["brand"]["name"], "Acme Hats")
    groups = d.good("GET", "/groups")["groups"]
    fields = d.good("GET", "/ticket_fields")["ticket_fields"]
    c.that("groups and fields", groups[0]["default"] and any(f["title"] == "Bot summary" for f in fields), (groups, fields))
    for why, path, status, error in (("a ticket", "/tickets/1", 404, "RecordNotFound"), ("an endpoint", "/nowhere", 404, "InvalidEndpoint"),
                                     ("a user", "/users/1", 404, "RecordNotFound"), ("a trigger", "/triggers/1", 404, "RecordNotFound")):
        answer = d.call("GET", path)
        c.equal(f"there is no such thing: {why}", (answer.status, answer.json()["error"]), (status, error))
    headers = d.call("GET", "/brands").headers
    c.that("the plan's budget is told", headers["X-Rate-Limit"] == "400" and int(headers["X-Rate-Limit-Remaining"]) < 400
           and headers["ratelimit-limit"] == "400" and 0 < int(headers["ratelimit-reset"]) <= 60, dict(headers))


def availability(s, d):
    online = "/agent_availabilities?filter%5Bchannel_status%5D=messaging%3Aonline&page%5Bsize%5D=100"
    names = [agent["name"] for agent in s.ready["agents"]]
    listed = d.good("GET", online)
    c.equal("agents are online, the bot's user is none of them", [a["attributes"]["agent_id"] for a in listed["data"]],
            [agent["id"] for agent in s.ready["agents"]])
    c.that("with the channel, by cursor", [i["attributes"] for i in listed["included"]]
           == [{"name": "messaging", "status": "online"}] * len(names) and listed["meta"]["has_more"] is False, listed)
    c.equal("one a page", d.good("GET", online[:-3] + "1")["meta"]["has_more"], True)
    c.equal("goes away", d.agent(names[0], "available", messaging="away").json(), {"agent": names[0], "messaging": "away"})
    c.equal("one is left", len(d.good("GET", online)["data"]), len(names) - 1)
    c.equal("who is away", len(d.good("GET", online.replace("online", "away"))["data"]), 1)
    shown = d.good("GET", f"/agent_availabilities/{s.ready['agents'][0]['id']}")
    c.equal("one agent", shown["data"]["attributes"]["agent_status"], {"name": "away"})
    c.equal("no such state", d.agent(names[0], "available", messaging="asleep").status, 400)
    c.equal("no such agent", d.agent("nobody", "available", messaging="away").status, 404)
    c.equal("no such filter", d.call("GET", online.replace("messaging", "pigeon")).status, 400)
    c.equal("comes back", d.agent(names[0], "available", messaging="online").status, 200)


def users(d):
    made = d.call("POST", "/users/create_or_update", {"user": {"name": "Ola", "email": "Ola@X.example", "external_id": "o-1"}})
    user = made.json()["user"]
    c.that("a user is made", made.status == 201 and user["role"] == "end-user" and user["email"] == "ola@x.example"
           and len(str(user["id"])) == 14, made)
    again = d.call("POST", "/users/create_or_update", {"user": {"name": "Ola B", "email": "ola@x.example", "phone": "+47"}})
    c.that("or changed", again.status == 200 and again.json()["user"]["id"] == user["id"] and again.json()["user"]["name"] == "Ola B", again)
    by_id = d.call("POST", "/users/create_or_update", {"user": {"external_id": "o-1"}})
    c.equal("by its external id", (by_id.status, by_id.json()["user"]["id"]), (200, user["id"]))
    for query in ("query=email:ola@x.example", "query=email%3A%22ola%40x.example%22", "external_id=o-1", "query=ola%20b"):
        found = d.good("GET", "/users/search?" + query)
        c.equal(f"found by {query}", ([u["id"] for u in found["users"]], found["count"]), ([user["id"]], 1))
    c.equal("not found", d.good("GET", "/users/search?query=email:no@x.example")["users"], [])
    c.equal("shown", d.good("GET", f"/users/{user['id']}")["user"]["phone"], "+47")
    for why, body in (("no name", {"email": "new@x.example"}), ("no address", {"name": "N", "email": "nobody"})):
        answer = d.call("POST", "/users/create_or_update", {"user": body})
        c.equal(why, (answer.status, answer.json()["error"]), (422, "RecordInvalid"))


def invalid(d, why, body, field, ticket=None):
    path = f"/tickets/{ticket}" if ticket else "/tickets"
    answer = d.call("PUT" if ticket else "POST", path, {"ticket": body})
    c.that(why, answer.status == 422 and answer.json()["error"] == "RecordInvalid" and field in answer.json()["details"], answer)


def creating(s, d):
    hats, sam = s.ready["brands"][1]["id"], s.ready["agents"][0]["id"]
    field = next(f["id"] for f in d.good("GET", "/ticket_fields")["ticket_fields"] if f["title"] == "Bot summary")
    made = d.call("POST", "/tickets", {"ticket": {
        "subject": "Order 1042", "external_id": "tieline:k:1", "requester": {"name": "Jane Doe", "email": "jane@x.example"},
        "brand_id": hats, "comment": {"html_body": "<p>Transcript &amp; more</p><p>b</p>", "public": False}, "tags": ["Zed", "ai_bot", "ai_bot"],
        "custom_fields": [{"id": field, "value": "745"}, {"id": 1, "value": "x"}], "priority": "normal", "metadata": {"op": "create:1"},
        "unknown": 1}})
    ticket, audit = made.json()["ticket"], made.json()["audit"]
    c.that("a ticket is made", made.status == 201 and made.headers["Location"].endswith(f"/api/v2/tickets/{ticket['id']}.json")
           and ticket["url"] == made.headers["Location"] and len(str(ticket["id"])) == 14, made)
    c.that("as asked", (ticket["subject"], ticket["external_id"], ticket["status"], ticket["priority"], ticket["brand_id"], ticket["tags"],
                        ticket["is_public"], ticket["assignee_id"], ticket["description"], ticket["submitter_id"])
           == ("Order 1042", "tieline:k:1", "new", "normal", hats, ["ai_bot", "zed"], False, None, "Transcript & more\nb", s.ready["bot_user_id"]), ticket)
    c.that("fields of the account only", {f["id"]: f["value"] for f in ticket["custom_fields"]}[field] == "745"
           and 1 not in [f["id"] for f in ticket["custom_fields"]], ticket["custom_fields"])
    c.that("via the API, not messaging", ticket["via"]["channel"] == "api" and ticket["from_messaging_channel"] is False)
    c.that("times are whole seconds", time.strptime(ticket["updated_at"], SECOND) and "." not in ticket["updated_at"], ticket["updated_at"])
    comment = audit["events"][0]
    c.that("the audit has the comment and the marker", comment["type"] == "Comment" and comment["public"] is False
           and comment["author_id"] == s.ready["bot_user_id"] and audit["metadata"]["custom"] == {"op": "create:1"}
           and {"field_name": "status", "value": "new", "type": "Create"}.items() <= audit["events"][-1].items(), audit)
    requester = d.good("GET", f"/users/{ticket['requester_id']}")["user"]
    c.equal("its requester is a new end user", (requester["name"], requester["role"]), ("Jane Doe", "end-user"))
    other = d.good("POST", "/tickets", {"ticket": {"requester": {"email": "JANE@x.example"}, "comment": {"body": "x"}}})["ticket"]
    c.equal("known by the address the next time", other["requester_id"], ticket["requester_id"])
    assigned = d.good("POST", "/tickets", {"ticket": {"requester_id": requester["id"], "assignee_id": sam, "comment": {"body": "x"}}})["ticket"]
    c.that("assigning opens a new ticket and gives it a group", assigned["status"] == "open" and assigned["group_id"], assigned)
    found = d.good("GET", "/tickets.json?external_id=tieline:k:1")
    c.equal("found by external id", ([t["id"] for t in found["tickets"]], found["count"]), ([ticket["id"]], 1))
    d.control("POST", "/faults", {"kind": "read_lag_ms", "ms": 90000, "match": {"method": "GET", "path": "/api/v2/tickets"}})
    c.equal("the list may lag", d.good("GET", "/tickets?external_id=tieline:k:1")["tickets"], [])
    c.equal("many by id", len(d.good("GET", f"/tickets/show_many?ids={ticket['id']},{other['id']},9")["tickets"]), 2)
    for why, body, name in (("no comment", {"subject": "x"}, "base"), ("a status", {"comment": {"body": "x"}, "status": "odd"}, "status"),
                            ("a priority", {"comment": {"body": "x"}, "priority": "odd"}, "priority"),
                            ("a type", {"comment": {"body": "x"}, "type": "odd"}, "type"),
                            ("an end user as assignee", {"comment": {"body": "x"}, "assignee_id": requester["id"]}, "assignee"),
                            ("a brand", {"comment": {"body": "x"}, "brand_id": 7}, "brand"), ("a group", {"comment": {"body": "x"}, "group_id": 7}, "group"),
                            ("an unknown requester", {"comment": {"body": "x"}, "requester_id": 7}, "requester_id"),
                            ("an unknown author", {"comment": {"body": "x", "author_id": 7}}, "author_id"),
                            ("an external id of 256 characters", {"comment": {"body": "x"}, "external_id": "x" * 256}, "external_id"),
                            ("tags that are numbers", {"comment": {"body": "x"}, "tags": [1]}, "tags"),
                            ("a source that is not closed", {"comment": {"body": "x"}, "via_followup_source_id": ticket["id"]}, "base")):
        invalid(d, f"refused: {why}", body, name)
    root = d.call("POST", "/tickets", {"subject": "x"})
    c.that("the body needs its root", root.status == 400 and root.json()["details"] == {"root": "ticket"}, root)
    c.equal("and must be JSON", d.call("POST", "/tickets", raw=b"{").status, 422)
    return ticket["id"]


def idempotency(d):
    body = {"ticket": {"subject": "once", "external_id": "once", "comment": {"body": "x"}}}

    def post(body, key):
        return d.call("POST", "/tickets", body, {"Idempotency-Key": key})

    first, again = post(body, "k1"), post(body, "k1")
    c.equal("the first is a miss, the second a hit", [a.headers["x-idempotency-lookup"] for a in (first, again)], ["miss", "hit"])
    c.equal("with the same answer, to the byte", (again.status, again.body), (201, first.body))
    other = post({"ticket": {"subject": "other", "comment": {"body": "x"}}}, "k1")
    c.equal("another body is refused", (other.status, other.json()["error"]), (400, "IdempotentRequestError"))
    c.equal("one ticket", d.good("GET", "/tickets?external_id=once")["count"], 1)
    c.equal("without a key nothing is looked up", d.call("POST", "/tickets", body).headers["x-idempotency-lookup"], None)
    lines = [e for e in d.ledger() if e["idempotency_key"] == "k1"]
    c.equal("the ledger tells who made it", [(e["status"], e["applied"], e["object_type"], e["attempt"]) for e in lines],
            [(201, True, "ticket", 1), (201, False, "ticket", 2), (400, False, None, 1)])
    c.that("with its external id", lines[0]["external_id"] == "once" and lines[0]["object_id"] == lines[0]["conversation"], lines[0])
    refused = post({"ticket": {"subject": "no comment"}}, "k2")
    c.equal("what was refused is not kept", (refused.status, post(body, "k2").status), (422, 201))
    d.advance(7199)
    c.equal("two hours less a second", post(body, "k1").headers["x-idempotency-lookup"], "hit")
    d.advance(2)
    late = post(body, "k1")
    c.that("after two hours it makes another", late.headers["x-idempotency-lookup"] == "miss" and late.json()["ticket"]["id"] != first.json()["ticket"]["id"], late)
    c.equal("a key has at most 255 bytes", post(body, "k" * 256).status, 400)


def updating(s, d):
    sam, bot = s.ready["agents"][0]["id"], s.ready["bot_user_id"]
    made = d.mail("Una Mail", "Acme Shoes", "Hello", "First <b>words</b>")
    number = made["ticket"]
    path = f"/tickets/{number}"
    ticket = d.good("GET", path)["ticket"]
    c.that("a mail makes a new ticket", ticket["status"] == "new" and ticket["via"]["channel"] == "email" and ticket["is_public"]
           and ticket["via"]["source"]["from"]["address"] == "una.mail@customer.example" and ticket["requester_id"] == made["user"], ticket)
    answer = d.call("PUT", path, {"ticket": {"comment": {"body": "**Hi** {{ticket.id}} {{nothing}}", "public": True}, "status": "pending", "assignee_id": bot,
                                             "tags": ["b", "a"], "additional_tags": ["c"], "metadata": {"op": "r1"}}})
    ticket, audit = answer.json()["ticket"], answer.json()["audit"]
    c.that("comment and fields in one", answer.status == 200 and ticket["status"] == "pending" and ticket["assignee_id"] == bot
           and ticket["tags"] == ["a", "b"], ticket)
    words = audit["events"][0]
    c.that("Markdown and placeholders of an agent", words["body"] == f"**Hi** {number} " and f"<strong>Hi</strong> {number}" in words["html_body"], words)
    c.that("the audit tells what changed", {(e.get("field_name"), str(e.get("value")), str(e.get("previous_value"))) for e in audit["events"][1:]}
           >= {("status", "pending", "new"), ("assignee_id", str(bot), "None")} and audit["metadata"]["custom"] == {"op": "r1"}, audit)
    c.equal("the update's budget is told", answer.headers["Zendesk-RateLimit-tickets-update"].split(";")[0], "total=100000")
    d.good("PUT", path, {"ticket": {"comment": {"body": "for agents", "public": False}}})
    d.good("PUT", path, {"ticket": {"comment": {"body": "default"}}})
    seen = d.ticket(number)
    c.that("as a person sees it", [(m["from"], m["public"]) for m in seen["comments"]] == [("customer", True), ("bot", True), ("bot", False), ("bot", True)]
           and seen["comments"][1]["metadata"] == {"op": "r1"} and seen["assignee"]["name"] == "Acme Bot", seen)
    d.good("PUT", path, {"ticket": {"comment": {"body": "x" * 70000, "public": False}}})
    c.equal("64 kB, then it is cut in silence", len(d.ticket(number)["comments"][-1]["text"]), 65536)
    back = d.good("PUT", path, {"ticket": {"assignee_id": None, "comment": {"body": "asked for a person", "public": False}, "status": "open"}})["ticket"]
    c.that("nobody is assigned, its group stays", back["assignee_id"] is None and back["group_id"] and back["status"] == "open", back)
    before = d.ticket(number)["audits"]
    nothing = d.good("PUT", path, {"ticket": {"status": "open", "metadata": {"op": "none"}}})
    c.equal("a save that changes nothing leaves no trace", (nothing["audit"]["events"], d.ticket(number)["audits"]), ([], before))
    solved = d.good("PUT", path, {"ticket": {"status": "solved"}})["ticket"]
    c.equal("who solves it owns it", solved["assignee_id"], bot)
    c.equal("the customer's words open it again", d.answer_mail("Una Mail", number, "thanks, but")["status"], "open")
    invalid(d, "not back to new", {"status": "new"}, "status", number)
    d.good("PUT", path, {"ticket": {"status": "closed"}})
    invalid(d, "closed is final", {"comment": {"body": "x"}}, "status", number)
    followed = d.answer_mail("Una Mail", number, "once more")
    c.that("a mail to a closed ticket makes another", followed["followup_of"] == number and followed["ticket"] != number, followed)
    follower = d.good("GET", f"/tickets/{followed['ticket']}")["ticket"]
    c.that("which says so, with the tags", follower["via"]["source"]["rel"] == "follow_up" and follower["via"]["source"]["from"]["ticket_id"] == number
           and follower["tags"] == ["a", "b"] and follower["status"] == "new", follower)
    ours = d.good("POST", "/tickets", {"ticket": {"via_followup_source_id": number, "comment": {"body": "follow"}}})["ticket"]
    c.equal("also by the API", (ours["via"]["source"]["rel"], ours["requester_id"]), ("follow_up", made["user"]))
    c.equal("an agent's author may be another", d.good("PUT", f"/tickets/{ours['id']}", {"ticket": {"comment": {"body": "x", "author_id": sam}}})
            ["audit"]["events"][0]["author_id"], sam)


def safe_updates(d):
    number = d.mail("Safe", "Acme Shoes", "s", "x")["ticket"]
    path = f"/tickets/{number}"

    def put(stamp, **more):
        return d.call("PUT", path, {"ticket": dict({"comment": {"body": "y"}, "safe_update": True, "updated_stamp": stamp}, **more)})

    stamp = d.good("GET", path)["ticket"]["updated_at"]
    d.advance(5)
    c.equal("the stamp that was read", put(stamp).status, 200)
    late = put(stamp)
    c.equal("an old stamp", (late.status, late.json()["error"]), (409, "UpdateConflict"))
    c.equal("`false` counts as true", put(stamp, safe_update=False).status, 409)
    c.equal("left out it is not asked", d.call("PUT", path, {"ticket": {"priority": "low", "updated_stamp": stamp}}).status, 200)
    d.advance(5)
    fresh = d.good("GET", path)["ticket"]["updated_at"]
    d.good("PUT", path, {"ticket": {"safe_update": True, "updated_stamp": fresh, "priority": "high"}})
    c.equal("nothing of the refused ones was written", [m["text"] for m in d.ticket(number)["comments"]], ["x", "y"])
    tags = d.call("PUT", path + "/tags", {"tags": ["one", "two"], "updated_stamp": stamp, "safe_update": "true"})
    c.equal("tags take a stamp, too", tags.status, 409)
    c.equal("tags are added", d.good("PUT", path + "/tags", {"tags": ["one", "Two"]})["tags"], ["one", "two"])
    c.equal("again", d.good("PUT", path + "/tags", {"tags": ["two"]})["tags"], ["one", "two"])
    c.equal("removed", d.good("DELETE", path + "/tags", {"tags": ["one"]})["tags"], ["two"])
    replaced = d.call("POST", path + "/tags", {"tags": ["three"]})
    c.equal("and replaced", (replaced.status, replaced.json()["tags"], d.good("GET", path + "/tags")["tags"]), (201, ["three"], ["three"]))


def reading(d):
    number = d.mail("Rea Ding", "Acme Hats", "r", "0")["ticket"]
    for n in range(1, 8):
        if n % 2:
            d.answer_mail("Rea Ding", number, str(n))
        else:
            d.good("PUT", f"/tickets/{number}", {"ticket": {"comment": {"body": str(n), "public": n % 4 == 0}, "metadata": {"n": str(n)}}})
    path = f"/tickets/{number}/comments"
    whole = d.good("GET", path)
    c.equal("oldest first, with a count", ([m["body"] for m in whole["comments"]], whole["count"], whole["next_page"]), (list("01234567"), 8, None))
    page = d.good("GET", path + ".json?sort=-created_at&include=users&page%5Bsize%5D=3")
    c.that("newest first, by cursors", [m["body"] for m in page["comments"]] == list("765") and page["meta"]["has_more"] and page["links"]["prev"] is None, page)
    roles = {u["id"]: u["role"] for u in page["users"]}
    c.equal("authors stand beside", [roles[m["author_id"]] for m in page["comments"]], ["end-user", "agent", "end-user"])
    following = Client(d.ready["support_url"], d.api._headers).good("GET", page["links"]["next"].split("/", 3)[3].join(["/", ""]))
    c.equal("the next page by its link", [m["body"] for m in following["comments"]], list("432"))
    last = d.good("GET", path + f"?sort=-created_at&page[size]=3&page[after]={following['meta']['after_cursor']}")
    c.that("and the last", [m["body"] for m in last["comments"]] == list("10") and not last["meta"]["has_more"] and last["links"]["next"] is None, last)
    back = d.good("GET", path + f"?sort=-created_at&page[size]=3&page[before]={last['meta']['before_cursor']}")
    c.equal("and back", [m["body"] for m in back["comments"]], list("432"))
    c.equal("pages have at most 100", d.call("GET", path + "?page[size]=101").status, 400)
    c.equal("a cursor of nowhere", d.call("GET", path + "?page[after]=c1").status, 400)
    numbered = d.good("GET", path + "?per_page=3&page=2&sort_order=desc")
    c.that("pages by number", [m["body"] for m in numbered["comments"]] == list("432") and numbered["next_page"].endswith("page=3")
           and numbered["previous_page"].endswith("page=1"), numbered)
    newest = whole["comments"][6]
    audit = d.good("GET", f"/tickets/{number}/audits/{newest['audit_id']}")["audit"]
    c.that("a comment leads to its audit, and that to the marker", audit["metadata"]["custom"] == {"n": "6"} and audit["events"][0]["id"] == newest["id"], audit)
    c.equal("a comment itself has none", newest["metadata"]["custom"], {})
    audits = d.good("GET", f"/tickets/{number}/audits")
    c.equal("all audits", (audits["count"], audits["audits"][0]["events"][0]["body"]), (8, "0"))
    c.equal("newest first", d.good("GET", f"/tickets/{number}/audits?sort_order=desc&per_page=1")["audits"][0]["events"][0]["body"], "7")
    c.equal("audits know no other way to be sorted", d.good("GET", f"/tickets/{number}/audits?sort=-created_at&page[size]=1")["audits"][0]["events"][0]["body"], "0")
    c.equal("comments are sorted by cursors only", d.good("GET", path + "?sort=-created_at")["comments"][0]["body"], "0")
    c.equal("and by their age only", d.good("GET", path + "?sort=-id&page[size]=1")["comments"][0]["body"], "0")
    newest_first = "?sort=-created_at&page[size]=1"
    d.answer_mail("Rea Ding", number, "I am away", auto=True)
    c.equal("an automatic answer says so", d.good("GET", path + newest_first)["comments"][0]["metadata"]["system"], {"auto_submitted": "auto-replied"})
    d.control("POST", "/faults", {"kind": "read_lag_ms", "ms": 60000, "match": {"method": "GET", "path": "/comments"}})
    d.advance(61)
    d.answer_mail("Rea Ding", number, "young")
    c.equal("a lag hides what is young", d.good("GET", path + newest_first)["comments"][0]["body"], "I am away")
    c.equal("once", d.good("GET", path + newest_first)["comments"][0]["body"], "young")


def searching(d):
    number = d.mail("Sea Rch", "Acme Outlet", "find me", "x")["ticket"]
    day = d.control("GET", "/clock").json()["now"][:19] + "Z"
    d.advance(60)
    for query, found in ((f"type:ticket requester:sea.rch@customer.example status<solved", True), ("type:ticket brand:\"Acme Outlet\"", None),
                         (f"type:ticket updated>{day} requester:sea.rch@customer.example", False),
                         (f"type:ticket updated<={day} requester:sea.rch@customer.example", True),
                         ("type:ticket assignee:none requester:sea.rch@customer.example", True), ("type:user requester:sea.rch@customer.example", False)):
        answer = d.call("GET", "/search.json?query=" + urllib.parse.quote(query))
        if found is None:
            c.equal("blanks in a value are not understood", answer.status, 422)
        else:
            c.equal(query, [t["id"] for t in answer.json()["results"]], [number] if found else [])
    c.equal("a query is needed", d.call("GET", "/search").status, 422)
    later = d.mail("Sea Rch", "Acme Outlet", "find me too", "x")["ticket"]
    query = "/search?sort_by=updated_at&query=" + urllib.parse.quote("type:ticket requester:sea.rch@customer.example")
    for order, found in (("", [later, number]), ("&sort_order=desc", [later, number]), ("&sort_order=asc", [number, later])):
        c.equal(f"by update{order}", [t["id"] for t in d.good("GET", query + order)["results"]], found)
    first = d.good("GET", query + "&sort_order=asc&per_page=1")
    c.that("page by page", [t["id"] for t in first["results"]] == [number] and first["next_page"] and first["count"] == 2, first)
    second = d.good("GET", query + "&sort_order=asc&per_page=1&page=2")
    c.that("to the last", [t["id"] for t in second["results"]] == [later] and second["next_page"] is None, second)


def webhooks(d):
    good = {"name": "w", "status": "active", "endpoint": "http://127.0.0.1:1/x", "http_method": "POST", "request_format": "json",
            "subscriptions": ["conditional_ticket_events"],
            "authentication": {"type": "bearer_token", "data": {"token": "t"}, "add_position": "header"}}
    made = d.call("POST", "/webhooks", {"webhook": good})
    hook = made.json()["webhook"]
    c.that("a webhook is made", made.status == 201 and hook["status"] == "active" and len(hook["id"]) == 26
           and hook["authentication"] == {"type": "bearer_token", "add_position": "header"}, made)
    secret = d.good("GET", f"/webhooks/{hook['id']}/signing_secret")["signing_secret"]
    c.that("its secret", secret["algorithm"] == "SHA256" and len(secret["secret"]) > 30, secret)
    reset = d.call("POST", f"/webhooks/{hook['id']}/signing_secret")
    c.that("another one", reset.status == 201 and reset.json()["signing_secret"]["secret"] != secret["secret"], reset)
    for change in ({"endpoint": "ftp://x"}, {"status": "odd"}, {"http_method": "GET"}, {"request_format": "xml"}, {"subscriptions": []},
                   {"subscriptions": ["conditional_ticket_events", "zen:event-type:ticket.created"]}, {"name": ""},
                   {"authentication": {"type": "odd", "add_position": "header"}}, {"authentication": {"type": "bearer_token", "add_position": "header"}}):
        answer = d.call("POST", "/webhooks", {"webhook": dict(good, **change)})
        c.that(f"refused: {change}", answer.status == 400 and answer.json()["errors"][0]["title"], answer)
    c.equal("changed in part", d.call("PATCH", f"/webhooks/{hook['id']}", {"webhook": {"status": "inactive"}}).status, 204)
    c.equal("it is", d.good("GET", f"/webhooks/{hook['id']}")["webhook"]["status"], "inactive")
    c.equal("as a whole", d.call("PUT", f"/webhooks/{hook['id']}", {"webhook": dict(good, name="v")}).status, 204)
    c.equal("listed", [h["name"] for h in d.good("GET", "/webhooks")["webhooks"]], ["v"])
    c.equal("deleted", (d.call("DELETE", f"/webhooks/{hook['id']}").status, d.call("GET", f"/webhooks/{hook['id']}").status), (204, 404))


def trigger_records(s, d):
    hook = d.webhook("http://127.0.0.1:1/x")["id"]
    made = d.three_triggers(hook, s.ready["brands"][0]["id"])
    listed = d.good("GET", "/triggers")["triggers"]
    c.equal("triggers are listed in their order", ([t["id"] for t in listed], [t["position"] for t in listed]), (made, [1, 2, 3]))
    c.equal("a trigger as it was given", listed[1]["conditions"]["all"][2], {"field": "role", "operator": "is", "value": "end_user"})
    off = d.good("PUT", f"/triggers/{made[0]}", {"trigger": {"active": False}})["trigger"]
    c.that("switched off, the rest stays", off["active"] is False and len(off["actions"]) == 2, off)
    c.equal("active ones", [t["id"] for t in d.good("GET", "/triggers/active.json")["triggers"]], made[1:])
    act = [{"field": "current_tags", "value": "x"}]

    def refused(why, condition=None, actions=None):
        all_of = [condition or {"field": "update_type", "operator": "is", "value": "Create"}]
        answer = d.call("POST", "/triggers", {"trigger": {"title": "t", "conditions": {"all": all_of, "any": []}, "actions": actions or act}})
        c.that(f"a trigger is checked: {why}", answer.status == 422 and answer.json()["error"] == "RecordInvalid", answer)

    refused("its field", {"field": "odd", "operator": "is", "value": "1"})
    refused("its operator", {"field": "update_type", "operator": "changed"})
    refused("its value", {"field": "update_type", "operator": "is", "value": "create"})
    refused("its brand", {"field": "brand_id", "operator": "is", "value": "7"})
    refused("its action", actions=[{"field": "odd", "value": "1"}])
    refused("its webhook", actions=[{"field": "notification_webhook", "value": ["nope", "{}"]}])
    refused("its assignee", actions=[{"field": "assignee_id", "value": "7"}])
    definitions = d.good("GET", "/triggers/definitions")["definitions"]
    fields = {x["subject"]: x for x in definitions["conditions_all"]}
    c.that("definitions name the account's values", str(s.ready["brands"][1]["id"]) in [v["value"] for v in fields["brand_id"]["values"]]
           and "requester_can_see_comment" in [v["value"] for v in fields["comment_is_public"]["values"]]
           and {o["value"] for o in fields["status"]["operators"]} >= {"is", "less_than", "changed", "value_previous"}
           and hook in [v["value"] for a in definitions["actions"] if a["subject"] == "notification_webhook" for v in a["values"]], definitions)
    for number in made:
        c.equal("deleted", d.call("DELETE", f"/triggers/{number}").status, 204)
    c.equal("none is left", d.good("GET", "/triggers")["triggers"], [])
    d.call("DELETE", f"/webhooks/{hook}")


def firing(s, d):
    receiver = Receiver()
    bot, sam, shoes = s.ready["bot_user_id"], s.ready["agents"][0]["id"], s.ready["brands"][0]["id"]
    hook = d.webhook(receiver.url, "the-token")
    triggers = d.three_triggers(hook["id"], shoes)
    made = d.mail("Fia Ring", "Acme Shoes", "Hi \"you\"", "line one\nline \"two\"")
    settle(receiver, 1, "a new ticket is told once")
    when, _, headers, body = receiver.hits[0]
    c.that("what the template says", set(body) == EVENT and body["event"] == "ticket_created" and body["ticket_id"] == str(made["ticket"])
           and body["brand_id"] == str(shoes) and body["current_user_id"] == str(made["user"]) and body["latest_comment_id"] == str(made["comment"])
           and time.strptime(body["updated_at"], SECOND), body)
    c.equal("it is assigned to the bot", d.ticket(made["ticket"])["assignee"]["id"], bot)
    c.that("its headers", headers["Authorization"] == "Bearer the-token" and headers["X-Zendesk-Webhook-Id"] == hook["id"]
           and len(headers["X-Zendesk-Webhook-Invocation-Id"]) == 26 and headers["User-Agent"] == "Zendesk Webhook", dict(headers))
    d.answer_mail("Fia Ring", made["ticket"], "more")
    settle(receiver, 2, "a customer's comment")
    c.equal("by its own trigger", told(receiver)[1]["event"], "comment_added")
    d.good("PUT", f"/tickets/{made['ticket']}", {"ticket": {"comment": {"body": "from the bot"}}})
    d.agent("sam", "note", ticket=made["ticket"], text="private")
    d.agent("sam", "reply", ticket=made["ticket"], text="public")
    settle(receiver, 2, "neither the bot nor an agent tells of comments")
    d.agent("sam", "take", ticket=made["ticket"])
    settle(receiver, 3, "an agent takes it")
    c.equal("the third trigger", (told(receiver)[2]["event"], told(receiver)[2]["current_user_id"]), ("ticket_changed", str(sam)))
    d.answer_mail("Fia Ring", made["ticket"], "for Sam")
    settle(receiver, 3, "a comment on a ticket that is not the bot's is not told")
    solved = d.agent("sam", "solve", ticket=made["ticket"]).json()
    c.equal("solved", (solved["status"], solved["assignee_id"]), ("solved", sam))
    d.answer_mail("Fia Ring", made["ticket"], "reopen")
    settle(receiver, 5, "solving and opening again")
    back = d.agent("sam", "assign", ticket=made["ticket"], to=bot).json()
    c.equal("handed back to the bot", back["assignee_id"], bot)
    c.equal("to nobody", d.agent("sam", "assign", ticket=made["ticket"], to=None).json()["assignee_id"], None)
    c.equal("to another agent, by name", d.agent("sam", "assign", ticket=made["ticket"], to="Robin").json()["assignee_id"], s.ready["agents"][1]["id"])
    c.equal("released is unassigned", d.agent("robin", "release", ticket=made["ticket"]).json()["assignee_id"], None)
    settle(receiver, 9, "each of them is told")
    c.equal("closed", d.agent("sam", "close", ticket=made["ticket"]).json()["status"], "closed")
    settle(receiver, 10, "and that")
    d.mail("Fia Ring", "Acme Hats", "another brand", "x")
    settle(receiver, 10, "another brand is not told")
    c.equal("an agent who is none", d.agent("nobody", "take", ticket=made["ticket"]).status, 404)
    c.equal("a ticket that is none", d.agent("sam", "take", ticket=7).status, 404)
    c.equal("no words", d.agent("sam", "note", ticket=made["ticket"]).status, 400)
    for number in triggers:
        d.call("DELETE", f"/triggers/{number}")
    return receiver, hook


def order_of_triggers(s, d, receiver, hook):
    """The list runs from the top, and again when a trigger changed the ticket; each trigger once."""
    def notify(name):
        return ("notification_webhook", [hook["id"], '{"name":"%s","tags":"{{ticket.tags}}","odd":"{{ticket.audit.id}}"}' % name])

    receiver.clear()
    new = ("update_type", "is", "Create")
    made = [d.trigger("needs b", [new, ("current_tags", "includes", "b")], [notify("first"), ("current_tags", "c")])["id"],
            d.trigger("gives a", [new, ("current_tags", "not_includes", "never")], [("current_tags", "a")])["id"],
            d.trigger("a gives b", [new, ("current_tags", "includes", "a")], [("current_tags", "b"), notify("third")])["id"],
            d.trigger("early", [new, ("current_tags", "includes", "c")], [notify("early")], position=0)["id"]]
    number = d.mail("Ord Er", "Acme Hats", "o", "x")["ticket"]
    settle(receiver, 3, "triggers go on from the top")
    c.equal("in this order, unknown placeholders empty", told(receiver),
            [{"name": "third", "tags": "a b", "odd": ""}, {"name": "first", "tags": "a b", "odd": ""}, {"name": "early", "tags": "a b c", "odd": ""}])
    c.equal("and the tags are", d.ticket(number)["tags"], ["a", "b", "c"])
    changes = [e for e in d.good("GET", f"/tickets/{number}/audits")["audits"][0]["events"] if e.get("via", {}).get("channel") == "rule"]
    c.that("the audit says which trigger it was", any(e.get("field_name") == "tags" and e["via"]["source"]["from"]["id"] == made[1] for e in changes), changes)
    for number in made:
        d.call("DELETE", f"/triggers/{number}")
    broken = d.trigger("words", [new], [("notification_webhook", [hook["id"], '{"subject":"{{ticket.title}}"}'])])["id"]
    d.mail("Ord Er", "Acme Hats", 'say "no"', "x")
    for _ in range(100):
        last = d.control("GET", "/webhooks").json()["deliveries"][-1]
        if last["state"] == "failed":
            break
        time.sleep(0.02)
    c.that("words can break the JSON, as there", last["state"] == "failed" and len(receiver.hits) == 3, last)
    d.call("DELETE", f"/triggers/{broken}")


def signatures(d, receiver, hook):
    raw = []
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        d.call("PATCH", f"/webhooks/{hook['id']}", {"webhook": {"endpoint": f"http://127.0.0.1:{door.getsockname()[1]}/raw",
                                                                "custom_headers": {"X-Own": "v"}}})
        trigger = d.trigger("t", [("update_type", "is", "Create")], [("notification_webhook", [hook["id"], '{"ticket":"{{ticket.id}} ü"}'])])["id"]
        d.mail("Sig Nature", "Acme Hats", "s", "x")
        peer, _ = door.accept()
        with peer:
            peer.settimeout(2)
            while b"\r\n\r\n" not in b"".join(raw) or not b"".join(raw).endswith(b"}"):
                raw.append(peer.recv(65536))
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    head, body = b"".join(raw).split(b"\r\n\r\n", 1)
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    stamp = headers["x-zendesk-webhook-signature-timestamp"]
    mac = base64.b64encode(hmac.new(hook["secret"].encode(), stamp.encode() + body, hashlib.sha256).digest()).decode()
    c.equal("the signature is over timestamp and body", headers["x-zendesk-webhook-signature"], mac)
    c.that("the timestamp is of now", abs(time.mktime(time.strptime(stamp, SECOND)) - time.timezone - time.time()) < 60, stamp)
    c.equal("a header of its own", headers["X-Own"], "v")
    d.call("DELETE", f"/triggers/{trigger}")
    d.call("PATCH", f"/webhooks/{hook['id']}", {"webhook": {"endpoint": receiver.url}})


def tried(d, receiver, count):
    """Waits for a hit, and until the sandbox knows what came of it."""
    receiver.wait(count)
    for _ in range(500):
        if not any(x["state"] in ("queued", "in_flight") for x in d.control("GET", "/webhooks").json()["deliveries"]):
            return
        time.sleep(0.01)


def retries(d, receiver, hook):
    trigger = d.trigger("r", [("update_type", "is", "Create")], [("notification_webhook", [hook["id"], '{"t":"{{ticket.id}}"}'])])["id"]

    def last():
        return d.control("GET", "/webhooks").json()["deliveries"][-1]

    for status in (400, 404, 500, 502, 302, 429, 503):
        receiver.clear()
        receiver.answer = status
        d.mail("Re Try", "Acme Hats", "r", "x")
        tried(d, receiver, 1)
        d.advance(4000)
        settle(receiver, 1, f"{status} is not tried again")
        c.equal(f"{status} is the end", last()["state"], "failed")
    for status, after, tries in ((409, None, 4), (503, 55, 4), (429, 7, 4), (503, 60, 1)):
        receiver.clear()
        receiver.answer = status
        receiver.headers = {} if after is None else {"Retry-After": str(after)}
        d.mail("Re Try", "Acme Hats", "r", "x")
        for n in range(1, tries + 1):
            tried(d, receiver, n)
            if n < tries and after is not None:
                d.advance(after - 1)
                time.sleep(0.03)
                c.equal(f"{status} waits for Retry-After", len(receiver.hits), n)
                d.advance(2)
            else:
                d.advance(100)
        settle(receiver, tries, f"{status} with Retry-After {after} is tried {tries} times")
        ids = {hit[2]["X-Zendesk-Webhook-Invocation-Id"] for hit in receiver.hits}
        c.equal("with one invocation id", len(ids), 1)
    receiver.headers = {}
    receiver.clear()
    receiver.answer = None
    d.mail("Re Try", "Acme Hats", "r", "x")
    tried(d, receiver, 1)
    d.advance(4000)
    settle(receiver, 1, "a connection that breaks is not tried again")
    receiver.clear()
    receiver.answer, receiver.delay = 200, 0.4
    d.mail("Re Try", "Acme Hats", "r", "x")
    for n in range(1, 7):
        tried(d, receiver, n)
        time.sleep(0.35)
        d.advance(200)
    settle(receiver, 6, "a time-out is tried five times more")
    time.sleep(0.4)
    seen = last()
    c.that("and lost then", seen["state"] == "failed" and len(seen["attempts"]) == 6 and all(a["status"] == 0 for a in seen["attempts"])
           and seen["ticket"] == receiver.hits[0][3]["t"], seen)
    receiver.delay = 0
    receiver.clear()
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        d.call("PATCH", f"/webhooks/{hook['id']}", {"webhook": {"endpoint": f"http://127.0.0.1:{closed.getsockname()[1]}/x"}})
        number = d.mail("Re Try", "Acme Hats", "refused", "x")["ticket"]
        for _ in range(100):
            seen = d.control("GET", f"/webhooks?ticket={number}").json()["deliveries"][0]
            if seen["state"] == "failed":
                break
            time.sleep(0.02)
        c.equal("a refused connection is never tried again", (seen["state"], len(seen["attempts"])), ("failed", 1))
    d.call("PATCH", f"/webhooks/{hook['id']}", {"webhook": {"endpoint": receiver.url}})
    d.control("POST", "/faults", {"kind": "duplicate_webhook", "match": {"type": "conditional_ticket_events"}})
    d.mail("Re Try", "Acme Hats", "twice", "x")
    settle(receiver, 2, "duplicate_webhook")
    receiver.clear()
    d.control("POST", "/faults", {"kind": "reorder_webhooks", "ms": 150, "match": {"path": receiver.url}})
    one, two = (d.mail("Re Try", "Acme Hats", text, "x")["ticket"] for text in ("1", "2"))
    settle(receiver, 2, "reorder_webhooks")
    c.equal("the first one last", [b["t"] for b in told(receiver)], [str(two), str(one)])
    d.call("PATCH", f"/webhooks/{hook['id']}", {"webhook": {"status": "inactive"}})
    d.mail("Re Try", "Acme Hats", "off", "x")
    settle(receiver, 2, "an inactive webhook is not called")
    d.call("DELETE", f"/triggers/{trigger}")
    d.call("DELETE", f"/webhooks/{hook['id']}")


def messaging(s, d):
    """Agent Workspace's own ticket of a conversation that was passed to it."""
    events, triggers = Receiver(), Receiver()
    line = s.sandbox.connect(events.url)["line"]
    hook = d.webhook(triggers.url)
    made = d.three_triggers(hook["id"], s.ready["brands"][0]["id"])
    wrote = s.sandbox.write("Mia%20Sage", "Acme Shoes", "hello")
    conversation = wrote["conversation"]
    path = f"/conversations/{conversation}"
    s.call("POST", path + "/messages", {"author": {"type": "business", "displayName": "Bot"}, "content": {"type": "text", "text": "hi there"}})
    c.equal("while the bot has it there is no ticket", d.tickets(conversation), [])
    summary = next(f["id"] for f in d.good("GET", "/ticket_fields")["ticket_fields"] if f["title"] == "Bot summary")
    metadata = {"dataCapture.systemField.tags": f"tieline_{conversation},vip", f"dataCapture.ticketField.{summary}": "wants a person",
                "dataCapture.systemField.requester.email": "mia@x.example"}
    passed = {"switchboardIntegration": "zd-agentWorkspace", "metadata": metadata}
    for _ in range(2):
        c.equal("passed, and passed again", s.call("POST", path + "/passControl", passed).status, 200)
    settle(triggers, 1, "the created trigger fires for it: that is what makes it dangerous")
    own = d.tickets(conversation)
    c.equal("one ticket", len(own), 1)
    number = own[0]["id"]
    ticket = d.good("GET", f"/tickets/{number}")["ticket"]
    c.that("from messaging, with what was captured", ticket["from_messaging_channel"] and ticket["via"]["channel"] == "native_messaging"
           and ticket["tags"] == sorted([f"tieline_{conversation}", "vip"]) and ticket["brand_id"] == s.ready["brands"][0]["id"]
           and {f["id"]: f["value"] for f in ticket["custom_fields"]}[summary] == "wants a person", ticket)
    requester = d.good("GET", f"/users/{ticket['requester_id']}")["user"]
    c.equal("its requester", (requester["name"], requester["email"], requester["role"]), ("Mia Sage", "mia@x.example", "end-user"))
    said = d.ticket(number)["comments"][0]["text"]
    c.that("the transcript is its comment", "Mia Sage: hello" in said and "Bot: hi there" in said, said)
    took = d.agent("sam", "take", conversation=conversation).json()
    c.equal("an agent who takes the conversation has the ticket", (took["ticket"], took["assignee_id"]), (number, s.ready["agents"][0]["id"]))
    c.equal("words on the ticket go into the conversation", d.agent("sam", "reply", ticket=number, text="I am Sam").json()["conversation"], conversation)
    c.equal("a note stays on the ticket", d.agent("sam", "note", conversation=conversation, text="be nice").status, 201)
    c.equal("solved", d.agent("sam", "solve", conversation=conversation).json()["status"], "solved")
    c.equal("solved is not handed back", s.sandbox.conversation(conversation)["active"], "zd-agentWorkspace")
    s.sandbox.write("Mia%20Sage", "Acme Shoes", "one more thing")
    c.equal("the customer's words open it", d.ticket(number)["status"], "open")
    d.agent("sam", "solve", ticket=number)
    events.wait(6)
    count = len(events.hits)
    c.equal("closed", d.agent("sam", "close", ticket=number).json()["status"], "closed")
    settle(events, count + 2, "closing tells the conversation")
    activity, released = events.events()[-2:]
    c.that("an activity, then the release", activity["payload"]["message"]["activity"] == {"type": "ticket:closed"}
           and released["type"] == "switchboard:releaseControl" and released["payload"]["reason"] == "ticketClosed"
           and "activeSwitchboardIntegration" not in released["payload"]["conversation"], (activity, released))
    s.sandbox.write("Mia%20Sage", "Acme Shoes", "again")
    c.equal("the next words are the bot's", s.sandbox.conversation(conversation)["active"], line)
    s.call("POST", path + "/passControl", {"switchboardIntegration": "zd:agentWorkspace"})
    second = d.tickets(conversation)[-1]
    c.that("another session is another ticket", second["id"] != number and len(d.tickets(conversation)) == 2, second)
    ended = d.agent("robin", "release", conversation=conversation).json()
    c.equal("a session that is ended leaves its ticket", (ended["active"], d.ticket(second["id"])["status"] != "closed"), (None, True))
    d.agent("robin", "close", ticket=second["id"])
    c.equal("closing it then tells nobody", events.events()[-1]["payload"].get("reason"), None)
    s.call("POST", path + "/passControl", {"switchboardIntegration": "zd-agentWorkspace"})
    third = d.tickets(conversation)[-1]["id"]
    d.good("PUT", f"/tickets/{third}", {"ticket": {"status": "closed"}})
    c.equal("closed by the API is closed", s.sandbox.conversation(conversation)["active"], None)
    c.equal("agents cannot speak then", d.agent("sam", "reply", conversation=conversation, text="x").status, 409)
    for trigger in made:
        d.call("DELETE", f"/triggers/{trigger}")
    events.stop(), triggers.stop()


def limits(d):
    one, two = (d.mail(name, "Acme Hats", "l", "x")["ticket"] for name in ("Li Mit", "La Mit"))

    def put(number):
        return d.call("PUT", f"/tickets/{number}", {"ticket": {"priority": "low"}})

    c.equal("30 updates of one ticket", {put(one).status for _ in range(30)}, {200})
    over = put(one)
    c.that("the 31st within ten minutes", over.status == 429 and 500 < int(over.headers["Retry-After"]) <= 600 and b"{" not in over.body, over)
    c.equal("the other ticket is free", put(two).status, 200)
    c.equal("tags count, too", d.call("PUT", f"/tickets/{one}/tags", {"tags": ["x"]}).status, 429)
    c.equal("agents are not the bot", d.agent("sam", "note", ticket=one, text="x").status, 201)
    d.advance(601)
    c.equal("after ten minutes it goes on", put(one).status, 200)
    d.advance(61)
    numbers = [d.mail(f"many{n}", "Acme Hats", "l", "x")["ticket"] for n in range(5)]
    answers = [put(numbers[n % 5]) for n in range(101)]
    c.equal("100 updates of the account in a minute", ([a.status for a in answers].count(200), answers[-1].status), (100, 429))
    c.that("with a short wait", 0 < int(answers[-1].headers["Retry-After"]) <= 60
           and answers[-1].headers["Zendesk-RateLimit-tickets-update"].startswith("total=100; remaining=0"), answers[-1])
    d.advance(61)
    answers = [d.call("GET", "/brands") for _ in range(401)]
    c.equal("the plan's 400 requests in a minute", ([a.status for a in answers].count(200), answers[-1].status), (400, 429))
    c.that("told in headers and text", answers[-1].headers["X-Rate-Limit-Remaining"] == "0" and answers[-1].headers["Retry-After"]
           and answers[-1].headers["Content-Type"].startswith("text/plain"), answers[-1])
    d.advance(61)


def faults(d):
    number = d.mail("Fau Lt", "Acme Hats", "f", "x")["ticket"]
    path = f"/tickets/{number}"

    def put(text):
        try:
            return d.call("PUT", path, {"ticket": {"comment": {"body": text}}}).status
        except (http.client.HTTPException, OSError):
            return 0

    def there(text):
        return text in [m["text"] for m in d.ticket(number)["comments"]]

    match = {"method": "PUT", "path": "/api/v2/tickets/"}
    for order, text, status, applied in (({"kind": "drop"}, "drop", 0, False), ({"kind": "apply_then_drop"}, "kept", 0, True),
                                         ({"kind": "status", "status": 500, "when": "after"}, "500", 500, True),
                                         ({"kind": "status", "status": 409, "body": {"error": "DatabaseConflict"}}, "409", 409, False)):
        d.control("POST", "/faults", dict(order, match=match))
        c.equal(f"{order}", (put(text), there(text)), (status, applied))
    d.control("POST", "/faults", {"kind": "late_apply_ms", "ms": 30000, "match": match})
    c.equal("late: not yet", (put("late"), there("late")), (0, False))
    d.advance(31)
    for _ in range(100):
        if there("late"):
            break
        time.sleep(0.02)
    c.that("then it is", there("late"))
    line = [e for e in d.ledger() if e["conversation"] == str(number) and e["method"] == "PUT"][-1]
    c.that("by the same user", line["status"] == 0 and line["applied"] and line["object_type"] == "comment"
           and d.ticket(number)["comments"][-1]["from"] == "bot", line)


def kill_and_go_on():
    receiver = Receiver()
    program = SandboxProgram("--seed", "5")
    program.program.command += ["--state-dir", os.path.join(program.folder.name, "state")]
    with program as s:
        d = Desk(s.ready)
        hook = d.webhook(receiver.url)
        d.three_triggers(hook["id"], s.ready["brands"][0]["id"])
        token = d.token()["access_token"]
        mine = Client(s.ready["support_url"], {"Authorization": "Bearer " + token})
        body = {"ticket": {"subject": "k", "comment": {"body": "x"}, "external_id": "k"}}
        first = mine.call("POST", "/api/v2/tickets", body, {"Idempotency-Key": "key"})
        numbers = [d.mail(f"k{n}", "Acme Shoes", "k", "x")["ticket"] for n in range(3)]
        for number in numbers:
            mine.good("PUT", f"/api/v2/tickets/{number}", {"ticket": {"comment": {"body": "y"}, "status": "pending", "metadata": {"n": number}}})
        d.agent("sam", "take", ticket=numbers[0])
        d.agent("sam", "available", messaging="offline")
        conversation = s.sandbox.write("k", "Acme Shoes", "hi")["conversation"]
        s.call("POST", f"/conversations/{conversation}/passControl", {"switchboardIntegration": "zd-agentWorkspace"})
        small = Client(s.ready["support_url"], {"Authorization": "Bearer " + d.token("tickets:read")["access_token"]})
        c.equal("refused for its scope", small.call("PUT", f"/api/v2/tickets/{numbers[1]}", {"ticket": {"status": "solved"}}).status, 403)
        tried(d, receiver, 1)
        receiver.answer, receiver.headers = 503, {"Retry-After": "30"}
        count = len(receiver.hits) + 2  # the comment, and that it is open again
        d.answer_mail("k1", numbers[1], "waits")
        tried(d, receiver, count)
        before = [d.good("GET", "/tickets"), [d.good("GET", f"/tickets/{n}/audits") for n in numbers], d.good("GET", "/triggers"), d.good("GET", "/webhooks"),
                  d.control("GET", "/webhooks").json(), d.control("GET", "/tickets").json(), d.ledger()]
        old = s.ready["support_url"]
        s.program.end(signal.SIGKILL)
        s.start()
        d = Desk(s.ready)

        def here(value):  # links are made from the host of the request
            return json.loads(json.dumps(value).replace(old, s.ready["support_url"]))

        after = [d.good("GET", "/tickets"), [d.good("GET", f"/tickets/{n}/audits") for n in numbers], d.good("GET", "/triggers"), d.good("GET", "/webhooks"),
                 d.control("GET", "/webhooks").json(), d.control("GET", "/tickets").json(), d.ledger()]
        after[-1] = after[-1][:len(before[-1])]
        for what, one, two in zip(("tickets", "audits", "triggers", "webhooks", "deliveries", "the view", "the ledger"), before, after):
            c.equal(f"the same after kill -9: {what}", two, here(one) if what not in ("deliveries", "the ledger") else one)
        mine = Client(s.ready["support_url"], {"Authorization": "Bearer " + token})
        c.equal("the token, too", mine.call("GET", "/api/v2/users/me").status, 200)
        again = mine.call("POST", "/api/v2/tickets", body, {"Idempotency-Key": "key"})
        c.equal("the answer of an idempotency key, too", (again.headers["x-idempotency-lookup"], again.json()["ticket"]["id"]), ("hit", first.json()["ticket"]["id"]))
        receiver.answer, receiver.headers = 200, {}
        d.advance(31)
        c.equal("what waited is tried again", receiver.wait(count + 2), count + 2)
        fresh = d.mail("k9", "Acme Shoes", "k", "x")
        c.equal("who was offline is", [a["attributes"]["agent_status"]["name"] for a in d.good("GET", "/agent_availabilities")["data"]],
                ["offline", "offline", "online"])
        c.that("ids go on", fresh["ticket"] > max(t["id"] for t in before[0]["tickets"]), fresh)
    receiver.stop()


def main():
    with SandboxProgram(scenario='{"support_requests_per_minute":100000,"support_updates_per_minute":100000}') as s:
        d = Desk(s.ready)
        creating(s, d)
        idempotency(d)
        updating(s, d)
        safe_updates(d)
        reading(d)
        searching(d)
    with SandboxProgram(scenario='{"support_webhook_timeout_ms":300}') as s:
        d = Desk(s.ready)
        webhooks(d)
        trigger_records(s, d)
        receiver, hook = firing(s, d)
        order_of_triggers(s, d, receiver, hook)
        signatures(d, receiver, hook)
        retries(d, receiver, hook)
        messaging(s, d)
        receiver.stop()
    with SandboxProgram() as s:
        d = Desk(s.ready)
        account(s, d)
        users(d)
        availability(s, d)
        limits(d)
        faults(d)
        login(s, d)
        status, said = s.stop()
        c.that("SIGTERM ends it with 0", status == 0, said)
    kill_and_go_on()
    print(c)
    return c.status()


if __name__ == "__main__":
    sys.exit(main())
