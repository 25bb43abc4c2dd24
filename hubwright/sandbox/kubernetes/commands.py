"""The command lines of a cluster's components; pure, so that a test can read them without starting anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Self

from hubwright.core.binaries import Binaries
from hubwright.sandbox.kubernetes.pki import ClusterPki

# OVHcloud's own ranges for managed clusters.
POD_CIDR = "10.2.0.0/16"
SERVICE_CIDR = "10.3.0.0/16"
SERVICE_IP = "10.3.0.1"
_LOOPBACK = "127.0.0.1"
# The defaults (20 calls a second) make the controller manager wait three seconds in front of an idle API server.
_CALL_RATE = ["--kube-api-qps=500", "--kube-api-burst=1000"]


@dataclass(frozen=True, slots=True)
class Ports:
    """The loopback ports of one cluster."""

    etcd: int
    etcd_peer: int
    apiserver: int
    controller_manager: int
    scheduler: int
    kwok: int

    @classmethod
    def choose(cls, choose_port: Callable[[str], int]) -> Self:
        """Ask `choose_port` for each field by name until all differ."""
        ports: dict[str, int] = {}
        for field in fields(cls):
            port = choose_port(field.name)
            while port in ports.values():
                port = choose_port(field.name)
            ports[field.name] = port
        return cls(**ports)

    def as_dict(self) -> dict[str, int]:
        """Return the ports by name, for saving."""
        return asdict(self)


def component_commands(
    binaries: Binaries,
    pki: ClusterPki,
    ports: Ports,
    *,
    data_folder: Path,
    kubeconfigs: Mapping[str, Path],
    stages: Sequence[Path],
) -> dict[str, list[str]]:
    """Return each component's command in the order of starting."""
    return {
        "etcd": _etcd(binaries, pki, ports, data_folder),
        "apiserver": _apiserver(binaries, pki, ports),
        "controller-manager": _controller_manager(binaries, pki, ports, kubeconfigs["controller-manager"]),
        "scheduler": _scheduler(binaries, pki, ports, kubeconfigs["scheduler"]),
        "kwok": _kwok(binaries, ports, kubeconfigs["kwok"], stages),
    }


def _etcd(binaries: Binaries, pki: ClusterPki, ports: Ports, data_folder: Path) -> list[str]:
    client_url = f"https://{_LOOPBACK}:{ports.etcd}"
    peer_url = f"https://{_LOOPBACK}:{ports.etcd_peer}"
    authority = pki.etcd_authority.certificate
    return [
        str(binaries.etcd),
        "--name=sandbox",
        f"--data-dir={data_folder}",
        f"--listen-client-urls={client_url}",
        f"--advertise-client-urls={client_url}",
        f"--listen-peer-urls={peer_url}",
        f"--initial-advertise-peer-urls={peer_url}",
        f"--initial-cluster=sandbox={peer_url}",
        f"--cert-file={pki.etcd_server.certificate}",
        f"--key-file={pki.etcd_server.key}",
        f"--trusted-ca-file={authority}",
        "--client-cert-auth",
        f"--peer-cert-file={pki.etcd_server.certificate}",
        f"--peer-key-file={pki.etcd_server.key}",
        f"--peer-trusted-ca-file={authority}",
        "--peer-client-cert-auth",
        # A sandbox survives a killed process, not a power cut; syncing would cost seconds on slow disks.
        "--unsafe-no-fsync",
        "--auto-compaction-mode=periodic",
        "--auto-compaction-retention=30m",
        "--log-level=warn",
    ]


def _apiserver(binaries: Binaries, pki: ClusterPki, ports: Ports) -> list[str]:
    return [
        str(binaries.kube_apiserver),
        f"--bind-address={_LOOPBACK}",
        f"--advertise-address={_LOOPBACK}",
        f"--secure-port={ports.apiserver}",
        # A loopback address may not stand in the endpoints of the `kubernetes` Service.
        "--endpoint-reconciler-type=none",
        f"--etcd-servers=https://{_LOOPBACK}:{ports.etcd}",
        f"--etcd-cafile={pki.etcd_authority.certificate}",
        f"--etcd-certfile={pki.etcd_client.certificate}",
        f"--etcd-keyfile={pki.etcd_client.key}",
        f"--client-ca-file={pki.authority.certificate}",
        f"--tls-cert-file={pki.serving.certificate}",
        f"--tls-private-key-file={pki.serving.key}",
        "--authorization-mode=Node,RBAC",
        "--allow-privileged=true",
        f"--service-cluster-ip-range={SERVICE_CIDR}",
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
        f"--service-account-key-file={pki.service_accounts.certificate}",
        f"--service-account-signing-key-file={pki.service_accounts.key}",
        "--profiling=false",
    ]


def _controller_manager(binaries: Binaries, pki: ClusterPki, ports: Ports, kubeconfig: Path) -> list[str]:
    return [
        str(binaries.kube_controller_manager),
        f"--kubeconfig={kubeconfig}",
        f"--bind-address={_LOOPBACK}",
        f"--secure-port={ports.controller_manager}",
        f"--tls-cert-file={pki.serving.certificate}",
        f"--tls-private-key-file={pki.serving.key}",
        "--leader-elect=false",
        *_CALL_RATE,
        "--use-service-account-credentials=true",
        f"--root-ca-file={pki.authority.certificate}",
        f"--service-account-private-key-file={pki.service_accounts.key}",
        f"--cluster-signing-cert-file={pki.authority.certificate}",
        f"--cluster-signing-key-file={pki.authority.key}",
        "--allocate-node-cidrs=true",
        f"--cluster-cidr={POD_CIDR}",
        f"--service-cluster-ip-range={SERVICE_CIDR}",
        "--profiling=false",
    ]


def _scheduler(binaries: Binaries, pki: ClusterPki, ports: Ports, kubeconfig: Path) -> list[str]:
    return [
        str(binaries.kube_scheduler),
        f"--kubeconfig={kubeconfig}",
        f"--bind-address={_LOOPBACK}",
        f"--secure-port={ports.scheduler}",
        f"--tls-cert-file={pki.serving.certificate}",
        f"--tls-private-key-file={pki.serving.key}",
        "--leader-elect=false",
        *_CALL_RATE,
        "--profiling=false",
    ]


def _kwok(binaries: Binaries, ports: Ports, kubeconfig: Path, stages: Sequence[Path]) -> list[str]:
    return [
        str(binaries.kwok),
        f"--kubeconfig={kubeconfig}",
        *(f"--config={stage}" for stage in stages),
        f"--server-address={_LOOPBACK}:{ports.kwok}",
        "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake",
        f"--node-ip={_LOOPBACK}",
        "--node-lease-duration-seconds=40",
        f"--cidr={POD_CIDR}",
    ]
