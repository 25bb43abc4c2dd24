"""Harbor's errors, with its codes and sentences."""

from __future__ import annotations

from typing import ClassVar


class HarborError(Exception):
    """Becomes ``{"errors": [{"code", "message"}]}`` with `status`."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "UNKNOWN"

    def __init__(self, message: str = "internal server error") -> None:
        super().__init__(message)
        self.message = message


class BadRequestError(HarborError):
    """The request's content is wrong."""

    status = 400
    code = "BAD_REQUEST"


class UnauthorizedError(HarborError):
    """Nobody signed in, or with a wrong password."""

    status = 401
    code = "UNAUTHORIZED"

    def __init__(self, message: str = "unauthorized") -> None:
        super().__init__(message)


class ForbiddenError(HarborError):
    """Whoever signed in may not do this."""

    status = 403
    code = "FORBIDDEN"

    def __init__(self, message: str = "forbidden") -> None:
        super().__init__(message)


class DeniedError(HarborError):
    """A rule other than a right stands against it, such as a quota."""

    status = 403
    code = "DENIED"


class NotFoundError(HarborError):
    """There is no such thing."""

    status = 404
    code = "NOT_FOUND"


class ConflictError(HarborError):
    """There is one already."""

    status = 409
    code = "CONFLICT"


class PreconditionError(HarborError):
    """Something else has to be done first."""

    status = 412
    code = "PRECONDITION"
