#!/usr/bin/env python3
"""Files from outside: between a chat of the bot's own and humans in a sandbox whose attachments are private, on an embedded broker.

What each answer comes to is in tests/unit/egress/test_files.c; this shows that the uploads of both APIs take what is sent, and that the
bytes that arrive are those that were given (rows 104, 105).

    TIELINE_BIN=build/asan/bin tests/integration/egress_files.py [--keep DIR]"""

import argparse
import base64
import pathlib
import shutil
import signal
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from checks import Checks  # noqa: E402
from egress_support import BIN, TicketHouse, becomes  # noqa: E402
from http_json import Client, basic  # noqa: E402
from programs import Program  # noqa: E402
from receiver import Receiver  # noqa: E402

BRIDGED, TICKETED = "shoes", "hats"
BOX = bytes(range(256)) * 300
FORM = "the-boundary"


class Files:
    """The host of the bot's: files, and the notices that it is sent."""

    def __init__(self):
        outer = self
        self.asked = []
        self.heard = Receiver()
        inner = self.heard._server.RequestHandlerClass

        def do_GET(handler):  # noqa: N802
            outer.asked.append((handler.path, handler.headers.get("Authorization")))
            known = handler.path in ("/files/box.png", "/files/page.html")
            body = BOX if handler.path.endswith(".png") else b"<html></html>"
            handler.send_response(200 if known else 404)
            handler.send_header("Content-Type", "image/png" if handler.path.endswith(".png") else "text/html")
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)

        inner.do_GET = do_GET
        self.url = f"http://127.0.0.1:{self.heard.port}"

    def notices(self):
        return [hit[3]["message"] for hit in list(self.heard.hits) if hit[3].get("type") == "message"]


class FileHouse(TicketHouse):
    def __init__(self, *arguments, files, **more):
        super().__init__(*arguments, **more)
        self.files = files

    def config(self):
        config = super().config()
        for name in (BRIDGED, TICKETED):
            config["stores"][name]["chat"] = {}
            config["stores"][name]["bot"]["url"] = f"{self.files.url}/bot"
        config["stores"][TICKETED]["handoff"] = {"live": False}
        return config

    def post(self, store, **event):
        token = next(place.token for place in self.stores if place.name == store)
        Client(self.ingest_url, {"Authorization": f"Bearer {token}"}).good("POST", f"/api/v1/stores/{store}/events", event)


def said(house, conversation):
    messages = house.sandbox.api("GET", f"/conversations/{conversation}/messages")["messages"]
    return sorted(messages, key=lambda message: message["received"])


def check_to_a_human(check, house):
    url = house.files.url
    house.post(BRIDGED, type="message", chat="1", id="m1", text="I want to talk to a human", customer={"external_id": "ada"})
    found = becomes(lambda: [entry for entry in house.sandbox.ledger() if entry["object_type"] == "conversation"
                             and entry["method"] == "POST" and entry["path"].endswith("/conversations")])
    conversation = found[0]["object_id"]
    house.post(BRIDGED, type="message", chat="1", id="m2", text="Look:", attachments=[
        {"url": f"{url}/files/box.png", "media_type": "image/png", "name": "the box.png"}, {"url": f"{url}/files/page.html"},
        {"url": f"{url}/files/gone.png"}])
    becomes(lambda: any("gone.png" in message["content"].get("text", "") for message in said(house, conversation)))
    messages = said(house, conversation)
    images = [message["content"] for message in messages if message["content"]["type"] == "image"]
    check.equal("one image", len(images), 1)
    media = images[0]["mediaUrl"]
    check.that("an address of Zendesk's", media.startswith(house.sandbox.ready["conversations_url"]), media)
    path = media[len(house.sandbox.ready["conversations_url"]):]
    key = house.sandbox.ready
    login = {"Authorization": basic(key["key_id"], key["key_secret"])}
    check.equal("its bytes", Client(key["conversations_url"]).call("GET", path, headers=login).body, BOX)
    check.equal("for nobody without a login", Client(key["conversations_url"]).call("GET", path).status, 401)
    texts = [message["content"].get("text", "") for message in messages]
    check.that("a web page is a link", f"[file] {url}/files/page.html" in texts, texts)
    check.that("what is gone is a link", f"[file] {url}/files/gone.png" in texts, texts)
    check.that("no login of Zendesk's for the bot's host", all(login is None for _, login in house.files.asked), house.files.asked)
    return conversation


def check_from_an_agent(check, house, conversation):
    form = (f'--{FORM}\r\nContent-Disposition: form-data; name="source"; filename="label.pdf"\r\n'
            "Content-Type: application/pdf\r\n\r\n").encode() + BOX + f"\r\n--{FORM}--\r\n".encode()
    ready = house.sandbox.ready
    client = Client(ready["conversations_url"], {"Authorization": basic(ready["key_id"], ready["key_secret"])})
    made = client.call("POST", f"/v2/apps/{ready['app_id']}/attachments?access=public", raw=form,
                       headers={"Content-Type": f"multipart/form-data; boundary={FORM}"}).json()
    media = made["attachment"]["mediaUrl"]
    agent = ready["agents"][0]["name"]
    house.desk.agent(agent, "take", conversation=conversation)
    house.desk.agent(agent, "reply", conversation=conversation, content={"type": "file", "mediaUrl": media, "altText": "label.pdf"})
    heard = becomes(lambda: [notice for notice in house.files.notices() if notice.get("attachments")])
    check.equal("one notice", len(heard), 1)
    check.equal("the bytes of what the agent sent", base64.b64decode(heard[0]["attachments"][0].get("content", "")), BOX)
    house.files.heard.answer = lambda number, body: 413 if "content" in str(body) else 200
    house.desk.agent(agent, "reply", conversation=conversation, content={"type": "file", "mediaUrl": media, "altText": "again.pdf"})
    heard = becomes(lambda: [a for n in house.files.notices() for a in n["attachments"]
                             if a.get("name") == "again.pdf" and "content" not in a])
    check.equal("the address alone for who does not take it", heard[0]["url"], media)
    house.files.heard.answer = 200


def check_onto_a_ticket(check, house):
    url = house.files.url
    house.sandbox.fault("delay_ms", match={"method": "POST", "path": "/api/v2/tickets"}, times=1, delay_ms=3000)
    house.sandbox.fault("apply_then_drop", match={"method": "POST", "path": "/api/v2/uploads"}, times=1)
    house.post(TICKETED, type="message", chat="2", id="m1", text="I want to talk to a human", customer={"external_id": "bob"})
    house.post(TICKETED, type="message", chat="2", id="m2", text="Look:", attachments=[
        {"url": f"{url}/files/box.png", "media_type": "image/png", "name": "box.png"}, {"url": "https://elsewhere.example/2.pdf"}])

    def notes():
        return [comment for ticket in house.desk.tickets() for comment in house.desk.ticket(ticket["id"])["comments"] if comment["files"]]

    found = becomes(notes, 60)
    check.equal("one note with the file, though an upload's answer was lost", [note["files"] for note in found], [["box.png"]])
    check.that("and the address of the other", "[file] https://elsewhere.example/2.pdf" in found[0]["text"], found)
    check.that("which only humans see", not found[0]["public"])


def check_before_a_ticket(check, house):
    """What a customer of Zendesk's own widget sent to the bot follows the ticket, private as it is."""
    ready = house.sandbox.ready
    hats = next(store for store in house.stores if store.name == TICKETED)
    client = Client(ready["conversations_url"], {"Authorization": basic(ready["key_id"], ready["key_secret"])})
    form = (f'--{FORM}\r\nContent-Disposition: form-data; name="source"; filename="shoe.png"\r\n'
            "Content-Type: image/png\r\n\r\n").encode() + BOX + f"\r\n--{FORM}--\r\n".encode()
    made = client.call("POST", f"/v2/apps/{ready['app_id']}/attachments?access=public", raw=form,
                       headers={"Content-Type": f"multipart/form-data; boundary={FORM}"}).json()
    admin = Client(ready["admin"])
    house.files.heard.answer = 202  # the bot thinks: it is a person who is asked for
    sent = [{"type": "image", "mediaUrl": made["attachment"]["mediaUrl"], "altText": "shoe.png"},
            {"type": "file", "mediaUrl": "https://elsewhere.example/bill.pdf", "altText": "bill.pdf"}]
    for content in sent:
        admin.good("POST", "/sandbox/customers/carol/messages", {"brand": hats.brand, "content": content})
    becomes(lambda: any(hit[3].get("type") == "turn" for hit in list(house.files.heard.hits)))
    house.sandbox.write("carol", hats.brand, "I want to talk to a human")

    def notes():
        return [comment for ticket in house.desk.tickets() for comment in house.desk.ticket(ticket["id"])["comments"]
                if comment["text"].startswith("The customer had sent:")]

    found = becomes(notes, 60)
    check.equal("row 84: one note with the file, uploaded", [note["files"] for note in found], [["shoe.png"]])
    check.that("and the address of the other", "[file] bill.pdf https://elsewhere.example/bill.pdf" in found[0]["text"], found)
    check.that("for the team alone", not found[0]["public"])
    shown = [entry for entry in house.sandbox.ledger() if entry["path"].endswith("/activity")]
    check.that("that the bot was asked was shown", shown and all(entry["applied"] for entry in shown), shown)


def run(house, check):
    house.install()
    house.desk.control("POST", "/account", {"private_attachments": True})
    house.start()
    conversation = check_to_a_human(check, house)
    check_from_an_agent(check, house, conversation)
    check_onto_a_ticket(check, house)
    check_before_a_ticket(check, house)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep", metavar="DIR", help="keep logs there")
    keep = parser.parse_args().keep
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tieline-files-"))
    check = Checks()
    broker = Program("broker", [BIN / "tieline", "broker", "--partitions", "4"], folder / "broker.log")
    house = None
    try:
        house = FileHouse(BIN, folder, broker.start()["brokers"], partitions=4, files=Files())
        run(house, check)
    finally:
        if house is not None:
            if check.failed:
                print(house.said())
            house.stop()
        broker.end(signal.SIGKILL)
        if keep:
            shutil.copytree(folder, keep, dirs_exist_ok=True)
        shutil.rmtree(folder)
    print(check)
    return check.status()


if __name__ == "__main__":
    sys.exit(main())
