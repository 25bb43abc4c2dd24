"""Every misspelt key of the official charts' defaults is caught, and the right key is suggested."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from hubwright.core.charts import Chart
from hubwright.core.coalesce import coalesce_values
from hubwright.core.key_paths import Path
from hubwright.core.values import computed_layer, merge_layers
from hubwright.core.values_schema import check_chart_values, check_values

from .official import official_chart

LEAST_SUGGESTED = 0.95


@pytest.mark.parametrize("name", ["jupyterhub", "binderhub"])
def test_official_defaults_pass_as_they_are(name):
    assert check_chart_values(merge_layers([], chart=official_chart(name))) == []


def every_key(values: Any, path: Path = ()) -> Iterator[Path]:
    for key, item in values.items() if isinstance(values, dict) else ():
        yield (*path, key)
        yield from every_key(item, (*path, key))


def is_forbidden(validator: Any, values: dict[str, Any], path: Path) -> bool:
    """Whether the schema itself refuses the key as one that it does not know."""
    parent, wrong = path[:-1], path[-1]
    return any(
        tuple(error.instance_path) == parent and wrong in getattr(error.kind, "unexpected", ())
        for error in validator.iter_errors(values)
    )


def misspellings(key: str, dice: random.Random) -> list[str]:
    """A letter left out, doubled, replaced; two letters swapped; the case of one changed."""
    at = dice.randrange(len(key))
    wrong = [key[:at] + key[at + 1 :], key[:at] + key[at] + key[at:], key[:at] + dice.choice("eaitx") + key[at + 1 :]]
    swap = dice.randrange(len(key) - 1) if len(key) > 1 else 0
    wrong.append(key[:swap] + key[swap : swap + 2][::-1] + key[swap + 2 :])
    wrong.append(key[:at] + key[at].swapcase() + key[at + 1 :])
    return [text for text in dict.fromkeys(wrong) if text and text != key]


def rename(values: dict[str, Any], path: Path, wrong: str) -> dict[str, Any]:
    changed = copy.deepcopy(values)
    parent = changed
    for key in path[:-1]:
        parent = parent[key]
    parent[wrong] = parent.pop(path[-1])
    return changed


@pytest.mark.parametrize("name", ["jupyterhub", "binderhub"])
def test_every_misspelt_key_is_caught_and_the_right_one_suggested(name, capsys):
    chart = official_chart(name)
    alone = Chart(chart.name, chart.version, chart.values)
    values = coalesce_values(alone, {})[1]
    assert chart.schema is not None
    dice = random.Random(3)
    tried = suggested = 0
    missed: list[str] = []
    validator = jsonschema_rs.validator_for(chart.schema)
    for path in every_key(values):
        for wrong in misspellings(str(path[-1]), dice):
            changed = rename(values, path, wrong)
            if not is_forbidden(validator, changed, (*path[:-1], wrong)):
                continue
            merged = merge_layers([computed_layer(changed)])
            problems = check_values(merged, chart.schema, chart=name)
            told = next((problem for problem in problems if problem.path == (*path[:-1], wrong)), None)
            assert told is not None, (path, wrong)
            tried += 1
            suggested += told.nearest == path[-1]
            if told.nearest != path[-1]:
                missed.append(f"{wrong} for {path[-1]}: {told.nearest}")
    with capsys.disabled():
        print(f"\n{name}: {tried} misspellings, all caught; right key suggested for {suggested / tried:.1%}")
    assert tried > 100
    assert suggested / tried >= LEAST_SUGGESTED, missed
