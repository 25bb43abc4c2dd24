"""Behind the OVH API's managed Kubernetes: real control planes, kwok nodes, and a cloud controller for each."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hubwright.core.binaries import Binaries
from hubwright.core.errors import SandboxError
from hubwright.sandbox.kubernetes.cloud_controller import CloudController
from hubwright.sandbox.kubernetes.control_plane import ControlPlane
from hubwright.sandbox.kubernetes.load_balancers import CloudSettings
from hubwright.sandbox.kubernetes.nodes import NodeSpec
from hubwright.sandbox.kubernetes.openstack_access import SdkOpenStackAccess
from hubwright.sandbox.ovh.ports import ClusterSpec, Machine
from hubwright.sandbox.process import ProcessTable

_BOOT_TIMEOUT_S = 120.0
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_CORDON = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}


@dataclass(slots=True)
class _Booted:
    plane: ControlPlane
    controller: CloudController | None = None
    ready: threading.Event = field(default_factory=threading.Event)


class ManagedClusters:
    """Implements the OVH API's ClusterBackend; `openstack` holds the OS_* variables of the project's user."""

    def __init__(
        self, folder: Path, binaries: Binaries, processes: ProcessTable, openstack: Mapping[str, str] | None
    ) -> None:
        self._folder = folder
        self._binaries = binaries
        self._processes = processes
        self._openstack = openstack
        self._clusters: dict[str, _Booted] = {}
        self._lock = threading.Lock()

    def boot(self, spec: ClusterSpec) -> str:
        """Start or resume the control plane and its cloud controller."""
        booted = self._entry(spec.id, spec.name)
        booted.plane.start()
        if self._openstack is not None and booted.controller is None:
            subnet = spec.load_balancers_subnet_id or spec.nodes_subnet_id
            access = SdkOpenStackAccess.from_environment(self._openstack)
            settings = CloudSettings(cluster_name=booted.plane.name, subnet_id=subnet)
            booted.controller = CloudController(booted.plane.kubeconfig, access, settings)
            booted.controller.start()
        booted.ready.set()
        return booted.plane.server_url

    def set_nodes(self, cluster_id: str, pool: str, machines: Sequence[Machine]) -> None:
        """Make the pool's nodes exactly these; after a restart of the daemon, once the control plane is back."""
        booted = self._entry(cluster_id)
        if not booted.ready.wait(_BOOT_TIMEOUT_S):
            raise SandboxError(f"the control plane of cluster {cluster_id} is not up")
        booted.plane.set_nodes(pool, [_node(machine) for machine in machines])

    def kubeconfig(self, cluster_id: str) -> str:
        """Return the administrator's kubeconfig."""
        return self._entry(cluster_id).plane.kubeconfig

    def delete(self, cluster_id: str) -> None:
        """Stop the control plane and drop its data."""
        booted = self._entry(cluster_id)
        if booted.controller is not None:
            booted.controller.stop()
        booted.plane.delete()
        shutil.rmtree(self._folder / cluster_id, ignore_errors=True)
        with self._lock:
            self._clusters.pop(cluster_id, None)

    def stop(self) -> None:
        """Stop everything and keep the data."""
        with self._lock:
            clusters, self._clusters = self._clusters, {}
        for booted in clusters.values():
            if booted.controller is not None:
                booted.controller.stop()
        for booted in clusters.values():
            booted.plane.stop()

    def _entry(self, cluster_id: str, name: str | None = None) -> _Booted:
        """Return the cluster's entry, made at first use."""
        with self._lock:
            if cluster_id not in self._clusters:
                folder = self._folder / cluster_id
                label = _kept_name(folder, cluster_id, name)
                plane = ControlPlane(label, folder / "control-plane", self._binaries, self._processes)
                self._clusters[cluster_id] = _Booted(plane)
            return self._clusters[cluster_id]


def _kept_name(folder: Path, cluster_id: str, name: str | None) -> str:
    # Names of processes come from it, so that it must survive a rename of the cluster.
    file = folder / "name"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.write_text(name if name and _PLAIN_NAME.fullmatch(name) else cluster_id)
    return file.read_text()


def _node(machine: Machine) -> NodeSpec:
    taints = [dict(taint) for taint in machine.taints]
    return NodeSpec(
        name=machine.name,
        cpu_millicores=machine.cpu_millicores,
        memory_bytes=machine.memory_bytes,
        labels=dict(machine.labels),
        annotations=dict(machine.annotations),
        taints=[*taints, _CORDON] if machine.unschedulable else taints,
    )
