from __future__ import annotations

from typing import Any

import pytest

from hubwright.core.errors import ResourceError

REGISTRY = "ovh:CloudProject/containerRegistry:ContainerRegistry"
USER = "ovh:CloudProject/containerRegistryUser:ContainerRegistryUser"
CAPABILITIES = "ovh:CloudProject/getCapabilitiesContainerFilter:getCapabilitiesContainerFilter"
PLAN = {
    "id": "9f728ba5",
    "name": "SMALL",
    "code": "registry.s-plan-equivalent.hour.consumption",
    "createdAt": "2026-01-01T00:00:00Z",
    "updatedAt": "2026-01-01T00:00:00Z",
    "features": {"vulnerability": False},
    "registryLimits": {"imageStorage": 214748364800, "parallelRequest": 15},
}
LIVE = {
    "id": "r1",
    "name": "hub",
    "region": "GRA",
    "projectID": "0123",
    "status": "READY",
    "url": "https://r1.gra.example",
    "version": "2.12.2",
    "size": 0,
    "iamEnabled": False,
}


@pytest.fixture
def ready(api: Any) -> Any:
    api.script("POST", "P/containerRegistry", {"id": "r1"})
    api.script(
        "GET", "P/containerRegistry/r1", {**LIVE, "status": "INSTALLING"}, {**LIVE, "status": "DELIVERING"}, LIVE
    )
    api.script("GET", "P/containerRegistry/r1/plan", PLAN)
    return api


def test_create(ovh: Any, ready: Any) -> None:
    state = ovh.create(REGISTRY, region="GRA", name="hub", planId="9f728ba5")
    assert ready.bodies("POST", "P/containerRegistry") == [{"name": "hub", "region": "GRA", "planID": "9f728ba5"}]
    assert state.outputs["planId"] == "9f728ba5"
    assert state.outputs["projectId"] == "0123"
    assert state.outputs["plans"][0]["registryLimits"] == [{"imageStorage": 214748364800, "parallelRequest": 15}]
    assert not ovh.changes(REGISTRY, state, region="GRA", name="hub", planId="9f728ba5")


def test_update_makes_only_the_calls_that_are_needed(ovh: Any, ready: Any) -> None:
    state = ovh.create(REGISTRY, region="GRA", name="hub", planId="9f728ba5")
    ready.script("PUT", "P/containerRegistry/r1/plan", None)
    ovh.update(REGISTRY, state, region="GRA", name="hub", planId="c5ddc763")
    assert [(method, path) for method, path, _ in ready.calls if method == "PUT"] == [
        ("PUT", "P/containerRegistry/r1/plan")
    ]


def test_the_users_password_outlives_every_read(ovh: Any, api: Any) -> None:
    users = "P/containerRegistry/r1/users"
    api.script("POST", users, {"id": "7", "user": "builder", "email": "a@b.c", "password": "hunter2"})
    api.script("GET", users, [{"id": "7", "user": "builder", "email": "a@b.c"}])
    state = ovh.create(USER, registryId="r1", login="builder", email="a@b.c")
    assert state.outputs["password"] == "hunter2"
    read = ovh.provider.read(USER, "7", state.inputs, state.outputs, ovh.context(USER))
    assert read.outputs == state.outputs
    assert ovh.provider.secret_outputs(USER) == {"password"}


def test_a_user_that_is_not_in_the_list_is_gone(ovh: Any, api: Any) -> None:
    api.script("GET", "P/containerRegistry/r1/users", [])
    inputs = ovh.check(USER, registryId="r1", login="builder", email="a@b.c")
    assert ovh.provider.read(USER, "7", inputs, {}, ovh.context(USER)) is None


def test_capabilities_find_one_plan(ovh: Any, api: Any) -> None:
    api.script("GET", "P/capabilities/containerRegistry", [{"regionName": "GRA", "plans": [PLAN]}])
    arguments = {"region": "GRA", "planName": "SMALL"}
    found = ovh.provider.invoke(CAPABILITIES, arguments, ovh.context("t"))
    assert (found["id"], found["features"]) == ("9f728ba5", [{"vulnerability": False}])
    with pytest.raises(ResourceError, match="GRA9") as caught:
        ovh.provider.invoke(CAPABILITIES, {**arguments, "region": "GRA9"}, ovh.context("t"))
    assert "GRA" in (caught.value.hint or "")
