"""Two requests of Kafka's protocol, written by hand, for states of a broker that no well-behaved client can bring about."""

import socket
import struct
import time

INIT_PRODUCER_ID = 22
TXN_OFFSET_COMMIT = 28
CONCURRENT_TRANSACTIONS = 51
PATIENCE = 30


def text(value):
    data = value.encode()
    return struct.pack(">h", len(data)) + data


class Wire:
    """One connection to one broker that is also everybody's coordinator."""

    def __init__(self, brokers):
        host, port = brokers.split(":")
        self._socket = socket.create_connection((host, int(port)), 10)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def register(self, transactional_id):
        """A new epoch of this transactional id; (producer id, epoch). Waits while its last transaction is being ended, as clients do."""
        end = time.monotonic() + PATIENCE
        error = CONCURRENT_TRANSACTIONS
        while error == CONCURRENT_TRANSACTIONS and time.monotonic() < end:
            answer = self._ask(INIT_PRODUCER_ID, 1, text(transactional_id) + struct.pack(">i", 10000))
            error, producer, epoch = struct.unpack_from(">hqh", answer, 4)
            if error == CONCURRENT_TRANSACTIONS:
                time.sleep(0.1)
        if error:
            raise RuntimeError(f"InitProducerId was answered {error}")
        return producer, epoch

    def leave_pending(self, transactional_id, producer, group, topic, partition, offset):
        """Commits an offset in a transaction that was never begun, and so will never end."""
        body = text(transactional_id) + text(group) + struct.pack(">qh", *producer)
        body += struct.pack(">i", 1) + text(topic)
        body += struct.pack(">iiqih", 1, partition, offset, -1, -1)
        answer = self._ask(TXN_OFFSET_COMMIT, 2, body)
        error, = struct.unpack(">h", answer[-2:])
        if error:
            raise RuntimeError(f"TxnOffsetCommit was answered {error}")

    def _ask(self, key, version, body):
        request = struct.pack(">hhih", key, version, 1, -1) + body
        self._socket.sendall(struct.pack(">i", len(request)) + request)
        size, = struct.unpack(">i", self._read(4))
        return self._read(size)[4:]

    def _read(self, size):
        data = b""
        while len(data) < size:
            part = self._socket.recv(size - len(data))
            if not part:
                raise RuntimeError("the broker closed the connection")
            data += part
        return data
