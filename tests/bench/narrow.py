"""A line that carries so many bytes a second and no more: what makes a log slow without making the machine busy."""

import socket
import threading
import time

PIECE = 16 * 1024


class Narrow:
    """Listens on `port` and passes on to 127.0.0.1:`to`; towards it at most `bytes_a_second` (None = any), of all connections
    together. What comes back is not held up."""

    def __init__(self):
        self.bytes_a_second = None
        self._free_at = 0.0
        self._lock = threading.Lock()
        self._listener = socket.socket()
        # Small, or seconds of load would lie in the kernel.
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, PIECE)
        self._listener.bind(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._to = None

    def start(self, to):
        self._to = to
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._listener.close()

    def _accept(self):
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._to))
            for wire in (near, far):
                wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._pass, args=(near, far, True), daemon=True).start()
            threading.Thread(target=self._pass, args=(far, near, False), daemon=True).start()

    def _pass(self, source, target, is_narrow):
        try:
            while piece := source.recv(PIECE):
                if is_narrow:
                    self._wait(len(piece))
                target.sendall(piece)
        except OSError:
            pass
        for wire in (source, target):
            try:
                wire.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _wait(self, size):
        rate = self.bytes_a_second
        if rate is None:
            return
        with self._lock:
            now = time.monotonic()
            self._free_at = max(now, self._free_at) + size / rate
            wait = self._free_at - now
        time.sleep(wait)
