"""Chart packages made for tests, and a repository of them on loopback that can misbehave."""

from __future__ import annotations

import gzip
import hashlib
import http.server
import io
import json
import ssl
import tarfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from hubwright.core.yaml_source import dump_yaml


def pack(files: Mapping[str, str | bytes], *extra: tarfile.TarInfo) -> bytes:
    """A package of these files, the same bytes each time."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, text in files.items():
            content = text.encode() if isinstance(text, str) else text
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        for member in extra:
            archive.addfile(member)
    return gzip.compress(stream.getvalue(), mtime=0)


def make_package(
    name: str,
    version: str,
    *,
    values: Mapping[str, Any] | None = None,
    schema: Mapping[str, Any] | None = None,
    app_version: str = "1.0",
    files: Mapping[str, str] | None = None,
) -> bytes:
    """A small chart's package."""
    content: dict[str, str | bytes] = {
        f"{name}/Chart.yaml": dump_yaml(
            {"apiVersion": "v2", "name": name, "version": version, "appVersion": app_version}
        ),
        f"{name}/values.yaml": dump_yaml(dict(values or {})),
    }
    if schema is not None:
        content[f"{name}/values.schema.json"] = json.dumps(schema)
    return pack({**content, **{f"{name}/{path}": text for path, text in (files or {}).items()}})


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@dataclass
class LoopbackRepository:
    """Serves an index and packages; `faults` maps a path to what is answered instead: a status, or a way to fail."""

    address: str = ""
    packages: dict[str, bytes] = field(default_factory=dict)
    entries: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    faults: dict[str, int | str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    authorizations: list[str | None] = field(default_factory=list)

    def publish(self, name: str, version: str, content: bytes, *, digest: str | None = None, **entry: Any) -> str:
        """Add a package to the index and return its real digest."""
        file_name = f"{name}-{version}.tgz"
        self.packages[f"/{file_name}"] = content
        listed = {
            "apiVersion": "v2",
            "created": "2026-01-01T00:00:00Z",
            "digest": digest or sha256(content),
            "name": name,
            "urls": [file_name],
            "version": version,
            **entry,
        }
        others = [item for item in self.entries.get(name, []) if item["version"] != version]
        self.entries[name] = [listed, *others]
        return sha256(content)

    def index(self) -> bytes:
        """The index as Helm writes it: lists are not indented below their key."""
        lines = ["apiVersion: v1", "entries:"]
        for name, entries in self.entries.items():
            lines.append(f"  {name}:")
            for entry in entries:
                text = dump_yaml([entry]).splitlines()
                lines += [f"  {line}" for line in text]
        return ("\n".join([*lines, 'generated: "2026-01-01T00:00:00Z"']) + "\n").encode()

    def answer(self, path: str) -> bytes | None:
        return self.index() if path == "/index.yaml" else self.packages.get(path)


def _handler(repository: LoopbackRepository) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            repository.asked.append(self.path)
            repository.authorizations.append(self.headers.get("Authorization"))
            fault = repository.faults.get(self.path)
            content = repository.answer(self.path)
            if isinstance(fault, int):
                self.send_response(fault)
                self.send_header("Content-Length", "0")
                self.end_headers()
            elif isinstance(fault, str) and fault != "truncate":
                self.send_response(302)
                self.send_header("Location", fault)
                self.send_header("Content-Length", "0")
                self.end_headers()
            elif content is None:
                self.send_error(404)
            else:
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content[: len(content) // 2] if fault == "truncate" else content)

        def log_message(self, *_: object) -> None: ...

    return Handler


@contextmanager
def serve(
    repository: LoopbackRepository | None = None, context: ssl.SSLContext | None = None
) -> Iterator[LoopbackRepository]:
    """Serve a repository on a free loopback port for the length of the block."""
    served = repository or LoopbackRepository()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(served)) as server:
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        served.address = f"{'https' if context else 'http'}://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield served
        finally:
            server.shutdown()
            thread.join()
