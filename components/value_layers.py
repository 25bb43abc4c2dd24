"""The layers of a release's values that are files, and the one inside the stack file. Nothing of Pulumi is needed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hubwright.core.charts import layer_files
from hubwright.core.errors import ConfigError
from hubwright.core.stack_releases import StackRelease
from hubwright.core.values import Layer, load_layer


@dataclass(frozen=True)
class ValueLayers:
    """Where the layers of a stack come from: the project's folder, and the names of the cloud and of the stack."""

    project_folder: Path
    cloud: str
    stack: str

    def load(self, chart: str, profile: str | None = None) -> list[Layer]:
        """Reads the files of a chart's layers, weakest first. Raises ValuesError, or ConfigError for a missing one."""
        layers = []
        for file in layer_files(chart, self.cloud, self.stack, profile):
            path = self.project_folder / file.path
            if path.is_file():
                layers.append(load_layer(path.read_text(encoding="utf-8"), name=file.name, source=file.path))
            elif file.required:
                raise ConfigError(f"{file.path}: no such file, and the chart needs its values", hint="restore the file")
        return layers

    def of(self, release: StackRelease) -> list[Layer]:
        """The layers of a release below its computed one, weakest first."""
        return [*self.load(release.chart, release.profile), *([release.own] if release.own else [])]
