"""Runs the real program against Pulumi's mocks and records every registration, dependencies included."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime import configure, rpc
from pulumi.runtime.mocks import MockCallArgs, MockEngine, MockMonitor, MockResourceArgs, Mocks, MockSettings
from pulumi.runtime.settings import ROOT, SETTINGS
from pulumi.runtime.stack import run_in_stack

from components.charts import ChartCatalog
from components.clouds import make_cloud
from components.program import deploy, export
from hubwright.core.charts import Chart
from hubwright.core.profiles import PROFILES
from hubwright.core.settings import Settings, parse_settings
from hubwright.core.yaml_source import load_yaml

PROJECT = Path(__file__).resolve().parents[2]

CLOUD_ANSWERS: dict[str, dict[str, Any]] = {
    "ovh:CloudProject/kube:Kube": {"kubeconfig": "apiVersion: v1"},
    "ovh:CloudProject/kubeNodePool:KubeNodePool": {"status": "READY"},
    "ovh:CloudProject/networkPrivate:NetworkPrivate": {"regionsOpenstackIds": {"GRA9": "net-uuid"}},
    "ovh:CloudProject/containerRegistry:ContainerRegistry": {"url": "https://abc.gra.example"},
    "ovh:CloudProject/containerRegistryUser:ContainerRegistryUser": {"user": "hubwright", "password": "pushpw"},
    "pulumi-python:dynamic/harbor:Project": {"project_id": 2},
    "pulumi-python:dynamic/harbor:Robot": {"secret": "robotpw"},
    "openstack:loadbalancer/loadBalancer:LoadBalancer": {"vipPortId": "port-1"},
    "openstack:networking/floatingIp:FloatingIp": {"address": "203.0.113.7"},
    "random:index/randomBytes:RandomBytes": {"hex": "00" * 32},
}


class CloudMocks(Mocks):
    def __init__(self, answers: dict[str, dict[str, Any]]) -> None:
        self.answers = answers

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        outputs = {**args.inputs, **self.answers.get(args.typ, {})}
        if args.typ == "pulumi-python:dynamic/harbor:Robot":
            outputs["full_name"] = f"robot$binder+{args.name}"
        return f"{args.name}-id", outputs

    def call(self, args: MockCallArgs) -> dict[str, Any]:
        return {"id": f"plan-{args.args['planName']}"}


@dataclass(frozen=True)
class Registration:
    type: str
    name: str
    parent: str
    inputs: dict[str, Any]
    secrets: frozenset[str]
    dependencies: frozenset[str]
    protect: bool
    ignore_changes: tuple[str, ...]
    replace_on_changes: tuple[str, ...]
    provider: str


@dataclass
class Recording:
    registrations: dict[str, Registration] = field(default_factory=dict)
    exports: dict[str, Any] = field(default_factory=dict)

    def named(self, name: str, type_part: str = "") -> Registration:
        found = [r for r in self.registrations.values() if r.name == name and type_part in r.type]
        assert len(found) == 1, [r.type for r in found]
        return found[0]

    def reaches(self, start: Registration) -> set[str]:
        """Types of everything that `start` depends on, directly or not."""
        seen: set[str] = set()
        waiting = list(start.dependencies)
        while waiting:
            urn = waiting.pop()
            if urn not in seen:
                seen.add(urn)
                waiting.extend(self.registrations[urn].dependencies)
        return {self.registrations[urn].type.rpartition(":")[2] for urn in seen}


class RecordingMonitor(MockMonitor):
    def __init__(self, mocks: Mocks, recording: Recording) -> None:
        super().__init__(mocks)
        self.recording = recording

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the SDK's name
        response = super().RegisterResource(request)
        raw = rpc.deserialize_properties(request.object, keep_unknowns=True)
        provider_urn = request.provider.rpartition("::")[0]
        self.recording.registrations[response.urn] = Registration(
            type=request.type,
            name=request.name,
            parent=request.parent,
            inputs=raw,
            secrets=frozenset(_secret_paths(raw)),
            dependencies=frozenset(request.dependencies) | ({provider_urn} if provider_urn else set()),
            protect=request.protect,
            ignore_changes=tuple(request.ignoreChanges),
            replace_on_changes=tuple(request.replaceOnChanges),
            provider=request.provider,
        )
        return response


def _secret_paths(value: Any, path: str = "") -> list[str]:
    if rpc.is_rpc_secret(value):
        return [path]
    if isinstance(value, dict):
        return [found for key, item in value.items() for found in _secret_paths(item, f"{path}.{key}".strip("."))]
    if isinstance(value, list):
        return [found for item in value for found in _secret_paths(item, f"{path}[]")]
    return []


def stack_config(stack: str) -> dict[str, Any]:
    file = PROJECT / "stacks" / f"Pulumi.{stack}.yaml"
    return dict(load_yaml(file.read_text(), source=file.name)["config"])


@pytest.fixture
def settings() -> Settings:
    return parse_settings(stack_config("local"), stack="local")


@pytest.fixture
def project_folder(tmp_path: Path) -> Path:
    """A project with the layer files that every chart must have."""
    for chart in ("traefik", "binderhub", "jupyterhub"):
        folder = tmp_path / "charts-values" / chart
        folder.mkdir(parents=True)
        (folder / "base.yaml").write_text("{}\n")
        (folder / "profiles").mkdir()
        for profile in PROFILES:
            (folder / "profiles" / f"{profile}.yaml").write_text("{}\n")
        (tmp_path / "stand-ins" / chart).mkdir(parents=True)
    return tmp_path


@pytest.fixture
def charts(project_folder: Path) -> ChartCatalog:
    return ChartCatalog(
        source="stand-in",
        pins={},
        packages={},
        stand_ins=project_folder / "stand-ins",
        program_folder=project_folder / "stacks",
        read_chart=lambda path: Chart(path.name, "0.0.0"),
    )


@pytest.fixture
def run_program(project_folder: Path, charts: ChartCatalog, settings: Settings) -> Callable[..., Recording]:
    def run(
        *, using: Settings = settings, answers: dict[str, dict[str, Any]] | None = None, catalog: ChartCatalog = charts
    ) -> Recording:
        recording = Recording()
        mocks = CloudMocks({**CLOUD_ANSWERS, **(answers or {})})

        def program() -> None:
            outputs = deploy(using, make_cloud(using), catalog, project_folder=project_folder)
            recording.exports.update(outputs)
            export(outputs)

        contextvars.copy_context().run(_run_mocked, program, RecordingMonitor(mocks, recording))
        return recording

    return run


def _run_mocked(program: Callable[[], None], monitor: RecordingMonitor) -> None:
    """Runs a program to its end. `set_mocks` would make its stack on another event loop and wait for it for ever."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    thread_loops: list[asyncio.AbstractEventLoop] = []

    def give_loop() -> None:
        thread_loops.append(asyncio.new_event_loop())
        asyncio.set_event_loop(thread_loops[-1])

    threads = ThreadPoolExecutor(max_workers=32, initializer=give_loop)
    loop.set_default_executor(threads)
    loop.set_exception_handler(lambda _loop, _context: None)
    try:
        loop.run_until_complete(_configured(program, monitor))
    finally:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        threads.shutdown()
        asyncio.set_event_loop(None)
        for each in (*thread_loops, loop):
            each.close()


async def _configured(program: Callable[[], None], monitor: RecordingMonitor) -> None:
    features = set(monitor.GetDeploymentInfo(None).supportedFeatures)
    configure(
        MockSettings(
            monitor=monitor,
            monitor_features=features,
            engine=MockEngine(None),
            project="hubwright",
            stack="local",
            dry_run=False,
            organization=None,
            callbacks=None,
        )
    )
    ROOT.set(None)
    SETTINGS.rpc_manager.clear()
    SETTINGS.outputs.clear()  # a run that failed leaves some behind, and they belong to a loop that is closed
    await run_in_stack(program)
