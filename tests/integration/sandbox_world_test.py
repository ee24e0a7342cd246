#!/usr/bin/env python3
"""The sandbox's world: webhooks and their retries, customers and agents, faults, the ledger, the clock, and kill -9."""

import http.client
import json
import os
import random
import signal
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from checks import Checks  # noqa: E402
from receiver import Receiver  # noqa: E402
from sandbox_program import SandboxProgram  # noqa: E402

c = Checks()
EVERYTHING = ["conversation:create", "conversation:message", "conversation:read", "conversation:remove", "switchboard:passControl",
              "switchboard:passControl:failure", "switchboard:offerControl", "switchboard:offerControl:failure",
              "switchboard:acceptControl", "switchboard:acceptControl:failure", "switchboard:releaseControl",
              "user:update", "user:remove", "user:merge"]
LEDGER_MEMBERS = ["seq", "time", "method", "path", "status", "object_type", "object_id", "conversation", "idempotency_key",
                  "external_id", "metadata", "attempt", "applied", "body_sha256"]


def say(s, conversation, text="x", **more):
    return s.call("POST", f"/conversations/{conversation}/messages",
                  dict({"author": {"type": "business"}, "content": {"type": "text", "text": text}}, **more))


def join(s, receiver, name="bot", triggers=None, linked=True, default=True, standby=True, **options):
    """An integration with a webhook; its id, its secret, its line."""
    made = s.call("POST", "/integrations", {"type": "custom", "displayName": name, "webhooks": [
        dict({"target": receiver.url, "triggers": triggers or EVERYTHING}, **options)]}).json()["integration"]
    board = s.call("GET", "/switchboards").json()["switchboards"][0]["id"]
    line = None
    if linked:
        line = s.call("POST", f"/switchboards/{board}/switchboardIntegrations",
                      {"name": name, "integrationId": made["id"], "deliverStandbyEvents": standby}).json()["switchboardIntegration"]["id"]
    if default and linked:
        s.call("PATCH", f"/switchboards/{board}", {"defaultSwitchboardIntegrationId": line})
    return made["id"], made["webhooks"][0]["secret"], line


def settle(receiver, count, why):
    c.equal(why, receiver.wait(count), count)
    time.sleep(0.05)
    c.equal(why + ", and no more", len(receiver.hits), count)


def story(s):
    full, plain = Receiver(), Receiver()
    integration, secret, _ = join(s, full, includeFullUser=True, includeFullSource=True)
    join(s, plain, "mirror", triggers=["conversation:message"], linked=False)
    written = s.sandbox.write("Jane%20Doe", "Acme Shoes", "hello")
    conversation, shoes = written["conversation"], s.ready["brands"][0]
    settle(full, 2, "the first words make a conversation and are a message")
    when, path, headers, batch = full.hits[0]
    c.that("the envelope", set(batch) == {"app", "webhook", "events"} and batch["app"] == {"id": s.ready["app_id"]}
           and batch["webhook"]["version"] == "v2" and path == "/hook" and headers["Content-Type"] == "application/json", batch)
    c.equal("X-API-Key is the webhook's secret", headers["X-API-Key"], secret)
    create, message = full.events()
    c.that("conversation:create", create["type"] == "conversation:create" and create["payload"]["creationReason"] == "message"
           and create["payload"]["conversation"]["brandId"] == str(shoes["id"])
           and create["payload"]["conversation"]["activeSwitchboardIntegration"]["integrationId"] == integration
           and create["payload"]["user"]["profile"] == {"givenName": "Jane", "surname": "Doe"}, create)
    source = message["payload"]["message"]["source"]
    c.that("conversation:message of a customer has the widget", message["type"] == "conversation:message"
           and source["type"] == "web" and source["integrationId"] == shoes["widget_integration_id"]
           and {"client", "device"} <= set(source), message)
    c.equal("who writes", message["payload"]["message"]["author"]["displayName"], "Jane Doe")
    c.that("includeFullUser", "profile" in message["payload"]["message"]["author"]["user"], message)
    settle(plain, 1, "a trigger that is not subscribed is not sent")
    small = plain.events()[0]["payload"]["message"]
    c.that("without includeFullUser and includeFullSource", set(small["author"]["user"]) == {"id", "authenticated"}
           and set(small["source"]) == {"type", "integrationId"}, small)
    c.that("an event has its own id for each webhook", message["id"] != plain.events()[0]["id"])

    say(s, conversation, metadata={"ours": "1"})
    settle(full, 3, "our own words come back")
    own = full.events()[-1]["payload"]["message"]
    c.that("without a widget", own["author"]["type"] == "business" and own["source"] == {"type": "api:conversations"}
           and own["metadata"] == {"ours": "1"}, own)
    again = s.sandbox.write("Jane%20Doe", "Acme Shoes", "again")
    c.equal("the next words go on in the same conversation", again["conversation"], conversation)
    c.that("a new one on request", s.sandbox.write("Jane%20Doe", "Acme Shoes", "new", "new")["conversation"] != conversation)
    c.that("another brand is another conversation", s.sandbox.write("Jane%20Doe", "Acme Hats", "hat")["conversation"] != conversation)
    by_id = s.control("POST", "/customers/jo/messages", {"brand": shoes["id"], "text": "by id"})
    c.equal("a brand by its number", by_id.status, 201)
    c.equal("by name of a conversation", s.control("POST", "/customers/any/messages", {"conversation": conversation, "text": "t"}).json()["user"], written["user"])
    c.equal("an unknown brand", s.control("POST", "/customers/jo/messages", {"brand": "None", "text": "x"}).status, 400)
    c.equal("no text", s.control("POST", "/customers/jo/messages", {"brand": "Acme Hats"}).status, 400)
    merged(c, s, full)
    full.stop(), plain.stop()
    return conversation


def merged(c, s, receiver):
    """Two customers are one: what the webhook says (OpenAPI, userMergeEvent), and where they write from then on."""
    known = s.sandbox.write("known", "Acme Shoes", "first")
    guest = s.sandbox.write("guest", "Acme Shoes", "second")
    s.sandbox.write("known", "Acme Shoes", "third")
    c.equal("into nobody", s.control("POST", "/customers/guest/merge", {"brand": "Acme Shoes", "into": "nobody"}).status, 400)
    c.equal("into oneself", s.control("POST", "/customers/guest/merge", {"brand": "Acme Shoes", "into": "guest"}).status, 400)
    done = s.control("POST", "/customers/guest/merge", {"brand": "Acme Shoes", "into": "known"})
    c.equal("which one stays", done.json(), {"user": known["user"], "discarded_user": guest["user"],
                                             "conversation": known["conversation"], "discarded_conversation": guest["conversation"]})
    end = time.monotonic() + 10
    while not [told for told in receiver.events() if told["type"] == "user:merge"] and time.monotonic() < end:
        time.sleep(0.02)
    event = next(told for told in receiver.events() if told["type"] == "user:merge")
    told = event["payload"]
    c.equal("its type", event["type"], "user:merge")
    c.equal("its users", (told["mergedUsers"]["surviving"]["id"], told["mergedUsers"]["discarded"]["id"]), (known["user"], guest["user"]))
    c.equal("its conversations", (told["mergedConversations"]["surviving"]["id"], told["mergedConversations"]["discarded"]["id"]),
            (known["conversation"], guest["conversation"]))
    c.equal("its reason", told["reason"], "sdkLogin")
    c.equal("the one that went is not found", s.call("GET", f"/conversations/{guest['conversation']}").status, 404)
    c.equal("its user neither", s.call("GET", f"/users/{guest['user']}").status, 404)
    c.equal("all words stand in the other, in their order",
            [message["text"] for message in s.sandbox.conversation(known["conversation"])["messages"]], ["first", "second", "third"])
    c.equal("who went writes there", s.sandbox.write("guest", "Acme Shoes", "fourth")["conversation"], known["conversation"])


def agents(s):
    bot, deaf = Receiver(), Receiver()
    _, _, line = join(s, bot, "first")
    join(s, deaf, "second", default=False, standby=False)
    conversation = s.sandbox.write("amy", "Acme Hats", "hello")["conversation"]
    path = f"/conversations/{conversation}"

    def agent(verb, name="sam", **body):
        return s.control("POST", f"/agents/{name}/{verb}", dict({"conversation": conversation}, **body))

    c.equal("an agent cannot speak before", agent("reply", text="x").status, 409)
    c.equal("nor release", agent("release").status, 409)
    c.equal("an unknown agent", agent("take", "nobody").status, 404)
    bot.wait(2)
    s.call("POST", path + "/passControl", {"switchboardIntegration": "zd-agentWorkspace", "metadata": {"why": "asked"}})
    bot.wait(3)
    passed = bot.events()[-1]
    c.that("the event of a pass", passed["type"] == "switchboard:passControl" and passed["payload"]["metadata"] == {"why": "asked"}
           and passed["payload"]["conversation"]["activeSwitchboardIntegration"]["name"] == "zd-agentWorkspace", passed)
    s.call("POST", path + "/passControl", {"switchboardIntegration": "zd-agentWorkspace"})
    c.equal("the agent replies", agent("reply", text="I am Sam").status, 201)
    bot.wait(4)
    said = bot.events()[-1]["payload"]["message"]
    c.that("as an agent", said["author"] == {"type": "business", "displayName": "Sam", "subtypes": ["agent"]}
           and said["source"] == {"type": "zd:agentWorkspace"}
           and said["metadata"]["__zendesk_msg.agent.id"] == str(s.ready["agents"][0]["id"]), said)
    c.equal("the agent ends the session", agent("release").json()["active"], None)
    bot.wait(5)
    released = bot.events()[-1]
    c.that("the event of a release names nobody", released["type"] == "switchboard:releaseControl"
           and "activeSwitchboardIntegration" not in released["payload"]["conversation"] and "reason" not in released["payload"], released)
    s.sandbox.write("amy", "Acme Hats", "back")
    bot.wait(6)
    back = bot.events()[-1]["payload"]["conversation"]
    c.equal("the next words give it to the default responder", back["activeSwitchboardIntegration"]["id"], line)
    c.equal("an agent takes it", agent("take", "robin").json()["active"], "zd-agentWorkspace")
    c.equal("the ticket is closed", agent("release", "robin", reason="ticketClosed").status, 200)
    bot.wait(9)
    closed, over = bot.events()[-2:]
    c.that("an activity, then the release", closed["payload"]["message"]["activity"] == {"type": "ticket:closed"}
           and closed["payload"]["message"]["author"]["subtypes"] == ["activity"] and over["payload"]["reason"] == "ticketClosed", (closed, over))
    settle(bot, 9, "a repeated pass raises nothing")
    c.equal("who is on standby and does not want to know hears nothing", deaf.types(), [])
    s.call("POST", path + "/offerControl", {"switchboardIntegration": "second"})
    s.call("POST", path + "/offerControl", {"switchboardIntegration": "none"})
    settle(deaf, 2, "who is pending hears the offer, and what failed")
    c.equal("its events", deaf.types(), ["switchboard:offerControl", "switchboard:offerControl:failure"])
    c.equal("the failure says why", deaf.events()[-1]["payload"]["error"]["code"], "switchboard_integration_not_found")
    seen = s.control("GET", path).json()
    c.that("a conversation as a person sees it", [m["from"] for m in seen["messages"]] == ["customer", "agent", "customer", "system"]
           and seen["active"] is None and seen["pending"] == "second" and seen["brand_name"] == "Acme Hats", seen)
    board = s.call("GET", "/switchboards").json()["switchboards"][0]["id"]
    s.call("PATCH", f"/switchboards/{board}", {"enabled": False})
    count = len(deaf.hits)
    s.sandbox.write("amy", "Acme Hats", "all hear this")
    settle(deaf, count + 1, "with the switchboard off everybody hears everything")
    c.equal("control needs a switchboard", s.call("POST", path + "/passControl", {"switchboardIntegration": "first"}).status, 400)
    s.call("PATCH", f"/switchboards/{board}", {"enabled": True})
    bot.stop(), deaf.stop()


def only(s, name, triggers=("conversation:message",)):
    """A receiver that alone hears of what follows."""
    receiver = Receiver()
    integration, _, _ = join(s, receiver, name, list(triggers), linked=False)
    return receiver, f"/integrations/{integration}"


def deliveries(s, conversation, receiver):
    return [d for d in s.sandbox.webhooks(conversation)["deliveries"] if d["target"] == receiver.url]


def tried(s, receiver, count):
    """Waits for a hit, and until the sandbox knows what came of it: from then on a retry's time runs."""
    receiver.wait(count)
    for _ in range(500):
        if not any(d["state"] in ("queued", "in_flight") for d in s.sandbox.webhooks()["deliveries"]):
            return
        time.sleep(0.01)


def retries(s):
    receiver, place = only(s, "retries")
    receiver.answer = 503
    start = s.control("GET", "/clock").json()["now"]
    conversation = s.sandbox.write("rita", "Acme Shoes", "one")["conversation"]
    for n, minutes in enumerate((1, 2, 4, 8), 1):
        tried(s, receiver, n)
        s.sandbox.advance(60 * minutes - 5)
        time.sleep(0.03)
        c.equal(f"not tried again before {minutes} min", len(receiver.hits), n)
        s.sandbox.advance(6)
        c.equal(f"tried again after {minutes} min", receiver.wait(n + 1), n + 1)
    s.sandbox.advance(100000)
    settle(receiver, 5, "five attempts")
    c.equal("the same event each time", len({json.dumps(hit[3]) for hit in receiver.hits}), 1)
    seen = deliveries(s, conversation, receiver)[0]
    c.that("the view of a lost delivery", seen["state"] == "failed" and [a["status"] for a in seen["attempts"]] == [503] * 5
           and seen["attempts"][0]["at"][:16] == start[:16], seen)
    for status in (400, 401, 403, 404, 406):
        receiver.clear()
        receiver.answer = status
        s.sandbox.write("rita", "Acme Shoes", str(status))
        tried(s, receiver, 1)
        s.sandbox.advance(10000)
        settle(receiver, 1, f"{status} is final")
    for status in (302, 409, 422, 429, 500):
        receiver.clear()
        receiver.answer = lambda number, _, status=status: 200 if number else status
        s.sandbox.write("rita", "Acme Shoes", str(status))
        tried(s, receiver, 1)
        s.sandbox.advance(61)
        settle(receiver, 2, f"{status} is tried again")
    receiver.clear()
    receiver.answer = lambda number, _: 200 if number else None
    s.sandbox.write("rita", "Acme Shoes", "hang up")
    tried(s, receiver, 1)
    s.sandbox.advance(61)
    settle(receiver, 2, "no answer is tried again")
    receiver.clear()
    receiver.answer = lambda number, _: 200 if number else 500
    s.sandbox.write("rita", "Acme Shoes", "first")
    tried(s, receiver, 1)
    s.sandbox.write("rita", "Acme Shoes", "second")
    c.equal("later events go ahead of one that waits", receiver.wait(2), 2)
    s.sandbox.advance(61)
    settle(receiver, 3, "and that one comes after")
    c.equal("in this order", [e["payload"]["message"]["content"]["text"] for e in receiver.events()], ["first", "second", "first"])
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        hook = s.call("GET", place + "/webhooks").json()["webhooks"][0]["id"]
        s.call("PATCH", f"{place}/webhooks/{hook}", {"target": f"http://127.0.0.1:{closed.getsockname()[1]}/x"})
        s.sandbox.write("rita", "Acme Shoes", "refused")
        for _ in range(100):
            last = s.sandbox.webhooks(conversation)["deliveries"][-1]
            if last["attempts"]:
                break
            time.sleep(0.02)
        c.that("a refused connection is tried again", last["state"] == "waiting" and last["attempts"][0]["status"] == 0, last)
    s.call("DELETE", f"{place}/webhooks/{hook}")
    s.sandbox.advance(61)
    receiver.stop()


def order_and_speed(s):
    receiver, place = only(s, "order")
    receiver.delay = 0.01
    for n in range(10):
        s.sandbox.write("ord", "Acme Shoes", str(n))
    receiver.wait(10)
    c.equal("a conversation's events in order, one after the other",
            [e["payload"]["message"]["content"]["text"] for e in receiver.events()], [str(n) for n in range(10)])
    receiver.delay = 1.5
    receiver.clear()
    start = time.monotonic()
    for n in range(8):
        s.sandbox.write(f"slow{n}", "Acme Shoes", "x")
    receiver.wait(8)
    c.that("a slow one does not delay other conversations", time.monotonic() - start < 1.4, time.monotonic() - start)
    receiver.delay = 0
    time.sleep(1.6)
    receiver.clear()
    waits = []
    for n in range(50):
        start = time.monotonic()
        s.sandbox.write("fast", "Acme Shoes", "x")
        receiver.wait(n + 1)
        waits.append(receiver.hits[n][0] - start)
    c.that("a webhook starts at once", sorted(waits)[25] < 0.02, sorted(waits)[25])
    s.call("DELETE", place)
    receiver.stop()


def fault(s, kind, times=1, path="/messages", method="POST", **more):
    answer = s.control("POST", "/faults", dict({"kind": kind, "times": times, "match": {"method": method, "path": path}}, **more))
    c.equal(f"the fault {kind} is taken", answer.status, 201)


def answers(s, conversation, text):
    """Status of a post, 0 where the connection was closed."""
    try:
        return say(s, conversation, text).status
    except (http.client.HTTPException, OSError):
        return 0


def texts(s, conversation):
    return [m["text"] for m in s.sandbox.conversation(conversation)["messages"]]


def faults(s):
    conversation = s.sandbox.write("flo", "Acme Shoes", "start")["conversation"]
    fault(s, "drop")
    c.equal("drop: nothing is applied", (answers(s, conversation, "drop"), "drop" in texts(s, conversation)), (0, False))
    fault(s, "apply_then_drop")
    c.equal("apply_then_drop", (answers(s, conversation, "kept"), "kept" in texts(s, conversation)), (0, True))
    c.equal("a fault is used up", answers(s, conversation, "fine"), 201)
    fault(s, "status", status=503, headers={"Retry-After": 7}, body={"errors": [{"code": "x", "title": "y"}]})
    refused = say(s, conversation, "503")
    c.that("status with body and headers, not applied", refused.status == 503 and refused.headers["Retry-After"] == "7"
           and refused.json()["errors"][0]["code"] == "x" and "503" not in texts(s, conversation), refused)
    fault(s, "status", status=500, when="after")
    c.equal("a 500 after applying", (answers(s, conversation, "500"), "500" in texts(s, conversation)), (500, True))
    fault(s, "status", skip=2, times=2, status=500)
    c.equal("skip and times", [answers(s, conversation, "s") for _ in range(5)], [201, 201, 500, 500, 201])
    fault(s, "delay_ms", ms=150)
    start = time.monotonic()
    c.that("delay_ms", answers(s, conversation, "slow") == 201 and time.monotonic() - start >= 0.15, time.monotonic() - start)
    fault(s, "delay_ms", delay_ms=150, when="before")
    start = time.monotonic()
    c.that("delay_ms before", answers(s, conversation, "slow") == 201 and time.monotonic() - start >= 0.15, time.monotonic() - start)
    fault(s, "slow_body", ms=200)
    start = time.monotonic()
    slow = say(s, conversation, "body")
    c.that("slow_body", slow.status == 201 and slow.json()["messages"] and time.monotonic() - start >= 0.15, time.monotonic() - start)
    say(s, conversation, "young")
    fault(s, "read_lag_ms", method="GET", ms=60000)
    path = f"/conversations/{conversation}/messages"
    lagging = s.call("GET", path).json()
    c.that("read_lag_ms hides what is young", not lagging.get("messages"), lagging)
    c.equal("once", s.call("GET", path).json()["messages"][-1]["content"]["text"], "young")
    fault(s, "rate_limit", times=-1, limit=3, window_s=60)
    c.equal("rate_limit", [answers(s, conversation, "r") for _ in range(5)], [201, 201, 201, 429, 429])
    limited = say(s, conversation, "r")
    c.that("with Retry-After", 0 < int(limited.headers["Retry-After"]) <= 60 and limited.json()["errors"][0]["code"] == "too_many_requests", limited)
    s.sandbox.advance(61)
    c.equal("until the window is over", answers(s, conversation, "r"), 201)
    c.equal("faults are listed", [f["kind"] for f in s.control("GET", "/faults").json()["faults"]], ["rate_limit"])
    c.equal("faults are deleted", (s.control("DELETE", "/faults").status, s.control("GET", "/faults").json()), (200, {"faults": []}))
    fault(s, "late_apply_ms", ms=30000)
    c.equal("late_apply_ms: no answer, not yet", (answers(s, conversation, "late"), "late" in texts(s, conversation)), (0, False))
    say(s, conversation, "between")
    s.sandbox.advance(31)
    for _ in range(100):
        if "late" in texts(s, conversation):
            break
        time.sleep(0.02)
    c.equal("and then it is", texts(s, conversation)[-2:], ["between", "late"])
    c.equal("another path is not hit", (fault(s, "drop", path="/v2/apps/*/users"), answers(s, conversation, "other"))[1], 201)
    c.equal("a glob is", s.control("GET", "/faults").json()["faults"][0]["left"], 1)
    s.control("DELETE", "/faults")
    for why, order in (("an unknown kind", {"kind": "x"}), ("a status of 99", {"kind": "status", "status": 99}),
                       ("times of text", {"kind": "drop", "times": "1"}), ("when", {"kind": "drop", "when": "x"})):
        c.equal(f"a fault is checked: {why}", s.control("POST", "/faults", order).status, 400)


def webhook_faults(s):
    receiver, place = only(s, "wf")
    s.control("POST", "/faults", {"kind": "duplicate_webhook", "match": {"type": "conversation:message", "path": f":{receiver.port}/"}})
    s.sandbox.write("dup", "Acme Shoes", "twice")
    settle(receiver, 2, "duplicate_webhook")
    c.equal("with one event id", len({e["id"] for e in receiver.events()}), 1)
    receiver.clear()
    s.control("POST", "/faults", {"kind": "reorder_webhooks", "ms": 150, "match": {"path": receiver.url}})
    for text in ("1", "2", "3"):
        s.sandbox.write("dup", "Acme Shoes", text)
    settle(receiver, 3, "reorder_webhooks")
    c.equal("the first one last", [e["payload"]["message"]["content"]["text"] for e in receiver.events()], ["2", "3", "1"])
    s.call("DELETE", place)
    receiver.stop()


def ledger(s):
    conversation = s.sandbox.write("led", "Acme Hats", "hi")["conversation"]
    first = len(s.sandbox.ledger())
    body = {"author": {"type": "business"}, "content": {"type": "text", "text": "same"}, "metadata": {"id": "e-1"}}
    for _ in range(2):
        s.call("POST", f"/conversations/{conversation}/messages", body, {"Idempotency-Key": "k-1"})
    s.call("GET", f"/conversations/{conversation}")
    s.call("POST", "/users", {"externalId": "led-x"})
    s.call("POST", "/users", {"externalId": "led-x"})
    s.anonymous.call("POST", s.app + "/users", {})
    lines = s.sandbox.ledger(first + 1)
    c.that("each line has all members and nothing else, in order", all(list(line) == LEDGER_MEMBERS for line in lines), lines[0])
    c.equal("numbers without a gap", [line["seq"] for line in lines], list(range(first + 1, first + 7)))
    one, two, read, made, conflict, unknown = lines
    c.that("a message", one["status"] == 201 and one["applied"] and one["object_type"] == "message" and one["conversation"] == conversation
           and one["idempotency_key"] == "k-1" and one["metadata"] == {"id": "e-1"} and len(one["body_sha256"]) == 64, one)
    c.equal("the same bytes again count", (one["attempt"], two["attempt"], one["body_sha256"] == two["body_sha256"]), (1, 2, True))
    c.equal("a read applies nothing", (read["method"], read["applied"], read["status"]), ("GET", False, 200))
    c.equal("an external id", (made["external_id"], made["applied"], conflict["status"], conflict["applied"]), ("led-x", True, 409, False))
    c.equal("an unknown caller", (unknown["status"], unknown["applied"]), (401, False))
    times = [line["time"] for line in s.sandbox.ledger()]
    c.equal("time never goes back", times, sorted(times))
    c.equal("what a customer does is there too", [e["path"] for e in s.sandbox.ledger() if e["conversation"] == conversation][0],
            "/sandbox/customers/led/messages")


def clock(s):
    before = s.control("GET", "/clock").json()
    s.sandbox.advance(3600)
    after = s.control("GET", "/clock").json()
    c.equal("the clock moved", after["advanced_ms"] - before["advanced_ms"], 3600000)
    date = s.call("GET", "/switchboards").headers["Date"]
    c.that("Date is the sandbox's", time.strftime("%a, %d %b %Y %H:", time.strptime(after["now"][:13], "%Y-%m-%dT%H")) in date, (date, after))
    for bad in (-1, "x", None):
        c.equal(f"not by {bad}", s.control("POST", "/clock", {"advance_s": bad}).status, 400)


def everything(s, conversations):
    """What a restart must not change."""
    state = {name: s.control("GET", f"/conversations/{name}").json() for name in conversations}
    return [state, s.sandbox.webhooks(), s.control("GET", "/faults").json(),
            s.call("GET", "/integrations?page[size]=100").json(), s.call("GET", "/switchboards").json(), s.sandbox.ledger()]


def kill_and_go_on():
    receiver = Receiver()
    program = SandboxProgram()
    state = os.path.join(program.folder.name, "state")
    program.program.command += ["--state-dir", state, "--seed", "42"]
    with program as s:
        join(s, receiver, triggers=["conversation:create", "conversation:message"])
        names = {s.sandbox.write(f"k{n}", "Acme Shoes", "hi")["conversation"] for n in range(5)}
        receiver.wait(10)
        s.sandbox.advance(1000)
        fault(s, "status", times=5, status=500)
        c.equal("a fault is half used", [answers(s, next(iter(names)), "x") for _ in range(2)], [500, 500])
        fault(s, "late_apply_ms", ms=60000, path="/users")
        try:
            s.call("POST", "/users", {"externalId": "late"})
        except (http.client.HTTPException, OSError):
            pass
        receiver.answer = 503
        waiting = s.sandbox.write("k0", "Acme Shoes", "waits")["conversation"]
        receiver.wait(11)
        time.sleep(0.1)
        kind = {"Content-Type": "multipart/form-data; boundary=b"}
        upload = s.call("POST", "/attachments?access=public", headers=kind,
                        raw=b'--b\r\nContent-Disposition: form-data; name="source"; filename="f"\r\n\r\n\xff\x00\r\n--b--\r\n').json()
        before = everything(s, names)
        s.program.end(signal.SIGKILL)
        s.start()
        after = everything(s, names)
        after[-1] = after[-1][:len(before[-1])]
        for what, one, two in zip(("conversations", "deliveries", "faults", "integrations", "switchboard", "ledger"), before, after):
            c.equal(f"the same after kill -9: {what}", two, one)
        c.equal("files too", s.anonymous.call("GET", upload["attachment"]["mediaUrl"].split("/", 3)[3].join(["/", ""])).body, b"\xff\x00")
        receiver.answer = 200
        s.control("DELETE", "/faults")
        s.sandbox.advance(61)
        c.equal("what waited for its retry is tried again", receiver.wait(12), 12)
        c.equal("with the same event", receiver.events()[-1]["id"], receiver.events()[-2]["id"])
        for _ in range(100):
            if s.call("GET", "/users/late").status == 200:
                break
            time.sleep(0.02)
        c.equal("what was late is applied", s.call("GET", "/users/late").status, 200)
        crash_under_load(s, waiting)
        other = SandboxProgram("--state-dir", state, "--seed", "43")
        other.program.launch()
        c.equal("another seed is refused", other.program.wait(), 78)
        other.folder.cleanup()
    receiver.stop()


def crash_under_load(s, conversation):
    """Killed again and again while four writers write: what was answered is there, and the ledger says what is there."""
    answered = []
    over = threading.Event()

    def writer(name):
        count = 0
        while not over.is_set():
            text = f"{name}-{count}"
            try:
                if say(s, conversation, text).status == 201:
                    answered.append(text)
                    count += 1
            except (http.client.HTTPException, OSError):
                time.sleep(0.01)
                count += 1

    writers = [threading.Thread(target=writer, args=(n,)) for n in range(4)]
    s.program.command[s.program.command.index("--listen") + 1] = s.ready["conversations_url"].split("//")[1]
    for thread in writers:
        thread.start()
    chance = random.Random(7)
    for _ in range(5):
        time.sleep(0.1 + chance.random() / 5)
        s.program.end(signal.SIGKILL)
        ready = s.program.start()
        s.admin, s.sandbox._admin = (type(s.admin)(ready["admin"]) for _ in range(2))
    over.set()
    for thread in writers:
        thread.join()
    seen = s.sandbox.conversation(conversation)["messages"]
    there = [m["text"] for m in seen]
    c.that("whatever was answered is there", set(answered) <= set(there) and len(answered) > 20, (len(answered), len(there)))
    c.equal("nothing is there twice", len(there), len(set(there)))
    written = [e["object_id"] for e in s.sandbox.ledger() if e["conversation"] == conversation and e["applied"]
               and e["object_type"] == "message"]
    c.equal("the ledger has each message, in order", written, [m["id"] for m in seen])


def variants():
    """What a scenario may change in the way events are told."""
    receiver = Receiver()
    with SandboxProgram(scenario='{"webhook_batch":true,"active_on_return":false}') as s:
        join(s, receiver)
        conversation = s.sandbox.write("bea", "Acme Shoes", "hello")["conversation"]
        c.equal("events of one cause in one delivery", (receiver.wait(1), receiver.types()), (1, ["conversation:create", "conversation:message"]))
        s.call("POST", f"/conversations/{conversation}/releaseControl")
        s.sandbox.write("bea", "Acme Shoes", "again")
        receiver.wait(3)
        c.that("the event after a release names nobody", "activeSwitchboardIntegration" not in receiver.events()[-1]["payload"]["conversation"])
        s.sandbox.write("bea", "Acme Shoes", "and again")
        receiver.wait(4)
        c.that("the one after that does", "activeSwitchboardIntegration" in receiver.events()[-1]["payload"]["conversation"])
    receiver.stop()


def load():
    """200 conversations of 10 messages, through webhooks and posts."""
    receiver = Receiver()
    with SandboxProgram() as s:
        join(s, receiver, triggers=["conversation:message"])
        start = time.monotonic()

        def talk(first):
            for n in range(first, first + 50):
                for m in range(10):
                    conversation = s.sandbox.write(f"c{n}", "Acme Shoes", f"{m}")["conversation"]
                    say(s, conversation, f"re {m}")

        threads = [threading.Thread(target=talk, args=(n * 50,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        c.equal("all webhooks arrive", receiver.wait(4000, 30), 4000)
        seconds = time.monotonic() - start
        c.that(f"4000 requests and their webhooks in {seconds:.1f} s", seconds < 60)
        status, said = s.stop()
        c.that("SIGTERM ends it with 0", status == 0, said)
    receiver.stop()


def main():
    with SandboxProgram(scenario='{"webhook_timeout_ms":2000}') as s:
        story(s)
        retries(s)
    with SandboxProgram() as s:
        agents(s)
        order_and_speed(s)
        faults(s)
        webhook_faults(s)
        ledger(s)
        clock(s)
        status, said = s.stop()
        c.that("SIGTERM ends it with 0", status == 0, said)
    kill_and_go_on()
    variants()
    load()
    print(c)
    return c.status()


if __name__ == "__main__":
    sys.exit(main())
