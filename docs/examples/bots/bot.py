#!/usr/bin/env python3
"""A bot for Tieline with nothing but Python's own library (3.9 or later); ../../BOT-PROTOCOL.md says what a bot must do.

    BOT_SECRET=whsec_… BOT_TOKEN=… TIELINE_URL=https://tieline.example.com BOT_PORT=8090 ./bot.py"""

import base64
import concurrent.futures
import hmac
import http.server
import json
import os
import threading
import time
import urllib.request

KEY = base64.b64decode(os.environ["BOT_SECRET"].removeprefix("whsec_"))
BODY_MAX, AGE_MAX, KEPT_MAX = 16 << 20, 300, 10_000  # bytes, seconds, answers
answers = {}  # webhook-id: its answer. With several copies of the bot this belongs into a store that they share.
lock, pool = threading.Lock(), concurrent.futures.ThreadPoolExecutor(64)


def is_signed(headers, body):
    ident, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not at.isdecimal() or len(at) > 12 or abs(time.time() - int(at)) > AGE_MAX:
        return False
    wanted = b"v1," + base64.b64encode(hmac.digest(KEY, f"{ident}.{at}.".encode() + body, "sha256"))
    return any([hmac.compare_digest(wanted, one.encode()) for one in headers.get("webhook-signature", "").split()])


def decide(turn):
    """What the bot says; None where that takes longer than a request can wait. Here goes what makes your bot yours."""
    said = " ".join(message["text"] for message in turn["messages"])
    if "refund" in said.lower():
        return {"messages": [{"markdown": "A **colleague** looks into that."}], "handoff": {"reason": "refund", "summary": said[:500]}}
    if "report" in said.lower():
        return None
    is_known = "open" in said.lower()
    return {"messages": [{"markdown": "We are open **Monday to Friday**, 9 to 17."}], "confidence": 0.95 if is_known else 0.2}


def reply_later(turn):
    """Posted until it is taken: the key makes one reply of it, however often it arrives."""
    reply = {"type": "reply", "turn": turn["turn"], "conversation": turn["conversation"],
             "messages": [{"markdown": "Here is your **report**."}]}
    headers = {"Authorization": f"Bearer {os.environ['BOT_TOKEN']}", "Content-Type": "application/json", "Idempotency-Key": turn["turn"]}
    url = f"{os.environ['TIELINE_URL']}/api/v1/stores/{turn['store']}/events"
    for pause in (0.5, 1, 2, 4, 8):
        try:
            return urllib.request.urlopen(urllib.request.Request(url, json.dumps(reply).encode(), headers), timeout=10).close()
        except OSError as error:
            print(f"reply to {turn['turn']}: {error}", flush=True)
            time.sleep(pause)


def respond(turn):
    answer = decide(turn)
    if answer is not None:
        return 200, json.dumps(answer).encode()
    pool.submit(reply_later, turn)
    return 202, b""


def once(ident, turn):
    """A repeated id gets the answer of the first time, also while that is still being made. A failure is no answer."""
    with lock:
        if ident not in answers:
            answers[ident] = pool.submit(respond, turn)
            if len(answers) > KEPT_MAX:
                del answers[next(iter(answers))]
        answer = answers[ident]
    try:
        return answer.result()
    except Exception as error:
        print(f"turn {ident}: {error!r}", flush=True)
        answers.pop(ident, None)
        return 500, b""


class Bot(http.server.BaseHTTPRequestHandler):
    protocol_version, timeout = "HTTP/1.1", 60

    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if 0 <= length <= BODY_MAX else b""
        status, answer = 200, b"{}"  # of a notice this bot makes nothing
        if len(body) != length or not is_signed(self.headers, body):
            status, answer, self.close_connection = 401, b"", True
        elif (turn := json.loads(body))["type"] == "turn":
            status, answer = once(self.headers["webhook-id"], turn)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


server = http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("BOT_PORT", "8090"))), Bot)
print(json.dumps({"ready": True, "listen": "%s:%d" % server.server_address}), flush=True)
server.serve_forever()
