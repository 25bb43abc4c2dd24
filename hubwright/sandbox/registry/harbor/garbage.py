"""Garbage collection: when it runs, and its runs. The bytes are removed by the registry process's own collector."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import BaseModel, Field

from hubwright.sandbox.registry.harbor.artifacts import Artifacts, Trash
from hubwright.sandbox.registry.harbor.exceptions import NotFoundError, PreconditionError
from hubwright.sandbox.registry.harbor.rows import Base, Row, next_number
from hubwright.sandbox.registry.harbor.schedule import Schedule

Collect = Callable[[Sequence[Trash]], int]
"""Removes manifests and what only they used from the registry process; returns the bytes that this has freed."""

_NAME: Final = "GARBAGE_COLLECTION"
_SCHEDULE_KEY: Final = "schedule"


class Parameters(BaseModel):
    """What a run does."""

    delete_untagged: bool = False
    delete_tag: bool = False
    dry_run: bool = False
    workers: Annotated[int, Field(ge=1, le=10)] = 1


class GarbageRequest(BaseModel):
    """Body of a schedule, or of a run at once."""

    schedule: Schedule
    parameters: Parameters = Field(default_factory=Parameters)


class GarbageJob(Row):
    """The schedule, or one run. On the wire its parameters are JSON in a string."""

    id: int
    job_name: str = _NAME
    job_kind: str
    job_parameters: str
    job_status: str
    schedule: Schedule
    deleted: bool = False
    creation_time: datetime
    update_time: datetime


class Garbage:
    """The one schedule and the history. `collect` reaches the registry process."""

    def __init__(self, base: Base, artifacts: Artifacts, collect: Collect) -> None:
        self._base = base
        self._artifacts = artifacts
        self._collect = collect
        self._schedule = base.table("gc_schedule", GarbageJob)
        self._runs = base.table("gc_runs", GarbageJob)

    def schedule(self) -> GarbageJob | None:
        """Return the schedule, None when there is none."""
        return self._schedule.get(_SCHEDULE_KEY)

    def create(self, request: GarbageRequest) -> GarbageJob | None:
        """Set the schedule, or run at once. Raises PreconditionError when there is a schedule already."""
        schedule = request.schedule.checked()
        if schedule.type == "Manual":
            return self.run(request.parameters)
        if self.schedule():
            raise PreconditionError(
                "fail to set schedule for GC as always had one, please delete it firstly then to re-schedule."
            )
        return self._put(request, schedule)

    def update(self, request: GarbageRequest) -> None:
        """Replace the schedule; the type `None` deletes it."""
        schedule = request.schedule.checked()
        if schedule.type == "Manual":
            raise PreconditionError("fail to update GC schedule as a manual job")
        self._put(request, schedule)

    def run(self, parameters: Parameters) -> GarbageJob:
        """Collect now: what was deleted, with `delete_untagged` also what no tag names."""
        now = self._base.now()
        if parameters.delete_untagged and not parameters.dry_run:
            for project, artifact in self._artifacts.untagged():
                self._artifacts.delete(project, artifact)
        freed = 0
        if not parameters.dry_run:
            trash = self._artifacts.trash()
            freed = self._collect(trash)
            self._artifacts.empty_trash(trash)
        number = next_number(self._runs)
        details = {**parameters.model_dump(), "freed_space": freed}
        job = self._job(number, "MANUAL", "Success", details, Schedule(type="Manual"), now)
        return self._runs.put(str(number), job)

    def runs(self) -> list[GarbageJob]:
        """Return the history, the latest first."""
        return list(reversed(self._runs.all()))

    def get(self, run_id: int) -> GarbageJob:
        """Return one run. Raises NotFoundError."""
        run = self._runs.get(str(run_id))
        if run is None:
            raise NotFoundError(f"garbage collection {run_id} not found")
        return run

    def _put(self, request: GarbageRequest, schedule: Schedule) -> GarbageJob | None:
        if schedule.type == "None":
            self._schedule.remove(_SCHEDULE_KEY)
            return None
        parameters = request.parameters.model_dump()
        job = self._job(1, "SCHEDULE", "Pending", parameters, schedule, self._base.now())
        return self._schedule.put(_SCHEDULE_KEY, job)

    def _job(
        self, number: int, kind: str, status: str, parameters: dict[str, Any], schedule: Schedule, created: datetime
    ) -> GarbageJob:
        return GarbageJob(
            id=number,
            job_kind=kind,
            job_parameters=json.dumps(parameters),
            job_status=status,
            schedule=schedule,
            creation_time=created,
            update_time=self._base.now(),
        )
