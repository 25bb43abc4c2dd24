"""The value layers that we ship pass the official schemas and those of the stand-ins, and hold what they promise."""

from __future__ import annotations

import pytest

from hubwright.core.values import merge_layers
from hubwright.core.values_schema import check_chart_values

from .conftest import load_layers, stand_in

CHARTS = ["jupyterhub", "binderhub"]
STACKS = ["production", "local"]


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("name", CHARTS)
def test_the_layers_pass_the_official_schemas(official, name, stack):
    assert check_chart_values(merge_layers(load_layers(name, stack), chart=official(name))) == []


@pytest.mark.parametrize("name", CHARTS)
def test_the_official_defaults_pass_as_they_are(official, name):
    assert check_chart_values(merge_layers([], chart=official(name))) == []


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("name", [*CHARTS, "traefik"])
def test_the_layers_pass_the_schemas_of_the_stand_ins(name, stack):
    assert check_chart_values(merge_layers(load_layers(name, stack), chart=stand_in(name))) == []


@pytest.mark.parametrize("name", CHARTS)
def test_strangers_reach_neither_the_cluster_nor_the_clouds_metadata(name):
    effective = merge_layers(load_layers(name, "production"), chart=stand_in(name)).effective
    policy = effective.get("jupyterhub", effective)["singleuser"]["networkPolicy"]
    assert policy["enabled"]
    assert not policy["egressAllowRules"]["cloudMetadataServer"]
    assert not policy["egressAllowRules"]["privateIPs"]


@pytest.mark.parametrize("name", CHARTS)
def test_images_are_not_pulled_again_at_every_launch(name):
    effective = merge_layers(load_layers(name, "production"), chart=stand_in(name)).effective
    assert effective.get("jupyterhub", effective)["singleuser"]["image"]["pullPolicy"] == "IfNotPresent"
