"""From method and path to a service's handler; knows nothing of sockets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import unquote

from pydantic import BaseModel, ValidationError

from hubwright.sandbox.ovh.core.errors import BadRequestError, UnknownRouteError

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Credential:
    """Who calls: the consumer key's number and the rules that bound it."""

    id: int
    application_id: int
    rules: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """One request, parsed: `body` is the JSON value, None when there was none."""

    method: str
    path: str
    params: Mapping[str, str]
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    credential: Credential | None = None
    application_key: str = ""

    def read(self, model: type[M]) -> M:
        """Return the body as `model`. Raises BadRequestError with the first offending parameter."""
        try:
            return model.model_validate({} if self.body is None else self.body)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            name = ".".join(str(part) for part in first["loc"]) or "body"
            raise BadRequestError(f"Body parameter {name} isn't formated correctly: {first['msg']}") from error


Handler = Callable[[Call], Any]


@dataclass(frozen=True, slots=True)
class Route:
    """A handler for a method and a path pattern, in which ``{name}`` stands for one segment."""

    method: str
    pattern: str
    handler: Handler
    signed: bool = True


class Router:
    """All routes of the API."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes: Sequence[tuple[re.Pattern[str], Route]] = [(_compile(route.pattern), route) for route in routes]

    def match(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """Return the route and its parameters, percent-decoded. Raises UnknownRouteError."""
        for expression, route in self._routes:
            if route.method == method and (match := expression.fullmatch(path)):
                return route, {name: unquote(value) for name, value in match.groupdict().items()}
        raise UnknownRouteError


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern))
