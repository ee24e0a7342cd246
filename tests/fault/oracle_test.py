#!/usr/bin/env python3
"""The oracle finds what it is for: small runs made by hand, in each of which one thing is wrong.

    tests/fault/oracle_test.py"""

import copy
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

from checks import Checks  # noqa: E402

APP = "/v2/apps/a1"
ZENDESK = "http://zendesk"
TIME = "2026-01-01T00:00:%02d.000Z"


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


class Small:
    """A run of one conversation, one mail and one ticket that was made, in which all is well."""

    def __init__(self):
        self.journal, self.events, self.commands, self.dead = [], [], [], []
        self.ledger = {"acme": [], "beta": []}
        self.deliveries = {"acme": [], "beta": []}
        self.turns = {}
        self.owner("takeover", 1, 0)
        self.owner("horizon", 1, 2)
        self.word("c1", "wtalk-1-0-11w", "asked")
        self.effect("t1", "bot_turn", "c1", '{"messages":["echo wtalk-1-0-11w"]}')
        self.turns["t1"] = 1
        self.message("e1", "c1", "shoes: wtalk-1-0-11w")
        self.word("c1", "wtalk-1-1-12w", "hasty")
        self.message("e2", "c1", "One moment", voice="notice")
        self.message("e3", "c1", "the summary", voice="")
        self.hand_over("e4", "c1")
        self.word("c1", "wtalk-1-2-13w", "human")
        self.agent("take", "c1")
        self.agent("close", "77", "ticket")
        self.word("m1", "wmail-2-0-14w", "asked", surface="ticket")
        self.update("e5", "m1", "shoes: wmail-2-0-14w", 10)
        self.create("e6", "c1")
        self.posts("m1", "wchat-3-0-15w", "bots")
        self.posts("m2", "wchat-3-1-16w", "human")
        self.forward("f1", "wchat-3-1-16w")
        self.posts("m3", "wchat-3-2-17w", "human")
        self.forward("f2", "wchat-3-2-17w")
        self.by_bytes("h1", "ticket_tags", "m1", "PUT", "/api/v2/tickets/m1/tags", '{"tags":["vip"]}')
        self.by_bytes("h2", "user_upsert", "c8", "POST", "/api/v2/users/create_or_update", '{"user":{"phone":"1"}}', "messaging")
        self.create("i1", "c8", "refused", slot=11)
        self.create("i2", "c8", slot=21)
        self.uploads("j1", "c9", "p.png")
        self.shows("j1", "c9", "p.png", f"{ZENDESK}/sc/attachments/v2/{self.ledger['acme'][-1]['object_id']}/p.png")
        self.uploads("j2", "m3", "q.png", "ticket")
        self.hangs_on("j2", "m3", "q.png", 10, self.ledger["acme"][-1]["object_id"])

    def uploads(self, number, place, name, surface="messaging"):
        data, path = f"/files/{name}", "/api/v2/uploads.json"
        if surface == "messaging":
            path = f"{APP}/attachments"
            data = (f'--tieline-{number}\r\nContent-Disposition: form-data; name="source"; filename="{name}"\r\n'
                    f"Content-Type: image/png\r\n\r\n{data}\r\n--tieline-{number}--\r\n")
        return self.send("acme", "POST", path, data, object_type="attachment", conversation=place)

    @staticmethod
    def file(name):
        return {"url": f"http://bot/files/{name}", "media_type": "image/png", "name": name}

    def shows(self, number, place, name, media):
        rest = json.dumps({"type": "image"})[1:] + ',"metadata":{"tieline.effect":"' + number + '"}}'
        path = f"{APP}/conversations/{place}/messages"
        self.effect(number, "message", place, '{"content":{' + rest, method="POST", path=path, voice="bot", files=[self.file(name)])
        self.send("acme", "POST", path, '{"content":{"mediaUrl":"' + media + '",' + rest, conversation=place,
                  metadata={"tieline.effect": number})

    def hangs_on(self, number, ticket, name, stamp, token):
        path, rest = f"/api/v2/tickets/{ticket}", json.dumps({"body": number, "metadata": {"tieline.effect": number}})[1:] + "}}"
        self.effect(number, "ticket_update", ticket, '{"ticket":{"comment":{' + rest, surface="ticket", method="PUT", path=path,
                    files=[self.file(name)])
        sent = ('{"ticket":{"updated_stamp":"' + TIME[:17] + f'{stamp:02d}Z","safe_update":true,"comment":{{"uploads":["{token}"],'
                + rest)
        self.send("acme", "PUT", path, sent, conversation=ticket, object_type="comment", metadata={"tieline.effect": number})

    def by_bytes(self, number, kind, place, method, path, body, surface="ticket"):
        self.effect(number, kind, place, body, surface=surface, method=method, path=path)
        self.send("acme", method, path + ".json", body, object_type=kind, conversation=place)

    def posts(self, number, token, kind):
        self.journal.append({"do": "chat", "account": "acme", "store": "shoes", "token": token, "id": number, "kind": kind,
                             "key": "acme/chat/shoes:7"})
        self.event("acme", "shoes:7", {"type": "platform.message", "id": number}, "chat")

    def forward(self, number, token):
        body = json.dumps({"text": token, "metadata": {"tieline.effect": number}})
        path = f"{APP}/conversations/c7/messages"
        self.effect(number, "message", "shoes:7", body, surface="chat", method="POST", path=path, voice="customer", slot=15,
                    remote_id="c7")
        self.send("acme", "POST", path, body, conversation="c7", metadata={"tieline.effect": number})

    def send(self, account, method, path, body, **more):
        seq = len(self.ledger[account]) + 1
        entry = {"seq": seq, "time": TIME % (seq + 20), "method": method, "path": path, "status": 200, "object_type": "message",
                 "object_id": f"o{seq}", "conversation": None, "idempotency_key": None, "external_id": None, "metadata": None,
                 "attempt": 1, "applied": True, "body_sha256": sha(body)} | more
        self.ledger[account].append(entry)
        return entry

    def word(self, place, token, kind, surface="messaging"):
        entry = self.send("acme", "POST", "/sandbox/customers/x/messages", token, conversation=place)
        event = f"ev-{token}"
        self.journal.append({"do": "word", "account": "acme", "store": "shoes", "place": place, "object": entry["object_id"],
                             "token": token, "reply": f"shoes: {token}", "kind": kind})
        self.deliveries["acme"].append({"id": len(self.deliveries["acme"]) + 1, "types": "conversation:message", "events": event,
                                        "conversation": place, "state": "delivered",
                                        "attempts": [{"status": 503}, {"status": 200}]})
        self.event("acme", place, {"type": "conversations.message", "id": event}, surface)

    def event(self, account, place, record, surface="messaging"):
        key = f"{account}/{surface}/{place}"
        self.events.append({"partition": 0, "offset": len(self.events), "key": key, "raw": "",
                            "record": record | {"account": account, "conversation": key}})

    def owner(self, what, incarnation, horizon):
        self.events.append({"partition": 0, "offset": len(self.events), "key": "", "raw": "", "record": {
            "type": f"tieline.{what}", "id": f"{what}/{len(self.events)}", "incarnation": incarnation, "horizon": horizon}})

    def effect(self, number, kind, place, body, result="applied", surface="messaging", **more):
        offset = len(self.commands)
        record = {"effect": kind, "effect_id": number, "slot": 2, "account": "acme", "store": "shoes", "remote_id": place,
                  "conversation": f"acme/{surface}/{place}", "epoch": 0} | more
        self.commands.append({"partition": 0, "offset": offset, "key": record["conversation"], "raw": body, "record": record})
        self.event("acme", place, {"type": "tieline.outcome", "id": f"outcome/{offset}", "command_offset": offset,
                                   "effect_id": number, "result": result}, surface)
        return body

    def message(self, number, place, text, voice="bot"):
        body = json.dumps({"text": text, "metadata": {"tieline.effect": number}})
        path = f"{APP}/conversations/{place}/messages"
        self.effect(number, "message", place, body, method="POST", path=path, voice=voice)
        self.send("acme", "POST", path, body, conversation=place, metadata={"tieline.effect": number})

    def hand_over(self, number, place):
        path = f"{APP}/conversations/{place}/passControl"
        self.effect(number, "pass_control", place, '{"to":"agents"}', method="POST", path=path)
        self.send("acme", "POST", path, '{"to":"agents"}', conversation=place, object_type="switchboard_integration")

    def agent(self, verb, place, kind="switchboard_integration"):
        self.send("acme", "POST", f"/sandbox/agents/Sam/{verb}", verb, conversation=place, object_type=kind)

    def update(self, number, ticket, text, stamp):
        rest = json.dumps({"comment": text, "metadata": {"tieline.effect": number}})[1:]
        path = f"/api/v2/tickets/{ticket}"
        self.effect(number, "ticket_update", ticket, '{"ticket":{' + rest + "}", surface="ticket", method="PUT", path=path,
                    voice="bot")
        sent = '{"ticket":{"updated_stamp":"' + TIME[:17] + f'{stamp:02d}Z","safe_update":true,' + rest + "}"
        self.send("acme", "PUT", path, sent, conversation=ticket, object_type="comment", metadata={"tieline.effect": number})

    def create(self, number, place, result="applied", **more):
        body = json.dumps({"ticket": {"external_id": f"tieline:acme/messaging/{place}:{number}"}})
        self.effect(number, "ticket_create", place, body, result, method="POST", path="/api/v2/tickets", **more)
        took = {"applied": result == "applied", "status": 201 if result == "applied" else 422}
        self.send("acme", "POST", "/api/v2/tickets", body, object_type="ticket", conversation="78", idempotency_key=number,
                  external_id=f"tieline:acme/messaging/{place}:{number}", **took)

    # What a violation needs.

    def sent(self, number):
        """The line of the ledger that applied an effect."""
        return next(e for e in self.ledger["acme"] if (e["metadata"] or {}).get("tieline.effect") == number
                    or (e["external_id"] or "").endswith(f":{number}"))

    def again(self, number, **more):
        self.ledger["acme"].append(self.sent(number) | {"seq": len(self.ledger["acme"]) + 1, "attempt": 2} | more)

    def outcome(self, number):
        return next(e for e in self.events if e["record"].get("effect_id") == number)

    def without(self, entry):
        self.ledger["acme"].remove(entry)

    def write(self, folder):
        setup = {"accounts": {account: {"first_seq": 1, "app": "a1", "conversations_url": ZENDESK, "stores": {"shoes": {"brand": "1"}}}
                              for account in self.ledger}}
        files = {"setup.json": json.dumps(setup), "turns.json": json.dumps({"turns": self.turns}),
                 "ends.json": json.dumps({"0": len(self.commands)})}
        for name in ("journal", "events", "commands", "dead"):
            files[f"{name}.jsonl"] = "".join(json.dumps(line) + "\n" for line in getattr(self, name))
        for account, lines in self.ledger.items():
            files[f"{account}.ledger.jsonl"] = "".join(json.dumps(line) + "\n" for line in lines)
            files[f"{account}.webhooks.json"] = json.dumps({"deliveries": self.deliveries[account]})
            files[f"{account}.tickets.json"] = json.dumps([{"id": 77, "conversation": "c1"}] if account == "acme" else [])
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")


def lost_event(run):
    run.events = [e for e in run.events if e["record"]["id"] != "ev-wtalk-1-0-11w"]


def lost_of_the_driver(run):
    run.journal.append({"do": "webhook", "account": "acme", "id": "ev-9", "status": 200})


def swap(run):
    first, second = run.sent("e2"), run.sent("e3")
    first["seq"], second["seq"] = second["seq"], first["seq"]


def passed_first(run):
    early = next(e for e in run.ledger["acme"] if e["path"].endswith("passControl"))
    early["seq"] = 1.5
    run.ledger["acme"].sort(key=lambda e: e["seq"])


def other_bytes(run):
    run.again("e1", applied=False, status=500, body_sha256=sha("{}"))


def no_stamp(run):
    run.sent("e5")["body_sha256"] = sha(next(c["raw"] for c in run.commands if c["record"]["effect_id"] == "e5"))


def young_stamp(run):
    run.sent("e5")["time"] = TIME % 11


def at_other_account(run):
    run.ledger["beta"].append(run.sent("e1") | {"seq": 1})


def in_other_conversation(run):
    run.sent("e1")["conversation"] = "c2"


def for_other_store(run):
    next(c for c in run.commands if c["record"]["effect_id"] == "e1")["record"]["store"] = "hats"


def spoke_late(run):
    late = run.sent("e1")
    run.without(late)
    at = next(i for i, e in enumerate(run.ledger["acme"]) if e["path"].endswith("/take"))
    run.ledger["acme"].insert(at + 1, late | {"seq": run.ledger["acme"][at]["seq"] + 0.5})


def spoke_late_on_ticket(run):
    run.ledger["acme"].insert(0, run.sent("e5") | {"seq": 1, "path": "/sandbox/agents/Sam/take", "metadata": None, "method": "POST"})


def never_answered(run):
    run.without(run.sent("e1"))
    run.commands = [c for c in run.commands if c["record"]["effect_id"] not in ("e1",)]
    run.events.remove(run.outcome("e1"))
    run.ledger["acme"] = [e for e in run.ledger["acme"] if not e["path"].endswith(("passControl", "/take", "/close"))]
    run.commands = [c for c in run.commands if c["record"]["effect_id"] != "e4"]
    run.events.remove(run.outcome("e4"))
    run.without(run.sent("e6"))
    run.commands = [c for c in run.commands if c["record"]["effect_id"] != "e6"]
    run.events.remove(run.outcome("e6"))


def answered_again(run):
    run.message("e9", "c1", "shoes: wtalk-1-0-11w")


def wrong_bot(run):
    run.message("e9", "c1", "hats: wtalk-1-1-12w")


def human_answered(run):
    run.message("e9", "c1", "shoes: wtalk-1-2-13w")


def no_outcome(run):
    run.events.remove(run.outcome("e2"))


def said_refused(run):
    run.outcome("e1")["record"]["result"] = "refused"


def twice_in_log(run):
    first = next(c for c in run.commands if c["record"]["effect_id"] == "e1")
    offset = len(run.commands)
    run.commands.append(first | {"offset": offset})
    run.events.append(copy.deepcopy(run.outcome("e1")))
    run.events[-1]["record"]["command_offset"] = offset


def passed_again(run):
    seq = len(run.ledger["acme"])
    again = next(e for e in run.ledger["acme"] if e["path"].endswith("passControl"))
    run.ledger["acme"].append(again | {"seq": seq + 1})


def strange_outcome(run):
    run.events.append(copy.deepcopy(run.outcome("e1")))
    run.events[-1]["record"]["command_offset"] = 99


def chat_swapped(run):
    run.posts("m4", "wchat-3-3-18w", "human")
    run.posts("m5", "wchat-3-4-19w", "human")
    run.forward("f8", "wchat-3-4-19w")
    run.forward("f9", "wchat-3-3-18w")


def chat_lost(run):
    run.events = [e for e in run.events if e["record"].get("id") != "m1"]


def tags_lost(run):
    run.ledger["acme"] = [e for e in run.ledger["acme"] if not e["path"].endswith("/tags.json")]


def user_behind_ticket(run):
    """The user is made after the ticket that needs it."""
    user = next(e for e in run.ledger["acme"] if "create_or_update" in e["path"])
    user["seq"] = 99


def both_tickets(run):
    run.sent("i1").update(applied=True, status=201)


def two_conversations(run):
    for number in ("g1", "g2"):
        run.effect(number, "conversation_create", "shoes:7", number, surface="chat", method="POST", path="/conversations")


def others_file(run):
    run.uploads("k1", "c9", "r.png")
    run.shows("k1", "c9", "r.png", f"{ZENDESK}/sc/attachments/v2/{run.ledger['acme'][-3]['object_id']}/p.png")


def one_file_twice(run):
    token = run.uploads("k1", "m4", "q.png", "ticket")["object_id"]
    run.hangs_on("k1", "m4", "q.png", 10, token)
    run.hangs_on("k2", "m5", "q.png", 10, token)


def named_too_early(run):
    upload = next(e for e in run.ledger["acme"] if e["path"].endswith("/attachments"))
    upload["seq"] = 99


# What is done, the check that must find it, and what it must name.
PLANTED = [
    ("an accepted webhook is not in the log", lost_event, "accepted", ["ev-wtalk-1-0-11w", "c1", "delivery 1"]),
    ("nor one of the driver's own", lost_of_the_driver, "accepted", ["ev-9"]),
    ("a message twice", lambda run: run.again("e1"), "once", ["e1", "commands 0/1", "acme/messaging/c1"]),
    ("a comment twice", lambda run: run.again("e5"), "once", ["applied 2 times", "e5", "acme/ticket/m1"]),
    ("a ticket twice", lambda run: run.again("e6"), "once", ["applied 2 times", "e6"]),
    ("a message that is not there", lambda run: run.without(run.sent("e1")), "once", ["an outcome says applied", "e1"]),
    ("no outcome", no_outcome, "once", ["has no outcome", "e2"]),
    ("done, and said not to be", said_refused, "once", ["refused", "e1"]),
    ("a pass after the human has given back", passed_again, "passes", ["c1", "decided 1 times"]),
    ("two that changed places", swap, "in_order", ["e3", "e2"]),
    ("control passed before the summary", passed_first, "in_order", ["e4"]),
    ("a try with other bytes", other_bytes, "same_bytes", ["ledger 23", "e1"]),
    ("an update without its stamp", no_stamp, "same_bytes", ["without its stamp", "e5"]),
    ("an update with a stamp of this second", young_stamp, "same_bytes", ["younger than 2 s", "e5"]),
    ("at another account", at_other_account, "right_place", ["happened at beta", "e1"]),
    ("in another conversation", in_other_conversation, "right_place", ["happened in c2", "e1"]),
    ("by another brand", for_other_store, "right_place", ["decided for hats", "e1"]),
    ("a word of the bot while a human has it", spoke_late, "bot_is_silent", ["c1", "e1"]),
    ("and on a ticket", spoke_late_on_ticket, "bot_is_silent", ["m1", "e5"]),
    ("a word that nobody answered", never_answered, "words", ["never answered", "wtalk-1-0-11w"]),
    ("a word that was answered twice", answered_again, "words", ["answered 2 times", "wtalk-1-0-11w", "e9"]),
    ("a word answered by another brand's bot", wrong_bot, "words", ["wrong bot", "wtalk-1-1-12w", "e9"]),
    ("a word for the human, answered by the bot", human_answered, "words", ["wtalk-1-2-13w", "e9"]),
    ("a decision twice in the log", twice_in_log, "written_once", ["e1", "commands 0/1, 0/"]),
    ("an outcome of nothing", strange_outcome, "written_once", ["command 99"]),
    ("a horizon past the end of the log", lambda run: run.owner("horizon", 1, 99), "horizons", ["events 0/", "before 99"]),
    ("a horizon of nobody", lambda run: run.owner("horizon", 7, 2), "horizons", ["incarnation 7"]),
    ("a chat's word forwarded twice", lambda run: run.forward("f9", "wchat-3-1-16w"), "chats", ["wchat-3-1-16w", "2 times"]),
    ("a chat's word that was for the bot", lambda run: run.forward("f9", "wchat-3-0-15w"), "chats", ["before a human", "f9"]),
    ("a chat's word that went nowhere", lambda run: run.posts("m4", "wchat-3-3-18w", "human"), "chats", ["wchat-3-3-18w", "0 times"]),
    ("chat's words that changed places", chat_swapped, "chats", ["wchat-3-4-19w", "out of order"]),
    ("a chat's post that is not in the log", chat_lost, "chats", ["m1", "not in events"]),
    ("two conversations of a chat", two_conversations, "chats", ["2 conversations", "acme/chat/shoes:7"]),
    ("tags that are not there", tags_lost, "once", ["no such request", "h1"]),
    ("a user made out of turn", user_behind_ticket, "in_order", ["h2"]),
    ("the needful only, without need", lambda run: run.outcome("i1")["record"].update(result="applied"), "needful", ["i2"]),
    ("the whole and the needful", both_tickets, "needful", ["both", "i1", "i2"]),
    ("a file that nobody asked for", lambda run: run.uploads("e1", "c1", "p.png"), "files", ["no command asked for", f"{APP}/attachments"]),
    ("another's file", others_file, "same_bytes", ["k1", "bytes that no command has"]),
    ("one upload on two tickets", one_file_twice, "files", ["several effects", "k1", "k2"]),
    ("a file that is named before it is there", named_too_early, "files", ["not there yet", "j1"]),
    ("a turn that nobody decided", lambda run: run.turns.update(t9=1), "written_once", ["t9"]),
]


def judged(run):
    with tempfile.TemporaryDirectory() as folder:
        run.write(pathlib.Path(folder))
        done = subprocess.run([HERE / "oracle", folder], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def main():
    check = Checks()
    status, said = judged(Small())
    check.that("a run in which all is well is let pass", status == 0, said)
    for what, plant, by, named in PLANTED:
        run = Small()
        plant(run)
        status, said = judged(run)
        found = [line for line in said.splitlines() if line.startswith(f"{by}: ") and all(name in line for name in named)]
        check.that(f"{what}: found by `{by}`, with its names", status == 1 and found, said)
    print(check)
    return check.status()


if __name__ == "__main__":
    sys.exit(main())
