"""Stands between a client and an HTTP server on this machine, counts the requests, and can end the client at one of them."""

import http.client
import http.server
import threading
import urllib.parse

PASSED_ON = ("authorization", "content-type", "accept")


class Between:
    """url    what the client is given instead of the server's

    at(n, what)   calls `what` when request number n has been carried out and before its answer is passed on; the client gets
                  none then. count() since the last at()."""

    def __init__(self, server):
        place = urllib.parse.urlsplit(server)
        self._server = (place.hostname, place.port)
        self._lock = threading.Lock()
        self._count = 0
        self._at = 0
        self._what = None
        between = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _pass(self):
                between._one(self)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _pass

            def log_message(self, *words):
                pass

        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def at(self, number, what):
        with self._lock:
            self._count, self._at, self._what = 0, number, what

    def count(self):
        return self._count

    def stop(self):
        self._http.shutdown()
        self._http.server_close()

    def _one(self, handler):
        with self._lock:
            self._count += 1
            what = self._what if self._count == self._at else None
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        connection = http.client.HTTPConnection(*self._server, timeout=30)
        try:
            headers = {name: value for name, value in handler.headers.items() if name.lower() in PASSED_ON}
            connection.request(handler.command, handler.path, body or None, headers)
            answer = connection.getresponse()
            text = answer.read()
            if what is not None:
                what()
                handler.close_connection = True
                return
            handler.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("transfer-encoding", "content-length", "connection"):
                    handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(text)))
            handler.end_headers()
            handler.wfile.write(text)
        except OSError:
            handler.close_connection = True
        finally:
            connection.close()
