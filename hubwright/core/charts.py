"""What a chart says about its values (pure data, read by `hubwright.adapters.charts`), and which layers go with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any


@dataclass(frozen=True)
class Dependency:
    """An entry of Chart.yaml's `dependencies`, as far as it decides on values."""

    name: str
    alias: str | None = None
    condition: str = ""
    tags: tuple[str, ...] = ()
    import_values: tuple[Any, ...] = ()

    @property
    def key(self) -> str:
        """The key in the parent's values."""
        return self.alias or self.name


@dataclass(frozen=True)
class Chart:
    """A chart's name, version, default values, schema (None when it has none) and subcharts.

    `schema_sha256` is the digest of the schema's file as it stands in the package; `home` is Chart.yaml's link.
    """

    name: str
    version: str
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    schema: Mapping[str, Any] | None = field(default=None, repr=False)
    subcharts: tuple[Chart, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    annotations: Mapping[str, str] = field(default_factory=dict)
    app_version: str = ""
    home: str = ""
    schema_sha256: str | None = None

    @property
    def is_stand_in(self) -> bool:
        """Whether this is one of the sandbox's own charts instead of the official one."""
        return self.annotations.get("hubwright/stand-in") == "true"


@dataclass(frozen=True, slots=True)
class LayerFile:
    """A value layer that a stack may have: its name, its path in the project folder, whether it must exist."""

    name: str
    path: str
    required: bool


def layer_files(chart: str, cloud: str, stack: str, profile: str | None = None) -> list[LayerFile]:
    """List a chart's value layers, weakest first: base, the hub's profile, the cloud's, the stack's own.

    ``base`` and the profile's must exist. Whoever may read files loads each with `hubwright.core.values.load_layer`,
    appends the computed layer and calls `hubwright.core.values.merge_layers`.
    """
    names = dict.fromkeys(["base", *([f"profiles/{profile}"] if profile else []), cloud, stack])
    required = {"base", f"profiles/{profile}"}
    return [LayerFile(f"{chart}/{name}", f"charts-values/{chart}/{name}.yaml", name in required) for name in names]


def package_variable(chart: str) -> str:
    """Name the environment variable by which the workflow hands a chart's verified package on."""
    return f"HUBWRIGHT_CHART_{chart.upper().replace('-', '_').replace('.', '_')}"


def verified_package(environ: Mapping[str, str], chart: str, version: str) -> str | None:
    """Return the path of the package that was verified for exactly this chart and version, None when there is none.

    `chart` is a name, or the ``oci://`` address that ends with it. Packages bear Helm's own name,
    ``<chart>-<version>.tgz``: one left from another version is not taken.
    """
    chart = chart.rpartition("/")[2]
    path = environ.get(package_variable(chart))
    return path if path and PurePath(path).name == f"{chart}-{version}.tgz" else None
