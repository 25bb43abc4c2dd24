"""A double of the OpenStack APIs that answers from a script, and the real services of the sandbox."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_socket import enable_socket

from hubwright.adapters.openstack import OpenStackApi
from hubwright.core.errors import ApiError, HubwrightError
from hubwright.core.progress import SilentProgress
from hubwright.engine.property_values import PropertyMap
from hubwright.engine.providers.base import OperationContext, ResourceState
from hubwright.engine.providers.declared.provider import DeclaredProvider
from hubwright.engine.providers.declared.waiting import Pace
from hubwright.engine.providers.openstack.provider import RESOURCE_TYPES, build_provider


class ScriptedApi(OpenStackApi):
    """Gives each (method, path) its scripted answers in turn, the last one for ever; what has no script is a 404."""

    def __init__(self) -> None:
        super().__init__(region="GRA9")
        self.calls: list[tuple[str, str, Any]] = []
        self._answers: dict[tuple[str, str], deque[Any]] = {}

    def script(self, method: str, path: str, *answers: Any) -> None:
        self._answers[method, path] = deque(answers)

    def call(
        self, method: str, service: str, path: str, body: Any = None, *, region: str | None = None, idempotent: bool
    ) -> Any:
        self.calls.append((method, path, body))
        answers = self._answers.get((method, path))
        if not answers:
            raise ApiError(f"{method} {path}: HTTP 404", status=404)
        answer = answers.popleft() if len(answers) > 1 else answers[0]
        if isinstance(answer, HubwrightError):
            raise answer
        return answer

    def bodies(self, method: str, path: str) -> list[Any]:
        return [body for called, where, body in self.calls if (called, where) == (method, path)]


class Driver:
    """Checks, creates, and so on, through one provider."""

    def __init__(self, provider: DeclaredProvider, *, timeout_s: float) -> None:
        self.provider = provider
        self.timeout_s = timeout_s

    def context(self, token: str) -> OperationContext:
        return OperationContext(urn=f"urn:pulumi:local::hub::{token}::thing", timeout_s=self.timeout_s)

    def check(self, token: str, **inputs: Any) -> PropertyMap:
        result = self.provider.check(token, None, inputs, "thing", self.context(token))
        assert not result.failures
        return result.inputs

    def problems(self, token: str, **inputs: Any) -> dict[str, str]:
        result = self.provider.check(token, None, inputs, "thing", self.context(token))
        return {failure.property: failure.reason for failure in result.failures}

    def create(self, token: str, **inputs: Any) -> ResourceState:
        return self.provider.create(token, self.check(token, **inputs), self.context(token))

    def update(self, token: str, state: ResourceState, **inputs: Any) -> ResourceState:
        old = state.inputs or {}
        new = self.provider.check(token, old, inputs, "thing", self.context(token)).inputs
        return self.provider.update(token, state.id, old, state.outputs, new, self.context(token))

    def changes(self, token: str, state: ResourceState, **inputs: Any) -> list[str]:
        old = state.inputs or {}
        new = self.provider.check(token, old, inputs, "thing", self.context(token)).inputs
        return list(self.provider.diff(token, state.id, old, state.outputs, new, self.context(token)).changed)

    def read(self, token: str, state: ResourceState) -> ResourceState | None:
        return self.provider.read(token, state.id, state.inputs or {}, state.outputs, self.context(token))

    def delete(self, token: str, state: ResourceState) -> None:
        self.provider.delete(token, state.id, state.inputs or {}, state.outputs, self.context(token))


@pytest.fixture
def api() -> ScriptedApi:
    return ScriptedApi()


@pytest.fixture
def openstack(api: ScriptedApi) -> Driver:
    seconds = iter(range(10_000))
    pace = Pace(clock=lambda: float(next(seconds)), sleep=lambda _: None)
    return Driver(DeclaredProvider("openstack", [kind(api) for kind in RESOURCE_TYPES], pace=pace), timeout_s=60)


@pytest.fixture(scope="session")
def cloud_inputs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PropertyMap]:
    """Provider inputs for real Keystone, Neutron and Octavia, started for this test run."""
    from hubwright.sandbox.openstack.daemon import ensure_environment, start_openstack, stop_openstack
    from hubwright.sandbox.process import ProcessTable

    # Session fixtures are set up before the marker of the first test that wants them is looked at.
    enable_socket()
    folder = tmp_path_factory.mktemp("openstack")
    processes = ProcessTable(folder / "processes")
    python = ensure_environment(SilentProgress(), None)
    endpoints = start_openstack(
        folder / "data", python, processes, project_id="5" * 32, speed=0.0, progress=SilentProgress()
    )
    yield {
        "authUrl": endpoints.auth_url,
        "userName": endpoints.username,
        "password": endpoints.password,
        "tenantId": endpoints.project_id,
        "userDomainName": "Default",
        "projectDomainName": "Default",
        "region": endpoints.region,
    }
    stop_openstack(processes)


@pytest.fixture
def cloud(cloud_inputs: PropertyMap) -> Driver:
    return Driver(build_provider(cloud_inputs), timeout_s=60)
