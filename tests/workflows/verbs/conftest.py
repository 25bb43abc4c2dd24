"""A project in a folder of its own, with a stack whose state was made by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from hubwright.engine.property_values import Secret
from hubwright.engine.records import ResourceRecord
from hubwright.engine.snapshot import Snapshot
from hubwright.engine.state.checkpoint import CheckpointWriter, StoredCheckpoint
from hubwright.workflows.project import Project, find_project
from hubwright.workflows.stack import init_stack
from hubwright.workflows.state_store import StateStore
from hubwright.workflows.target import DeployTarget

PREFIX = "urn:pulumi:dev::proj::"
STACK = f"{PREFIX}pulumi:pulumi:Stack::proj-dev"
PROVIDER = f"{PREFIX}pulumi:providers:cloud::default"
NET = f"{PREFIX}cloud:index:Net::net"
VM = f"{PREFIX}cloud:index:Vm::vm"
REFERENCE = f"{PROVIDER}::p1"


@pytest.fixture(autouse=True)
def _world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr("hubwright.engine.state.passphrase._ITERATIONS", 1000)
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "letmein")
    for name in ("PULUMI_STACK", "PULUMI_BACKEND_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    folder = tmp_path / "checkout"
    (folder / "stacks").mkdir(parents=True)
    (folder / "Pulumi.yaml").write_text("name: proj\nruntime: python\nmain: stacks/\nstackConfigDir: stacks/\n")
    return find_project(folder)


@pytest.fixture
def target(project: Project) -> DeployTarget:
    return DeployTarget(project, "dev", "embedded", None, None)


@pytest.fixture
def deployed(target: DeployTarget) -> DeployTarget:
    """A stack with a protected net, and a machine in it that has a secret."""
    init_stack(target)
    common = {"parent": STACK, "provider": REFERENCE}
    resources = [
        ResourceRecord(STACK, "pulumi:pulumi:Stack", custom=False, outputs={"ip": "10.0.0.1", "key": Secret("s3cret")}),
        ResourceRecord(PROVIDER, "pulumi:providers:cloud", custom=True, id="p1"),
        ResourceRecord(NET, "cloud:index:Net", custom=True, id="n1", protect=True, **common),
        ResourceRecord(
            VM, "cloud:index:Vm", custom=True, id="v1", dependencies=[NET], outputs={"pw": Secret("s3cret")}, **common
        ),
    ]
    store = StateStore(target)
    with store.backend.lock(store.name):
        empty = StoredCheckpoint(None, source="made by hand", passphrase=lambda: "letmein")
        writer = CheckpointWriter(store.name.full, empty.secrets, empty.snapshot())
        store.backend.save(store.name, writer.format(Snapshot(resources)))
    return target
