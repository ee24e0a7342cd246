"""The Support half of the sandbox as a test sees it: its API, customers who mail, agents who work."""

import json
import urllib.parse

from http_json import Client, basic

BODY = ('{"event":"%s","ticket_id":"{{ticket.id}}","brand_id":"{{ticket.brand.id}}","current_user_id":"{{current_user.id}}",'
        '"updated_at":"{{ticket.updated_at_with_timestamp}}","latest_comment_id":"{{ticket.latest_comment.id}}"}')


class Desk:
    """`ready` is the program's ready line.

    api    a client with the API token, which acts as the bot's user
    admin  one for the control port"""

    def __init__(self, ready):
        self.ready = ready
        self.bot = ready["bot_user_id"]
        self.api = Client(ready["support_url"], {"Authorization": basic(ready["email"] + "/token", ready["api_token"])})
        self.anonymous = Client(ready["support_url"])
        self.admin = Client(ready["admin"] if "://" in ready["admin"] else "http://" + ready["admin"])

    def call(self, method, path, body=None, headers=None, **more):
        """An answer of the Support API; `path` is below /api/v2."""
        return self.api.call(method, "/api/v2" + path, body, headers, **more)

    def control(self, method, path, body=None):
        return self.admin.call(method, "/sandbox" + path, body)

    def mail(self, customer, brand, subject, text, **more):
        """A customer mails a new ticket: {"ticket", "comment", "user", "status"}."""
        return self.admin.good("POST", f"/sandbox/customers/{urllib.parse.quote(customer)}/tickets",
                               dict(more, brand=brand, subject=subject, text=text))

    def answer_mail(self, customer, ticket, text, **more):
        """The customer answers on it; on a closed one that is a new ticket."""
        return self.admin.good("POST", f"/sandbox/customers/{urllib.parse.quote(customer)}/tickets/{ticket}/comments",
                               dict(more, text=text))

    def agent(self, name, verb, **body):
        """take, reply, note, solve, close, assign, release; `ticket` or `conversation` says where. available: `messaging`."""
        return self.admin.call("POST", f"/sandbox/agents/{name}/{verb}", body)

    def ticket(self, number):
        """A ticket as a person sees it."""
        return self.admin.good("GET", f"/sandbox/tickets/{number}")

    def tickets(self, conversation=None):
        path = "/sandbox/tickets" + (f"?conversation={conversation}" if conversation else "")
        return self.admin.good("GET", path)["tickets"]

    def token(self, scope="read write"):
        """An OAuth token, with what came with it."""
        oauth = self.ready["oauth"]
        return Client(self.ready["support_url"]).good("POST", oauth["token_path"], {
            "grant_type": "client_credentials", "client_id": oauth["client_id"], "client_secret": oauth["client_secret"],
            "scope": scope})

    def webhook(self, target, token="tok"):
        """A webhook for triggers: {"id", "secret"}."""
        made = self.good("POST", "/webhooks", {"webhook": {
            "name": "bridge", "status": "active", "endpoint": target, "http_method": "POST", "request_format": "json",
            "subscriptions": ["conditional_ticket_events"],
            "authentication": {"type": "bearer_token", "data": {"token": token}, "add_position": "header"}}})["webhook"]
        secret = self.good("GET", f"/webhooks/{made['id']}/signing_secret")["signing_secret"]["secret"]
        return {"id": made["id"], "secret": secret}

    def trigger(self, title, conditions, actions, **more):
        """Conditions as (field, operator, value); all of them count."""
        made = {"title": title, "conditions": {"all": [dict(zip(("field", "operator", "value"), c)) for c in conditions], "any": []},
                "actions": [dict(zip(("field", "value"), a)) for a in actions]}
        return self.good("POST", "/triggers", {"trigger": dict(made, **more)})["trigger"]

    def three_triggers(self, webhook, brand):
        """Created, customer's comment, assignee or status changed: of one brand."""
        bot, here = str(self.bot), ("brand_id", "is", str(brand))
        notify = lambda event: ("notification_webhook", [webhook, BODY % event])  # noqa: E731
        created = self.trigger("created", [("update_type", "is", "Create"), here],
                               [("assignee_id", bot), notify("ticket_created")])
        comment = self.trigger("comment", [("update_type", "is", "Change"), ("assignee_id", "is", bot), ("role", "is", "end_user"),
                                           ("comment_is_public", "is", "requester_can_see_comment"), here],
                               [notify("comment_added")])
        change = self.good("POST", "/triggers", {"trigger": {
            "title": "changed",
            "conditions": {"all": [{"field": "update_type", "operator": "is", "value": "Change"},
                                   {"field": "brand_id", "operator": "is", "value": str(brand)}],
                           "any": [{"field": "assignee_id", "operator": "changed"}, {"field": "status", "operator": "changed"}]},
            "actions": [{"field": "notification_webhook", "value": [webhook, BODY % "ticket_changed"]}]}})["trigger"]
        return [created["id"], comment["id"], change["id"]]

    def good(self, method, path, body=None, headers=None):
        """The JSON of a 2xx answer of the Support API."""
        return self.api.good(method, "/api/v2" + path, body, headers)

    def ledger(self, first=1):
        answer = self.admin.call("GET", f"/sandbox/ledger?from={first}")
        return [json.loads(line) for line in answer.body.splitlines() if line]

    def advance(self, seconds):
        self.admin.good("POST", "/sandbox/clock", {"advance_s": seconds})
