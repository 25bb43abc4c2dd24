"""What every part of the settings model shares: strict keys, camelCase spelling, frozen values."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_QUANTITY = re.compile(r"\d+(\.\d+)?([KMGT]i?)?")


class Section(BaseModel):
    """One group of settings. Keys are written in camelCase in the stack file; unknown ones are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=False)


def _dns_label(value: str) -> str:
    if not _LABEL.fullmatch(value):
        raise ValueError("must be 1 to 63 lower-case letters, digits and '-', and start and end with a letter or digit")
    return value


def _host_name(value: str) -> str:
    labels = value.split(".")
    if len(value) > 253 or len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError("must be a host name such as hub.example.org, lower-case and without a dot at its end")
    return value


def _memory_quantity(value: str) -> str:
    if not _QUANTITY.fullmatch(value):
        raise ValueError("must be a memory size such as 512Mi, 2G or 2Gi")
    return value


DnsLabel = Annotated[str, AfterValidator(_dns_label)]
"""A name that clouds, Kubernetes and DNS all accept; no underscore."""

HostName = Annotated[str, AfterValidator(_host_name)]
"""A fully qualified DNS name without its last dot."""

MemoryQuantity = Annotated[str, AfterValidator(_memory_quantity)]
"""A Kubernetes memory quantity."""
