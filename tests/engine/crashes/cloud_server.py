"""A small cloud in a process of its own: what it made outlives the engine that is killed.

It is as strict as real ones: what a thing refers to must exist, what is referred to cannot be deleted, some kinds have
unique names. It counts what it made, so that a test can tell when something was made twice.

    POST   /things            {"kind", "name", …} → the thing with its id
    GET    /things            all of them; ?kind=&name= narrows
    GET    /things/<id>       PUT changes, DELETE removes it and what is inside it
    GET    /dump              everything; PUT replaces it
"""

from __future__ import annotations

import json
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

UNIQUELY_NAMED = frozenset({"Cluster", "Pool", "Registry"})
_ID = re.compile(r"[a-z]+-id-\d+")


class RefusalError(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Cloud:
    """All things by id, and how many of each kind and name were ever made."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.things: dict[str, dict[str, Any]] = {}
        self.made: dict[str, int] = {}
        self.last = 0

    def create(self, body: dict[str, Any]) -> dict[str, Any]:
        kind, name = body["kind"], body["name"]
        if kind in UNIQUELY_NAMED and self.find(kind, name):
            raise RefusalError(409, f"{kind} {name} exists already")
        self._refuse_dangling(body)
        self.last += 1
        id_ = f"{kind.lower()}-id-{self.last}"
        label = f"{kind}/{body.get('label')}"
        self.made[label] = self.made.get(label, 0) + 1
        secret = {"password": f"hidden {self.last}"} if kind == "User" else {}
        self.things[id_] = {**body, **secret, "id": id_}
        return self.things[id_]

    def find(self, kind: str, name: str) -> list[dict[str, Any]]:
        return [thing for thing in self.things.values() if (thing["kind"], thing["name"]) == (kind, name)]

    def get(self, id_: str) -> dict[str, Any]:
        if id_ not in self.things:
            raise RefusalError(404, f"there is no {id_}")
        return self.things[id_]

    def change(self, id_: str, body: dict[str, Any]) -> dict[str, Any]:
        self._refuse_dangling(body)
        kept = {key: value for key, value in self.get(id_).items() if key in ("id", "kind", "password")}
        self.things[id_] = {**body, **kept}
        return self.things[id_]

    def delete(self, id_: str) -> dict[str, Any]:
        self.get(id_)
        users = [other for other in self.things.values() if other["id"] != id_ and id_ in _references(other)]
        if blocking := [other["id"] for other in users if other.get("inside") != id_]:
            raise RefusalError(409, f"{id_} is in use by {blocking}")
        for gone in [id_, *(other["id"] for other in users)]:
            del self.things[gone]
        return {}

    def _refuse_dangling(self, body: dict[str, Any]) -> None:
        if missing := [reference for reference in _references(body) if reference not in self.things]:
            raise RefusalError(422, f"{body.get('name')} refers to {missing}, which does not exist")


def _references(thing: dict[str, Any]) -> set[str]:
    text = json.dumps({key: value for key, value in thing.items() if key not in ("id", "password", "name")})
    return set(_ID.findall(text))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    cloud: Cloud

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        if url.path == "/dump":
            self._answer(lambda: {"things": self.cloud.things, "made": self.cloud.made, "last": self.cloud.last})
        elif query:
            self._answer(lambda: self.cloud.find(query["kind"], query["name"]))
        else:
            self._answer(lambda: self.cloud.get(url.path.rpartition("/")[2]))

    def do_POST(self) -> None:
        body = self._body()
        self._answer(lambda: self.cloud.create(body))

    def do_PUT(self) -> None:
        body = self._body()
        if self.path == "/dump":
            self._answer(lambda: self.cloud.__dict__.update(body))
        else:
            self._answer(lambda: self.cloud.change(self.path.rpartition("/")[2], body))

    def do_DELETE(self) -> None:
        self._answer(lambda: self.cloud.delete(self.path.rpartition("/")[2]))

    def _body(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        return body

    def _answer(self, work: Any) -> None:
        status = 200
        try:
            with self.cloud.lock:
                data = json.dumps(work()).encode()
        except RefusalError as error:
            status, data = error.status, json.dumps(str(error)).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *arguments: Any) -> None:
        pass


def main() -> None:
    Handler.cloud = Cloud()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(server.server_address[1], flush=True)
    threading.Thread(target=lambda: (sys.stdin.read(), server.shutdown()), daemon=True).start()
    server.serve_forever()


if __name__ == "__main__":
    main()
