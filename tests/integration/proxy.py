#!/usr/bin/env python3
"""The configurations of docs/PROXY.md, run as they stand there: Debian's nginx and Caddy before tieline-ingest, over TLS. What
Zendesk signs goes through untouched, ingest knows who the client is, and nothing is sent twice or lost for ever.

    TIELINE_BIN=build/asan/bin tests/integration/proxy.py [--keep DIR]

Only addresses, ports and files of the page's blocks are changed. The packages are unpacked under build/, not installed, so that no
service of theirs starts. 77, and the reason, where they cannot be had; 1 in CI."""

import argparse
import http.client
import json
import os
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from ingest import (BIN, DATA, EVENTS, GOOD, HOOK, ROOT, TICKETS, TOKEN, WEBHOOK, Checks, World, address, metric,  # noqa: E402
                    sign)
from programs import free_port  # noqa: E402

UNPACKED = ROOT / "build/proxies"
NAME = "hooks.example.com"
CLIENT = "127.0.0.3"
DESKS = TICKETS.replace("bikes", "desks")
MAIN = """daemon off;
master_process off;
pid {dir}/nginx.pid;
error_log {dir}/nginx-error.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {dir}/body;
    proxy_temp_path {dir}/proxy;
    fastcgi_temp_path {dir}/fastcgi;
    uwsgi_temp_path {dir}/uwsgi;
    scgi_temp_path {dir}/scgi;
    include {dir}/tieline.conf;
}}
"""


def block(language):
    """The one block of that language on the page."""
    page = (ROOT / "docs/PROXY.md").read_text(encoding="utf-8")
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    if len(blocks) != 1:
        raise RuntimeError(f"docs/PROXY.md has {len(blocks)} blocks of {language}")
    return blocks[0]


def adapted(text, *changes):
    """The text with what names this machine in place of what names another; each must stand there."""
    for old, new in changes:
        if old not in text:
            raise RuntimeError(f"docs/PROXY.md: no {old!r} in the configuration")
        text = text.replace(old, new)
    return text


def certificate(directory):
    made = subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                           "-days", "2", "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}",
                           "-keyout", directory / "privkey.pem", "-out", directory / "fullchain.pem"],
                          capture_output=True, text=True, timeout=30, check=False)
    if made.returncode != 0:
        raise RuntimeError(f"openssl: {made.stderr}")


class Proxy:
    """One of them, on a port of its own of 127.0.0.1, in the foreground until stop()."""

    def __init__(self, directory, command, environment):
        self.port = None
        self._log = open(directory / "proxy.log", "wb")  # noqa: SIM115
        self._directory = directory
        self._command = command
        self._environment = environment
        self._process = None

    def start(self, port):
        self.port = port
        self._process = subprocess.Popen([str(word) for word in self._command], stdin=subprocess.DEVNULL, stdout=self._log,
                                         stderr=self._log, env=self._environment, cwd=self._directory)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"{self._command[0]} does not listen:\n{(self._directory / 'proxy.log').read_text()}")

    def stop(self):
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._log.close()

    def listens(self):
        """Addresses on which it listens, as hexadecimal text of the kernel's."""
        inodes = set()
        for entry in pathlib.Path(f"/proc/{self._process.pid}/fd").iterdir():
            try:
                inodes.update(re.findall(r"socket:\[(\d+)\]", os.readlink(entry)))
            except OSError:
                continue
        found = set()
        for table, listening in (("tcp", "0A"), ("tcp6", "0A"), ("udp", "07"), ("udp6", "07")):
            for row in pathlib.Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
                words = row.split()
                if words[3] == listening and words[9] in inodes:
                    found.add(words[1].split(":")[0])
        return found


def nginx(directory, port, ingest):
    text = adapted(block("nginx"), ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"), ("    listen [::]:443 ssl http2;\n", ""),
                   ("127.0.0.1:8080", ingest), (f"/etc/ssl/{NAME}", str(directory)))
    (directory / "tieline.conf").write_text(text)
    (directory / "nginx.conf").write_text(MAIN.format(dir=directory))
    return Proxy(directory, [UNPACKED / "usr/sbin/nginx", "-p", directory, "-e", directory / "nginx-error.log", "-c",
                             directory / "nginx.conf"], dict(os.environ))


def caddy(directory, port, ingest):
    text = adapted(block("caddy"), (f"\n{NAME} {{\n", f"\nhttps://{NAME}:{port} {{\n\tbind 127.0.0.1\n"),
                   ("127.0.0.1:8080", ingest), (f"/etc/ssl/{NAME}", str(directory)))
    text = text.replace("{\n", f"{{\n\tadmin off\n\tauto_https disable_redirects\n\tstorage file_system {directory}\n", 1)
    (directory / "Caddyfile").write_text(text)
    return Proxy(directory, [UNPACKED / "usr/bin/caddy", "run", "--adapter", "caddyfile", "--config", directory / "Caddyfile"],
                 dict(os.environ, HOME=str(directory), XDG_CONFIG_HOME=str(directory), XDG_DATA_HOME=str(directory)))


class Client:
    """Requests through the proxy, on one connection from an address of its own."""

    def __init__(self, proxy, directory):
        context = ssl.create_default_context(cafile=str(directory / "fullchain.pem"))
        wire = socket.create_connection(("127.0.0.1", proxy.port), timeout=20, source_address=(CLIENT, 0))
        self._connection = http.client.HTTPConnection(NAME, timeout=20)
        self._connection.sock = context.wrap_socket(wire, server_hostname=NAME)

    def post(self, path, body, method="POST", **fields):
        fields = {name.replace("_", "-"): value for name, value in fields.items()}
        self._connection.request(method, path, body=body, headers={"Content-Type": "application/json", **fields})
        answer = self._connection.getresponse()
        return answer.status, answer.headers, answer.read()

    def close(self):
        self._connection.close()


def check_untouched(check, name, client):
    """Signatures hold, so bytes and time are as they were; odd bytes too."""
    bearer = {"Authorization": "Bearer token-desks-1"}
    for what, body in [("as Zendesk sends it", (DATA / "tickets/created.json").read_bytes()),
                       ("with odd blanks and letters", '{ "ticket_id" :\t"8801",\r\n"text":"Wisła \\ud83d \\u0000" }\n'.encode())]:
        answer = client.post(DESKS, body, **bearer, **sign(body))
        check.equal(f"{name}: signed, {what}", (answer[0], answer[2]), (200, b'{"accepted":1}'))
    body = (DATA / "tickets/created.json").read_bytes()
    check.equal(f"{name}: signed by another", client.post(DESKS, body, **bearer, **sign(body, "x"))[0], 401)
    delivery = (DATA / "conversations/batch_three.json").read_bytes()
    answer = client.post(WEBHOOK, delivery, X_Api_Key=HOOK)
    check.equal(f"{name}: a delivery", (answer[0], answer[2]), (200, b'{"accepted":3}'))
    answer = client.post(WEBHOOK, iter([delivery[:100], delivery[100:]]), X_Api_Key=HOOK)
    check.equal(f"{name}: in chunks", answer[0], 200)
    large = json.dumps({"events": [], "filler": "x" * 3500000}).encode()
    answer = client.post(WEBHOOK, large, X_Api_Key=HOOK)
    check.equal(f"{name}: 3.5 MiB", (answer[0], answer[2]), (200, b'{"accepted":0}'))
    answer = client.post(EVENTS, GOOD, Authorization=f"Bearer {TOKEN}", X_Forwarded_For="192.0.2.66", Forwarded="for=192.0.2.67",
                         traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    check.equal(f"{name}: the platform, with a claim", answer[0], 200)


def check_http2(check, name, proxy, directory):
    """Zendesk may speak HTTP/2 with the proxy; ingest hears HTTP/1.1."""
    done = subprocess.run(["curl", "-sS", "--http2", "--cacert", directory / "fullchain.pem", "--interface", CLIENT, "--resolve",
                           f"{NAME}:{proxy.port}:127.0.0.1", "-H", f"X-Api-Key: {HOOK}", "--data-binary",
                           f"@{DATA / 'conversations/message_text.json'}", "-w", " %{http_version} %{http_code}",
                           f"https://{NAME}:{proxy.port}{WEBHOOK}"], capture_output=True, text=True, timeout=30, check=False)
    check.equal(f"{name}: HTTP/2", (done.stdout, done.stderr), ('{"accepted":1} 2 200', ""))


def check_refusals(check, name, client):
    """What ingest answers comes back as it is; what is not ingest's stays outside."""
    answer = client.post(WEBHOOK, b"{}", X_Api_Key="wrong")
    check.equal(f"{name}: 401 as it is", (answer[0], answer[1]["Content-Type"], answer[1]["WWW-Authenticate"]),
                (401, "application/problem+json", 'ApiKey realm="tieline"'))
    answer = client.post(EVENTS, b"{", Authorization=f"Bearer {TOKEN}")
    check.equal(f"{name}: 400 as it is", (answer[0], json.loads(answer[2])["status"]), (400, 400))
    for path in ("/", "/metrics", "/readyz"):
        check.equal(f"{name}: {path} is not there", client.post(path, None, method="GET")[0], 404)


def check_access(check, name, directory, log):
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    check.that(f"{name}: requests are of the client", len(rows) > 8 and all(row["peer"] == CLIENT for row in rows), rows[-3:])
    check.that(f"{name}: through the proxy, over TLS",
               all((row["proxy"], row["scheme"]) == ("127.0.0.1", "https") for row in rows), rows[:2])
    check.that(f"{name}: the caller's trace", any(row.get("trace") == "4bf92f3577b34da6a3ce929d0e0e4736" for row in rows))


class Deaf(threading.Thread):
    """Stands where ingest stood, takes each request whole and hangs up without a word."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.heard = 0
        self._listening = socket.create_server(("127.0.0.1", port), backlog=16)

    def run(self):
        while True:
            try:
                wire, _ = self._listening.accept()
            except OSError:
                return
            with wire:
                data = b""
                while not data.endswith(GOOD):
                    more = wire.recv(65536)
                    if not more:
                        break
                    data += more
                self.heard += data.count(b"POST ")

    def close(self):
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()


def check_trouble(check, name, proxy, directory, port):
    """Whatever is wrong behind the proxy, the sender comes again by himself; nobody sends for him."""
    away = (503, "55")
    client = Client(proxy, directory)
    answer = client.post(EVENTS, GOOD, Authorization=f"Bearer {TOKEN}")
    check.equal(f"{name}: no ingest", (answer[0], answer[1]["Retry-After"]), away)
    client.close()
    deaf = Deaf(port)
    deaf.start()
    client = Client(proxy, directory)
    answer = client.post(EVENTS, GOOD, Authorization=f"Bearer {TOKEN}")
    check.equal(f"{name}: no answer", (answer[0], answer[1]["Retry-After"]), away)
    time.sleep(0.5)
    check.equal(f"{name}: sent once", deaf.heard, 1)
    client.close()
    deaf.close()


def check_proxy(check, world, name, make):
    directory = world.directory / name
    directory.mkdir()
    certificate(directory)
    ingest_port, port = free_port(), free_port()
    where = f"127.0.0.1:{ingest_port}"
    proxy = make(directory, port, where)
    log = directory / "access.jsonl"
    ingest = world.program(f"ingest-{name}", "tieline-ingest", "--brokers", world.brokers, "--listen", where, "--admin",
                           "127.0.0.1:0", "--key-file", str(world.directory / "keys/ingest.key"), "--access-log", str(log),
                           "--trusted-proxy", "192.0.2.1,127.0.0.1")
    try:
        ready = ingest.start()
        proxy.start(port)
        check.equal(f"{name}: listens on this machine only", proxy.listens(), {"0100007F"})
        client = Client(proxy, directory)
        check_untouched(check, name, client)
        check_refusals(check, name, client)
        client.close()
        check_http2(check, name, proxy, directory)
        check.equal(f"{name}: nothing malformed", metric(ready, "tieline_ingest_forwarded_malformed_total"),
                    {"tieline_ingest_forwarded_malformed_total": 0.0})
        ingest.end()
        check_access(check, name, directory, log)
        check_trouble(check, name, proxy, directory, ingest_port)
    finally:
        proxy.stop()


def check_unconfigured(check, world):
    """503 of ingest's own keeps its Retry-After: no configuration yet."""
    for name, make in (("nginx", nginx), ("caddy", caddy)):
        directory = world.directory / f"{name}-early"
        directory.mkdir()
        certificate(directory)
        port = free_port()
        ingest = world.ingest(f"early-{name}", world.brokers)
        proxy = make(directory, port, ingest.start()["listen"])
        try:
            proxy.start(port)
            client = Client(proxy, directory)
            answer = client.post(WEBHOOK, b"{}", X_Api_Key=HOOK)
            check.equal(f"{name}: ingest's own 503", (answer[0], answer[1]["Retry-After"], answer[1]["Content-Type"]),
                        (503, "5", "application/problem+json"))
            client.close()
        finally:
            proxy.stop()
            ingest.end()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep", metavar="DIR", help="keep logs there")
    keep = parser.parse_args().keep
    got = subprocess.run([ROOT / "deploy/install-deps", "--unpack", UNPACKED, "nginx", "caddy"], capture_output=True, text=True,
                         timeout=600, check=False)
    if got.returncode != 0:
        print(got.stderr)
        print("SKIPPED: nginx and Caddy cannot be had on this machine, so docs/PROXY.md was NOT tried")
        return 1 if os.environ.get("CI") == "true" else 77
    directory = pathlib.Path(tempfile.mkdtemp(prefix="tieline-proxy-"))
    check = Checks()
    world = World(directory)
    try:
        world.tool("keygen", "keys")
        _, world.brokers = world.broker()
        check_unconfigured(check, world)
        world.configure()
        for name, make in (("nginx", nginx), ("caddy", caddy)):
            check_proxy(check, world, name, make)
    finally:
        world.close()
        if keep:
            shutil.copytree(directory, keep, dirs_exist_ok=True)
        shutil.rmtree(directory)
    print(check)
    return check.status()


if __name__ == "__main__":
    sys.exit(main())
