"""Writes docs/reference/settings.md from the settings model, so that the page cannot disagree with it.

Run ``python -m hubwright.core.settings_reference > docs/reference/settings.md`` after a change; a test compares.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from hubwright.core.profiles import PROFILES, HubKind, ProfileName
from hubwright.core.settings import NAMESPACE, Settings, section_of

_HEAD = """# Settings

Every key of a stack file, `stacks/Pulumi.<stack>.yaml`. Unknown keys are refused. This page is generated from the
model in `hubwright/core/settings.py`.
"""


def render_settings_reference() -> str:
    """The whole page in Markdown."""
    return "\n".join([_HEAD, *_tables(Settings, f"{NAMESPACE}:"), *_profiles()])


def _profiles() -> Iterator[str]:
    """A table of what each profile sets, one column a profile."""
    yield "## Profiles\n"
    yield "`hub.profile` says what a hub is for, and stands in for every setting of `hub` that the stack file leaves"
    yield "out. Each profile also has chart values, `charts-values/<chart>/profiles/<profile>.yaml`. Values rank:"
    yield "chart defaults < base < profile < cloud < stack's file < `hub.values` < computed.\n"
    yield f"| key | {' | '.join(f'`{name}`' for name in PROFILES)} |"
    yield f"|---|{'---|' * len(PROFILES)}"
    yield f"| for | {' | '.join(profile.summary for profile in PROFILES.values())} |"
    yield f"| `kind` | {' | '.join(f'`{profile.kind}`' for profile in PROFILES.values())} |"
    leaves = [dict(_leaves(profile.settings)) for profile in PROFILES.values()]
    for key in dict.fromkeys(key for found in leaves for key in found):
        yield f"| `{key}` | {' | '.join(f'`{found[key]}`' if key in found else '' for found in leaves)} |"
    yield ""


def _leaves(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in settings.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


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
        by_profile = str(field.annotation) in (str(HubKind), str(ProfileName))
        return "see meaning" if by_profile else "required"
    if default is None:
        return "unset"
    return "see below" if isinstance(default, BaseModel) else f"`{default}`"


if __name__ == "__main__":
    sys.stdout.write(render_settings_reference())
