"""A toy resource type whose cloud is a dict, and a clock that only sleeping moves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from hubwright.engine.property_values import PropertyMap
from hubwright.engine.providers.base import OperationContext
from hubwright.engine.providers.declared.fields import boolean, integer, items, mapping, record, text
from hubwright.engine.providers.declared.provider import DeclaredProvider
from hubwright.engine.providers.declared.resource import Change, Created, ResourceType
from hubwright.engine.providers.declared.waiting import Pace, Waiter

TOKEN = "toy:index/box:Box"

FIELDS = {
    "name": text(autoname=True, computed=True),
    "size": integer(required=True),
    "color": text(force_new=True),
    "region": text(computed=True, force_new=True),
    "open": boolean(default=True),
    "labels": mapping(),
    "lid": record(),
    "tags": items(unordered=True),
    "steps": items(),
    "old": text(unsupported=True),
    "key": text(output_only=True, secret=True),
    "status": text(output_only=True),
}


class Clock:
    """Seconds that pass only in `sleep`."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.slept: list[float] = []

    def sleep(self, duration_s: float) -> None:
        self.slept.append(duration_s)
        self.now_s += duration_s

    def pace(self, **options: Any) -> Pace:
        return Pace(clock=lambda: self.now_s, sleep=self.sleep, **options)


class Box(ResourceType):
    """Becomes what `statuses` says, one a look."""

    type_name = TOKEN
    fields = FIELDS

    def __init__(self) -> None:
        self.boxes: dict[str, PropertyMap] = {}
        self.statuses = ["READY"]
        self.removed: list[Mapping[str, Any]] = []

    def begin(self, inputs: PropertyMap, wait: Waiter) -> Created:
        self.boxes["box-1"] = dict(inputs)
        return Created("box-1", {"key": "once"})

    def finish(self, id: str, inputs: PropertyMap, wait: Waiter) -> None:
        wait.for_status(self.next_status, target={"READY"}, pending={"MAKING"})

    def read(self, id: str, inputs: PropertyMap, outputs: PropertyMap) -> PropertyMap | None:
        live = self.boxes.get(id)
        return None if live is None else {**live, "key": outputs.get("key"), "status": self.statuses[0]}

    def change(self, id: str, change: Change, wait: Waiter) -> None:
        self.boxes[id] = dict(change.new_inputs)
        self.finish(id, change.new_inputs, wait)

    def remove(self, id: str, properties: PropertyMap, wait: Waiter) -> None:
        self.removed.append(properties)
        self.boxes.pop(id, None)

    def next_status(self) -> str:
        return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def box() -> Box:
    return Box()


@pytest.fixture
def provider(box: Box, clock: Clock) -> DeclaredProvider:
    return DeclaredProvider("toy", [box], {"toy:index:add": lambda a: {"sum": a["x"] + a["y"]}}, pace=clock.pace())


@pytest.fixture
def context() -> OperationContext:
    return OperationContext(urn=f"urn:pulumi:local::hub::{TOKEN}::chest", timeout_s=60)


@pytest.fixture
def token() -> str:
    return TOKEN


@pytest.fixture
def fields() -> dict[str, Any]:
    return FIELDS
