from __future__ import annotations

import base64
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hubwright.toolchain import find_toolchain

ShowValues = Callable[..., Any]


class HelmRefusedError(Exception):
    pass


@pytest.fixture(scope="session")
def helm() -> Path:
    binaries = find_toolchain()
    if binaries is None:
        pytest.skip("no helm binary: run `hubwright toolchain`")
    return binaries.helm


def write_chart(folder: Path, name: str, values: str = "", dependencies: str = "") -> Path:
    """A chart that prints the values it sees."""
    (folder / "templates").mkdir(parents=True, exist_ok=True)
    (folder / "Chart.yaml").write_text(f"apiVersion: v2\nname: {name}\nversion: 1.0.0\n{dependencies}")
    (folder / "values.yaml").write_text(values)
    (folder / "templates" / "show.yaml").write_text("{{ .Chart.Name }}: {{ .Values | toJson | b64enc }}\n")
    return folder


def show_values(helm: Path, chart: Path, files: list[Path], name: str) -> Any:
    """What the templates of `name` see; raises HelmRefusedError with Helm's reason."""
    command = [str(helm), "template", "release", str(chart)]
    for file in files:
        command += ["--values", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        raise HelmRefusedError(done.stderr[-500:])
    found = re.search(rf"^{name}: (\S+)$", done.stdout, re.MULTILINE)
    return json.loads(base64.b64decode(found.group(1))) if found else None


@pytest.fixture(scope="session")
def read_with_helm(helm: Path, tmp_path_factory: pytest.TempPathFactory) -> ShowValues:
    folder = tmp_path_factory.mktemp("show")
    chart = write_chart(folder / "chart", "show")

    def read(text: str) -> Any:
        file = folder / "values.yaml"
        file.write_bytes(text.encode())
        return show_values(helm, chart, [file], "show")

    return read
