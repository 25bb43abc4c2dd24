"""A program of many resources, a provider that does nothing, and a monitor that answers at once."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
from google.protobuf import empty_pb2
from pulumi.runtime.proto import resource_pb2

from hubwright.engine.engine import Engine, EngineOptions
from hubwright.engine.monitor import FEATURES
from hubwright.engine.program import ProgramRun, run_program
from hubwright.engine.providers.base import CheckResult, DiffResult, ResourceState
from hubwright.engine.state.backend import StackName
from hubwright.engine.state.file_backend import FileBackend

TOKEN = "bench:index:Thing"


class _Thing(pulumi.CustomResource):
    def __init__(self, name: str, inputs: dict[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(TOKEN, name, inputs, opts)


def program(size: int) -> Callable[[], None]:
    """Declare resources of a usual size; each tenth begins a new chain, so that some wait for others."""

    def declare() -> None:
        before: _Thing | None = None
        for number in range(size):
            inputs = {"name": f"thing-{number}", "size": number, "tags": ["a", "b"], "labels": {"team": "x", "n": 1}}
            inputs["before"] = before.id if before is not None and number % 10 else ""
            before = _Thing(f"thing-{number}", inputs)

    return declare


class NoOpProvider:
    """Accepts everything and does nothing."""

    numbers = itertools.count()

    def check(self, token: str, olds: Any, news: Any, name: str, context: Any) -> CheckResult:
        return CheckResult(news, [])

    def diff(self, token: str, id: str, old_inputs: Any, old_outputs: Any, new_inputs: Any, context: Any) -> DiffResult:
        changed = [key for key in new_inputs if old_inputs.get(key) != new_inputs[key]]
        return DiffResult(changed, [])

    def create(self, token: str, inputs: Any, context: Any) -> ResourceState:
        return ResourceState(f"id-{next(self.numbers)}", inputs)

    def secret_outputs(self, token: str) -> frozenset[str]:
        return frozenset()

    def supports(self, token: str) -> bool:
        return True


class _BareMonitor:
    def GetDeploymentInfo(self, request: object) -> resource_pb2.DeploymentInfo:  # noqa: N802
        return resource_pb2.DeploymentInfo(project="bench", stack="dev", supportedFeatures=FEATURES)

    def RegisterResource(self, request: Any) -> resource_pb2.RegisterResourceResponse:  # noqa: N802
        return resource_pb2.RegisterResourceResponse(
            urn=f"urn:pulumi:dev::bench::{request.type}::{request.name}",
            id=f"id-{request.name}" if request.custom else "",
            object=request.object,
        )

    def RegisterResourceOutputs(self, request: object) -> empty_pb2.Empty:  # noqa: N802
        return empty_pb2.Empty()

    def SignalAndWaitForShutdown(self, request: object) -> empty_pb2.Empty:  # noqa: N802
        return empty_pb2.Empty()


class _BareLog:
    def Log(self, request: object) -> empty_pb2.Empty:  # noqa: N802
        return empty_pb2.Empty()


def bare_run(declare: Callable[[], None], *, preview: bool) -> None:
    """Run a program with a monitor that answers at once."""
    run_program(
        ProgramRun(
            program=declare,
            name=StackName("bench", "dev"),
            project_dir=Path.cwd(),
            config={},
            secret_config_keys=frozenset(),
            monitor=_BareMonitor(),
            log=_BareLog(),
            parallel=8,
            preview=preview,
        )
    )


def engine_for(folder: Path, declare: Callable[[], None]) -> Engine:
    """Return an engine with a state on disk, in `folder`."""
    return Engine(
        EngineOptions(
            project="bench",
            stack="dev",
            program=declare,
            project_dir=folder,
            backend=FileBackend(folder),
            passphrase=lambda: "bench",
            providers={"bench": lambda _inputs: NoOpProvider()},  # type: ignore[dict-item]
            parallel=8,
        )
    )
