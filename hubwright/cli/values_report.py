"""How the results of the `values` commands read: as text for people, as data for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from hubwright.core.key_paths import format_path
from hubwright.core.schema_lookup import first_sentence
from hubwright.core.values_masking import mask_values
from hubwright.core.values_writing import write_with_origins
from hubwright.core.yaml_source import dump_yaml
from hubwright.engine.event_words import describe_diff
from hubwright.workflows.values import ChartDiff, CheckedRelease, Explanation, count_faults
from hubwright.workflows.values_sources import ReleaseSource

_LONGEST_VALUE = 60
_MOST_SETTINGS = 4
_MOST_STACKS = 3


def explain_lines(found: Sequence[Explanation]) -> list[str]:
    """One value in full, or a line for each of several."""
    if len(found) == 1:
        return _one(found[0])
    width = max(len(_name(each)) for each in found)
    shown = {id(each): _short(mask_values(each.value, each.path)) for each in found}
    values_width = min(40, max(len(text) for text in shown.values()))
    return [f"{_name(each):<{width}}  {shown[id(each)]:<{values_width}}  {_winner(each)}".rstrip() for each in found]


def explain_data(stack: str, found: Sequence[Explanation]) -> dict[str, Any]:
    """The same for programs."""
    return {
        "version": 1,
        "stack": stack,
        "values": [
            {
                "chart": each.chart,
                "path": format_path(each.path),
                "value": mask_values(each.value, each.path),
                "type": each.schema.wanted,
                "description": each.schema.description,
                "computed_from": list(each.influences),
                "settings": [
                    {
                        "layer": setting.layer,
                        "place": setting.exact_place,
                        "value": mask_values(setting.value, each.path),
                        "wins": index == 0,
                    }
                    for index, setting in enumerate(each.settings)
                ],
            }
            for each in found
        ],
    }


def rendered_text(sources: Sequence[ReleaseSource], *, origins: bool) -> str:
    """The values of each chart as one YAML document."""
    documents = []
    for source in sources:
        head = f"# Values of the chart {source.chart_name} ({source.chart_source})\n" if len(sources) > 1 else ""
        masked = mask_values(source.merged.values)
        body = write_with_origins(masked, source.merged.origin) if origins else dump_yaml(masked)
        documents.append(head + body)
    return "---\n".join(documents)


def rendered_data(stack: str, sources: Sequence[ReleaseSource]) -> dict[str, Any]:
    """The same for programs, and for `values diff --base`."""
    charts = {source.chart_name: mask_values(source.merged.values) for source in sources}
    return {"version": 1, "stack": stack, "charts": charts}


def diff_lines(diffs: Sequence[ChartDiff]) -> list[str]:
    """Each change with the place that sets the new value."""
    lines = []
    for diff in diffs:
        for change in diff.changes:
            origin = f"  ({change.origin})" if change.origin and change.kind != "remove" else ""
            lines.append(f"{diff.chart}: {describe_diff(change)}{origin}")
    return lines or ["no difference"]


def diff_data(stack: str, base: str, diffs: Sequence[ChartDiff]) -> dict[str, Any]:
    """The same for programs."""
    changes = [
        {
            "chart": diff.chart,
            "operation": str(change.kind),
            "path": change.path,
            "old": change.old,
            "new": change.new,
            "origin": change.origin,
        }
        for diff in diffs
        for change in diff.changes
    ]
    return {"version": 1, "stack": stack, "base": base, "changes": changes}


def check_lines(checked: Sequence[CheckedRelease]) -> list[str]:
    """Every fault and warning, then the count; what several stacks share is told once."""
    told: dict[tuple[str, str], list[str]] = {}
    for release in checked:
        texts = [f"error: {release.failure}"] if release.failure else []
        texts += [f"error: {problem}" for problem in release.errors]
        texts += [f"warning: {advice}" for advice in release.warnings]
        for text in texts:
            told.setdefault((release.chart, text), []).append(release.stack or "")
    lines = [": ".join(part for part in (_stacks(stacks), *key) if part) for key, stacks in told.items()]
    errors, warnings = count_faults(checked)
    stacks = len({release.stack for release in checked})
    what = f"{_many(len(checked), 'chart')} in {_many(stacks, 'stack')}" if checked and checked[0].stack else "1 chart"
    return [*lines, f"checked {what}: {_many(errors, 'error')}, {_many(warnings, 'warning')}"]


def _stacks(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_MOST_STACKS])
    return shown if len(names) <= _MOST_STACKS else f"{shown} and {len(names) - _MOST_STACKS} more"


def check_data(checked: Sequence[CheckedRelease]) -> dict[str, Any]:
    """The same for programs."""
    errors, warnings = count_faults(checked)
    return {
        "version": 1,
        "errors": errors,
        "warnings": warnings,
        "checked": [
            {
                "stack": release.stack,
                "chart": release.chart,
                "chart_source": release.chart_source,
                "failure": release.failure,
                "errors": [
                    {
                        "path": format_path(problem.path),
                        "place": problem.source,
                        "found": problem.found,
                        "wanted": problem.wanted,
                        "nearest": problem.nearest,
                        "description": problem.description,
                    }
                    for problem in release.errors
                ],
                "warnings": [
                    {
                        "path": format_path(advice.path),
                        "place": advice.source,
                        "kind": advice.kind,
                        "message": advice.message,
                    }
                    for advice in release.warnings
                ],
            }
            for release in checked
        ],
    }


def _one(found: Explanation) -> list[str]:
    lines = [f"{_name(found)}: {_short(mask_values(found.value, found.path))}"]
    if found.schema.wanted:
        lines.append(f"  type: {found.schema.wanted}")
    if found.schema.description:
        lines.append(f"  about: {first_sentence(found.schema.description)}")
    places = [setting.exact_place for setting in found.settings]
    width = max((len(place) for place in places), default=0)
    for index, setting in enumerate(found.settings):
        mark = "set by" if index == 0 else "  over"
        lines.append(f"  {mark} {setting.exact_place:<{width}}  {_short(mask_values(setting.value, found.path))}")
        if setting.is_computed:
            lines += [f"         from {influence}" for influence in found.influences[:_MOST_SETTINGS]]
            if len(found.influences) > _MOST_SETTINGS:
                lines.append(f"         and {_many(len(found.influences) - _MOST_SETTINGS, 'other setting')}")
    return lines


def _name(found: Explanation) -> str:
    return format_path((found.chart, *found.path))


def _winner(found: Explanation) -> str:
    return found.settings[0].exact_place if found.settings else ""


def _short(value: Any) -> str:
    text = value if isinstance(value, str) and value.startswith("[") else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
