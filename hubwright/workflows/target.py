"""What a deploying command works on: a stack of a project, and how to run it. Builds the embedded engine for it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from hubwright.core.errors import ConfigError, UnsupportedError
from hubwright.engine.engine import Engine, EngineOptions
from hubwright.engine.events import EngineEvent
from hubwright.engine.providers.registry import provider_factories
from hubwright.engine.state.file_backend import FileBackend
from hubwright.engine.state.passphrase import PassphraseCrypter
from hubwright.workflows.project import LOCAL_STACK, Project, StackFile, read_passphrase, read_stack_file

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
    stack_file = read_stack_file(project, target.stack)
    passphrase = partial(read_passphrase, project, target.stack, os.environ)
    config, secret_keys = open_config(stack_file, passphrase)
    return Engine(
        EngineOptions(
            project=project.name,
            stack=target.stack,
            program=project.program_folder,
            project_dir=project.folder,
            backend=FileBackend(backend_folder(target)),
            passphrase=passphrase,
            encryption_salt=stack_file.encryption_salt,
            config={**config, **(overrides or {})},
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
    secret_keys = frozenset(key for key, value in stack_file.config.items() if _has_secure(value))
    opened = {key: _open_secure(value, crypter) for key, value in stack_file.config.items()}
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in opened.items()}, secret_keys


def _is_secure(value: Any) -> bool:
    return isinstance(value, Mapping) and set(value) == {"secure"} and isinstance(value["secure"], str)


def _has_secure(value: Any) -> bool:
    if _is_secure(value):
        return True
    children = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return any(_has_secure(child) for child in children)


def _open_secure(value: Any, crypter: PassphraseCrypter) -> Any:
    if _is_secure(value):
        return crypter.decrypt(value["secure"])
    if isinstance(value, Mapping):
        return {key: _open_secure(item, crypter) for key, item in value.items()}
    if isinstance(value, list):
        return [_open_secure(item, crypter) for item in value]
    return value
