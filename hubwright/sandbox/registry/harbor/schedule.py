"""Cron texts as Harbor takes them: six fields, seconds first, and the seconds are 0."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal

from pydantic import BaseModel, Field

from hubwright.sandbox.registry.harbor.exceptions import BadRequestError

FIXED: Final = {"Hourly": "0 0 * * * *", "Daily": "0 0 0 * * *", "Weekly": "0 0 0 * * 0"}
_FIELD: Final = re.compile(r"[0-9*/,\-?LW#A-Za-z]+")


class Schedule(BaseModel):
    """When a job runs. `Manual` is at once, `None` is never."""

    type: Literal["Hourly", "Daily", "Weekly", "Custom", "Manual", "None", "Schedule"]
    cron: Annotated[str, Field(max_length=128)] = ""

    def checked(self) -> Schedule:
        """Return it with the cron text that counts. Raises BadRequestError for a wrong one."""
        if self.type in FIXED:
            return Schedule(type=self.type, cron=FIXED[self.type])
        if self.type in ("Custom", "Schedule"):
            check_cron(self.cron)
        return self


def check_cron(text: str) -> None:
    """Raise BadRequestError for a cron text that Harbor refuses."""
    fields = text.split()
    if len(fields) != 6 or not all(_FIELD.fullmatch(field) for field in fields):
        raise BadRequestError(f"invalid cron: {text}")
    if fields[0] != "0":
        raise BadRequestError("the 1st field (indicating Seconds of time) of the cron setting must be 0")
