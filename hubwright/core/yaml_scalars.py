"""What a plain (unquoted) scalar means to Helm, and whether YAML 1.2 agrees.

Helm reads values through sigs.k8s.io/yaml: the scalar rules of go-yaml v2 (YAML 1.1 booleans, Go integer literals,
underscores in numbers), written as JSON and read back as Go float64. YAML 1.2's core schema, which editors and other
tools follow, reads some of the same text differently. `resolve_plain` gives Helm's value and says where the two differ.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_YAML_1_1_BOOLEANS = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "off", "Off", "OFF"), False),
}
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_PLAIN_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_GO_INTEGER = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_GO_FLOAT = re.compile(r"\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]")


@dataclass(frozen=True, slots=True)
class PlainScalar:
    """Helm's `value` of a plain scalar; `doubt` tells why other readers differ, None where all agree."""

    value: str | bool | int | float | None
    doubt: str | None = None


def resolve_plain(text: str) -> PlainScalar:
    """Read a plain scalar as Helm does."""
    if text in _NULLS:
        return PlainScalar(None)
    if text in _BOOLEANS:
        return PlainScalar(_BOOLEANS[text])
    if text in _YAML_1_1_BOOLEANS:
        word = str(_YAML_1_1_BOOLEANS[text]).lower()
        return PlainScalar(_YAML_1_1_BOOLEANS[text], f"is {word} to Helm and text to YAML 1.2")
    if text == "<<":
        return PlainScalar(text, "is the sign of a merge to Helm and text to YAML 1.2")
    if _NOT_FINITE.fullmatch(text):
        return PlainScalar(text, "is a number that JSON, and so Helm, cannot hold")
    if text[0] in "+-.0123456789":
        return _resolve_number(text)
    return PlainScalar(text)


def _resolve_number(text: str) -> PlainScalar:
    if _PLAIN_INTEGER.fullmatch(text) or _HEXADECIMAL.fullmatch(text):
        return _check_range(text, int(text, 0))
    if _FLOAT.fullmatch(text) and not _LEADING_ZERO.match(text):
        return _check_range(text, float(text))
    return _resolve_go_number(text)


def _check_range(text: str, number: float) -> PlainScalar:
    """Refuse what a 64-bit float, Helm's only number, rounds away."""
    if isinstance(number, int):
        try:
            rounded = float(number)
        except OverflowError:
            return PlainScalar(text, "is too large for Helm's numbers")
        if int(Decimal(repr(rounded))) == number:  # the digits that Helm's JSON shows
            return PlainScalar(number)
        return PlainScalar(rounded, "is too large for Helm, which rounds it")
    if math.isfinite(number):
        return PlainScalar(number)
    return PlainScalar(text, "is too large for Helm's numbers")


def _resolve_go_number(text: str) -> PlainScalar:
    """Read what only Go takes for a number: octal, binary, underscores; anything else is text to all readers."""
    digits = text.replace("_", "")
    if found := _GO_INTEGER.fullmatch(digits):
        sign, hexadecimal, binary, octal, decimal = found.groups()
        magnitude = next(
            int(part, base)
            for part, base in ((hexadecimal, 16), (binary, 2), (octal, 8), (decimal, 10))
            if part is not None
        )
        number = -magnitude if sign == "-" else magnitude
        return PlainScalar(number, f"is the number {number} to Helm, and text or another number to other readers")
    if _FLOAT.fullmatch(digits) and (text[0] != "." or _GO_FLOAT.fullmatch(text)):
        return PlainScalar(float(digits), f"is the number {float(digits):g} to Helm and not to every other reader")
    return PlainScalar(text)
