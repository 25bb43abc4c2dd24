"""Finds the project that a command is about: the folder with Pulumi.yaml, its stacks, and where local data lives."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hubwright.core.errors import ConfigError, StackNotFoundError
from hubwright.core.nearest import nearest_name
from hubwright.core.yaml_source import load_yaml

LOCAL_STACK = "local"


@dataclass(frozen=True, slots=True)
class Project:
    """A Pulumi project on disk."""

    folder: Path
    name: str
    program_folder: Path
    config_folder: Path
    backend_url: str | None = None

    @property
    def local_folder(self) -> Path:
        """Where everything lives that belongs to this checkout alone: sandbox, local state, kubeconfig."""
        return self.folder / ".hubwright"

    @property
    def sandbox_folder(self) -> Path:
        """The sandbox's one state folder."""
        return self.local_folder / "sandbox"

    def stack_file(self, stack: str) -> Path:
        """Path of a stack's settings file, whether it exists or not."""
        return self.config_folder / f"Pulumi.{stack}.yaml"

    def stacks(self) -> list[str]:
        """Names of the stacks that have a settings file."""
        return sorted(path.stem.removeprefix("Pulumi.") for path in self.config_folder.glob("Pulumi.*.yaml"))


def find_project(start: Path) -> Project:
    """Return the project in `start` or the nearest folder above it. Raises ConfigError when there is none."""
    for folder in (start, *start.parents):
        file = folder / "Pulumi.yaml"
        if file.is_file():
            return _read_project(file)
    raise ConfigError(
        f"no Pulumi.yaml in {start} or a folder above it",
        hint="run the command in a hubwright checkout, or name one with --project-dir",
    )


def _read_project(file: Path) -> Project:
    content = load_yaml(file.read_text(), source=str(file))
    name = content.get("name") if isinstance(content, Mapping) else None
    if not isinstance(name, str):
        raise ConfigError(f"{file}: the key `name` is missing")
    folder = file.parent.resolve()
    program = folder / str(content.get("main", "."))
    config = folder / str(content.get("stackConfigDir", "."))
    backend = content.get("backend")
    url = backend.get("url") if isinstance(backend, Mapping) else None
    return Project(folder, name, program.resolve(), config.resolve(), str(url) if url else None)


@dataclass(frozen=True, slots=True)
class StackFile:
    """What a stack's settings file says: its `config` as written, and the salt of its secrets."""

    config: dict[str, Any]
    encryption_salt: str | None


def read_stack_file(project: Project, stack: str) -> StackFile:
    """Read a stack's settings file, and refuse a stack that has none.

    Raises StackNotFoundError, naming the nearest stack, or ConfigError when the file is not right.
    """
    file = project.stack_file(stack)
    if not file.is_file():
        names = project.stacks()
        close = nearest_name(stack, names)
        hint = f"did you mean {close}?" if close else f"the stacks are: {', '.join(names) or 'none'}"
        raise StackNotFoundError(f"no stack {stack}: {file} does not exist", hint=hint)
    content = load_yaml(file.read_text(), source=str(file))
    config = content.get("config") or {}
    if not isinstance(config, Mapping):
        raise ConfigError(f"{file}: `config` must be a map")
    salt = content.get("encryptionsalt")
    return StackFile(dict(config), str(salt) if salt else None)


def read_passphrase(project: Project, stack: str, environment: Mapping[str, str]) -> str:
    """Return the passphrase of a stack's secrets, from where Pulumi looks for it.

    The stack `local` falls back to one of its own, made on first use and readable by its owner only.
    Raises ConfigError when there is none.
    """
    if "PULUMI_CONFIG_PASSPHRASE" in environment:
        return environment["PULUMI_CONFIG_PASSPHRASE"]
    if file := environment.get("PULUMI_CONFIG_PASSPHRASE_FILE"):
        try:
            return Path(file).read_text().rstrip("\n")
        except OSError as error:
            raise ConfigError(f"PULUMI_CONFIG_PASSPHRASE_FILE: cannot read {file}: {error.strerror}") from error
    if stack == LOCAL_STACK:
        return _local_passphrase(project.local_folder / "passphrase")
    raise ConfigError(
        f"stack {stack} needs a passphrase for its secrets",
        hint="set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE",
    )


def passphrase_environment(project: Project, stack: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that give the Pulumi CLI the passphrase of the stack `local`, where none are set."""
    given = {"PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"} & environment.keys()
    if stack != LOCAL_STACK or given:
        return {}
    return {"PULUMI_CONFIG_PASSPHRASE": read_passphrase(project, stack, environment)}


def _local_passphrase(file: Path) -> str:
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text().strip()
    passphrase = secrets.token_urlsafe(32)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(passphrase)
    return passphrase
