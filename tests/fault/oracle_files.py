"""The files of the fault tests, as the oracle knows them: what was uploaded for which effect, and the bytes of what then names it.

A file of the bot's host holds the path by which it was asked for. An upload is known by its bytes: for Conversations the effect's id
stands in them, for Support the file alone. What uses it names what came back at one fixed place; or, where a file could not be had, is
the form in words."""

import collections
import hashlib
import itertools
import json
import urllib.parse

MEDIA_TYPE = "image/png"
HEADS = {"message": b'{"content":{', "ticket_update": b'{"ticket":{"comment":{'}
TRIES_SHOWN = 6  # uploads of one file that are tried out; there are three tries for each owner that it had


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def is_upload(entry):
    path = entry["path"].split("?")[0].removesuffix(".json")
    return entry["method"] == "POST" and (path == "/api/v2/uploads" or (path.startswith("/v2/apps/") and path.endswith("/attachments")))


def bytes_of(file):
    return urllib.parse.urlsplit(file["url"]).path.encode()


def form_of(effect, file):
    """The one part of an upload to Conversations."""
    boundary = f"tieline-{effect.id}"
    head = (f'--{boundary}\r\nContent-Disposition: form-data; name="source"; filename="{file["name"]}"\r\n'
            f"Content-Type: {MEDIA_TYPE}\r\n\r\n")
    return head.encode() + bytes_of(file) + f"\r\n--{boundary}--\r\n".encode()


class Files:
    """The uploads of one account.

    count      how many there were
    strangers  lines of the ledger that no command asked for"""

    def __init__(self, account, base, effects):
        self._base = base
        self._uploads = collections.defaultdict(list)  # effect id, number of the file -> lines of the ledger
        self.strangers = []
        self.count = 0
        wanted = {}
        for effect in effects:
            for number, file in enumerate(effect.command.get("files", ())):
                upload = form_of(effect, file) if effect.kind == "message" else bytes_of(file)
                wanted.setdefault(sha256(upload), []).append((effect.id, number))
        for entry in filter(is_upload, account.ledger):
            self.count += 1
            owners = wanted.get(entry["body_sha256"], ())
            if not owners:
                self.strangers.append(entry)
            for owner in owners:
                if entry["applied"]:
                    self._uploads[owner].append(entry)

    def _ref(self, effect, file, entry):
        if effect.kind == "message":
            return f"{self._base}/sc/attachments/v2/{entry['object_id']}/{urllib.parse.quote(file['name'])}"
        return entry["object_id"]

    def bodies(self, effect):
        """All that may be sent for it: [(bytes, the uploads that they name)]."""
        body = effect.writings[0]["raw"].encode()
        words = effect.writings[0].get("raw_fallback", "").encode() or body
        files = effect.command.get("files", ())
        if not files or effect.kind not in HEADS:
            return [(body, ())]
        found = [(words, ())]
        choices = [[None, *self._uploads[effect.id, number][-TRIES_SHOWN:]] for number in range(len(files))]
        for chosen in itertools.product(*choices):
            refs = [self._ref(effect, file, entry) for file, entry in zip(files, chosen) if entry is not None]
            form = words if None in chosen else body
            if refs:
                found.append((self._put(effect, form, refs), tuple(entry for entry in chosen if entry is not None)))
        return found

    @staticmethod
    def _put(effect, form, refs):
        head = HEADS[effect.kind]
        if not form.startswith(head):
            return form
        name, value = ("mediaUrl", refs[0]) if effect.kind == "message" else ("uploads", refs)
        return head + f'"{name}":{json.dumps(value, separators=(",", ":"))},'.encode() + form[len(head):]
