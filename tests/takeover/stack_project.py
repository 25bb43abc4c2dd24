"""A small Pulumi project on disk with one stack, run by either engine on one file backend."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from hubwright.core.yaml_source import dump_yaml, load_yaml
from hubwright.engine.engine import Engine, EngineOptions
from hubwright.engine.providers.registry import provider_factories
from hubwright.engine.result import UpdateResult
from hubwright.engine.state.file_backend import FileBackend

STACK = "dev"
NAME = "takeover"
PASSPHRASE = "correct horse"
COMMAND_TIMEOUT_S = 300
_LOCKED = '\n[[package]]\nname = "{name}"\nversion = "{version}"\nsource = {{ registry = "https://pypi.org/simple" }}\n'


@dataclass
class StackProject:
    """The project's folder, and what was said to the stack. `config` has keys with their namespace."""

    folder: Path
    config: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def create(cls, folder: Path, program: Path, packages: Sequence[str], config: Mapping[str, object]) -> StackProject:
        """Write the project: the program, and a lock file by which the CLI knows which plugins it needs."""
        folder.mkdir()
        shutil.copy(program, folder / "__main__.py")
        runtime = {"name": "python", "options": {"toolchain": "uv", "virtualenv": sys.prefix}}
        (folder / "Pulumi.yaml").write_text(dump_yaml({"name": NAME, "runtime": runtime}))
        names = ["pulumi", *(f"pulumi-{package}" for package in packages)]
        locked = [_LOCKED.format(name=name, version=version(name)) for name in names]
        (folder / "uv.lock").write_text('version = 1\nrequires-python = ">=3.11"\n' + "".join(locked))
        project = cls(folder)
        project.configure(**config)
        return project

    def configure(self, **config: object) -> None:
        """Set plain values of the project's configuration, for both engines."""
        self.config |= {f"{NAME}:{key}": value for key, value in config.items()}
        file = self.folder / f"Pulumi.{STACK}.yaml"
        known = load_yaml(file.read_text(), source=str(file)) if file.exists() else {}
        file.write_text(dump_yaml({**known, "config": self.config}))

    @property
    def state_file(self) -> Path:
        return self.folder / f".pulumi/stacks/{NAME}/{STACK}.json"

    @property
    def checkpoint(self) -> dict[str, Any]:
        """What the state says now."""
        latest: dict[str, Any] = json.loads(self.state_file.read_text())["checkpoint"]["latest"]
        return latest

    def resource(self, name: str) -> dict[str, Any]:
        """Return one resource of the state by its logical name."""
        found = [one for one in self.checkpoint["resources"] if one["urn"].endswith(f"::{name}")]
        assert len(found) == 1, f"{len(found)} resources are called {name}"
        return found[0]  # type: ignore[no-any-return]

    def engine(self) -> Engine:
        """Return the embedded engine for the stack."""
        file = self.folder / f"Pulumi.{STACK}.yaml"
        salt = load_yaml(file.read_text(), source=str(file)).get("encryptionsalt")
        return Engine(
            EngineOptions(
                project=NAME,
                stack=STACK,
                program=self.folder,
                project_dir=self.folder,
                backend=FileBackend(self.folder),
                passphrase=lambda: PASSPHRASE,
                encryption_salt=salt,
                config={
                    key: value if isinstance(value, str) else json.dumps(value) for key, value in self.config.items()
                },
                providers=provider_factories(),
            )
        )

    def embedded_up(self) -> UpdateResult:
        return self.engine().up()

    def embedded_changes(self) -> list[tuple[str, str, tuple[Any, ...]]]:
        """Return what the embedded engine would change: operation, name, and the properties that differ."""
        steps = self.engine().preview().steps
        return [(str(step.operation), step.name, step.diff) for step in steps if str(step.operation) != "same"]

    def pulumi(self, *arguments: str, expect: int = 0) -> str:
        """Run the CLI on the stack and return what it printed. Fails unless it ends with the expected exit code."""
        done = self._run([*arguments, "--stack", STACK])
        text = f"{done.stdout}\n{done.stderr}"
        assert done.returncode == expect, f"pulumi {' '.join(arguments)} ended with {done.returncode}:\n{text}"
        return done.stdout

    def init(self) -> None:
        """Make the stack, for runs that begin with the CLI."""
        done = self._run(["stack", "init", STACK])
        assert done.returncode == 0, done.stderr

    def cli_up(self) -> str:
        if not self.state_file.exists():
            self.init()
        return self.pulumi("up", "--yes", "--skip-preview")

    def cli_expects_no_changes(self) -> None:
        """Fail, with the CLI's own diff, when its preview would change anything."""
        self.pulumi("preview", "--diff", "--expect-no-changes")

    def _run(self, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
        own = {
            "PULUMI_BACKEND_URL": self.folder.as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        return subprocess.run(
            ["pulumi", *arguments, "--non-interactive", "--color", "never"],
            cwd=self.folder,
            env={**os.environ, **own},
            capture_output=True,
            text=True,
            check=False,
            timeout=COMMAND_TIMEOUT_S,
        )
