"""A project of its own for the end-to-end tests: a copy of the program in a temporary folder, with its own sandbox."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
HUBWRIGHT = str(Path(sys.executable).with_name("hubwright"))
COMMAND_TIMEOUT_S = 600


@dataclass(frozen=True)
class Deployment:
    """A project folder and the commands that a user types in it."""

    folder: Path

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("OVH_", "OS_", "PULUMI_"))}
        return subprocess.run(
            [HUBWRIGHT, *arguments],
            cwd=self.folder,
            env={**inherited, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=COMMAND_TIMEOUT_S,
        )

    def run_ok(self, *arguments: str) -> str:
        done = self.run(*arguments)
        assert done.returncode == 0, f"{arguments} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def interrupt(self, marker: str, number: signal.Signals, *arguments: str) -> tuple[int, str]:
        """Run a command and send it a signal when a line with `marker` comes; return its exit code and output."""
        with subprocess.Popen(
            [HUBWRIGHT, *arguments],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as process:
            assert process.stdout
            seen = []
            for line in process.stdout:
                seen.append(line)
                if marker in line:
                    process.send_signal(number)
                    marker = "\0"
            return process.wait(timeout=COMMAND_TIMEOUT_S), "".join(seen)

    def json(self, *arguments: str) -> Any:
        return json.loads(self.run_ok(*arguments, "--output", "json"))

    def outputs(self) -> dict[str, Any]:
        values: dict[str, Any] = self.json("outputs", "local", "--show-secrets")["outputs"]
        return values

    @property
    def state_file(self) -> Path:
        return self.folder / ".hubwright/state/.pulumi/stacks/hubwright/local.json"


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    folder = tmp_path_factory.mktemp("e2e") / "project"
    folder.mkdir()
    shutil.copy(CHECKOUT / "Pulumi.yaml", folder)
    for name in ("stacks", "components", "charts-values", "hubwright"):
        shutil.copytree(CHECKOUT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    deployment = Deployment(folder)
    try:
        yield deployment
    finally:
        deployment.run("sandbox", "down", "--delete")
