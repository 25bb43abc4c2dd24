"""Writes docs/reference/charts-lock.md from the lock's model, so that the page cannot disagree with it.

Run ``python -m hubwright.core.charts_lock_reference > docs/reference/charts-lock.md`` after a change; a test compares.
"""

from __future__ import annotations

import sys

from hubwright.core.charts_lock import LockEntry

_HEAD = """# charts.lock

`charts-values/charts.lock` pins the charts. It has one key, `charts`, a map from a chart's name to these keys; unknown
ones are refused with their line. This page is generated from the model in `hubwright/core/charts_lock.py`.

| key | default | meaning |
|---|---|---|
"""


def render_lock_reference() -> str:
    """The whole page in Markdown."""
    rows = []
    for name, field in LockEntry.model_fields.items():
        default = "required" if field.is_required() else f"`{field.default}`" if field.default else "unset"
        rows.append(f"| `{field.alias or name}` | {default} | {field.description} |\n")
    return _HEAD + "".join(rows)


if __name__ == "__main__":
    sys.stdout.write(render_lock_reference())
