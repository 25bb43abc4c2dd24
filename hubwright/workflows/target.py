"""What a deploying command works on: a stack of a project, and how to run it. Opens the engine for it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from hubwright.core.errors import ConfigError
from hubwright.engine.engine import Engine, EngineOptions, RunOptions, UpdateResult
from hubwright.engine.events import EventListener
from hubwright.engine.property_values import PropertyMap
from hubwright.engine.providers.registry import provider_factories
from hubwright.engine.records import ResourceRecord
from hubwright.engine.state import open_backend as state
from hubwright.engine.state.backend import StateBackend
from hubwright.engine.state.passphrase import PassphraseCrypter
from hubwright.workflows.backend_url import backend_url
from hubwright.workflows.project import (
    LOCAL_STACK,
    Project,
    StackFile,
    passphrase_environment,
    read_passphrase,
    read_stack_file,
)
from hubwright.workflows.pulumi_engine import PulumiEngine

PULUMI = "pulumi"
EMBEDDED = "embedded"


@dataclass(frozen=True, slots=True)
class DeployTarget:
    """A stack and the options of the command that works on it."""

    project: Project
    stack: str
    engine: str
    speed: str | None
    parallel: int | None
    run: RunOptions = field(default_factory=RunOptions)

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


def open_backend(target: DeployTarget) -> StateBackend:
    """Return the backend that holds the stack's state. Raises UnsupportedError for one that is not known."""
    return state.open_backend(backend_url(target.project, os.environ, local=target.is_local), os.environ)


class DeployEngine(Protocol):
    """What runs a stack: the embedded engine, or the Pulumi CLI behind the same surface."""

    def preview(self, run: RunOptions) -> UpdateResult:
        """Tell what `up` would do."""

    def up(self, run: RunOptions) -> UpdateResult:
        """Create, update, replace and delete until everything is as the program says."""

    def preview_destroy(self, run: RunOptions) -> UpdateResult:
        """Tell what `destroy` would do."""

    def destroy(self, run: RunOptions) -> UpdateResult:
        """Delete everything in the state."""

    def preview_refresh(self, run: RunOptions) -> UpdateResult:
        """Tell what `refresh` would do."""

    def refresh(self, run: RunOptions) -> UpdateResult:
        """Bring the state to what is really there."""

    def outputs(self) -> PropertyMap:
        """Return the stack's outputs, secrets marked."""

    def resources(self) -> Sequence[ResourceRecord]:
        """Return what the state knows of each resource. Raises StackNotFoundError when there is no stack."""

    def cancel(self, hard: bool = False) -> None:
        """Begin nothing new; `hard` gives up waiting too."""


def open_engine(target: DeployTarget, on_event: EventListener) -> DeployEngine:
    """Return the engine that a stack is to be run with."""
    if target.uses_pulumi():
        return _open_pulumi(target, on_event)
    return _open_embedded(target, on_event)


def _open_pulumi(target: DeployTarget, on_event: EventListener) -> PulumiEngine:
    return PulumiEngine(
        folder=target.project.folder,
        project=target.project.name,
        stack=target.stack,
        environment=pulumi_environment(target),
        parallel=target.parallel,
        on_event=on_event,
    )


def pulumi_environment(target: DeployTarget) -> dict[str, str]:
    """Return what the Pulumi CLI needs in its environment to find the state and the passphrase that we would use."""
    environment = passphrase_environment(target.project, target.stack, os.environ)
    if target.is_local and not os.environ.get("PULUMI_BACKEND_URL"):
        url = backend_url(target.project, os.environ, local=target.is_local)
        Path(url.removeprefix("file://")).mkdir(parents=True, exist_ok=True)
        environment["PULUMI_BACKEND_URL"] = url
    return environment


def _open_embedded(target: DeployTarget, on_event: EventListener) -> Engine:
    project = target.project
    stack_file = read_stack_file(project, target.stack)
    passphrase = partial(read_passphrase, project, target.stack, os.environ)
    config, secret_keys = open_config(stack_file, passphrase)
    return Engine(
        EngineOptions(
            project=project.name,
            stack=target.stack,
            program=project.program_folder,
            project_dir=project.folder,
            backend=open_backend(target),
            passphrase=passphrase,
            encryption_salt=stack_file.encryption_salt,
            config=config,
            secret_config_keys=secret_keys,
            providers=provider_factories(),
            parallel=target.parallel,
            on_event=on_event,
        )
    )


def open_config(stack_file: StackFile, passphrase: Callable[[], str]) -> tuple[dict[str, str], frozenset[str]]:
    """Return the config as the SDK expects it, and which keys are secret.

    Strings stay as they are, anything else becomes JSON; `{secure: …}` is decrypted wherever it stands, and makes its
    whole key a secret, as in Pulumi. The passphrase is asked only when there is one.
    """
    crypter = PassphraseCrypter(passphrase, stack_file.encryption_salt)
    secret_keys = frozenset(key for key, value in stack_file.config.items() if has_secure(value))
    opened = {key: open_secure(value, crypter.decrypt) for key, value in stack_file.config.items()}
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in opened.items()}, secret_keys


def _is_secure(value: Any) -> bool:
    return isinstance(value, Mapping) and set(value) == {"secure"} and isinstance(value["secure"], str)


def has_secure(value: Any) -> bool:
    """Tell whether a value of the config has an encrypted one anywhere inside."""
    if _is_secure(value):
        return True
    children = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return any(has_secure(child) for child in children)


def open_secure(value: Any, decrypt: Callable[[str], Any]) -> Any:
    """Return a value of the config as plain data, `decrypt` applied to every encrypted one inside."""
    if _is_secure(value):
        return decrypt(value["secure"])
    if isinstance(value, Mapping):
        return {key: open_secure(item, decrypt) for key, item in value.items()}
    if isinstance(value, list):
        return [open_secure(item, decrypt) for item in value]
    return value
