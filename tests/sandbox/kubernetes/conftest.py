from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hubwright.sandbox.kubernetes.api_client import KubernetesApi
from hubwright.sandbox.kubernetes.control_plane import ControlPlane
from hubwright.sandbox.kubernetes.nodes import NodeSpec
from hubwright.sandbox.process import ProcessTable
from hubwright.toolchain import find_toolchain

GIB = 1024**3


def wait_for(condition: Callable[[], bool], timeout_s: float = 20) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        time.sleep(0.05)


@pytest.fixture(scope="session")
def cluster() -> Iterator[ControlPlane]:
    binaries = find_toolchain()
    if binaries is None:
        pytest.skip("the toolchain is not built: run `hubwright toolchain`")
    folder = Path(tempfile.mkdtemp(prefix="hubwright-test-"))
    plane = ControlPlane("test", folder / "cluster", binaries, ProcessTable(folder / "processes"))
    try:
        plane.start()
        yield plane
    finally:
        plane.delete()
        shutil.rmtree(folder)


@pytest.fixture
def api(cluster: ControlPlane) -> Iterator[KubernetesApi]:
    with KubernetesApi(cluster.kubeconfig) as client:
        yield client


@pytest.fixture
def nodes(cluster: ControlPlane) -> None:
    tainted = NodeSpec(
        "user-0",
        2000,
        7 * GIB,
        labels={"hub.jupyter.org/node-purpose": "user"},
        taints=[{"key": "hub.jupyter.org/dedicated", "value": "user", "effect": "NoSchedule"}],
    )
    cluster.set_nodes("core", [NodeSpec("core-0", 2000, 7 * GIB, labels={"hub.jupyter.org/node-purpose": "core"})])
    cluster.set_nodes("user", [tainted])
