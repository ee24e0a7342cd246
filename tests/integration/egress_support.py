#!/usr/bin/env python3
"""Tickets from outside: mails to the sandbox's brands, answered through the whole house on an embedded broker.

What each single call comes to is in tests/unit/egress/test_ticket_calls.c; this shows that the ticket API, as strict as the
sandbox plays it, takes them: OAuth, the stamp of safe updates, audits, lost answers, agents.

    TIELINE_BIN=build/asan/bin tests/integration/egress_support.py [--keep DIR]"""

import argparse
import json
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))

from checks import Checks  # noqa: E402
from desk import Desk  # noqa: E402
from house import ACCOUNT, House  # noqa: E402
from http_json import Client  # noqa: E402
from programs import Program  # noqa: E402

BIN = pathlib.Path(os.environ.get("TIELINE_BIN", ROOT / "build/asan/bin"))
SECONDS = 30


class TicketHouse(House):
    """A house whose account has tickets, by an OAuth client."""

    def connect(self):
        super().connect()
        self.desk = Desk(self.sandbox.ready)
        for store in self.stores:
            hook = self.desk.webhook(f"{self.ingest_url}/api/v1/stores/{store.name}/tickets", store.token)
            self.desk.three_triggers(hook["id"], store.brand_id)

    def config(self):
        config = super().config()
        ready = self.sandbox.ready
        config["accounts"][ACCOUNT]["support"] = {
            "url": ready["support_url"],
            "bot_user_id": ready["bot_user_id"],
            "oauth": {"client_id": ready["oauth"]["client_id"],
                      "client_secret": self._secret("oauth", ready["oauth"]["client_secret"])},
        }
        return config


def becomes(what, seconds=SECONDS):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        value = what()
        if value:
            return value
        time.sleep(0.1)
    return what()


def said(desk, ticket, who, public=True):
    return [c["text"] for c in desk.ticket(ticket)["comments"] if c["from"] == who and c["public"] == public]


def check_answers(check, house):
    desk, (shoes, hats) = house.desk, house.stores
    first = desk.mail("jane", shoes.brand, "Order 1042", "echo where is it")["ticket"]
    other = desk.mail("joe", hats.brand, "Hats", "echo a hat")["ticket"]
    check.that("row 2: answered", becomes(lambda: said(desk, first, "bot") == ["shoes: where is it"]), desk.ticket(first))
    check.that("row 46: each by its brand's bot", becomes(lambda: said(desk, other, "bot") == ["hats: a hat"]), desk.ticket(other))
    desk.answer_mail("jane", first, "echo and now")
    check.that("row 43: a second comment", becomes(lambda: said(desk, first, "bot")[1:] == ["shoes: and now"]), desk.ticket(first))
    tokens = [e for e in desk.ledger() if e["path"] == "/oauth/tokens"]
    check.that("one access token for all", len(tokens) == 1, tokens)
    return first


def check_lost_answers(check, house, ticket):
    desk = house.desk
    for kind in ("apply_then_drop", "drop"):
        house.sandbox.fault(kind, match={"method": "PUT", "path": f"/api/v2/tickets/{ticket}"}, times=1)
        desk.answer_mail("jane", ticket, f"echo {kind}")
        check.that(f"{kind}: answered", becomes(lambda: f"shoes: {kind}" in said(desk, ticket, "bot"), 120), desk.ticket(ticket))
        time.sleep(1)
        check.equal(f"{kind}: once", said(desk, ticket, "bot").count(f"shoes: {kind}"), 1)
        check.that(f"{kind}: by the audits of its comments",
                   becomes(lambda: any(e["path"].startswith(f"/api/v2/tickets/{ticket}/audits/") for e in desk.ledger())))


def check_token_ends(check, house, ticket):
    desk = house.desk
    desk.advance(3600)
    desk.answer_mail("jane", ticket, "echo an hour later")
    check.that("a token that ended is replaced", becomes(lambda: "shoes: an hour later" in said(desk, ticket, "bot"), 60),
               desk.ticket(ticket))
    tokens = [e for e in desk.ledger() if e["path"] == "/oauth/tokens"]
    check.that("by one more", len(tokens) == 2, tokens)


def check_hand_over(check, house, ticket):
    desk = house.desk
    desk.answer_mail("jane", ticket, "human")
    check.that("row 51: unassigned", becomes(lambda: desk.ticket(ticket)["assignee"] is None, 60), desk.ticket(ticket))
    check.that("with a note for the team", said(desk, ticket, "bot", public=False), desk.ticket(ticket))
    agent = house.sandbox.ready["agents"][0]["name"]
    desk.agent(agent, "take", ticket=ticket)
    words = len(said(desk, ticket, "bot"))
    desk.answer_mail("jane", ticket, "echo are you a person")
    time.sleep(4)
    check.equal("row 61: the bot is silent now", len(said(desk, ticket, "bot")), words)


def check_late_word(check, house):
    """An agent takes the ticket while the bot is thinking for longer than a word may be old."""
    desk, shoes = house.desk, house.stores[0]
    ticket = desk.mail("jack", shoes.brand, "Slow", "slow 4 too late")["ticket"]
    becomes(lambda: any(e["path"].endswith(f"/tickets/{ticket}/comments") for e in desk.ledger()))
    desk.agent(house.sandbox.ready["agents"][0]["name"], "take", ticket=ticket)
    time.sleep(8)
    check.equal("row 61: not a word after a human took it", said(desk, ticket, "bot"), [])


def dead(house, *arguments):
    done = house.tieline("dead", *arguments, "--brokers", house.brokers, "--prefix", house.prefix)
    return done.returncode, done.stdout, done.stderr


def letters(house):
    return [json.loads(line) for line in dead(house, "list", "--json", "--account", ACCOUNT)[1].splitlines()]


def check_set_aside(check, house):
    """A hand-over that nobody could carry out for too long is a dead letter, and is carried out once when it is asked for."""
    desk = house.desk
    egress = house.programs["egress"]
    plain = list(egress.command)
    egress.end()
    egress.command += ["--call-timeout", "2s", "--settle", "8s", "--give-up", "9s"]
    egress.start()
    ticket = desk.mail("jill", house.stores[0].brand, "Help", "echo hello")["ticket"]
    becomes(lambda: said(desk, ticket, "bot"), 60)
    house.sandbox.fault("status", status=503, match={"method": "PUT", "path": f"/api/v2/tickets/{ticket}"}, times=1000)
    desk.answer_mail("jill", ticket, "human")
    if not check.that("it is set aside", becomes(lambda: letters(house), 150), dead(house, "list")):
        return
    house.sandbox.no_faults()
    letter = letters(house)[0]
    status, out, err = dead(house, "show", letter["id"])
    command = json.loads(out)["command"] if status == 0 else {}
    check.equal("it is shown whole", command.get("effect"), "ticket_update")
    check.that("in a table too", letter["id"] in dead(house, "list")[1])
    before = len(said(desk, ticket, "bot", public=False))
    for again in ("once", "twice"):
        status, out, err = dead(house, "redrive", letter["id"])
        check.that(f"redriven {again}", status == 0 and "written again to commands" in out, out + err)
    check.that("and carried out", becomes(lambda: len(said(desk, ticket, "bot", public=False)) > before, 60), desk.ticket(ticket))
    time.sleep(8)
    check.equal("once", len(said(desk, ticket, "bot", public=False)), before + 1)
    check.equal("the ticket is the team's", desk.ticket(ticket)["assignee"], None)
    check.equal("a letter that there is none of", dead(house, "redrive", "0-999999")[0], 65)
    check.equal("no id", dead(house, "show", "seven")[0], 64)
    check.equal("no verb", dead(house)[0], 64)
    egress.end()
    egress.command = plain
    egress.start()


METRICS = {
    "ingest": ("tieline_ingest_requests_total{endpoint=", "tieline_ingest_request_duration_seconds_count", "tieline_events_total{type="),
    "processor": ("tieline_transactions_total{result=", "tieline_transaction_duration_seconds_count", "tieline_conversations",
                  "tieline_escalations_total{store=", 'tieline_end_to_end_seconds_count{path="ticket"}',
                  'tieline_consumer_lag{topic="events",partition='),
    "egress": ("tieline_calls_total{account=", "tieline_call_duration_seconds_count{effect=", "tieline_in_doubt_total{effect=",
               "tieline_rate_limit_remaining{account=", "tieline_lanes{state=", 'tieline_consumer_lag{topic="commands",partition='),
}


def check_metrics(check, house):
    for program, names in METRICS.items():
        door = Client("http://" + house.programs[program].ready["admin"])
        wanted = ("tieline_build_info", *names)
        missing = becomes(lambda door=door, wanted=wanted: [name for name in wanted if f"\n{name}" not in
                                                            "\n" + door.call("GET", "/metrics").body.decode()] or "none", 1)
        check.equal(f"metrics of {program}", missing, "none")


def check_secrets(check, house):
    for secret in (house.sandbox.ready["oauth"]["client_secret"], house.sandbox.ready["api_token"]):
        for log in house.folder.glob("*.log"):
            if log.name != "sandbox.log":
                check.that(f"no secret in {log.name}", secret.encode() not in log.read_bytes())


def run(house, check):
    house.install()
    house.start()
    ticket = check_answers(check, house)
    check_lost_answers(check, house, ticket)
    check_token_ends(check, house, ticket)
    check_late_word(check, house)
    check_hand_over(check, house, ticket)
    check_metrics(check, house)
    check_set_aside(check, house)
    check_secrets(check, house)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep", metavar="DIR", help="keep logs there")
    keep = parser.parse_args().keep
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tieline-support-"))
    check = Checks()
    broker = Program("broker", [BIN / "tieline", "broker", "--partitions", "4"], folder / "broker.log")
    house = None
    try:
        house = TicketHouse(BIN, folder, broker.start()["brokers"], partitions=4)
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
