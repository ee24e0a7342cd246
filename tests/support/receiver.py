"""A receiver of webhooks: it keeps what comes, and answers as it is told."""

import http.server
import json
import threading
import time


class Receiver:
    """hits  [(time, path, headers, body as JSON)], in the order in which they came

    `answer` is a status, or a function of the hit's number (from 0) and its JSON that gives one; None = say nothing and hang
    up. `delay` seconds pass before each answer, which has the `headers`."""

    def __init__(self, answer=200):
        self.answer = answer
        self.delay = 0
        self.headers = {}
        self.hits = []
        self._news = threading.Condition()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status = outer._take(self.path, self.headers, body)
                if status is None:
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("Content-Length", "0")
                for name, value in outer.headers.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 256

            def handle_error(self, *_):
                pass  # a sender that was killed

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _take(self, path, headers, body):
        parsed = json.loads(body)
        with self._news:
            number = len(self.hits)
            self.hits.append((time.monotonic(), path, headers, parsed))
            self._news.notify_all()
        if self.delay:
            time.sleep(self.delay)
        return self.answer(number, parsed) if callable(self.answer) else self.answer

    def wait(self, count, seconds=5):
        """Waits for `count` hits in all; the number that there are."""
        with self._news:
            self._news.wait_for(lambda: len(self.hits) >= count, seconds)
            return len(self.hits)

    def events(self):
        """All events, in the order of their arrival."""
        with self._news:
            return [event for hit in self.hits for event in hit[3]["events"]]

    def types(self):
        return [event["type"] for event in self.events()]

    def clear(self):
        with self._news:
            self.hits.clear()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
