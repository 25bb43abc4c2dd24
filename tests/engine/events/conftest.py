"""Runs as lists of events, made by hand: what every display of them has to understand."""

from __future__ import annotations

import pytest

from hubwright.core.errors import ApiError
from hubwright.engine.events import (
    Diagnostic,
    EngineEvent,
    Operation,
    Outcome,
    ResourceDone,
    ResourceFailed,
    ResourcePlanned,
    ResourceSkipped,
    ResourceStarted,
    Severity,
    Step,
    Summary,
    UpdateKind,
    UpdateStarted,
)
from hubwright.engine.property_diff import compare_properties
from hubwright.engine.property_values import UNKNOWN, Secret

STACK = "urn:pulumi:local::hubwright::pulumi:pulumi:Stack::hubwright-local"
CLUSTER = "urn:pulumi:local::hubwright::hubwright:cloud:Cluster::cluster"
KUBE = "urn:pulumi:local::hubwright::hubwright:cloud:Cluster$ovh:CloudProject/kube:Kube::kube"
POOL = "urn:pulumi:local::hubwright::hubwright:cloud:Cluster$ovh:CloudProject/kubeNodePool:KubeNodePool::core"
RECORD = "urn:pulumi:local::hubwright::ovh:Domain/zoneRecord:ZoneRecord::hub"


def step(operation: Operation, urn: str, parent: str = "", **more: object) -> Step:
    kind, name = urn.rsplit("::", 2)[1].rpartition("$")[2], urn.rpartition("::")[2]
    return Step(operation, urn, kind, name, parent, **more)  # type: ignore[arg-type]


REPLACED = step(
    Operation.REPLACE,
    KUBE,
    CLUSTER,
    diff=compare_properties(
        {"region": "GRA9", "key": Secret("a"), "tags": ["x"], "gone": 1},
        {"region": "BHS5", "key": Secret("b"), "tags": ["x", "y"], "url": UNKNOWN, "note": "n" * 100},
    ),
    replaced_by=("region",),
)


@pytest.fixture
def preview() -> list[EngineEvent]:
    return [
        UpdateStarted(UpdateKind.PREVIEW, "hubwright", "local"),
        ResourcePlanned(step(Operation.SAME, STACK)),
        ResourcePlanned(step(Operation.SAME, CLUSTER, STACK)),
        Diagnostic(Severity.WARNING, "the version is old", KUBE),
        ResourcePlanned(REPLACED),
        ResourcePlanned(step(Operation.CREATE, POOL, CLUSTER)),
        ResourcePlanned(step(Operation.DELETE_REPLACED, KUBE, CLUSTER)),
        ResourcePlanned(step(Operation.DELETE, RECORD, STACK)),
        Summary(
            UpdateKind.PREVIEW,
            {Operation.SAME: 2, Operation.REPLACE: 1, Operation.CREATE: 1, Operation.DELETE: 1},
        ),
    ]


@pytest.fixture
def failed_update() -> list[EngineEvent]:
    create = step(Operation.CREATE, POOL, CLUSTER)
    return [
        UpdateStarted(UpdateKind.UP, "hubwright", "local"),
        ResourceDone(step(Operation.SAME, STACK)),
        ResourceDone(step(Operation.SAME, CLUSTER, STACK)),
        ResourceStarted(REPLACED),
        Diagnostic(Severity.INFO, "waiting for READY", KUBE, ephemeral=True),
        ResourceDone(REPLACED, 4.25),
        ResourceStarted(create),
        ResourceFailed(POOL, ApiError("quota is used up", hint="ask for more"), create),
        ResourceFailed(RECORD, ApiError("wrong inputs: zone")),
        ResourceSkipped(KUBE.replace("kube", "other"), "something that depends on it is still there"),
        Summary(UpdateKind.UP, {Operation.SAME: 2, Operation.REPLACE: 1}, 2, 12.5, Outcome.FAILED),
    ]


@pytest.fixture
def unchanged() -> list[EngineEvent]:
    return [
        UpdateStarted(UpdateKind.PREVIEW, "hubwright", "local"),
        ResourcePlanned(step(Operation.SAME, STACK)),
        Summary(UpdateKind.PREVIEW, {Operation.SAME: 1}),
    ]
