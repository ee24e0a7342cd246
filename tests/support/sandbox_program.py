"""The sandbox as a program under test: started in a folder of its own, with clients for both of its ports."""

import os
import tempfile

from http_json import Client, basic
from programs import Program
from zendesk import Sandbox

BIN = os.environ.get("TIELINE_BIN") or os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                                    "..", "..", "build", "asan", "bin")


class SandboxProgram:
    """api        a client with the app's key; paths below /v2/apps/{app}
    anonymous  one without a key
    admin      one for the control port
    sandbox    what a test does with it"""

    def __init__(self, *flags, scenario=None):
        self.folder = tempfile.TemporaryDirectory()
        if scenario is not None:
            path = os.path.join(self.folder.name, "scenario.json")
            with open(path, "w", encoding="utf-8") as file:
                file.write(scenario)
            flags += ("--scenario", path)
        self.log = os.path.join(self.folder.name, "sandbox.log")
        self.program = Program("tieline-sandbox", [os.path.join(BIN, "tieline-sandbox"), "--listen", "127.0.0.1:0",
                                                   "--admin", "127.0.0.1:0", *flags], self.log)

    def start(self):
        ready = self.program.start()
        self.ready = ready
        self.app = f"/v2/apps/{ready['app_id']}"
        self.api = Client(ready["conversations_url"], {"Authorization": basic(ready["key_id"], ready["key_secret"])})
        self.anonymous = Client(ready["conversations_url"])
        self.admin = Client(ready["admin"])
        self.sandbox = Sandbox(ready)
        return self

    def call(self, method, path, body=None, headers=None, **more):
        return self.api.call(method, self.app + path, body, headers, **more)

    def control(self, method, path, body=None):
        return self.admin.call(method, "/sandbox" + path, body)

    def with_key(self, key):
        """A client with another key: {"id", "secret"}."""
        return Client(self.ready["conversations_url"], {"Authorization": basic(key["id"], key["secret"])})

    def stop(self):
        status = self.program.end()
        said = self.program.said(60)
        return status, said

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        if self.program.is_running():
            self.program.end()
        self.folder.cleanup()
