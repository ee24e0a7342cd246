"""Callers of the front door that remember what they were promised: each event has an id of its own, and whatever was answered 200
must stand in the log.

    promises = Promises()
    delivery = deliveries.make()             the next kind in turn
    promises.keep(delivery, send(delivery))  its ids are promised if that was 200
    promises.broken(events, dead)            ids that were promised and are not there"""

import itertools
import json
import threading

KINDS = ("event", "batch", "ticket", "garbage", "large")
LARGE_BYTES = 40000


class Delivery:
    """One request. `ids` are what it brings to `events`; `mark` is its body, where that is how it is found."""

    def __init__(self, kind, path, fields, body, ids, mark=None):
        self.kind, self.path, self.fields, self.body, self.ids, self.mark = kind, path, fields, body, ids, mark

    def head(self):
        fields = {"Host": "door.example", "Content-Type": "application/json", "Content-Length": len(self.body)} | self.fields
        return f"POST {self.path} HTTP/1.1\r\n{''.join(f'{k}: {v}{chr(13)}{chr(10)}' for k, v in fields.items())}\r\n".encode()

    def bytes(self):
        return self.head() + self.body


class Deliveries:
    """Right requests of every kind, by turns, over some conversations; each is another. Any thread."""

    def __init__(self, name, account, hook, store, token, conversations=8):
        self.name, self.account, self.hook, self.store, self.token = name, account, hook, store, token
        self.conversations = conversations
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def make(self, kind=None):
        with self._lock:
            number = next(self._numbers)
        return getattr(self, "_" + (kind or KINDS[number % len(KINDS)]))(number)

    def _id(self, number, part=0):
        return f"{self.name}-{number}-{part}"

    def _platform(self, number, **more):
        event = {"type": "end", "conversation": f"{self.account}/messaging/{self.name}{number % self.conversations}",
                 "id": self._id(number)} | more
        return Delivery("event", f"/api/v1/stores/{self.store}/events", {"Authorization": f"Bearer {self.token}"},
                        json.dumps(event).encode(), [self._id(number)])

    def _event(self, number):
        return self._platform(number)

    def _large(self, number):
        return self._platform(number, type="message", text="x" * LARGE_BYTES)

    def _batch(self, number):
        ids = [self._id(number, part) for part in range(3)]
        events = [{"id": one, "type": "conversation:message", "createdAt": "2026-03-02T08:15:30.900Z", "payload": {
            "conversation": {"id": f"{self.name}{(number + part) % self.conversations}"},
            "message": {"id": f"m-{one}", "received": "2026-03-02T08:15:30.250Z", "author": {"type": "user", "userId": "7c01"},
                        "content": {"type": "text", "text": "hello"}}}} for part, one in enumerate(ids)]
        return Delivery("batch", f"/api/v1/connectors/{self.account}/webhook", {"X-API-Key": self.hook},
                        json.dumps({"events": events}).encode(), ids)

    def _ticket(self, number):
        """Its event's id is made of what it says."""
        body = json.dumps({"ticket_id": str(1000 + number % self.conversations), "event": "created", "mark": self._id(number)})
        return Delivery("ticket", f"/api/v1/stores/{self.store}/tickets", {"Authorization": f"Bearer {self.token}"},
                        body.encode(), [], body)

    def _garbage(self, number):
        mark = f"broken {self._id(number)}"
        return Delivery("garbage", f"/api/v1/connectors/{self.account}/webhook", {"X-API-Key": self.hook},
                        mark.encode(), [], mark)


class Promises:
    """What was answered 200. Any thread."""

    def __init__(self):
        self.ids, self.marks = set(), set()
        self._lock = threading.Lock()

    def keep(self, delivery, status):
        if status == 200:
            with self._lock:
                self.ids.update(delivery.ids)
                self.marks.update([delivery.mark] if delivery.mark else [])

    def count(self):
        return len(self.ids) + len(self.marks)

    def broken(self, events, dead):
        """`events` and `dead` are records as tests/log_dump shows them."""
        stored = {row["record"]["id"] for row in events}
        kept = {row["raw"] for row in itertools.chain(events, dead)}
        return sorted(self.ids - stored) + sorted(self.marks - kept)
