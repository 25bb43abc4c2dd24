"""Harbor's v2.0 API as its clients meet it: status codes, Location headers, traps."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.contract

BUILDER_RIGHTS = [{"resource": "repository", "action": "push"}, {"resource": "repository", "action": "pull"}]
PULLER_RIGHTS = [{"resource": "repository", "action": "pull"}]


def create_project(running: Any, name: str = "binder", **fields: Any) -> str:
    answer = running.api("POST", "/projects", {"project_name": name, "metadata": {"public": "false"}, **fields})
    assert answer.status_code == 201, answer.text
    return answer.headers["location"].rpartition("/")[2]


def create_robot(running: Any, name: str, rights: list[dict[str, str]], **fields: Any) -> dict[str, Any]:
    permissions = [{"kind": "project", "namespace": "binder", "access": rights}]
    body = {"name": name, "level": "project", "duration": -1, "permissions": permissions, **fields}
    answer = running.api("POST", "/robots", body)
    assert answer.status_code == 201, answer.text
    return {**answer.json(), "location": answer.headers["location"]}


def error(answer: Any) -> tuple[int, str, str]:
    fault = answer.json()["errors"][0]
    return answer.status_code, fault["code"], fault["message"]


def test_a_project_is_made_found_and_deleted(running: Any) -> None:
    assert running.api("HEAD", "/projects?project_name=binder").status_code == 404
    number = create_project(running)
    assert running.api("HEAD", "/projects?project_name=binder").status_code == 200
    assert running.api("GET", "/projects/binder").json()["metadata"] == {"public": "false"}
    assert running.api("GET", f"/projects/{number}").json()["name"] == "binder"
    assert error(running.api("POST", "/projects", {"project_name": "binder"}))[:2] == (409, "CONFLICT")
    assert error(running.api("POST", "/projects", {"project_name": "Binder"}))[:2] == (400, "BAD_REQUEST")
    assert running.api("GET", "/projects", auth=None).json()[0]["name"] == "library"
    running.push("binder/hub:v1")
    assert error(running.api("DELETE", "/projects/binder"))[:2] == (412, "PRECONDITION")
    assert running.api("DELETE", "/projects/binder/repositories/hub").status_code == 200
    assert running.api("DELETE", "/projects/binder").status_code == 200
    assert running.api("GET", "/projects/binder").status_code == 404


def test_robots_push_pull_and_are_denied_the_rest(running: Any) -> None:
    create_project(running)
    builder = create_robot(running, "builder", BUILDER_RIGHTS)
    puller = create_robot(running, "puller", PULLER_RIGHTS)
    assert builder["name"] == "robot$binder+builder"
    push, pull = (builder["name"], builder["secret"]), (puller["name"], puller["secret"])
    assert running.push("binder/hub:v1", auth=push).status_code == 201
    assert running.pull("binder/hub:v1", auth=pull).status_code == 200
    assert running.docker("POST", "binder/hub/blobs/uploads/", pull).status_code == 401
    assert running.docker("POST", "library/hub/blobs/uploads/", push).status_code == 401
    assert running.docker("DELETE", "binder/hub/manifests/v1", push).status_code == 401
    assert running.api("DELETE", "/projects/binder/repositories/hub", auth=push).status_code == 403
    assert running.pull("binder/hub:v1", auth=pull).status_code == 200


def test_a_robots_secret_is_shown_once(running: Any) -> None:
    create_project(running)
    robot = create_robot(running, "builder", BUILDER_RIGHTS)
    path = f"/robots/{robot['id']}"
    read = running.api("GET", path)
    assert robot["secret"] not in read.text
    assert robot["secret"] not in (running.folder / "harbor.json").read_text()
    renewed = running.api("PATCH", path, {"secret": ""}).json()["secret"]
    assert running.token("repository:binder/hub:pull", robot["secret"], robot["name"]).status_code == 401
    assert running.token("repository:binder/hub:pull", renewed, robot["name"]).status_code == 200
    assert running.api("PATCH", path, {"secret": "Chosen-Secret-1"}).json() == {"secret": ""}
    assert running.token("repository:binder/hub:pull", "Chosen-Secret-1", robot["name"]).status_code == 200
    changed = {**read.json(), "name": "other"}
    assert error(running.api("PUT", path, changed))[2] == "cannot update the level or name of robot"
    assert running.api("PUT", path, {**read.json(), "disable": True}).status_code == 200
    assert running.token("repository:binder/hub:pull", "Chosen-Secret-1", robot["name"]).status_code == 401


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"duration": 0}, "bad request error duration input"),
        ({"name": "With+Plus"}, "robot name is not in lower case or contains illegal characters"),
        (
            {"permissions": [{"kind": "project", "namespace": "binder", "access": [{"resource": "x", "action": "y"}]}]},
            "bad request permission: x:y",
        ),
    ],
)
def test_robots_that_are_refused(running: Any, fields: dict[str, Any], message: str) -> None:
    create_project(running)
    permissions = [{"kind": "project", "namespace": "binder", "access": PULLER_RIGHTS}]
    body = {"name": "builder", "level": "project", "duration": -1, "permissions": permissions, **fields}
    assert error(running.api("POST", "/robots", body)) == (400, "BAD_REQUEST", message)


def test_project_robots_are_listed_by_query_only(running: Any) -> None:
    number = create_project(running)
    create_robot(running, "builder", BUILDER_RIGHTS)
    assert running.api("GET", "/robots").json() == []
    listed = running.api("GET", f"/robots?q=Level=project,ProjectID={number}").json()
    assert [robot["name"] for robot in listed] == ["robot$binder+builder"]


def test_a_user_with_a_role_deletes_images_and_nothing_else(running: Any) -> None:
    number = create_project(running)
    body = {"username": "culler", "email": "culler@example.org", "password": "Cull-Images-1", "realname": "culler"}
    assert running.api("POST", "/users", {**body, "password": "weak"}).status_code == 400
    assert running.api("POST", "/users", body).headers["location"].startswith("/api/v2.0/users/")
    assert running.api("POST", "/users", body).status_code == 409
    member = {"role_id": 4, "member_user": {"username": "culler"}}
    assert running.api("POST", f"/projects/{number}/members", member).status_code == 201
    culler = ("culler", "Cull-Images-1")
    running.push("binder/hub:v1")
    assert running.api("DELETE", "/projects/binder/repositories/hub/artifacts/v1", auth=culler).status_code == 200
    assert running.pull("binder/hub:v1").status_code == 404
    assert running.api("DELETE", "/projects/binder", auth=culler).status_code == 403
    assert running.api("GET", "/users", auth=culler).status_code == 403


def test_a_quota_stops_a_push(running: Any) -> None:
    number = create_project(running, storage_limit=2_000)
    assert running.push("binder/hub:v1", b"a" * 1_000).status_code == 201
    refused = running.push("binder/hub:v2", b"b" * 2_000)
    assert error(refused)[:2] == (403, "DENIED")
    assert "will exceed the configured upper limit" in error(refused)[2]
    quota = running.api("GET", f"/quotas?reference=project&reference_id={number}").json()[0]
    assert 1_000 < quota["used"]["storage"] < 2_000
    assert running.api("PUT", f"/quotas/{quota['id']}", {"hard": {"storage": 10_000}}).status_code == 200
    assert running.push("binder/hub:v2", b"b" * 2_000).status_code == 201


def test_pages_end_with_an_empty_one(running: Any) -> None:
    create_project(running)
    first = running.api("GET", "/quotas/?page=1&page_size=100")
    assert (len(first.json()), first.headers["x-total-count"]) == (2, "2")
    assert running.api("GET", "/quotas/?page=2&page_size=100").json() == []


def test_a_protected_tag_can_neither_move_nor_go(running: Any) -> None:
    number = create_project(running)
    rule = {
        "tag_selectors": [{"kind": "doublestar", "decoration": "matches", "pattern": "v*"}],
        "scope_selectors": {"repository": [{"kind": "doublestar", "decoration": "repoMatches", "pattern": "**"}]},
    }
    path = f"/projects/{number}/immutabletagrules"
    location = running.api("POST", path, rule).headers["location"]
    assert running.api("POST", path, rule).status_code == 409
    assert running.push("binder/hub:v1", b"a").status_code == 201
    assert error(running.push("binder/hub:v1", b"b")) == (
        412,
        "PRECONDITION",
        "Failed to process request due to 'binder/hub:v1' configured as immutable.",
    )
    assert running.push("binder/hub:latest", b"b").status_code == 201
    assert running.api("DELETE", "/projects/binder/repositories/hub/artifacts/v1").status_code == 412
    assert running.api("DELETE", location.removeprefix("/api/v2.0")).status_code == 200
    assert running.push("binder/hub:v1", b"b").status_code == 201


def test_one_retention_policy_a_project(running: Any) -> None:
    number = int(create_project(running))
    body = {"algorithm": "or", "scope": {"level": "project", "ref": number}, "rules": []}
    location = running.api("POST", "/retentions", body).headers["location"]
    policy = location.rpartition("/")[2]
    again = running.api("POST", "/retentions", body)
    assert error(again)[2] == f"project {number} already has retention policy {policy}"
    assert running.api("GET", f"/projects/{number}").json()["metadata"]["retention_id"] == policy
    wrong = {**body, "trigger": {"kind": "Schedule", "settings": {"cron": "5 0 7 * * 6"}}}
    assert running.api("PUT", f"/retentions/{policy}", wrong).status_code == 400
    assert running.api("DELETE", f"/retentions/{policy}").status_code == 200
    assert "retention_id" not in running.api("GET", f"/projects/{number}").json()["metadata"]


def test_the_schedule_of_garbage_collection(running: Any) -> None:
    path = "/system/gc/schedule"
    empty = running.api("GET", path)
    assert (empty.status_code, empty.content) == (200, b"")
    wrong = {"schedule": {"type": "Custom", "cron": "1 0 7 * * 0"}, "parameters": {}}
    assert running.api("POST", path, wrong).status_code == 400
    weekly = {"schedule": {"type": "Custom", "cron": "0 0 7 * * 0"}, "parameters": {"delete_untagged": True}}
    assert running.api("POST", path, weekly).status_code == 201
    assert running.api("POST", path, weekly).status_code == 412
    read = running.api("GET", path).json()
    assert read["schedule"]["cron"] == "0 0 7 * * 0"
    assert '"delete_untagged": true' in read["job_parameters"]
    assert running.api("PUT", path, {"schedule": {"type": "None"}}).status_code == 200
    assert running.api("GET", path).content == b""


def collect(running: Any, **parameters: Any) -> dict[str, Any]:
    body = {"schedule": {"type": "Manual"}, "parameters": parameters}
    location = running.api("POST", "/system/gc/schedule", body).headers["location"]
    run: dict[str, Any] = running.api("GET", location.removeprefix("/api/v2.0")).json()
    return run


def test_garbage_collection_frees_what_was_deleted_and_keeps_what_is_shared(running: Any) -> None:
    running.push("library/hub:v1", b"a" * 100_000)
    running.push("library/hub:v2", b"b" * 100_000)
    running.push("library/other:v1", b"a" * 100_000)
    running.api("DELETE", "/projects/library/repositories/hub/artifacts/v1")
    running.api("DELETE", "/projects/library/repositories/hub/artifacts/v2")
    run = collect(running)
    freed = int(run["job_parameters"].split('"freed_space": ')[1].rstrip("}"))
    assert 100_000 < freed < 200_000
    shared = running.pull("library/other:v1").json()["config"]["digest"]
    assert len(running.docker("GET", f"library/other/blobs/{shared}").content) == 100_000
    assert running.push("library/hub:v2", b"b" * 100_000).status_code == 201
    assert running.pull("library/hub:v2").status_code == 200


def test_untagged_images_go_when_asked_for(running: Any) -> None:
    running.push("library/hub:v1", b"a" * 1_000)
    running.push("library/hub:v1", b"b" * 1_000)
    assert len(running.api("GET", "/projects/library/repositories/hub/artifacts").json()) == 2
    collect(running)
    assert len(running.api("GET", "/projects/library/repositories/hub/artifacts").json()) == 2
    collect(running, delete_untagged=True)
    (left,) = running.api("GET", "/projects/library/repositories/hub/artifacts").json()
    assert [tag["name"] for tag in left["tags"]] == ["v1"]
    assert running.pull("library/hub:v1").status_code == 200


def test_data_survive_a_restart(running: Any) -> None:
    from hubwright.sandbox.registry.harbor.service import Harbor

    create_project(running)
    running.push("binder/hub:v1")
    again = Harbor(running.folder / "harbor.json")
    project = again.projects.get("binder")
    assert again.artifacts.repositories(project) == ["hub"]
    assert again.accounts.authenticate("bob", "pw") is not None
