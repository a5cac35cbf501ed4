"""HubSpot as a local HTTP server: it has contacts, deals and forms, and can be told to fail."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "pat-eu1-of-the-test"  # noqa: S105 - of the stub


class Stub:
    """What HubSpot holds, what it was asked, and what it answers next instead of the truth."""

    def __init__(self) -> None:
        self.contacts: list[dict[str, Any]] = []
        self.deals: dict[str, dict[str, Any]] = {}
        self.forms: dict[str, list[dict[str, Any]]] = {}
        self.asked: list[tuple[str, str, Any]] = []
        # (status, headers, body) or "cut": taken by the next requests.
        self.instead: list[Any] = []
        # Contacts whose update is declined.
        self.declined: set[str] = set()
        self.url = ""

    def paths(self) -> list[str]:
        return [path for _, path, _ in self.asked]

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        if path == "/crm/v3/objects/contacts":
            return 200, paged(self.contacts, query.get("after"), int(query["limit"]))
        if path == "/crm/v3/objects/contacts/search":
            since = int(body["filterGroups"][0]["filters"][0]["value"])
            found = [one for one in self.contacts if one.get("modified", 0) >= since]
            return 200, paged(found, body.get("after"), body["limit"])
        if path == "/crm/v3/objects/contacts/batch/read":
            wanted = {one["id"] for one in body["inputs"]}
            return 207, {"status": "COMPLETE", "results": [one for one in self.contacts if one["id"] in wanted]}
        if path == "/crm/v3/objects/contacts/batch/update":
            return self.update(body["inputs"])
        if path.startswith("/crm/v3/objects/deals/"):
            deal = self.deals.get(path.rpartition("/")[2])
            return (200, deal) if deal else (404, {"message": "no such deal"})
        form = self.forms.get(path.rpartition("/")[2])
        if form is None:
            return 404, {"message": "no such thing"}
        return 200, paged(form, query.get("after"), int(query["limit"]))

    def update(self, inputs: list[dict[str, Any]]) -> tuple[int, Any]:
        if any(one["id"] in self.declined for one in inputs):
            return 400, {"message": "Property values were not valid"}
        return 200, {"status": "COMPLETE", "results": [{**one, "updatedAt": None} for one in inputs]}


def paged(found: list[dict[str, Any]], after: str | None, limit: int) -> dict[str, Any]:
    start = int(after or 0)
    page: dict[str, Any] = {"results": found[start : start + limit]}
    if start + limit < len(found):
        page["paging"] = {"next": {"after": str(start + limit)}}
    return page


class Handler(BaseHTTPRequestHandler):
    stub: Stub

    def do_GET(self) -> None:
        self.answer_with(None)

    def do_POST(self) -> None:
        self.answer_with(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def answer_with(self, body: Any) -> None:
        parts = urlsplit(self.path)
        self.stub.asked.append((self.command, parts.path, body))
        instead = self.stub.instead.pop(0) if self.stub.instead else None
        if instead == "cut":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b'{"results": [')
            return
        if instead is None and self.headers.get("Authorization") != f"Bearer {TOKEN}":
            instead = (401, {}, b'{"message": "bad token"}')
        if instead is None:
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            status, answer = self.stub.answer(self.command, parts.path, query, body)
            instead = (status, {}, json.dumps(answer).encode())
        status, headers, raw = instead
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def running() -> Iterator[Stub]:
    """The stub, listening on a free port of this machine."""
    stub = Stub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"stub": stub}))
    stub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield stub
    server.shutdown()
    server.server_close()
    thread.join()
