"""JSON over HTTP/1.1 to one server on this machine; nothing is sent twice behind the caller's back."""

import base64
import http.client
import json
import threading
import urllib.parse


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.body[:300]!r}"


class Refused(Exception):
    """An answer that was not a 2xx, where one was needed."""


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class Client:
    """Threads may share one: each has its own connection. Only a GET is tried again on a connection that had gone stale."""

    def __init__(self, url, headers=None, timeout=20):
        place = urllib.parse.urlsplit(url)
        self.url = url
        self._host, self._port = place.hostname, place.port or 80
        self._headers = headers or {}
        self._timeout = timeout
        self._kept = threading.local()

    def call(self, method, path, body=None, headers=None, raw=None):
        """`body` is sent as JSON, or `raw` as it is. OSError or HTTPException when there is no answer."""
        sent = dict(self._headers)
        if body is not None:
            raw = json.dumps(body).encode()
        if raw is not None:
            sent["Content-Type"] = "application/json"
        sent.update(headers or {})
        connection = getattr(self._kept, "connection", None)
        if connection is None or method != "GET":
            return self._once(self._fresh(), method, path, raw, sent)
        try:
            return self._once(connection, method, path, raw, sent)
        except (OSError, http.client.HTTPException):
            return self._once(self._fresh(), method, path, raw, sent)

    def good(self, method, path, body=None, headers=None):
        """The JSON of a 2xx answer; Refused for any other."""
        answer = self.call(method, path, body, headers)
        if not 200 <= answer.status < 300:
            raise Refused(f"{method} {self.url}{path}: {answer}")
        return answer.json() if answer.body else None

    def _fresh(self):
        old = getattr(self._kept, "connection", None)
        if old is not None:
            old.close()
        self._kept.connection = http.client.HTTPConnection(self._host, self._port, timeout=self._timeout)
        return self._kept.connection

    def _once(self, connection, method, path, raw, headers):
        try:
            connection.request(method, path, body=raw, headers=headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        except BaseException:
            connection.close()
            self._kept.connection = None
            raise
