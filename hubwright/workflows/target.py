"""What a deploying command works on: a stack of a project, and how to run it. Builds the embedded engine for it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hubwright.core.errors import ConfigError, UnsupportedError
from hubwright.engine.engine import Engine, EngineOptions
from hubwright.engine.events import EngineEvent
from hubwright.engine.providers.registry import provider_factories
from hubwright.engine.state.file_backend import FileBackend
from hubwright.workflows.project import LOCAL_STACK, Project, read_passphrase, read_stack_config

PULUMI = "pulumi"
EMBEDDED = "embedded"


@dataclass(frozen=True, slots=True)
class DeployTarget:
    """A stack and the options of the command that works on it."""

    project: Project
    stack: str
    engine: str
    speed: str
    parallel: int | None

    @property
    def is_local(self) -> bool:
        """Tell whether the stack's cloud is the sandbox."""
        return self.stack == LOCAL_STACK

    def uses_pulumi(self) -> bool:
        """Tell whether the Pulumi CLI runs the program. Raises ConfigError when it was asked for and is missing."""
        on_path = shutil.which("pulumi") is not None
        if self.engine == PULUMI and not on_path:
            raise ConfigError(
                "--engine pulumi: there is no `pulumi` on PATH", hint="install the Pulumi CLI, or use --engine embedded"
            )
        if self.engine == EMBEDDED:
            return False
        return self.engine == PULUMI or (on_path and not self.is_local)


def backend_folder(target: DeployTarget) -> Path:
    """Return the root of the file backend that holds the stack's state.

    PULUMI_BACKEND_URL decides where it is set, as for Pulumi; else the project's local folder. Raises
    UnsupportedError for a backend other than files.
    """
    url = os.environ.get("PULUMI_BACKEND_URL")
    if not url:
        return target.project.local_folder / "state"
    if not url.startswith("file://"):
        raise UnsupportedError(
            f"the embedded engine keeps its state in files only, not in {url.partition('://')[0]}://",
            hint="use --engine pulumi for this backend",
        )
    return Path(url.removeprefix("file://")).expanduser()


def open_engine(
    target: DeployTarget, on_event: Callable[[EngineEvent], None], overrides: dict[str, str] | None = None
) -> Engine:
    """Return the embedded engine for a stack, with its configuration read and its state located."""
    project = target.project
    config = {key: _as_config(value) for key, value in read_stack_config(project, target.stack).items()}
    return Engine(
        EngineOptions(
            project=project.name,
            stack=target.stack,
            program=project.program_folder,
            project_dir=project.folder,
            backend=FileBackend(backend_folder(target)),
            passphrase=lambda: read_passphrase(project, target.stack, os.environ),
            config={**config, **(overrides or {})},
            secret_config_keys=(),
            providers=provider_factories(),
            parallel=target.parallel,
            on_event=on_event,
        )
    )


def _as_config(value: Any) -> str:
    """Return a config value as the SDK expects it: strings as they are, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value)
