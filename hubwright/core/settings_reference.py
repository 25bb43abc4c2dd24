"""Writes docs/reference/settings.md from the settings model, so that the page cannot disagree with it.

Run ``python -m hubwright.core.settings_reference > docs/reference/settings.md`` after a change; a test compares.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from hubwright.core.settings import NAMESPACE, Settings, section_of

_HEAD = """# Settings

Every key of a stack file, `stacks/Pulumi.<stack>.yaml`. Unknown keys are refused. This page is generated from the
model in `hubwright/core/settings.py`.
"""


def render_settings_reference() -> str:
    """The whole page in Markdown."""
    return "\n".join([_HEAD, *_tables(Settings, f"{NAMESPACE}:")])


def _tables(model: type[BaseModel], prefix: str) -> Iterator[str]:
    """The table of one section, then those of the sections inside it."""
    yield from [f"## `{prefix.rstrip('.')}`" if prefix.endswith(".") else "## Top level", ""]
    yield (model.__doc__ or "").strip().splitlines()[0] + "\n"
    yield from ["| key | default | meaning |", "|---|---|---|"]
    for name, field in model.model_fields.items():
        yield f"| `{field.alias or name}` | {_default(field)} | {field.description} |"
    yield ""
    for name, field in model.model_fields.items():
        if inner := section_of(field.annotation):
            repeated = "[]" if str(field.annotation).startswith("list[") else ""
            yield from _tables(inner, f"{prefix}{field.alias or name}{repeated}.")


def _default(field: FieldInfo) -> str:
    default: Any = field.default
    if field.is_required():
        return "required"
    if default is None:
        return "unset"
    return "see below" if isinstance(default, BaseModel) else f"`{default}`"


if __name__ == "__main__":
    sys.stdout.write(render_settings_reference())
