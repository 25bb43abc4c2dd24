"""The real Pulumi CLI and its plugins, where they are installed; without them these tests are skipped and say so."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.takeover.stack_project import StackProject

PROGRAMS = Path(__file__).parent / "programs"


def has_plugin(package: str) -> bool:
    """Tell whether the CLI finds a plugin without a download: on PATH, or installed under PULUMI_HOME."""
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    installed = any((home / "plugins").glob(f"resource-{package}-v*"))
    return installed or shutil.which(f"pulumi-resource-{package}") is not None


def require_tools(*packages: str) -> None:
    """Skip the test, saying what is missing, unless the CLI and the plugins of `packages` are there."""
    for tool in ("pulumi", "pulumi-language-python", "uv"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not on PATH")
    for package in packages:
        if not has_plugin(package):
            pytest.skip(f"the plugin pulumi-resource-{package} is neither on PATH nor under PULUMI_HOME")


@pytest.fixture
def make_project(tmp_path: Path) -> Callable[..., StackProject]:
    """Return a function that makes a project of one of the programs, once what it needs is there."""

    def make(program: str, *packages: str, **config: object) -> StackProject:
        require_tools(*packages)
        return StackProject.create(tmp_path / program, PROGRAMS / f"{program}.py", packages, config)

    return make
