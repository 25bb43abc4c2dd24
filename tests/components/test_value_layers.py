from __future__ import annotations

from dataclasses import replace

import pytest

from components.value_layers import ValueLayers
from hubwright.core.errors import ConfigError
from hubwright.core.settings import Settings
from hubwright.core.stack_releases import derive_unknown, hub_release, unknown_facts
from hubwright.core.values import Layer


def test_layers_rank_base_profile_cloud_stack_and_own(project_folder, settings: Settings):
    folder = project_folder / "charts-values" / "binderhub"
    for name in ("ovh", "mine"):
        (folder / f"{name}.yaml").write_text("{}\n")
    release = hub_release(settings, unknown_facts(settings), derive=derive_unknown)
    layers = ValueLayers(project_folder, "ovh", "mine").of(replace(release, own=Layer("own", {})))
    names = ["base", "profiles/binderhub-public", "ovh", "mine"]
    assert [layer.name for layer in layers] == [*(f"binderhub/{name}" for name in names), "own"]


@pytest.mark.parametrize("lost", ["base.yaml", "profiles/binderhub-public.yaml"])
def test_a_lost_layer_that_every_hub_needs_is_named(project_folder, lost):
    (project_folder / "charts-values" / "binderhub" / lost).unlink()
    with pytest.raises(ConfigError, match=f"charts-values/binderhub/{lost}: no such file"):
        ValueLayers(project_folder, "ovh", "mine").load("binderhub", "binderhub-public")
