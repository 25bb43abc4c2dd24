"""The layers of a release's values that are files, and the one inside the stack file. Nothing of Pulumi is needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hubwright.core.charts import layer_files
from hubwright.core.errors import ConfigError
from hubwright.core.stack_releases import StackRelease
from hubwright.core.stack_source import config_positions, place_own_values
from hubwright.core.values import Layer, load_layer
from hubwright.core.yaml_source import MAX_BYTES, decode_text, parse_yaml

ReadFile = Callable[[str], bytes | None]
"""Gives the content of a file by its path in the project; None when there is none."""


def read_from(folder: Path) -> ReadFile:
    """Reads the files of a project as they are now; of one that is too large, no more than shows it."""

    def read(path: str) -> bytes | None:
        try:
            with (folder / path).open("rb") as file:
                return file.read(MAX_BYTES + 1)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error

    return read


@dataclass(frozen=True)
class ValueLayers:
    """Where the layers of a stack come from: the project's folder, and the names of the cloud and of the stack.

    `stack_file` is the stack file's path in the project, so that its own values know their lines; `read` replaces the
    disk.
    """

    project_folder: Path
    cloud: str
    stack: str
    stack_file: str | None = None
    read: ReadFile | None = None

    def load(self, chart: str, profile: str | None = None) -> list[Layer]:
        """Reads the files of a chart's layers, weakest first. Raises ValuesError, or ConfigError for a missing one."""
        read = self.read or read_from(self.project_folder)
        layers = []
        for file in layer_files(chart, self.cloud, self.stack, profile):
            content = read(file.path)
            if content is not None:
                layers.append(load_layer(decode_text(content, source=file.path), name=file.name, source=file.path))
            elif file.required:
                raise ConfigError(f"{file.path}: no such file, and the chart needs its values", hint="restore the file")
        return layers

    def of(self, release: StackRelease) -> list[Layer]:
        """The layers of a release below its computed one, weakest first."""
        return [*self.load(release.chart, release.profile), *([self._placed(release.own)] if release.own else [])]

    def _placed(self, own: Layer) -> Layer:
        if own.positions or self.stack_file is None:
            return own
        content = (self.read or read_from(self.project_folder))(self.stack_file)
        if content is None:
            return own
        document = parse_yaml(decode_text(content, source=self.stack_file), source=self.stack_file)
        return place_own_values(own, config_positions(document), self.stack_file)
