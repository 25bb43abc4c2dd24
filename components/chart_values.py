"""A release's values: the files of its layers, the stack's own, and what the program computes, checked before use.

The check runs while the program declares its resources, in a preview too, so wrong values stop everything before the
first resource is made. Outputs are not known then: `StandIn` objects take their places and are accepted by type.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from components.charts import ChosenChart
from components.value_layers import ValueLayers
from hubwright.core.stack_releases import StackRelease
from hubwright.core.values import StandIn, computed_layer, merge_layers
from hubwright.core.values_advice import advise
from hubwright.core.values_schema import check_chart_values, format_problems


def release_values(chart: ChosenChart, layers: ValueLayers, release: StackRelease) -> dict[str, Any]:
    """Merges and checks the values of a release.

    Raises ValuesError that names every fault. A chart that is not on this machine is not checked; a warning says so.
    """
    outputs: dict[StandIn, pulumi.Output[Any]] = {}
    stand_ins = _hide_outputs(release.computed, (), outputs)
    merged = merge_layers([*layers.of(release), computed_layer(stand_ins)], chart=chart.definition)
    if chart.definition is None:
        pulumi.log.warn(f"the values of {chart.name} are not checked here: its chart is not on this machine")
    elif problems := check_chart_values(merged):
        raise format_problems(problems, chart=chart.name)
    for advice in advise(merged):
        pulumi.log.warn(str(advice))
    values: dict[str, Any] = _restore_outputs(merged.values, outputs)
    return values


def _hide_outputs(value: Any, path: tuple[str | int, ...], outputs: dict[StandIn, pulumi.Output[Any]]) -> Any:
    """Puts a stand-in, labelled by its path, in the place of every output; all outputs in our values are strings."""
    if isinstance(value, pulumi.Output):
        stand_in = StandIn("string", f"the computed {'.'.join(map(str, path))}", secret=True)
        outputs[stand_in] = value
        return stand_in
    if isinstance(value, dict):
        return {key: _hide_outputs(item, (*path, key), outputs) for key, item in value.items()}
    if isinstance(value, list):
        return [_hide_outputs(item, (*path, index), outputs) for index, item in enumerate(value)]
    return value


def _restore_outputs(value: Any, outputs: Mapping[StandIn, pulumi.Output[Any]]) -> Any:
    if isinstance(value, StandIn):
        return outputs[value]
    if isinstance(value, dict):
        return {key: _restore_outputs(item, outputs) for key, item in value.items()}
    if isinstance(value, list):
        return [_restore_outputs(item, outputs) for item in value]
    return value
