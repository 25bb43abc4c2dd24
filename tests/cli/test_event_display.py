"""How the engine's events read."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from hubwright.cli.event_display import EventDisplay
from hubwright.cli.terminal import Terminal
from hubwright.core.errors import ApiError
from hubwright.engine.event_words import describe_diff
from hubwright.engine.events import (
    Diagnostic,
    EngineEvent,
    Operation,
    ResourceDone,
    ResourceFailed,
    ResourcePlanned,
    ResourceStarted,
    Severity,
    Step,
)
from hubwright.engine.property_diff import compare_properties
from hubwright.engine.property_values import UNKNOWN, Secret

URN = "urn:pulumi:local::hubwright::hubwright:cloud:Cluster$ovh:CloudProject/kube:Kube::cluster"


def step(operation: Operation, **more: object) -> Step:
    return Step(operation, URN, "ovh:CloudProject/kube:Kube", "cluster", **more)  # type: ignore[arg-type]


def shown(*events: EngineEvent) -> list[str]:
    terminal = Terminal(live=False)
    stream = io.StringIO()
    terminal.err = Console(file=stream, highlight=False, soft_wrap=True)
    display = EventDisplay(terminal)
    for event in events:
        display.event(event)
    return stream.getvalue().splitlines()


def test_a_resource_that_stays_the_same_is_not_listed() -> None:
    assert shown(ResourcePlanned(step(Operation.SAME)), ResourceDone(step(Operation.SAME))) == []


def test_a_done_operation_tells_its_time() -> None:
    lines = shown(ResourceStarted(step(Operation.CREATE)), ResourceDone(step(Operation.CREATE), 4.2))
    assert lines == ["  +  ovh:CloudProject/kube:Kube cluster created (4.2 s)"]


def test_a_failure_names_the_resource() -> None:
    assert shown(ResourceFailed(URN, ApiError("quota is used up"))) == [
        "  !  ovh:CloudProject/kube:Kube cluster failed: quota is used up"
    ]


def test_a_warning_names_the_resource() -> None:
    lines = shown(Diagnostic(Severity.WARNING, "the version is old", URN))
    assert lines == ["warning: ovh:CloudProject/kube:Kube cluster: the version is old"]


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ({}, {"a": 1}, "+ a: 1"),
        ({"a": "x"}, {}, "- a: x"),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, "~ a.b: 1 -> 2"),
        ({"a": 1}, {"a": UNKNOWN}, "~ a: 1 -> (known after up)"),
        ({"a": Secret("old")}, {"a": Secret("new")}, "~ a: [secret] -> [secret]"),
    ],
)
def test_a_changed_property_reads_as_one_line(old: dict[str, object], new: dict[str, object], text: str) -> None:
    assert [describe_diff(diff) for diff in compare_properties(old, new)] == [text]
