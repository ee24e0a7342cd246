#!/usr/bin/env python3
"""tieline-ingest from outside: what each request gets, over sockets, with the embedded broker behind it.

The table of raw requests follows RFC 9112 and 9110; what a lenient parser would let through is refused and its connection
closed. Then the log goes away, stands still and comes back; programs without topics or brokers say so; a stop drains
(rows 26, 27, 39, 40, 47, 48, 52 and 53).

    TIELINE_BIN=build/asan/bin tests/integration/ingest.py [--keep DIR]"""

import argparse
import base64
import datetime
import hashlib
import hmac
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))

from checks import Checks  # noqa: E402
from programs import Program  # noqa: E402

BIN = pathlib.Path(os.environ.get("TIELINE_BIN", ROOT / "build/asan/bin"))
# A tree without tests has none: then another tree's.
LOG_DUMP = os.environ.get("TIELINE_LOG_DUMP") or BIN.parent / "tests/log_dump"
DATA = ROOT / "tests/unit/ingest/data"
HOOK, TOKEN, SIGNING = "hook-secret-1", "token-bikes-1", "signing-secret-of-the-webhook"
LAMPS_SIGNING, LAMPS_NEXT = "signing-secret-of-the-lamps", "the-next-signing-secret-of-the-lamps"
WEBHOOK = "/api/v1/connectors/maple/webhook"
TICKETS = "/api/v1/stores/bikes/tickets"
EVENTS = "/api/v1/stores/bikes/events"
CONFIG = {
    "accounts": {
        "maple": {"subdomain": "maple", "conversations": {
            "app_id": "app", "key_id": "app_key", "key_secret": {"env": "T_KEY"}, "integration_id": "i1",
            "webhook_secrets": [{"env": "T_HOOK"}]}},
        "oak": {"subdomain": "oak", "support": {
            "oauth": {"client_id": "client", "client_secret": {"env": "T_KEY"}},
            "signing_secrets": [{"env": "T_SIGNING"}]}}},
    "stores": {
        "bikes": {"account": "maple", "widget": "w1", "tokens": [{"env": "T_TOKEN"}],
                  "bot": {"url": "http://127.0.0.1:9/turn", "allow_private_address": True}},
        "lamps": {"account": "oak", "tokens": [{"env": "T_LAMPS"}], "signing_secrets": [{"env": "T_LAMPS_SIGNING"}],
                  "bot": {"url": "http://127.0.0.1:9/turn", "allow_private_address": True}},
        "desks": {"account": "oak", "tokens": [{"env": "T_DESKS"}],
                  "bot": {"url": "http://127.0.0.1:9/turn", "allow_private_address": True}}}}
SECRETS = {"T_KEY": "key", "T_HOOK": HOOK, "T_TOKEN": TOKEN, "T_DESKS": "token-desks-1", "T_SIGNING": SIGNING,
           "T_LAMPS": "token-lamps-1", "T_LAMPS_SIGNING": LAMPS_SIGNING, "T_LAMPS_NEXT": LAMPS_NEXT}
REPLY = {"type": "reply", "conversation": "maple/messaging/7b01", "turn": "t1", "messages": [{"markdown": "hi"}]}


class World:
    """A broker with the configuration in it, and programs that are ended with it."""

    def __init__(self, directory):
        self.directory = directory
        self.environment = dict(os.environ, **SECRETS)
        self.programs = []
        self.brokers = None

    def program(self, name, *flags):
        program = Program(name, [BIN / flags[0], *flags[1:]], self.directory / f"{name}.log")
        self.programs.append(program)
        return program

    def broker(self, name="broker"):
        program = self.program(name, "tieline", "broker", "--partitions", "4")
        return program, program.start()["brokers"]

    def tool(self, *words):
        done = subprocess.run([BIN / "tieline", *words], env=self.environment, capture_output=True, text=True, timeout=60,
                              check=False, cwd=self.directory)
        if done.returncode != 0:
            raise RuntimeError(f"tieline {' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}")

    def configure(self, config=None):
        (self.directory / "tieline.json").write_text(json.dumps(config or CONFIG))
        self.tool("apply", "tieline.json", "--yes", "--brokers", self.brokers, "--keys", "keys/public.json")

    def ingest(self, name, brokers, *flags):
        return self.program(name, "tieline-ingest", "--brokers", brokers, "--listen", "127.0.0.1:0", "--admin",
                            "127.0.0.1:0", *flags)

    def close(self):
        for program in reversed(self.programs):
            if program.is_running():
                program.end(signal.SIGKILL)


def address(text):
    host, port = text.rsplit(":", 1)
    return host, int(port)


def call(ready, path, body=b"", method="POST", where="listen", **fields):
    """Status, fields and body of one request on a connection of its own."""
    connection = http.client.HTTPConnection(*address(ready[where]), timeout=20)
    headers = {"Content-Type": "application/json"}
    headers.update({name.replace("_", "-"): value for name, value in fields.items()})
    if isinstance(body, (dict, list)):
        body = json.dumps(body).encode()
    try:
        connection.request(method, path, body=body, headers={k: v for k, v in headers.items() if v is not None})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def raw(ready, data, seconds=5, pieces=None):
    """Everything that comes back for the bytes given, and whether the connection was closed in time."""
    with socket.create_connection(address(ready["listen"]), timeout=seconds) as wire:
        got = b""
        try:
            for piece in pieces or [data]:
                wire.sendall(piece)
                if pieces:
                    time.sleep(0.05)
            while True:
                more = wire.recv(65536)
                if not more:
                    return got, True
                got += more
        except socket.timeout:
            return got, False
        except (ConnectionResetError, BrokenPipeError):
            return got, True


def statuses(got):
    return [int(code) for code in re.findall(rb"HTTP/1\.1 ([0-9]{3}) ", got)]


def head(*fields, line=f"POST {EVENTS} HTTP/1.1", host=True):
    lines = [line] + (["Host: door.example"] if host else []) + [f"Authorization: Bearer {TOKEN}", *fields]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


NEXT = b"GET /smuggled HTTP/1.1\r\nHost: door.example\r\n\r\n"
GOOD = json.dumps({"type": "end", "conversation": "maple/messaging/7b01"}).encode()
LENGTH = f"Content-Length: {len(GOOD)}"
CHUNKED = b"%x\r\n%s\r\n0\r\n\r\n" % (len(GOOD), GOOD)
# what, bytes, statuses that come back, closed by us
RAW = [
    ("a good request stays open", head(LENGTH) + GOOD, [200], False),
    ("chunked", head("Transfer-Encoding: chunked") + CHUNKED, [200], False),
    ("two in one go", (head(LENGTH) + GOOD) * 2, [200, 200], False),
    ("an absolute target", head(LENGTH, line=f"POST http://door.example{EVENTS} HTTP/1.1") + GOOD, [200], False),
    ("a query is not part of the path", head(LENGTH, line=f"POST {EVENTS}?x=1 HTTP/1.1") + GOOD, [200], False),
    ("HTTP/1.0 without Host", head(LENGTH, line=f"POST {EVENTS} HTTP/1.0", host=False) + GOOD, [200], True),
    ("HTTP/1.0 that stays", head(LENGTH, "Connection: keep-alive", line=f"POST {EVENTS} HTTP/1.0") + GOOD, [200], False),
    ("an empty line before it", b"\r\n" + head(LENGTH) + GOOD, [200], False),
    ("the last one, by its own word", head(LENGTH, "Connection: close") + GOOD + NEXT, [200], True),
    ("extensions and trailers say nothing",
     head("Transfer-Encoding: chunked") + b"%x;a=b\r\n%s\r\n0\r\nContent-Length: 9\r\n\r\n" % (len(GOOD), GOOD), [200], False),
    ("waits for 100, has it and goes on", head(LENGTH, "Expect: 100-continue"), [100], False),
    ("has not waited", head(LENGTH, "Expect: 100-continue") + GOOD, [200], False),
    ("the server itself", head(line="OPTIONS * HTTP/1.1"), [404], False),
    ("another method", head(line=f"GET {EVENTS} HTTP/1.1"), [405], False),
    ("length and chunked (RFC 9112 6.3)", head(LENGTH, "Transfer-Encoding: chunked") + CHUNKED + NEXT, [400], True),
    ("chunked and length", head("Transfer-Encoding: chunked", "Content-Length: 3") + b"0\r\n\r\n" + NEXT, [400], True),
    ("two lengths", head("Content-Length: 3", "Content-Length: 5") + b"abcde" + NEXT, [400], True),
    ("two equal lengths", head("Content-Length: 5", "Content-Length: 5") + b"abcde" + NEXT, [400], True),
    ("a list of lengths", head("Content-Length: 5, 5") + b"abcde" + NEXT, [400], True),
    ("a signed length", head("Content-Length: +5") + b"abcde" + NEXT, [400], True),
    ("a negative length", head("Content-Length: -5") + b"abcde" + NEXT, [400], True),
    ("a length with letters", head("Content-Length: 5a") + b"abcde" + NEXT, [400], True),
    ("an unknown coding", head("Transfer-Encoding: gzip") + NEXT, [400], True),
    ("an unknown coding before chunked", head("Transfer-Encoding: gzip, chunked") + NEXT, [501], True),
    ("chunked before another coding", head("Transfer-Encoding: chunked, gzip") + NEXT, [400], True),
    ("chunked, disguised", head("Transfer-Encoding: xchunked") + CHUNKED + NEXT, [400], True),
    ("chunked twice", head("Transfer-Encoding: chunked", "Transfer-Encoding: chunked") + CHUNKED + NEXT, [400], True),
    ("chunked in HTTP/1.0", head("Transfer-Encoding: chunked", line=f"POST {EVENTS} HTTP/1.0") + CHUNKED, [400], True),
    ("a blank before the colon", head("Content-Length : 5") + b"abcde" + NEXT, [400], True),
    ("a folded line", head("X: a\r\n b", LENGTH) + GOOD + NEXT, [400], True),
    ("bare line feeds", head(LENGTH).replace(b"\r\n", b"\n") + GOOD + NEXT, [400], True),
    ("a bare line feed behind one field", head("X: a\nY: b", LENGTH) + GOOD + NEXT, [400], True),
    ("a bare carriage return", head("X: a\rY: b", LENGTH) + GOOD + NEXT, [400], True),
    ("a NUL in a value", head("X: a\0b", LENGTH) + GOOD + NEXT, [400], True),
    ("no Host (RFC 9112 3.2)", head(LENGTH, host=False) + GOOD, [400], True),
    ("two Hosts", head("Host: other.example", LENGTH) + GOOD, [400], True),
    ("a Host that is none", head("Host: a/b", LENGTH, host=False) + GOOD, [400], True),
    ("HTTP/2.0", head(LENGTH, line=f"POST {EVENTS} HTTP/2.0") + GOOD, [505], True),
    ("no version", f"POST {EVENTS}\r\n\r\n".encode(), [400], True),
    ("no HTTP at all", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", [400], True),
    ("TLS without a line's end", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", [400], True),
    ("two blanks in the line", head(LENGTH, line=f"POST  {EVENTS} HTTP/1.1") + GOOD, [400], True),
    ("no length", head(), [411], True),
    ("another expectation", head(LENGTH, "Expect: tea") + GOOD, [417], True),
    ("a chunk size that is none", head("Transfer-Encoding: chunked") + b"zz\r\nab\r\n0\r\n\r\n", [400], True),
    ("a chunk that is longer than it says", head("Transfer-Encoding: chunked") + b"2\r\nabc\r\n0\r\n\r\n" + NEXT, [400], True),
    ("a bare line feed behind a chunk", head("Transfer-Encoding: chunked") + b"2\r\nab\n0\r\n\r\n" + NEXT, [400], True),
    ("an endless extension", head("Transfer-Encoding: chunked") + b"2;" + b"x" * 9000, [431], True),
    ("more than may be, announced", head("Content-Length: 99999999999"), [413], True),
    ("beyond 64 bits", head("Content-Length: 18446744073709551617") + GOOD + NEXT, [413], True),
    ("many fields", head(LENGTH, *[f"X-{i}: 1" for i in range(120)]) + GOOD, [431], True),
    ("a large field", head(LENGTH, "X: " + "y" * 20000) + GOOD, [431], True),
    ("a long target", head(LENGTH, line=f"POST {EVENTS}?{'x' * 3000} HTTP/1.1") + GOOD, [414], True),
    ("a long method", head(LENGTH, line=f"{'X' * 40} {EVENTS} HTTP/1.1") + GOOD, [501], True),
]


def check_raw(check, ready):
    for what, data, want, closed in RAW:
        got, was_closed = raw(ready, data, seconds=2 if not closed else 5)
        check.that(f"{what}: closed = {closed}", was_closed == closed, f"{was_closed}, {got!r}")
        check.equal(what, statuses(got), want)
        if want[-1] >= 400:
            refusal, _, body = got.partition(b"\r\n\r\n")
            check.that(f"{what}: a problem, with a date", b"application/problem+json" in refusal and b"\r\nDate: " in refusal,
                       refusal)
            check.equal(f"{what}: whole", json.loads(body)["status"], want[-1])
    got, _ = raw(ready, head(line=f"HEAD {EVENTS} HTTP/1.1") + head(LENGTH) + GOOD, seconds=2)
    check.that("HEAD is told all but the body", statuses(got) == [405, 200] and b"\r\n\r\nHTTP/1.1 200" in got, got)
    pieces = [bytes([b]) for b in head(LENGTH) + GOOD]
    got, _ = raw(ready, None, seconds=2, pieces=pieces[:20] + [b"".join(pieces[20:])])
    check.equal("a head in pieces", statuses(got), [200])


def problem(check, what, answer, status, field=None, **fields):
    check.equal(what, answer[0], status)
    for name, value in fields.items():
        check.equal(f"{what}: {name}", answer[1].get(name.replace("_", "-")), value)
    if not check.equal(f"{what}: type", answer[1].get("Content-Type"), "application/problem+json"):
        return
    body = json.loads(answer[2])
    check.equal(f"{what}: status in the body", body.get("status"), status)
    check.equal(f"{what}: field", body.get("field"), field)
    check.that(f"{what}: a detail", bool(body.get("detail")), body)
    for secret in SECRETS.values():
        check.that(f"{what}: no secret", len(secret) < 5 or secret.encode() not in answer[2])


def check_answers(check, ready):
    bearer = f"Bearer {TOKEN}"
    wrong = call(ready, WEBHOOK, b"{}", X_API_Key="wrong")
    problem(check, "row 48: wrong secret", wrong, 401, WWW_Authenticate='ApiKey realm="tieline"')
    problem(check, "row 48: no secret", call(ready, WEBHOOK, b"{}"), 401)
    nobody = call(ready, WEBHOOK.replace("maple", "birch"), b"{}", X_API_Key=HOOK)
    check.equal("row 26: an unknown account looks the same", (nobody[0], nobody[2]), (wrong[0], wrong[2]))
    problem(check, "row 40: wrong token", call(ready, TICKETS, b"{}", Authorization="Bearer x"), 401)
    problem(check, "row 40: another store's", call(ready, TICKETS, b"{}", Authorization="Bearer token-desks-1"), 401)
    problem(check, "an unknown store", call(ready, EVENTS.replace("bikes", "x"), b"{}", Authorization=bearer), 401)
    problem(check, "no such path", call(ready, "/", b"{}"), 404)
    problem(check, "wrong method", call(ready, EVENTS, method="PUT", Authorization=bearer), 405, Allow="POST")
    problem(check, "no JSON", call(ready, EVENTS, b"{", Authorization=bearer), 400)
    problem(check, "no turn", call(ready, EVENTS, dict(REPLY, turn=None), Authorization=bearer), 400, field="turn")
    problem(check, "row 27: another account's conversation",
            call(ready, EVENTS, dict(REPLY, conversation="oak/messaging/1"), Authorization=bearer), 400,
            field="conversation")
    problem(check, "no JSON by its type", call(ready, EVENTS, REPLY, Authorization=bearer, Content_Type="text/xml"), 415)
    problem(check, "a packed body", call(ready, WEBHOOK, b"{}", X_API_Key=HOOK, Content_Encoding="gzip"), 415)
    problem(check, "a large body", call(ready, EVENTS, b" " * (2 << 20), Authorization=bearer), 413)
    problem(check, "a large body, unannounced",
            call(ready, EVENTS, iter([b" " * (1 << 16)] * 32), Authorization=bearer), 413)
    answer = call(ready, EVENTS, REPLY, Authorization=bearer)
    check.equal("a reply", (answer[0], answer[2]), (200, b'{"accepted":1}'))
    answer = call(ready, EVENTS, REPLY, Authorization=bearer, Content_Type=None)
    check.equal("a reply without type", answer[0], 200)


def check_zendesk(check, ready):
    count = 0
    for file in sorted((DATA / "conversations").glob("*.json")):
        body = file.read_bytes()
        answer = call(ready, WEBHOOK, body, X_API_Key=HOOK)
        events = len(json.loads(body)["events"])
        want = {"accepted": 2, "dead": 3} if file.stem == "batch_mixed" else {"accepted": events}
        check.equal(f"row 52: {file.name}", (answer[0], json.loads(answer[2])), (200, want))
        count += events
    check.that("row 47: the batches were there", count > 40, count)
    for file in sorted((DATA / "tickets").glob("*.json")):
        name, body = file.stem, file.read_bytes()
        if name in ("no_ticket_id", "not_a_ticket"):
            continue
        answer = call(ready, TICKETS, body, Authorization=f"Bearer {TOKEN}")
        check.equal(f"row 39: {name}", (answer[0], answer[2]), (200, b'{"accepted":1}'))
    for what, path, body, fields in [
            ("garbage", WEBHOOK, b"\xff\x00garbage", {"X_API_Key": HOOK}),
            ("nothing", WEBHOOK, b"", {"X_API_Key": HOOK}),
            ("a broken template", TICKETS, b'{"ticket_id":"1","text":"say "hi""}', {"Authorization": f"Bearer {TOKEN}"})]:
        answer = call(ready, path, body, **fields)
        check.equal(f"from Zendesk, {what}: kept", (answer[0], answer[2]), (200, b'{"accepted":0,"dead":1}'))
    answer = call(ready, WEBHOOK, {"events": []}, X_API_Key=HOOK)
    check.equal("an empty batch", (answer[0], answer[2]), (200, b'{"accepted":0}'))


def sign(body, secret=SIGNING, seconds_ago=0):
    when = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=seconds_ago)
    stamp = when.strftime("%Y-%m-%dT%H:%M:%SZ")
    mac = hmac.new(secret.encode(), stamp.encode() + body, hashlib.sha256).digest()
    return {"X_Zendesk_Webhook_Signature": base64.b64encode(mac).decode(),
            "X_Zendesk_Webhook_Signature_Timestamp": stamp}


def check_signatures(check, ready, keyless):
    path, body = TICKETS.replace("bikes", "desks"), (DATA / "tickets/created.json").read_bytes()
    bearer = {"Authorization": "Bearer token-desks-1"}
    check.equal("signed", call(ready, path, body, **bearer, **sign(body))[0], 200)
    check.equal("signed four minutes ago", call(ready, path, body, **bearer, **sign(body, seconds_ago=240))[0], 200)
    check.equal("signed six minutes ago", call(ready, path, body, **bearer, **sign(body, seconds_ago=360))[0], 401)
    check.equal("signed by another", call(ready, path, body, **bearer, **sign(body, "x"))[0], 401)
    test = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="
    check.equal("signed with the public secret", call(ready, path, body, **bearer, **sign(body, test))[0], 401)
    check.equal("not signed", call(ready, path, body, **bearer)[0], 401)
    check.equal("signed, no token", call(ready, path, body, **sign(body))[0], 401)
    answer = call(keyless, path, body, **bearer, **sign(body))
    problem(check, "no key to check with: our trouble", answer, 503, Retry_After="55")


def log_rows(brokers, topic):
    """What stands in a topic, as tests/log_dump shows it."""
    done = subprocess.run([LOG_DUMP, brokers, "tieline.", topic], capture_output=True, text=True, timeout=60,
                          check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def metric(ready, name):
    text = call(ready, "/metrics", method="GET", where="admin")[2].decode()
    return {line.split(" ")[0]: float(line.split(" ")[1]) for line in text.splitlines() if line.startswith(name)}


def check_log(check, world):
    """Row 47: what was answered 200 stands in the log, under its key, in order, with its own bytes."""
    done = subprocess.run([LOG_DUMP, world.brokers, "tieline.", "events"], capture_output=True, text=True,
                          timeout=60, check=False)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    check.equal("the log can be read", (done.returncode, done.stderr), (0, ""))
    keys = {(row["record"].get("account"), row["key"]) for row in rows}
    check.that("row 27: keys of the right account only",
               all(key.startswith(f"{account}/") if account else key == "" for account, key in keys), keys)
    batch = json.loads((DATA / "conversations/batch_three.json").read_text())["events"]
    ids = [event["id"] for event in batch]
    found = [row for row in rows if row["record"]["id"] in ids]
    check.equal("row 47: all of a batch, once", sorted(row["record"]["id"] for row in found), sorted(ids))
    for row in found:
        check.equal("row 53: the sender's JSON, whole", json.loads(row["raw"]), batch[ids.index(row["record"]["id"])])
        check.that("the sender's very bytes", row["raw"] in (DATA / "conversations/batch_three.json").read_text())
    first = [row["offset"] for row in sorted(found, key=lambda row: ids.index(row["record"]["id"]))
             if row["key"] == "maple/messaging/7b0000000000000000000001"]
    check.that("row 47: in order within a conversation", len(first) == 2 and first == sorted(first), first)
    places = {}
    for row in rows:
        places.setdefault(row["key"], set()).add(row["partition"])
    check.that("one partition for each key", all(len(p) == 1 for key, p in places.items() if key), places)
    alive = {row["partition"] for row in rows if row["record"]["id"].startswith("alive/")}
    check.equal("a sign of life in every partition", alive, {0, 1, 2, 3})
    dead = subprocess.run([LOG_DUMP, world.brokers, "tieline.", "dead"], capture_output=True, text=True,
                          timeout=60, check=False)
    values = [json.loads(line)["raw"] for line in dead.stdout.splitlines()]
    check.that("what Zendesk garbled is kept", '{"ticket_id":"1","text":"say "hi""}' in values and len(values) == 6, values)


def check_metrics(check, ready):
    requests = metric(ready, "tieline_ingest_requests_total")
    check.that("requests are counted", requests.get('tieline_ingest_requests_total{endpoint="conversations",code="200"}', 0) > 40,
               requests)
    events = metric(ready, "tieline_events_total")
    check.that("row 52: unknown types are counted",
               events.get('tieline_events_total{type="conversations.other",source="conversations"}', 0) > 10, events)
    dead = metric(ready, "tieline_dead_total")
    check.equal("dead letters are counted", sum(dead.values()), 6.0)
    text = call(ready, "/metrics", method="GET", where="admin")[2].decode()
    for name in ("tieline_build_info{", 'tieline_ingest_requests_total{endpoint="none",code="404"}',
                 'tieline_ingest_requests_total{endpoint="tickets",code="401"}',
                 "tieline_ingest_request_duration_seconds_bucket{", 'tieline_dead_total{stage="ingest",class="poison"}',
                 "tieline_ingest_requests_waiting 0", "tieline_ingest_partitions_late 0"):
        check.that(f"metrics: {name}", f"\n{name}" in text, text[:300])
    check.that("metrics name no conversation, user or widget", not re.search("7b0000|7c01|maple|bikes", text))
    readyz = call(ready, "/readyz", method="GET", where="admin")
    check.equal("ready", (readyz[0], readyz[2]), (200, b"ready\n"))


def check_slow(check, ready):
    """Each byte in its turn: the time-outs are of the whole, not of the silence."""
    whole = {"head": head(LENGTH), "body": head("Content-Length: 4000") + b" " * 4000}
    limits = {"head": (4.5, 7.5), "body": (14, 18)}
    results = {}

    def drip(name, data, prompt):
        with socket.create_connection(address(ready["listen"]), timeout=1) as wire:
            since, got = time.monotonic(), b""
            wire.sendall(data[:prompt])
            for byte in data[prompt:]:
                try:
                    wire.sendall(bytes([byte]))
                    wire.settimeout(0.25)
                    more = wire.recv(4096)
                    got += more
                    if not more:
                        break
                except socket.timeout:
                    continue
                except OSError:
                    break
            results[name] = (time.monotonic() - since, got)

    threads = [threading.Thread(target=drip, args=("head", whole["head"], 1)),
               threading.Thread(target=drip, args=("body", whole["body"], len(whole["body"]) - 3999))]
    for thread in threads:
        thread.start()
    answers = []
    while any(thread.is_alive() for thread in threads):
        answers.append(call(ready, EVENTS, GOOD, Authorization=f"Bearer {TOKEN}")[0])
        time.sleep(0.2)
    for name, (seconds, got) in results.items():
        low, high = limits[name]
        check.that(f"a slow {name} ends after its time", low < seconds < high, seconds)
        check.equal(f"a slow {name} is told so", statuses(got), [408])
    check.that("others are served meanwhile", answers and set(answers) == {200}, set(answers))


def check_keep_alive(check, ready):
    connection = http.client.HTTPConnection(*address(ready["listen"]), timeout=10)
    seen = []
    for status, secret in [(200, HOOK), (401, "wrong"), (200, HOOK)]:
        connection.request("POST", WEBHOOK, body=b'{"events":[]}', headers={"X-API-Key": secret})
        seen.append(connection.getresponse())
        seen[-1].read()
        check.equal("one connection, several answers", seen[-1].status, status)
    connection.close()
    with socket.create_connection(address(ready["listen"]), timeout=5) as wire:
        wire.sendall(head("Content-Length: 9999", "Expect: 100-continue", line=f"POST {WEBHOOK} HTTP/1.1"))
        got = wire.recv(4096)
        check.equal("who asks before sending is told before sending", statuses(got), [401])


def check_many(check, ready):
    """As many sockets ready at a time as some servers stand still at, and more than one round looks at."""
    for count in (127, 128, 256, 700):
        wires = [socket.create_connection(address(ready["listen"]), timeout=10) for _ in range(count)]
        since = time.monotonic()
        for wire in wires:
            wire.sendall(head(LENGTH) + GOOD)
        codes = [statuses(wire.recv(4096)) for wire in wires]
        took = time.monotonic() - since
        for wire in wires:
            wire.close()
        check.that(f"{count} at once", codes == [[200]] * count and took < 5, f"{took} s, {codes[:3]}")


def check_pipeline(check, ready):
    """Many requests at once are answered one by one; who does not read his answers is not read from for ever."""
    request = head(LENGTH) + GOOD
    with socket.create_connection(address(ready["listen"]), timeout=10) as wire:
        threading.Thread(target=wire.sendall, args=(request * 300 + head(LENGTH, "Connection: close") + GOOD,)).start()
        got = b""
        while more := wire.recv(65536):
            got += more
    check.equal("a long pipeline, in order", statuses(got), [200] * 301)
    with socket.create_connection(address(ready["listen"]), timeout=2) as wire:
        sent = 0
        try:
            while sent < 64 << 20:
                sent += wire.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 1000)
        except socket.timeout:
            pass
        check.that("who does not read is held back", sent < 64 << 20, sent)
        check.equal("others are served", call(ready, EVENTS, GOOD, Authorization=f"Bearer {TOKEN}")[0], 200)


def check_crowd(check, ready):
    """More connections from one address than it may have: the one that is idle for longest gives way."""
    wires = [socket.create_connection(address(ready["listen"]), timeout=5) for _ in range(8)]
    for wire in wires:
        wire.sendall(head(LENGTH) + GOOD)
        wire.recv(4096)
    crowd = []
    for _ in range(1024):
        crowd.append(socket.create_connection(address(ready["listen"]), timeout=5))
        crowd[-1].sendall(b"POST ")
    check.equal("the oldest idle one is closed", wires[0].recv(10), b"")
    with socket.create_connection(address(ready["listen"]), timeout=5, source_address=("127.0.0.2", 0)) as wire:
        wire.sendall(head(LENGTH) + GOOD)
        check.equal("another address has its own room", statuses(wire.recv(4096)), [200])
    for wire in wires + crowd:
        wire.close()


def check_live_configuration(check, world, ready):
    config = json.loads(json.dumps(CONFIG))
    config["accounts"]["maple"]["conversations"]["webhook_secrets"] = [{"env": "T_NEW"}, {"env": "T_HOOK"}]
    world.environment["T_NEW"] = "hook-secret-2"
    check.equal("not known yet", call(ready, WEBHOOK, {"events": []}, X_API_Key="hook-secret-2")[0], 401)
    world.configure(config)
    deadline = time.monotonic() + 3
    status = 401
    while status != 200 and time.monotonic() < deadline:
        status = call(ready, WEBHOOK, {"events": []}, X_API_Key="hook-secret-2")[0]
    check.equal("row 31: a new secret, taken up as it runs", status, 200)
    check.equal("the old one too", call(ready, WEBHOOK, {"events": []}, X_API_Key=HOOK)[0], 200)


def check_rotation(check, world, ready):
    """A webhook's signing secret is replaced while it calls: both are good, then only the new one; no call is refused."""
    path, body = TICKETS.replace("bikes", "lamps"), (DATA / "tickets/comment_added.json").read_bytes()
    bearer = {"Authorization": "Bearer token-lamps-1"}
    seen = {LAMPS_SIGNING: 200, LAMPS_NEXT: 401}

    def deliver(secret):
        return call(ready, path, body, **bearer, **sign(body, secret))[0]

    def take_up(config, want):
        world.configure(config)
        deadline = time.monotonic() + 5
        codes = {secret: None for secret in want}
        while codes != want and time.monotonic() < deadline:
            codes = {secret: deliver(secret) for secret in want}
            check.that("a secret that is live all along is never refused", codes[kept] == 200, codes)
        check.equal("which secrets are good", codes, want)

    check.equal("of the store's webhook", {secret: deliver(secret) for secret in seen}, seen)
    check.equal("the account's is not the store's", deliver(SIGNING), 401)
    config = json.loads(json.dumps(CONFIG))
    config["stores"]["lamps"]["signing_secrets"] = [{"env": "T_LAMPS_NEXT"}, {"env": "T_LAMPS_SIGNING"}]
    kept = LAMPS_SIGNING
    take_up(config, {LAMPS_SIGNING: 200, LAMPS_NEXT: 200})
    config["stores"]["lamps"]["signing_secrets"] = [{"env": "T_LAMPS_NEXT"}]
    kept = LAMPS_NEXT
    take_up(config, {LAMPS_SIGNING: 401, LAMPS_NEXT: 200})


def check_large(check, world, ready):
    """What is larger than a record: passed on as far as there is room, and kept whole in `dead`."""
    event = {"id": "7f00000000000000000000aa", "type": "conversation:message", "createdAt": "2026-03-02T08:15:30.900Z",
             "payload": {"conversation": {"id": "7b0000000000000000000001"},
                         "message": {"id": "7e00000000000000000000aa", "author": {"type": "user", "userId": "7c01"},
                                     "content": {"type": "text", "text": "x" * 65536, "payload": "y" * 65536}}}}
    event["payload"]["filler"] = "z" * ((1 << 20) - 40 - len(json.dumps({"events": [event]})))
    answer = call(ready, WEBHOOK, {"events": [event]}, X_API_Key=HOOK)
    check.equal("too large for a record: goes on, its bytes are kept", (answer[0], answer[2]),
                (200, b'{"accepted":1,"dead":1}'))
    many = [dict(event, id=f"7f{i:022x}", payload={"conversation": {"id": f"7b{i:022x}"}, "filler": "z" * 100000})
            for i in range(12)]
    delivery = json.dumps({"events": many}).encode()
    answer = call(ready, WEBHOOK, delivery, X_API_Key=HOOK)
    check.equal(f"row 47: a delivery of {len(delivery)} bytes", (answer[0], answer[2]), (200, b'{"accepted":12}'))
    problem(check, "a delivery of more than 4 MiB", call(ready, WEBHOOK, b" " * ((4 << 20) + 1), X_API_Key=HOOK), 413)
    garbage = b"[" * (5 << 18)
    answer = call(ready, WEBHOOK, garbage, X_API_Key=HOOK)
    check.equal("garbage of 1.25 MiB", (answer[0], answer[2]), (200, b'{"accepted":0,"dead":1}'))
    small = dict(event, id="7f00000000000000000000ab", payload={"conversation": {"id": "7b01"}})
    twice = '{"id":"7f00000000000000000000ac","type":"t","type":"t"}'
    answer = call(ready, WEBHOOK, f'{{"events":[{twice},{json.dumps(small)}]}}'.encode(), X_API_Key=HOOK)
    check.equal("a bad event costs no other", (answer[0], answer[2]), (200, b'{"accepted":1,"dead":1}'))
    done = subprocess.run([LOG_DUMP, world.brokers, "tieline.", "dead"], capture_output=True, text=True,
                          timeout=60, check=False)
    values = [json.loads(line)["raw"] for line in done.stdout.splitlines()]
    check.that("whole", json.dumps(event) in values, [len(value) for value in values])
    check.that("whole, in two letters", sum(len(v) for v in values if set(v) == {"["}) == len(garbage))
    check.that("only the bad one", twice in values)
    posted = dict(REPLY, type="message", text="x" * 65536, summary="y" * 65536, data={"filler": ""})
    posted["data"]["filler"] = "z" * ((1 << 20) - 40 - len(json.dumps(posted)))
    problem(check, "the platform can make it smaller", call(ready, EVENTS, posted, Authorization=f"Bearer {TOKEN}"), 413)


def check_trace(check, world, ready):
    """The caller's traceparent goes with the record; without one it gets its own."""
    mine = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    for name, value in (("mine", mine), ("none", None), ("bad", "00-zz")):
        answer = call(ready, EVENTS, {"type": "end", "conversation": "maple/messaging/trace", "id": f"trace-{name}"},
                      Authorization=f"Bearer {TOKEN}", traceparent=value)
        check.equal(f"traceparent {name}", answer[0], 200)
    done = subprocess.run([LOG_DUMP, world.brokers, "tieline.", "events"], capture_output=True, text=True,
                          timeout=60, check=False)
    rows = {row["record"]["id"]: row for row in map(json.loads, done.stdout.splitlines())}
    found = {name: rows[f"trace-{name}"]["record"].get("traceparent") for name in ("mine", "none", "bad")}
    check.equal("taken over", found["mine"], mine)
    check.that("or made", all(re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-01", found[name]) for name in ("none", "bad"))
               and found["none"] != found["bad"], found)


def check_refusals(check, world):
    """Who is refused by the hundred is one line in a while, and no number is lost."""
    said = [json.loads(line) for line in (world.directory / "ingest.log").read_text().splitlines()]
    lines = [row for row in said if row["message"] in ("a request was not taken", "more requests were not taken")
             and (row["endpoint"], row["status"]) == ("conversations", 401)]
    rows = [json.loads(line) for line in (world.directory / "access.jsonl").read_text().splitlines()]
    count = sum(1 for row in rows if (row["endpoint"], row["status"]) == ("conversations", 401))
    check.that("hundreds were refused", count > 300, count)
    check.that("few lines say so", 0 < len(lines) < 40, len(lines))
    check.equal("and say how many", sum(row.get("count", 1) for row in lines), count)
    mute = [row for row in said if row["message"] == "a request was not taken" and not row.get("why")]
    check.equal("each line has its reason", mute, [])
    garbled = [row for row in said if (row.get("endpoint"), row.get("status")) == ("events", 400)]
    check.that("also what the platform garbled", len(garbled) > 0, garbled)


def check_flood(check, ready):
    connection = http.client.HTTPConnection(*address(ready["listen"]), timeout=10)
    codes = set()
    for _ in range(300):
        connection.request("POST", WEBHOOK, body=b"{}", headers={"X-API-Key": "wrong"})
        answer = connection.getresponse()
        answer.read()
        codes.add(answer.status)
    connection.close()
    check.equal("a flood of wrong secrets", codes, {401})


def check_access_log(check, world):
    """One line of JSON for each answer; no body, no secret, nothing of strange paths."""
    text = (world.directory / "access.jsonl").read_text()
    rows = [json.loads(line) for line in text.splitlines()]
    seen = {(row["endpoint"], row["status"]) for row in rows}
    check.that("all kinds of answers", {("conversations", 200), ("conversations", 401), ("tickets", 200), ("events", 400),
                                        ("none", 404)} <= seen, seen)
    good = [row for row in rows if row["endpoint"] == "tickets" and row["status"] == 200]
    check.that("who, how much, how long, whose trace",
               all(row["account"] in ("maple", "oak") and row["store"] and row["bytes"] > 0 and row.get("accepted", 0) + row.get("dead", 0) == 1
                   and re.fullmatch("[0-9a-f]{32}", row["trace"]) for row in good), good[:1])
    check.that("from where", all(row["peer"] in ("127.0.0.1", "127.0.0.2") for row in rows), rows[:1])
    check.that("a trace is taken over", any(row.get("trace") == "4bf92f3577b34da6a3ce929d0e0e4736" for row in rows))
    check.that("who is not known is not named", all("account" not in row for row in rows if row["status"] == 401
                                                   and row["endpoint"] == "conversations"))
    words = ["Wisła", "/smuggled", "hello", "token-", "hook-secret", "signing-secret", "ticket_id"]
    check.that("no body, no path, no secret", not [word for word in words if word in text])


def timed(ready, path, body, **fields):
    since = time.monotonic()
    answer = call(ready, path, body, **fields)
    return answer, time.monotonic() - since


def check_trouble(check, world, broker, ready):
    body = (DATA / "conversations/message_text.json").read_bytes()
    ticket = (DATA / "tickets/created.json").read_bytes()
    os.kill(broker.pid, signal.SIGSTOP)
    answer, took = timed(ready, WEBHOOK, body, X_API_Key=HOOK)
    problem(check, "the log stands still", answer, 503, Retry_After="5")
    check.that("within two seconds", took < 2.0, took)
    results = []
    threads = [threading.Thread(target=lambda: results.append(timed(ready, TICKETS, ticket, Authorization=f"Bearer {TOKEN}")))
               for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check.that("fifty at once, all within two seconds",
               len(results) == 50 and all(a[0] == 503 and a[1]["Retry-After"] == "55" and t < 2.2 for a, t in results),
               sorted((a[0], round(t, 2)) for a, t in results)[-3:])
    time.sleep(11)
    wrong = call(ready, WEBHOOK, body, X_API_Key="wrong")
    problem(check, "no refusal on old news", wrong, 503)
    os.kill(broker.pid, signal.SIGCONT)
    deadline = time.monotonic() + 20
    status = 0
    while status != 200 and time.monotonic() < deadline:
        status = call(ready, WEBHOOK, body, X_API_Key=HOOK)[0]
    check.equal("the log goes on, and so do we", status, 200)
    deadline = time.monotonic() + 15
    while status != 401 and time.monotonic() < deadline:
        time.sleep(0.2)
        status = call(ready, WEBHOOK, body, X_API_Key="wrong")[0]
    check.equal("sure again", status, 401)


def check_slow_log(check, world, broker, ready):
    """A broker that works for one part of the time in five, under more than it can do: answers of 200 and 503, all in time, and
    every event that was answered 200 stands in the log."""
    over, seen, lock = threading.Event(), [], threading.Lock()

    def send(sender):
        connection = http.client.HTTPConnection(*address(ready["listen"]), timeout=20)
        number = 0
        while not over.is_set():
            number += 1
            name = f"slow-{sender}-{number}"
            body = json.dumps({"type": "end", "conversation": f"maple/messaging/slow-{sender}", "id": name})
            since = time.monotonic()
            connection.request("POST", EVENTS, body=body, headers={"Authorization": f"Bearer {TOKEN}"})
            answer = connection.getresponse()
            answer.read()
            with lock:
                seen.append((answer.status, time.monotonic() - since, name))
            if answer.status == 503:
                time.sleep(0.02)

    threads = [threading.Thread(target=send, args=(sender,)) for sender in range(48)]
    for thread in threads:
        thread.start()
    until = time.monotonic() + 8
    while time.monotonic() < until:
        os.kill(broker.pid, signal.SIGSTOP)
        time.sleep(0.4)
        os.kill(broker.pid, signal.SIGCONT)
        time.sleep(0.1)
    over.set()
    for thread in threads:
        thread.join()
    codes = {code: sum(1 for c, _, _ in seen if c == code) for code in {c for c, _, _ in seen}}
    check.that("a slow log: taken or sent away", set(codes) <= {200, 503} and codes.get(200, 0) > 100, codes)
    check.that("a slow log: each in time", max(took for _, took, _ in seen) < 2.2, max(took for _, took, _ in seen))
    done = subprocess.run([LOG_DUMP, world.brokers, "tieline.", "events"], capture_output=True, text=True,
                          timeout=60, check=False)
    stored = {json.loads(line)["record"]["id"] for line in done.stdout.splitlines()}
    lost = [name for code, _, name in seen if code == 200 and name not in stored]
    check.equal("a slow log: nothing that was answered 200 is lost", lost, [])


def check_no_broker(check, broker, program, ready):
    broker.end(signal.SIGKILL)
    body = (DATA / "conversations/message_text.json").read_bytes()
    answer, took = timed(ready, WEBHOOK, body, X_API_Key=HOOK)
    problem(check, "no log", answer, 503, Retry_After="5")
    check.that("within two seconds", took < 2.0, took)
    deadline = time.monotonic() + 10
    readyz = (200, None, b"")
    while readyz[0] == 200 and time.monotonic() < deadline:
        time.sleep(0.2)
        readyz = call(ready, "/readyz", method="GET", where="admin")
    check.that("readyz says why", readyz[0] == 503 and b"broker" in readyz[2], readyz[2])
    check.equal("livez stays", call(ready, "/livez", method="GET", where="admin")[0], 200)
    check.that("it runs on", program.is_running())
    since = time.monotonic()
    check.equal("a stop without a log", program.end(seconds=25), 0)
    check.that("ends in time", time.monotonic() - since < 10, time.monotonic() - since)


def check_drain(check, world, brokers):
    program = world.ingest("drained", brokers, "--key-file", str(world.directory / "keys/ingest.key"))
    ready = program.start()
    stop, codes = threading.Event(), []

    def send():
        while not stop.is_set():
            try:
                codes.append(call(ready, EVENTS, GOOD, Authorization=f"Bearer {TOKEN}")[0])
            except OSError:
                return  # it listens no more

    idle = socket.create_connection(address(ready["listen"]), timeout=10)
    idle.sendall(head(LENGTH) + GOOD)
    idle.recv(4096)
    half = socket.create_connection(address(ready["listen"]), timeout=10)
    half.sendall(head(LENGTH) + GOOD[:10])
    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    since = time.monotonic()
    os.kill(program.pid, signal.SIGTERM)
    time.sleep(0.3)
    half.sendall(GOOD[10:])
    check.equal("a request that was under way is answered", statuses(half.recv(4096)), [200])
    check.equal("an idle connection is let go", idle.recv(10), b"")
    check.equal("ends well", program.wait(20), 0)
    check.that("at once", time.monotonic() - since < 5, time.monotonic() - since)
    stop.set()
    for thread in threads:
        thread.join()
    check.that("nobody was sent away for good", codes and set(codes) <= {200, 503}, set(codes))


def check_starts(check, world):
    program = world.ingest("astray", "127.0.0.1:9", "--no-such-flag")
    program.launch()
    check.equal("an unknown flag", program.wait(10), 64)
    brokers = world.brokers
    program = world.ingest("elsewhere", brokers, "--prefix", "nowhere.")
    program.launch()
    check.equal("no topics", program.wait(20), 78)
    check.that("each is named", all(f"nowhere.{t}" in program.said() for t in ("events", "config", "dead")), program.said())
    program = world.ingest("keyed", brokers, "--key-file", "/nowhere/key")
    program.launch()
    check.equal("no such key file", program.wait(10) in (74, 78, 66), True)
    program = world.ingest("unsafe", brokers, "-X", "acks=1")
    program.launch()
    check.equal("a property that breaks the promise", program.wait(10), 64)
    check.that("is named", "acks" in program.said(), program.said())
    program = world.ingest("trusting", brokers, "--trusted-proxy", "10.0.0.0/8", "--trusted-proxy", "0.0.0.0/0")
    program.launch()
    check.equal("everybody is no proxy", program.wait(10), 64)
    check.that("is named", "0.0.0.0/0" in program.said(), program.said())
    program = world.ingest("waiting", "127.0.0.1:9")
    program.launch()
    time.sleep(1)
    check.that("waits for a broker", program.is_running())
    check.equal("and can be stopped", program.end(), 0)


def check_unconfigured(check, world, ready):
    problem(check, "no configuration yet is no reason to refuse", call(ready, WEBHOOK, b"{}", X_API_Key=HOOK), 503,
            Retry_After="5")
    readyz = call(ready, "/readyz", method="GET", where="admin")
    check.that("readyz says so", readyz[0] == 503 and b"tieline apply" in readyz[2], readyz[2])
    world.configure()
    deadline = time.monotonic() + 5
    status = 503
    while status == 503 and time.monotonic() < deadline:
        status = call(ready, WEBHOOK, {"events": []}, X_API_Key=HOOK)[0]
    check.equal("configured as it runs", status, 200)


def run(world, check):
    world.tool("keygen", "keys")
    broker, world.brokers = world.broker()
    program = world.ingest("ingest", world.brokers, "--key-file", str(world.directory / "keys/ingest.key"), "--access-log",
                           str(world.directory / "access.jsonl"))
    ready = program.start()
    check_unconfigured(check, world, ready)
    keyless = world.ingest("keyless", world.brokers).start()
    check_answers(check, ready)
    check_zendesk(check, ready)
    check_signatures(check, ready, keyless)
    check_metrics(check, ready)
    check_log(check, world)
    check_raw(check, ready)
    check_keep_alive(check, ready)
    check_many(check, ready)
    check_pipeline(check, ready)
    check_crowd(check, ready)
    check_large(check, world, ready)
    check_live_configuration(check, world, ready)
    check_rotation(check, world, ready)
    check_trace(check, world, ready)
    check_flood(check, ready)
    check_access_log(check, world)
    check_slow(check, ready)
    check_starts(check, world)
    check_drain(check, world, world.brokers)
    check_slow_log(check, world, broker, ready)
    check_trouble(check, world, broker, ready)
    check_no_broker(check, broker, program, ready)
    check_refusals(check, world)
    for secret in (HOOK, TOKEN, SIGNING, LAMPS_SIGNING, LAMPS_NEXT):
        for log in world.directory.glob("*.log"):
            check.that(f"no secret in {log.name}", secret.encode() not in log.read_bytes())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep", metavar="DIR", help="keep logs there")
    keep = parser.parse_args().keep
    directory = pathlib.Path(tempfile.mkdtemp(prefix="tieline-ingest-"))
    check = Checks()
    world = World(directory)
    try:
        run(world, check)
    finally:
        world.close()
        if keep:
            shutil.copytree(directory, keep, dirs_exist_ok=True)
        shutil.rmtree(directory)
    print(check)
    return check.status()


if __name__ == "__main__":
    sys.exit(main())
