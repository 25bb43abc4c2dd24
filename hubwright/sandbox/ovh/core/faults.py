"""Scripted failures: what the next matching calls or the next new objects must suffer.

Rules come from the admin endpoint or from a rules file; each has a number of uses. HTTP rules act before a handler is
called, outcome rules decide how the life of an object goes on.
"""

from __future__ import annotations

import fnmatch
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from hubwright.core.errors import ConfigError


class _Rule(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    times: int = Field(1, ge=0, description="how often it strikes; 0 = for ever")
    skip: int = Field(0, ge=0, description="matches that pass unharmed first")


class _CallRule(_Rule):
    method: str = Field("*", description="GET, POST, PUT, DELETE or *")
    path: str = Field("*", description="glob over the path below /1.0, such as /cloud/project/*/kube")

    def matches_call(self, method: str, path: str) -> bool:
        """Tell whether this rule is about the call."""
        return self.method in ("*", method.upper()) and fnmatch.fnmatchcase(path, self.path)


class HttpFault(_CallRule):
    """Answer with an error status instead of calling the service."""

    kind: Literal["http"] = "http"
    status: int = Field(500, ge=400, le=599)
    error_class: str = "Server::InternalServerError"
    message: str = "Internal server error"


class DropFault(_CallRule):
    """Close the connection without an answer."""

    kind: Literal["drop"] = "drop"


class DelayFault(_CallRule):
    """Answer late."""

    kind: Literal["delay"] = "delay"
    seconds: float = Field(gt=0)


class OutcomeFault(_Rule):
    """Let the next change of an object end in `status`, or take `delay_s` (real-cloud seconds) longer."""

    kind: Literal["outcome"] = "outcome"
    service: Literal["kube", "nodepool", "registry", "network", "operation"]
    name: str = Field("*", description="glob over the object's name")
    status: str | None = None
    delay_s: float = Field(0.0, ge=0)

    def matches_object(self, service: str, name: str) -> bool:
        """Tell whether this rule is about the object."""
        return self.service == service and fnmatch.fnmatchcase(name, self.name)


Fault = Annotated[HttpFault | DropFault | DelayFault | OutcomeFault, Field(discriminator="kind")]
FAULT: TypeAdapter[HttpFault | DropFault | DelayFault | OutcomeFault] = TypeAdapter(Fault)
_FAULTS: TypeAdapter[list[HttpFault | DropFault | DelayFault | OutcomeFault]] = TypeAdapter(list[Fault])


class FaultBook:
    """The rules in force, in order; the first that matches strikes."""

    def __init__(self, rules: Sequence[HttpFault | DropFault | DelayFault | OutcomeFault] = ()) -> None:
        self._lock = threading.Lock()
        self._rules = list(rules)
        self._seen: dict[int, int] = {}

    def add(self, rule: HttpFault | DropFault | DelayFault | OutcomeFault) -> None:
        """Append a rule."""
        with self._lock:
            self._rules.append(rule)

    def rules(self) -> list[HttpFault | DropFault | DelayFault | OutcomeFault]:
        """Return the rules in force."""
        with self._lock:
            return list(self._rules)

    def clear(self) -> None:
        """Drop all rules."""
        with self._lock:
            self._rules.clear()
            self._seen.clear()

    def strike_call(self, method: str, path: str) -> HttpFault | DropFault | DelayFault | None:
        """Return the fault that this call must suffer, and count it."""
        with self._lock:
            for rule in self._rules:
                if not isinstance(rule, OutcomeFault) and rule.matches_call(method, path) and self._use(rule):
                    return rule
        return None

    def strike_outcome(self, service: str, name: str) -> OutcomeFault | None:
        """Return the fault in the life of the object `name`, and count it."""
        with self._lock:
            for rule in self._rules:
                if isinstance(rule, OutcomeFault) and rule.matches_object(service, name) and self._use(rule):
                    return rule
        return None

    def _use(self, rule: _Rule) -> bool:
        seen = self._seen[id(rule)] = self._seen.get(id(rule), 0) + 1
        if seen <= rule.skip:
            return False
        if rule.times and seen - rule.skip >= rule.times:
            # Identity, not equality: two equal rules mean "twice".
            self._rules = [other for other in self._rules if other is not rule]
            del self._seen[id(rule)]
        return True


def read_fault_file(path: Path) -> FaultBook:
    """Read a JSON list of rules; no file means no faults. Raises ConfigError for a file that is no such list."""
    try:
        return FaultBook(_FAULTS.validate_json(path.read_bytes()))
    except FileNotFoundError:
        return FaultBook()
    except (OSError, ValidationError) as error:
        raise ConfigError(f"{path}: not a list of fault rules", hint="see hubwright.sandbox.ovh.core.faults") from error
