"""Harbor's objects through their dynamic providers, against a registry with Harbor's API."""

from __future__ import annotations

from typing import Any

import pytest

from hubwright.core.errors import ResourceError
from hubwright.dynamic_providers.harbor.accounts import Member, Robot
from hubwright.dynamic_providers.harbor.images import GarbageCollection, ImmutableTags, Retention
from hubwright.dynamic_providers.harbor.kind import HarborKind
from hubwright.dynamic_providers.harbor.projects import Health, Project
from hubwright.dynamic_providers.harbor.resource import HarborProvider

pytestmark = pytest.mark.contract

PROJECT = {"name": "binder", "public": False, "storage_limit_bytes": -1}
BUILDER = {"project": "binder", "name": "builder", "rights": ["repository:push", "repository:pull"]}


class Declared:
    """One resource, driven as an engine would."""

    def __init__(self, running: Any, kind: type[HarborKind], **inputs: Any) -> None:
        self.provider = HarborProvider(kind)
        self.inputs = {"connection": {"url": running.url, "username": "bob", "password": "pw"}, **inputs}
        made = self.provider.create(self.inputs)
        self.id, self.outputs = made.id, made.outs

    def read(self) -> dict[str, Any] | None:
        found = self.provider.read(self.id, self.outputs)
        return found.outs if found.id else None

    def update(self, **inputs: Any) -> dict[str, Any]:
        wanted = {**self.inputs, **inputs}
        assert self.provider.diff(self.id, self.outputs, wanted).changes
        self.outputs = self.provider.update(self.id, self.outputs, wanted).outs
        return self.outputs

    def replaces(self, **inputs: Any) -> list[str]:
        return list(self.provider.diff(self.id, self.outputs, {**self.inputs, **inputs}).replaces or ())

    def delete(self) -> None:
        self.provider.delete(self.id, self.outputs)


def assert_settled(declared: Declared) -> None:
    """What was read is what was wanted: no difference."""
    read = declared.read()
    assert read is not None
    assert not declared.provider.diff(declared.id, read, declared.inputs).changes


def test_a_project_with_its_quota(running: Any) -> None:
    project = Declared(running, Project, **PROJECT)
    assert_settled(project)
    assert project.outputs["adopted"] is False
    project.update(storage_limit_bytes=10_000)
    assert project.read()["storage_limit_bytes"] == 10_000  # type: ignore[index]
    assert project.replaces(name="other") == ["name"]
    running.push("binder/hub:v1")
    with pytest.raises(ResourceError, match="still holds images"):
        project.delete()
    running.api("DELETE", "/projects/binder/repositories/hub")
    project.delete()
    project.delete()
    assert project.read() is None


def test_a_project_that_is_there_is_adopted_and_stays(running: Any) -> None:
    library = Declared(running, Project, **{**PROJECT, "name": "library"})
    assert library.outputs["adopted"] is True
    assert running.api("GET", "/projects/library").json()["metadata"]["public"] == "false"
    library.delete()
    assert running.api("GET", "/projects/library").status_code == 200


def test_robots_for_builds_and_for_user_pods(running: Any) -> None:
    Declared(running, Project, **PROJECT)
    builder = Declared(running, Robot, **BUILDER)
    puller = Declared(running, Robot, project="binder", name="puller", rights=["repository:pull"])
    push = (builder.outputs["full_name"], builder.outputs["secret"])
    pull = (puller.outputs["full_name"], puller.outputs["secret"])
    assert push[0] == "robot$binder+builder"
    assert running.push("binder/hub:v1", auth=push).status_code == 201
    assert running.pull("binder/hub:v1", auth=pull).status_code == 200
    assert running.docker("POST", "binder/hub/blobs/uploads/", pull).status_code == 401
    changed = puller.update(rights=["repository:push", "repository:pull"])
    assert changed["secret"] == pull[1]
    assert running.docker("POST", "binder/hub/blobs/uploads/", pull).status_code == 202
    builder.delete()
    assert builder.read() is None


def test_a_robot_whose_secret_was_lost_gets_a_new_one(running: Any) -> None:
    Declared(running, Project, **PROJECT)
    lost = Declared(running, Robot, **BUILDER)
    again = Declared(running, Robot, **BUILDER)
    assert again.id == lost.id
    assert again.outputs["secret"] != lost.outputs["secret"]
    assert running.push("binder/hub:v1", auth=(again.outputs["full_name"], again.outputs["secret"])).status_code == 201


def test_the_robot_of_somebody_else_is_left_alone(running: Any) -> None:
    Declared(running, Project, **PROJECT)
    permissions = [{"kind": "project", "namespace": "binder", "access": [{"resource": "repository", "action": "pull"}]}]
    theirs = {"name": "builder", "level": "project", "duration": -1, "permissions": permissions}
    running.api("POST", "/robots", theirs)
    with pytest.raises(ResourceError, match="is not ours"):
        Declared(running, Robot, **BUILDER)


def test_a_member_deletes_images(running: Any) -> None:
    project = Declared(running, Project, **PROJECT)
    inputs = {"project_id": project.outputs["project_id"], "username": "culler", "email": "culler@example.org"}
    culler = Declared(running, Member, **inputs, password="Cull-Images-1", role_id=4)
    assert_settled(culler)
    running.push("binder/hub:v1")
    path = "/projects/binder/repositories/hub/artifacts/v1"
    assert running.api("DELETE", path, auth=("culler", "Cull-Images-1")).status_code == 200
    culler.update(password="Cull-Images-2", role_id=3)
    running.push("binder/hub:v1")
    assert running.api("DELETE", path, auth=("culler", "Cull-Images-2")).status_code == 403
    culler.delete()
    assert culler.read() is None


def test_retention_counts_pulls(running: Any) -> None:
    project = Declared(running, Project, **PROJECT)
    inputs = {"project_id": project.outputs["project_id"], "cron": "0 0 7 * * 6"}
    policy = Declared(running, Retention, **inputs, keep_pulled_days=30, keep_pushed_days=7)
    assert_settled(policy)
    again = Declared(running, Retention, **inputs, keep_pulled_days=60, keep_pushed_days=7)
    assert again.id == policy.id
    assert policy.read()["keep_pulled_days"] == 60  # type: ignore[index]
    running.push("binder/hub:v1")
    running.api("POST", f"/retentions/{policy.id}/executions", {"dry_run": False})
    assert running.pull("binder/hub:v1").status_code == 200
    policy.delete()
    assert policy.read() is None


def test_the_schedule_of_garbage_collection_is_set_and_unset(running: Any) -> None:
    schedule = Declared(running, GarbageCollection, cron="0 0 7 * * 0", delete_untagged=True)
    assert_settled(schedule)
    schedule.update(cron="0 0 8 * * 0")
    assert running.api("GET", "/system/gc/schedule").json()["schedule"]["cron"] == "0 0 8 * * 0"
    schedule.delete()
    assert schedule.read() is None


def test_protected_tags(running: Any) -> None:
    project = Declared(running, Project, **PROJECT)
    inputs = {"project_id": project.outputs["project_id"], "repositories": "**", "tags": "v*"}
    rule = Declared(running, ImmutableTags, **inputs)
    assert_settled(rule)
    assert Declared(running, ImmutableTags, **inputs).id == rule.id
    running.push("binder/hub:v1", b"a")
    assert running.push("binder/hub:v1", b"b").status_code == 412
    rule.delete()
    assert running.push("binder/hub:v1", b"b").status_code == 201


def test_another_harbor_is_a_replacement_and_another_password_is_not(running: Any) -> None:
    gate = Declared(running, Health)
    connection = gate.inputs["connection"]
    assert gate.replaces(connection={**connection, "url": "https://elsewhere.example.org"}) == ["connection"]
    assert gate.replaces(connection={**connection, "password": "other"}) == []
