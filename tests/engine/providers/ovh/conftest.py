"""A double of the OVH API that answers from a script, and a provider on it that never sleeps."""

from __future__ import annotations

from collections import deque
from typing import Any

import pytest

from hubwright.adapters.ovh import OvhApi
from hubwright.core.errors import ApiError, HubwrightError
from hubwright.engine.property_values import PropertyMap
from hubwright.engine.providers.base import OperationContext, ResourceState
from hubwright.engine.providers.declared.provider import DeclaredProvider
from hubwright.engine.providers.declared.waiting import Pace
from hubwright.engine.providers.ovh.functions import registry_capabilities
from hubwright.engine.providers.ovh.provider import RESOURCE_TYPES

PROJECT = "0123456789abcdef0123456789abcdef"
CAPABILITIES = "ovh:CloudProject/getCapabilitiesContainerFilter:getCapabilitiesContainerFilter"


class ScriptedApi(OvhApi):
    """Gives each (method, path) its scripted answers in turn, the last one for ever; what has no script is a 404."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[str, str, Any]] = []
        self._answers: dict[tuple[str, str], deque[Any]] = {}

    def script(self, method: str, path: str, *answers: Any) -> None:
        self._answers[method, path.replace("P/", f"/cloud/project/{PROJECT}/")] = deque(answers)

    def call(self, method: str, path: str, body: Any = None, *, idempotent: bool) -> Any:
        self.calls.append((method, path.replace(f"/cloud/project/{PROJECT}/", "P/"), body))
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
    """Checks, creates, and so on, one type of a provider."""

    def __init__(self, provider: DeclaredProvider, api: ScriptedApi) -> None:
        self.provider = provider
        self.api = api
        self.now_s = 0.0

    def context(self, token: str) -> OperationContext:
        return OperationContext(urn=f"urn:pulumi:local::hub::{token}::thing", timeout_s=30)

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

    def delete(self, token: str, state: ResourceState) -> None:
        self.provider.delete(token, state.id, state.inputs or {}, state.outputs, self.context(token))

    def sleep(self, duration_s: float) -> None:
        self.now_s += duration_s


@pytest.fixture(autouse=True)
def project(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("OVH_CLOUD_PROJECT_SERVICE", PROJECT)
    return PROJECT


@pytest.fixture
def api() -> ScriptedApi:
    return ScriptedApi()


@pytest.fixture
def ovh(api: ScriptedApi) -> Driver:
    driver: Driver
    pace = Pace(clock=lambda: driver.now_s, sleep=lambda duration_s: driver.sleep(duration_s))
    resources = [resource(api) for resource in RESOURCE_TYPES]
    provider = DeclaredProvider("ovh", resources, {CAPABILITIES: registry_capabilities(api)}, pace=pace)
    driver = Driver(provider, api)
    return driver
