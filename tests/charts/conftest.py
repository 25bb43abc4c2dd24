from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import hubwright
from hubwright.adapters.chart_packages import read_chart
from hubwright.core.charts import Chart, Dependency, layer_files
from hubwright.core.values import Layer, load_layer
from hubwright.core.yaml_source import parse_yaml

PROJECT = Path(__file__).resolve().parents[2]
STAND_INS = Path(hubwright.__file__).parent / "sandbox" / "charts"


def stand_in(name: str) -> Chart:
    return read_chart(STAND_INS / name)


def load_layers(chart: str, stack: str) -> list[Layer]:
    files = [file for file in layer_files(chart, "ovh", stack) if (PROJECT / file.path).is_file()]
    return [load_layer((PROJECT / f.path).read_text(), name=f.name, source=f.path) for f in files]


def official_folder() -> Path | None:
    """Where `<chart>-<version>.values.yaml` and `.values.schema.json` of the official charts are, if anywhere."""
    named = os.environ.get("HUBWRIGHT_OFFICIAL_SCHEMAS")
    beside = sorted(PROJECT.parent.glob("*/schemas"))
    return next((folder for folder in ([Path(named)] if named else beside) if any(folder.glob("jupyterhub-*"))), None)


@pytest.fixture(scope="session")
def official(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Chart]:
    """Reads an official chart's values and schema."""
    folder = official_folder()
    if folder is None:
        pytest.skip("no official schemas beside the checkout (or in $HUBWRIGHT_OFFICIAL_SCHEMAS)")

    def read(name: str) -> Chart:
        (schema,) = folder.glob(f"{name}-*.values.schema.json")
        place = tmp_path_factory.mktemp(name)
        (place / "Chart.yaml").write_text(f"name: {name}\nversion: 1.0.0\n")
        (place / "values.schema.json").write_bytes(schema.read_bytes())
        values = schema.with_name(schema.name.replace(".schema.json", ".yaml"))
        (place / "values.yaml").write_bytes(values.read_bytes())
        chart = read_chart(place)
        if name != "binderhub":
            return chart
        return replace(chart, subcharts=(read("jupyterhub"),), dependencies=(Dependency("jupyterhub"),))

    return read


def read_defaults(name: str) -> dict[str, object]:
    text = (STAND_INS / name / "values.yaml").read_text()
    value = parse_yaml(text, source=name, doubtful="as-helm").value
    assert isinstance(value, dict)
    return value
