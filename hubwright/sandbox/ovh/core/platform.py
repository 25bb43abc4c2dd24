"""What each service is built on: the store, time, faults and random values, in one object."""

from __future__ import annotations

import secrets
import string
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hubwright.sandbox.ovh.core.clock import Outcome, Scheduler, Work
from hubwright.sandbox.ovh.core.faults import FaultBook
from hubwright.sandbox.ovh.core.store import Entity, Store, Table

_PASSWORD_LENGTH = 24


def new_uuid() -> str:
    """Return a random UUID."""
    return str(uuid.uuid4())


def new_password() -> str:
    """Return a random password of letters and digits, which no shell, URL or YAML file needs to quote."""
    alphabet = string.ascii_letters + string.digits
    return "".join(secrets.choice(alphabet) for _ in range(_PASSWORD_LENGTH))


@dataclass(frozen=True)
class Platform:
    """Shared by all services of one emulator."""

    store: Store
    schedule: Scheduler
    faults: FaultBook = field(default_factory=FaultBook)
    new_id: Callable[[], str] = new_uuid

    def change_later(
        self,
        table: Table[Any],
        key: str,
        *,
        service: str,
        delay_s: float,
        work: Work,
        done: Callable[[Any], dict[str, Any]],
        failed: str = "ERROR",
        then: Work = lambda: None,
    ) -> None:
        """Run `work` and then set the fields that `done` makes of its value, or `status` = `failed` when it raised.

        `then` is called once a good result is stored: the place to start the next phase, never earlier, or a fast
        second phase would be overwritten by the first. A scripted outcome for `service` replaces the status that
        `done` gives, or adds to the delay.
        """
        row: Entity | None = table.get(key)
        fault = self.faults.strike_outcome(service, getattr(row, "name", ""))

        def finish(outcome: Outcome) -> None:
            fields = {"status": failed} if outcome.error else done(outcome.value)
            if fault and fault.status:
                fields = {**fields, "status": fault.status}
            table.change(key, **fields)
            if not outcome.error and not (fault and fault.status):
                then()

        self.schedule.submit(delay_s + (fault.delay_s if fault else 0.0), work, finish)

    def remove_later(self, table: Table[Any], key: str, *, delay_s: float, work: Work, failed: str = "ERROR") -> None:
        """Run `work` and then remove the row, or set `status` = `failed` when it raised."""

        def finish(outcome: Outcome) -> None:
            if outcome.error:
                table.change(key, status=failed)
            else:
                table.remove(key)

        self.schedule.submit(delay_s, work, finish)


def nothing() -> None:
    """Work for objects whose life is only modelled time."""
