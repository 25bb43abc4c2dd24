"""Errors of the domain service."""

from __future__ import annotations

from hubwright.sandbox.ovh.core.errors import BadRequestError, ConflictError, NotFoundError


class ZoneNotFoundError(NotFoundError):
    """The account has no such zone."""

    def __init__(self) -> None:
        super().__init__("This service does not exist")


class RecordNotFoundError(NotFoundError):
    """No such record in the zone."""

    def __init__(self, record_id: str) -> None:
        super().__init__(f"The requested object (id = {record_id}) does not exist")


class DuplicateRecordError(ConflictError):
    """The very same record is there already, or a CNAME stands in its way."""

    def __init__(self, name: str, field_type: str) -> None:
        super().__init__(f"A conflicting record exists for {name or '@'} {field_type}")


class InvalidTargetError(BadRequestError):
    """The target does not fit the record's type."""

    def __init__(self, field_type: str, target: str) -> None:
        super().__init__(f"Invalid target for a record of type {field_type}: {target}")


class UnknownTypeError(BadRequestError):
    """The emulator has no such type of record."""

    def __init__(self, field_type: str) -> None:
        super().__init__(f"fieldType {field_type} is not supported")


class InvalidTtlError(BadRequestError):
    """Time to live is 0 (the zone's default) or at least a minute."""

    def __init__(self) -> None:
        super().__init__("ttl must be 0 or at least 60")
