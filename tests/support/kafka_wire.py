"""A few requests of Kafka's protocol, written by hand, for states of a broker that no well-behaved client can bring about."""

import socket
import struct
import time

PRODUCE = 0
INIT_PRODUCER_ID = 22
TXN_OFFSET_COMMIT = 28
CONCURRENT_TRANSACTIONS = 51
PATIENCE = 30
IS_TRANSACTIONAL = 16


def text(value):
    data = value.encode()
    return struct.pack(">h", len(data)) + data


def _varint(number):
    """Kafka's zigzag form of a number that is not negative."""
    number *= 2
    data = b""
    while number > 127:
        data += bytes([number & 127 | 128])
        number >>= 7
    return data + bytes([number])


def _crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


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

    def leave_open(self, transactional_id, producer, topic, partition, key, value):
        """Writes a record in a transaction that was never begun, and so will never end."""
        producer_id, epoch = producer
        record = b"\0\0\0" + _varint(len(key)) + key + _varint(len(value)) + value + _varint(0)
        record = _varint(len(record)) + record
        now = int(time.time() * 1000)
        batch = struct.pack(">hiqqqhii", IS_TRANSACTIONAL, 0, now, now, producer_id, epoch, 0, 1) + record
        batch = struct.pack(">ibI", -1, 2, _crc32c(batch)) + batch
        batch = struct.pack(">qi", 0, len(batch)) + batch
        body = text(transactional_id) + struct.pack(">hi", -1, 5000)
        body += struct.pack(">i", 1) + text(topic) + struct.pack(">iii", 1, partition, len(batch)) + batch
        answer = self._ask(PRODUCE, 3, body)
        error, = struct.unpack_from(">h", answer, 4 + 2 + len(topic) + 4 + 4)
        if error:
            raise RuntimeError(f"Produce was answered {error}")

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
