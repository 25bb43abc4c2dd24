"""The real registry binary on loopback: open, with a password, with tokens, with TLS."""

from __future__ import annotations

import base64
import datetime as dt
import http.server
import ipaddress
import json
import os
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import bcrypt
import httpx2
import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from jwt.algorithms import RSAAlgorithm

from hubwright.core.binaries import Binaries
from hubwright.sandbox.process import choose_port
from hubwright.toolchain import find_toolchain

USER, PASSWORD = "bob", "secret-word"
_SERVICE, _ISSUER = "charts-registry", "charts-issuer"


def binaries() -> Binaries:
    found = find_toolchain()
    if found is None:
        pytest.skip("the toolchain is not built: run `hubwright toolchain`")
    return found


@dataclass(frozen=True)
class Registry:
    """A running registry: its host with port, and its folder."""

    host: str
    folder: Path

    def push(self, package: bytes, name: str, version: str, *flags: str) -> None:
        """Push a package with the real Helm."""
        path = self.folder / f"{name}-{version}.tgz"
        path.write_bytes(package)
        command = [str(binaries().helm), "push", str(path), f"oci://{self.host}/charts", *flags]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)
        assert done.returncode == 0, done.stderr


def log_in(folder: Path, host: str, password: str = PASSWORD) -> None:
    """Write what `docker login` writes, into a folder for DOCKER_CONFIG."""
    folder.mkdir(parents=True, exist_ok=True)
    auth = base64.b64encode(f"{USER}:{password}".encode()).decode()
    (folder / "config.json").write_text(json.dumps({"auths": {host: {"auth": auth}}}))


@contextmanager
def run_registry(
    folder: Path, *, auth: Mapping[str, Any] | None = None, tls: Mapping[str, str] | None = None
) -> Iterator[Registry]:
    port = choose_port(None)
    config: dict[str, Any] = {
        "version": 0.1,
        "log": {"level": "error", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": str(folder / "data")}},
        "http": {"addr": f"127.0.0.1:{port}", "relativeurls": True, **({"tls": dict(tls)} if tls else {})},
        **({"auth": dict(auth)} if auth else {}),
    }
    (folder / "registry.json").write_text(json.dumps(config))
    command = [str(binaries().registry), "serve", str(folder / "registry.json")]
    environment = {**os.environ, "OTEL_TRACES_EXPORTER": "none"}
    with (folder / "registry.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
    try:
        _wait_until_listening(port, process)
        yield Registry(f"127.0.0.1:{port}", folder)
    finally:
        process.terminate()
        process.wait(timeout=10)


def _wait_until_listening(port: int, process: subprocess.Popen[bytes], timeout_s: float = 20) -> None:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx2.get(f"http://127.0.0.1:{port}/", timeout=1, trust_env=False)
        except httpx2.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the registry does not listen")


def password_auth(folder: Path) -> dict[str, Any]:
    """Basic authentication."""
    digest = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    (folder / "htpasswd").write_text(f"{USER}:{digest}\n")
    return {"htpasswd": {"realm": "charts", "path": str(folder / "htpasswd")}}


@contextmanager
def token_auth(folder: Path) -> Iterator[dict[str, Any]]:
    """A token service as Docker's: who signs in gets what is asked for, nobody else gets anything."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = {**RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": "one", "use": "sig", "alg": "RS256"}
    (folder / "jwks.json").write_text(json.dumps({"keys": [public]}))

    def issue(scopes: list[str]) -> str:
        now = int(time.time())
        parts = [scope.split(":") for text in scopes for scope in text.split(" ")]
        access = [{"type": p[0], "name": ":".join(p[1:-1]), "actions": p[-1].split(",")} for p in parts]
        claims = {"iss": _ISSUER, "aud": _SERVICE, "sub": USER, "iat": now, "nbf": now - 60, "exp": now + 600}
        return jwt.encode({**claims, "jti": "1", "access": access}, key, algorithm="RS256", headers={"kid": "one"})

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            expected = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
            signed_in = self.headers.get("Authorization") == f"Basic {expected}"
            query = parse_qs(urlsplit(self.path).query)
            body = json.dumps({"token": issue(query.get("scope", []))} if signed_in else {"errors": []}).encode()
            self.send_response(200 if signed_in else 401)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.send_error(404)

        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield {
                "token": {
                    "realm": f"http://127.0.0.1:{server.server_port}/token",
                    "service": _SERVICE,
                    "issuer": _ISSUER,
                    "jwks": str(folder / "jwks.json"),
                    "signingalgorithms": ["RS256"],
                }
            }
        finally:
            server.shutdown()
            thread.join()


@dataclass(frozen=True)
class Certificate:
    """A self-signed certificate for 127.0.0.1."""

    certificate: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


def make_certificate(folder: Path) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    usage = x509.KeyUsage(True, False, False, False, False, True, False, False, False)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .add_extension(usage, True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .sign(key, hashes.SHA256())
    )
    made = Certificate(folder / "tls.crt", folder / "tls.key")
    made.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    made.key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return made
