"""Check inputs against a type's fields and complete them with defaults and names.

The names of what was filled in go into `__defaults`, exactly as the official plugins do: it is how either engine
knows, on the next run, that it may keep the name it once made up.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Final

from hubwright.engine.property_values import PropertyMap, PropertyValue, Unknown
from hubwright.engine.providers.base import CheckFailure, CheckResult
from hubwright.engine.providers.declared.fields import INTERNAL_PREFIX, Field, Fields, Kind, without_internal

DEFAULTS_KEY: Final = "__defaults"
_AUTONAME_DIGITS: Final = 7

_PYTHON_TYPES: Final[Mapping[Kind, tuple[type, ...]]] = {
    Kind.TEXT: (str,),
    Kind.INTEGER: (int,),
    Kind.NUMBER: (int, float),
    Kind.BOOLEAN: (bool,),
    Kind.LIST: (list,),
    Kind.MAP: (dict,),
    Kind.RECORD: (dict,),
}


def check_inputs(fields: Fields, olds: PropertyMap | None, news: PropertyMap, name: str) -> CheckResult:
    """Return `news` completed, with every fault found in it at once.

    Defaults and autonames are taken over from `olds` where those were defaults too; None asks for fresh ones.
    """
    given: PropertyMap = {
        key: _normalise(fields.get(key), without_internal(value))
        for key, value in news.items()
        if value is not None and not key.startswith(INTERNAL_PREFIX)
    }
    filled = dict(_defaults(fields, olds or {}, given, name))
    inputs: PropertyMap = {**given, **filled}
    failures = [*_wrong_properties(fields, given), *_missing_properties(fields, inputs)]
    return CheckResult({**inputs, DEFAULTS_KEY: sorted(filled)}, failures)


def generate_name(logical_name: str) -> str:
    """Return a name that no other resource has: the logical one and seven random hex digits."""
    return f"{logical_name}-{secrets.token_hex(_AUTONAME_DIGITS)[:_AUTONAME_DIGITS]}"


def _normalise(field: Field | None, value: PropertyValue) -> PropertyValue:
    """Numbers cross the wire as doubles: give integers back their type."""
    if field is not None and field.kind is Kind.INTEGER and isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _defaults(fields: Fields, olds: PropertyMap, given: PropertyMap, name: str) -> Iterator[tuple[str, PropertyValue]]:
    reusable = {key for key in olds.get(DEFAULTS_KEY) or () if olds.get(key) is not None}
    for key, field in fields.items():
        if key in given or field.output_only:
            continue
        value = olds[key] if key in reusable else _fresh_default(field, name)
        if value is not None:
            yield key, value


def _fresh_default(field: Field, name: str) -> PropertyValue:
    if field.autoname:
        return generate_name(name)
    return field.default_from() if field.default_from else field.default


def _wrong_properties(fields: Fields, given: PropertyMap) -> Iterator[CheckFailure]:
    for key, value in given.items():
        field = fields.get(key)
        if field is None:
            yield CheckFailure(key, _unknown_reason(fields, key))
        elif field.output_only:
            yield CheckFailure(key, "is an output: the cloud decides it")
        elif field.unsupported:
            yield CheckFailure(key, "is not supported by the embedded engine; deploy with the Pulumi CLI to use it")
        elif not _has_type(field.kind, value):
            yield CheckFailure(key, f"must be of type {field.kind}, not {type(value).__name__}")


def _unknown_reason(fields: Fields, key: str) -> str:
    inputs = [name for name, field in fields.items() if not field.output_only]
    nearest = get_close_matches(key, inputs, n=1)
    return (
        f"is not a property of this type; did you mean {nearest[0]}?" if nearest else "is not a property of this type"
    )


def _missing_properties(fields: Fields, inputs: PropertyMap) -> Iterator[CheckFailure]:
    for key, field in fields.items():
        if field.required and key not in inputs:
            yield CheckFailure(key, "is required")


def _has_type(kind: Kind, value: PropertyValue) -> bool:
    if isinstance(value, Unknown):
        return True
    # bool is a subclass of int in Python, but not of a number in any API.
    if isinstance(value, bool):
        return kind is Kind.BOOLEAN
    return isinstance(value, _PYTHON_TYPES[kind])
