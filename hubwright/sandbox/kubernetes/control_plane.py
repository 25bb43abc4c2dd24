"""One managed cluster on loopback: etcd, API server, controller manager, scheduler and kwok as real processes.

Each layer starts when the one below is ready, since a client that was refused once waits for seconds before it asks
again; within a layer all start at once. Keys, ports and data live in the cluster's folder, so that a cluster started
again is the same cluster.
"""

from __future__ import annotations

import json
import re
import shutil
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import httpx2
from ruamel.yaml import YAML

from hubwright.core.binaries import Binaries
from hubwright.core.errors import ApiError, SandboxError
from hubwright.sandbox.kubernetes.api_client import KubernetesApi
from hubwright.sandbox.kubernetes.commands import SERVICE_IP, Ports, component_commands
from hubwright.sandbox.kubernetes.kubeconfig import Credentials, render_kubeconfig
from hubwright.sandbox.kubernetes.nodes import NodeSpec, set_pool_nodes
from hubwright.sandbox.kubernetes.pki import ClusterPki, KeyPair, ensure_pki
from hubwright.sandbox.process import ProcessTable, choose_port, wait_until_ready

_READY_TIMEOUT_S = 60.0
_POLL_INTERVAL_S = 0.05
# Stopped the other way round: an API server that still has watchers takes its time to end.
_START_ORDER = (("etcd",), ("apiserver",), ("controller-manager", "scheduler", "kwok"))
_Probe = Callable[[], bool]
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class ControlPlane:
    """A cluster named `name` whose data live in `folder`. Methods may be called from any thread."""

    def __init__(self, name: str, folder: Path, binaries: Binaries, processes: ProcessTable) -> None:
        if not _NAME.fullmatch(name):
            raise SandboxError(f"{name!r} cannot name a cluster", hint="use letters, digits, dots, dashes")
        self.name = name
        self.folder = folder
        self._binaries = binaries
        self._processes = processes
        self._lock = threading.RLock()

    @property
    def server_url(self) -> str:
        """The API server's address; raises SandboxError before the first start."""
        return f"https://127.0.0.1:{self._load_ports().apiserver}"

    @property
    def ca_pem(self) -> str:
        """The certificate authority that clients trust."""
        return self._pki().ca_pem

    @property
    def kubeconfig(self) -> str:
        """A kubeconfig (YAML) for the cluster's administrator, context ``kubernetes-admin@<name>``."""
        return self._kubeconfig_for(self._pki().admin, "kubernetes-admin")

    def start(self) -> None:
        """Start the cluster, or what is left of it, and block until it is ready.

        Idempotent. Raises SandboxError with the end of the failing component's log.
        """
        with self._lock:
            self._prepare()
            if not self.is_running():
                self.stop()
            ports = self._load_ports()
            try:
                self._bring_up()
            except (SandboxError, ApiError):
                self.stop()
                self._prepare()
                if self._load_ports() == ports:
                    raise
                # Somebody took a port between our choice and the component's bind; there are others.
                self._bring_up()

    def stop(self) -> None:
        """Stop the processes and keep the data; idempotent."""
        with self._lock:
            for group in reversed(_START_ORDER):
                self._processes.stop([self._process_name(component) for component in group], grace_s=2.0)

    def delete(self) -> None:
        """Stop the processes and remove the cluster's folder."""
        with self._lock:
            self.stop()
            shutil.rmtree(self.folder, ignore_errors=True)

    def is_running(self) -> bool:
        """Tell whether every process of the cluster is alive."""
        records = [self._processes.get(self._process_name(name)) for group in _START_ORDER for name in group]
        return all(record is not None and record.is_alive() for record in records)

    def set_nodes(self, pool: str, nodes: Sequence[NodeSpec]) -> None:
        """Make the nodes of `pool` exactly `nodes`; raises ApiError."""
        with KubernetesApi(self.kubeconfig) as api:
            set_pool_nodes(api, pool, nodes, kubelet_version=api.get("/version")["gitVersion"])

    def _prepare(self) -> None:
        """Choose the ports of what does not run: the saved ones where they can still be bound."""
        try:
            saved: Ports | None = self._load_ports()
        except SandboxError:
            saved = None
        if saved is None or not self.is_running():
            self._save_ports(Ports.choose(lambda field: choose_port(getattr(saved, field) if saved else None)))

    def _bring_up(self) -> None:
        ports, commands = self._load_ports(), self._commands()
        with KubernetesApi(self.kubeconfig) as api:
            probes = self._probes(ports, api)
            for group in _START_ORDER:
                for component in group:
                    self._spawn(component, commands[component])
                for component in group:
                    self._wait_for(component, *probes[component])
                if "apiserver" in group:
                    _apply_manifests(api)
                    self._drop_node_leases(api)
            _wait_for_default_account(api)

    def _drop_node_leases(self, api: KubernetesApi) -> None:
        """Delete the leases that an earlier kwok held: a new one has another identity and would wait out their 40 s."""
        record = self._processes.get(self._process_name("kwok"))
        if record is None or not record.is_alive():
            api.delete("/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases")

    def _commands(self) -> dict[str, list[str]]:
        pki = self._pki()
        return component_commands(
            self._binaries,
            pki,
            self._load_ports(),
            data_folder=self.folder / "etcd",
            kubeconfigs=self._write_kubeconfigs(pki),
            stages=[self._write_stage(name) for name in ("node.yaml", "pod.yaml", "volume.yaml")],
        )

    def _probes(self, ports: Ports, api: KubernetesApi) -> dict[str, tuple[int, _Probe]]:
        """Return each component's port and what asks it for its health."""
        return {
            # etcd answers only with its client certificate; the API server's readiness includes it.
            "etcd": (ports.etcd, lambda: True),
            "apiserver": (ports.apiserver, api.is_ready),
            "controller-manager": (ports.controller_manager, _health_probe(ports.controller_manager, self.ca_pem)),
            "scheduler": (ports.scheduler, _health_probe(ports.scheduler, self.ca_pem)),
            "kwok": (ports.kwok, _health_probe(ports.kwok, None)),
        }

    def _spawn(self, component: str, command: Sequence[str]) -> None:
        name = self._process_name(component)
        record = self._processes.get(name)
        if record is None or not record.is_alive():
            self._processes.spawn(name, command, log_path=self.folder / "logs" / f"{component}.log")

    def _wait_for(self, component: str, port: int, probe: _Probe) -> None:
        record = self._processes.get(self._process_name(component))
        if record is None:
            raise SandboxError(f"{self._process_name(component)} has no record of its process")
        wait_until_ready(record, port=port, probe=probe, timeout_s=_READY_TIMEOUT_S)

    def _pki(self) -> ClusterPki:
        return ensure_pki(self.folder / "pki", service_ip=SERVICE_IP)

    def _kubeconfig_for(self, pair: KeyPair, user: str) -> str:
        credentials = Credentials(self.server_url, self.ca_pem, pair.certificate.read_text(), pair.key.read_text())
        return render_kubeconfig(credentials, cluster=self.name, user=user)

    def _write_kubeconfigs(self, pki: ClusterPki) -> dict[str, Path]:
        pairs = {"controller-manager": pki.controller_manager, "scheduler": pki.scheduler, "kwok": pki.kwok}
        paths = {}
        for user, pair in pairs.items():
            paths[user] = self.folder / "kubeconfigs" / f"{user}.yaml"
            paths[user].parent.mkdir(exist_ok=True, mode=0o700)
            paths[user].touch(mode=0o600)
            paths[user].write_text(self._kubeconfig_for(pair, user))
        return paths

    def _write_stage(self, name: str) -> Path:
        """Copy a stage into the cluster's folder: kwok reads real files only, and a package may be a zip."""
        target = self.folder / "stages" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(_data_text("stages", name))
        return target

    def _load_ports(self) -> Ports:
        try:
            return Ports(**json.loads((self.folder / "ports.json").read_text()))
        except (OSError, ValueError, TypeError):
            raise SandboxError(f"the cluster {self.name} was never started") from None

    def _save_ports(self, ports: Ports) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (self.folder / "ports.json").write_text(json.dumps(ports.as_dict()))

    def _process_name(self, component: str) -> str:
        return f"kubernetes-{self.name}-{component}"


def _health_probe(port: int, ca_pem: str | None) -> _Probe:
    scheme = "http" if ca_pem is None else "https"
    verify = ssl.create_default_context(cadata=ca_pem) if ca_pem else True

    def probe() -> bool:
        try:
            answer = httpx2.get(f"{scheme}://127.0.0.1:{port}/healthz", verify=verify, timeout=2, trust_env=False)
        except httpx2.HTTPError:
            return False
        return answer.status_code == httpx2.codes.OK

    return probe


def _apply_manifests(api: KubernetesApi) -> None:
    for document in _manifests("storage.yaml"):
        plural = {"CSIDriver": "csidrivers", "StorageClass": "storageclasses"}[document["kind"]]
        api.apply(f"/apis/{document['apiVersion']}/{plural}/{document['metadata']['name']}", document)


def _manifests(name: str) -> Iterator[dict[str, Any]]:
    yield from YAML(typ="safe").load_all(_data_text("manifests", name))


def _wait_for_default_account(api: KubernetesApi) -> None:
    """Wait for the service account of the namespace `default`, without which no pod can be made there."""
    deadline = time.monotonic() + _READY_TIMEOUT_S
    while not api.exists("/api/v1/namespaces/default/serviceaccounts/default"):
        if time.monotonic() > deadline:
            raise SandboxError("the controller manager made no default service account")
        time.sleep(_POLL_INTERVAL_S)


def _data_text(kind: str, name: str) -> str:
    return resources.files("hubwright.sandbox.kubernetes").joinpath(kind, name).read_text()
