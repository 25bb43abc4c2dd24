"""A request as handlers see it, and what they answer. Knows HTTP's words, and no rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from hubwright.sandbox.registry.harbor.accounts import Identity
from hubwright.sandbox.registry.harbor.exceptions import BadRequestError, UnauthorizedError

M = TypeVar("M", bound=BaseModel)
API: Final = "/api/v2.0"
_PAGE_SIZE: Final = 10
_PAGE_LIMIT: Final = 100


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `caller` is None when nobody signed in."""

    params: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    caller: Identity | None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def identity(self) -> Identity:
        """Who signed in. Raises UnauthorizedError."""
        if self.caller is None:
            raise UnauthorizedError
        return self.caller

    def number(self, name: str) -> int:
        """Return a number of the path. Raises BadRequestError."""
        try:
            return int(self.params[name])
        except ValueError:
            raise BadRequestError(f"invalid {name}: {self.params[name]}") from None

    def read(self, model: type[M]) -> M:
        """Return the body as `model`. Raises BadRequestError with the first fault."""
        try:
            return model.model_validate(self.body)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(str(part) for part in first["loc"]) or "body"
            raise BadRequestError(f"{place} in body is invalid: {first['msg']}") from error

    def filters(self) -> dict[str, str]:
        """Return the `q` parameter, ``key=value,…``; a `~` before a value asks for a part of it."""
        pairs = (part.partition("=") for part in self.query.get("q", "").split(","))
        return {key.strip().lower(): value.strip() for key, _, value in pairs if key.strip()}

    def page(self, items: Sequence[Mapping[str, Any]]) -> Reply:
        """Answer one page of a list; past the end it is empty."""
        try:
            number, size = int(self.query.get("page", 1)), int(self.query.get("page_size", _PAGE_SIZE))
        except ValueError:
            raise BadRequestError("page and page_size must be integers") from None
        if number < 1 or not 1 <= size <= _PAGE_LIMIT:
            raise BadRequestError(f"page_size must be between 1 and {_PAGE_LIMIT}, page at least 1")
        start = (number - 1) * size
        return Reply(body=list(items[start : start + size]), headers={"X-Total-Count": str(len(items))})


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; `body` None is an empty one."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


def created(location: str, body: Any = None) -> Reply:
    """Answer 201 with the path of what was made."""
    return Reply(201, body, {"Location": f"{API}/{location}"})
