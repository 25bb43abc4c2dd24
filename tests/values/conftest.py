from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from hubwright.cli.app import app

CHECKOUT = Path(__file__).resolve().parents[2]
Run = Callable[..., Result]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with the checkout's stacks on stand-in charts."""
    folder = tmp_path / "project"
    for name in ("stacks", "charts-values"):
        shutil.copytree(CHECKOUT / name, folder / name)
    shutil.copy(CHECKOUT / "Pulumi.yaml", folder)
    for file in (folder / "stacks").glob("Pulumi.*.yaml"):
        lines = file.read_text().splitlines(keepends=True)
        file.write_text("".join(line for line in lines if "hubwright:charts" not in line) + STAND_IN)
    return folder


STAND_IN = "  hubwright:charts: stand-in\n"


@pytest.fixture
def hubwright(project: Path) -> Run:
    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, [*arguments, "--project-dir", str(project)])

    return run
