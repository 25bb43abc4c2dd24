"""Runs the Pulumi CLI in the user's terminal and keeps its exit code."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from hubwright.core.errors import HubwrightError


class PulumiExitError(HubwrightError):
    """The Pulumi CLI ended with an exit code other than 0; it has already said why."""

    code = "pulumi"

    def __init__(self, verb: str, status: int) -> None:
        super().__init__(f"pulumi {verb} ended with exit code {status}")
        self.exit_code = status


def run_pulumi(arguments: Sequence[str], folder: Path, stack: str) -> None:
    """Run `pulumi` with the terminal handed through. Raises PulumiExitError with its exit code."""
    status = subprocess.run(["pulumi", *arguments, "--stack", stack], cwd=folder, check=False).returncode
    if status:
        raise PulumiExitError(arguments[0], status)


def capture_pulumi(arguments: Sequence[str], folder: Path, stack: str) -> str:
    """Run `pulumi` and return what it prints on stdout. Raises PulumiExitError with its exit code."""
    done = subprocess.run(
        ["pulumi", *arguments, "--stack", stack], cwd=folder, check=False, stdout=subprocess.PIPE, text=True
    )
    if done.returncode:
        raise PulumiExitError(arguments[0], done.returncode)
    return done.stdout
