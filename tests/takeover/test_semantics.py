"""The same program, edits and options in both engines: the same plan, and the same calls to the provider."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest

from hubwright.engine.options import RunOptions
from tests.takeover.stack_project import NAME, STACK, StackProject

pytestmark = [pytest.mark.contract, pytest.mark.timeout(300)]

PARTS = {"create-replacement", "delete-replaced", "discard-replaced"}
"""What the CLI lists beside the replacement that it is a part of."""


def urn(name: str) -> str:
    return f"urn:pulumi:{STACK}::{NAME}::pulumi-python:dynamic:Resource::{name}"


@dataclass(frozen=True)
class Act:
    """One command, as either engine is asked for it."""

    title: str
    edition: int
    verb: str = "up"
    options: RunOptions = field(default_factory=RunOptions)
    flags: tuple[str, ...] = ()


ACTS = [
    Act("create", 1),
    Act("nothing changed", 1),
    Act("one target", 2, options=RunOptions(targets=[urn("plain")]), flags=("--target", urn("plain"))),
    Act("back", 1, options=RunOptions(targets=[urn("plain")]), flags=("--target", urn("plain"))),
    Act(
        "a target and its dependents",
        2,
        options=RunOptions(targets=["**::plain"], target_dependents=True),
        flags=("--target", "**::plain", "--target-dependents"),
    ),
    Act(
        "all but one",
        2,
        options=RunOptions(excludes=[urn("before")], exclude_dependents=True),
        flags=("--exclude", urn("before"), "--exclude-dependents"),
    ),
    Act("the rest of the edit", 2),
    Act("replaced by name", 2, options=RunOptions(replace=[urn("user")]), flags=("--replace", urn("user"))),
    Act("refresh", 2, verb="refresh"),
    Act(
        "some go",
        2,
        verb="destroy",
        options=RunOptions(targets=[urn("before")], target_dependents=True),
        flags=("--target", urn("before"), "--target-dependents"),
    ),
    Act("all go", 2, verb="destroy"),
]


@pytest.fixture
def projects(make_project, tmp_path):
    embedded = make_project("semantics")
    (tmp_path / "semantics").rename(tmp_path / "embedded")
    embedded.folder = tmp_path / "embedded"
    return embedded, make_project("semantics")


def planned_by_cli(project: StackProject, act: Act) -> set[tuple[str, str]]:
    steps = json.loads(project.pulumi("preview", *act.flags, "--json"))["steps"]
    return {(step["op"], step["urn"].rsplit("::", 1)[-1]) for step in steps if step["op"] not in PARTS | {"same"}}


def planned_by_embedded(project: StackProject, act: Act) -> set[tuple[str, str]]:
    steps = project.engine().preview(act.options).steps
    found = {(str(step.operation), step.name) for step in steps if str(step.operation) not in PARTS | {"same"}}
    # The CLI does not list the default providers that it makes by itself.
    return {(operation, name) for operation, name in found if name != "default"}


def calls(project: StackProject) -> list[str]:
    log = project.folder / "calls.log"
    found = log.read_text().splitlines() if log.exists() else []
    log.unlink(missing_ok=True)
    return found


def resources(project: StackProject) -> set[tuple[str, bool]]:
    return {(one["urn"], one.get("delete", False)) for one in project.checkpoint.get("resources", ())}


def test_both_engines_do_the_same(projects):
    embedded, cli = projects
    cli.init()
    for act in ACTS:
        for project in projects:
            project.configure(edition=act.edition)
        if act.verb == "up":
            assert planned_by_embedded(embedded, act) == planned_by_cli(cli, act), act.title
        getattr(embedded.engine(), act.verb)(act.options)
        cli.pulumi(act.verb, "--yes", "--skip-preview", *act.flags)
        assert sorted(calls(embedded)) == sorted(calls(cli)), act.title
        assert resources(embedded) == resources(cli), act.title
