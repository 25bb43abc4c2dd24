"""Runs the registries: for each one a registry process, its gateway, and a folder with accounts, keys and images."""

from __future__ import annotations

import json
import secrets
import shutil
import threading
from dataclasses import dataclass
from pathlib import Path

import httpx2

from hubwright.core.errors import SandboxError
from hubwright.sandbox.cloud_http import HttpListener
from hubwright.sandbox.ovh.core.store import write_private
from hubwright.sandbox.process import ProcessTable, choose_port, wait_until_ready
from hubwright.sandbox.registry.collector import CONFIGURATION, Collector
from hubwright.sandbox.registry.gateway import RegistryGateway
from hubwright.sandbox.registry.harbor.accounts import Accounts, UserRequest
from hubwright.sandbox.registry.harbor.service import Harbor
from hubwright.sandbox.registry.tokens import ISSUER, SERVICE, TokenIssuer
from hubwright.sandbox.registry.write_gate import WriteGate

_READY_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class _Running:
    listener: HttpListener
    harbor: Harbor


class RegistryHost:
    """Implements the OVH API's RegistryBackend; `folder` has one folder for each registry."""

    def __init__(self, folder: Path, binary: Path, processes: ProcessTable) -> None:
        self._folder = folder
        self._binary = binary
        self._processes = processes
        self._running: dict[str, _Running] = {}
        self._lock = threading.Lock()

    def start(self, registry_id: str) -> str:
        """Start or resume a registry; block until it answers; return the URL of its gateway."""
        folder = self._folder / registry_id
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        ports = _read_ports(folder)
        issuer = TokenIssuer(folder)
        upstream = self._start_process(registry_id, folder, ports.get("process"), issuer)
        writes = WriteGate()
        collector = Collector(self._binary, folder, f"http://127.0.0.1:{upstream}", issuer, writes)
        harbor = Harbor(folder / "harbor.json", collector.collect)
        gateway = RegistryGateway(f"http://127.0.0.1:{upstream}", harbor, issuer, writes)
        listener = HttpListener(f"registry-{registry_id}", gateway.starlette(), ports.get("gateway"))
        listener.start()
        (folder / "ports.json").write_text(json.dumps({"process": upstream, "gateway": listener.port}))
        with self._lock:
            self._running[registry_id] = _Running(listener, harbor)
        return f"http://127.0.0.1:{listener.port}"

    def delete(self, registry_id: str) -> None:
        """Stop a registry and remove its images and accounts."""
        with self._lock:
            running = self._running.pop(registry_id, None)
        if running:
            running.listener.stop()
        self._processes.stop([_process_name(registry_id)])
        shutil.rmtree(self._folder / registry_id, ignore_errors=True)

    def add_user(self, registry_id: str, login: str, email: str, password: str, *, admin: bool) -> None:
        """Add an account."""
        request = UserRequest(username=login, email=email, password=password)
        self._accounts(registry_id).create_user(request, admin=admin, checked=False)

    def remove_user(self, registry_id: str, login: str) -> None:
        """Remove an account."""
        user = self._accounts(registry_id).find_user(login)
        if user:
            self._accounts(registry_id).delete_user(user.user_id)

    def set_admin(self, registry_id: str, login: str) -> None:
        """Promote an account."""
        user = self._accounts(registry_id).find_user(login)
        if user:
            self._accounts(registry_id).set_admin(user.user_id, admin=True)

    def stop(self) -> None:
        """Stop all registries and keep their data."""
        with self._lock:
            running, self._running = self._running, {}
        for item in running.values():
            item.listener.stop()
        self._processes.stop([_process_name(registry_id) for registry_id in running])

    def _accounts(self, registry_id: str) -> Accounts:
        with self._lock:
            running = self._running.get(registry_id)
        if running is None:
            raise SandboxError(f"the registry {registry_id} does not run", hint="see `hubwright sandbox logs cloud`")
        return running.harbor.accounts

    def _start_process(self, registry_id: str, folder: Path, preferred: int | None, issuer: TokenIssuer) -> int:
        name = _process_name(registry_id)
        self._processes.stop([name])
        port = choose_port(preferred)
        config = folder / CONFIGURATION
        # YAML is a superset of JSON.
        write_private(config, json.dumps(_configuration(folder, port, issuer), indent=1))
        command = [str(self._binary), "serve", str(config)]
        # Otherwise the process would send traces to a collector that is not there.
        environment = {"OTEL_TRACES_EXPORTER": "none"}
        record = self._processes.spawn(
            name, command, log_path=folder / "registry.log", environment=environment, working_directory=folder
        )
        wait_until_ready(record, port=port, probe=lambda: _answers(port), timeout_s=_READY_TIMEOUT_S)
        return port


def _process_name(registry_id: str) -> str:
    return f"registry-{registry_id}"


def _configuration(folder: Path, port: int, issuer: TokenIssuer) -> dict[str, object]:
    token = {
        "realm": f"http://127.0.0.1:{port}/service/token",
        "service": SERVICE,
        "issuer": ISSUER,
        "jwks": str(issuer.jwks_path),
        "signingalgorithms": ["RS256"],
    }
    return {
        "version": 0.1,
        "log": {"level": "warn", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": str(folder / "data")}, "delete": {"enabled": True}},
        "http": {"addr": f"127.0.0.1:{port}", "relativeurls": True, "secret": secrets.token_hex(16)},
        "auth": {"token": token},
    }


def _read_ports(folder: Path) -> dict[str, int]:
    try:
        ports: dict[str, int] = json.loads((folder / "ports.json").read_text())
    except (OSError, ValueError):
        return {}
    return ports


def _answers(port: int) -> bool:
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/v2/", timeout=2.0, trust_env=False).status_code == 401
    except httpx2.HTTPError:
        return False
