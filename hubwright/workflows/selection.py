"""Which stack a command means when it names none: `PULUMI_STACK`, else what `stack select` chose.

The choice is kept where Pulumi keeps it, ``~/.pulumi/workspaces/<project>-<hash>-workspace.json``, for each backend, so
that both tools agree. See Pulumi's "pkg/workspace/workspace.go".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hubwright.adapters.files import replace_file
from hubwright.core.errors import ConfigError, UsageError
from hubwright.engine.state.backend import StackName
from hubwright.workflows.backend_url import pulumi_home
from hubwright.workflows.project import Project


def selected_stack(project: Project, backend_url: str, environment: Mapping[str, str]) -> str | None:
    """Return the name of the chosen stack, None when there is no choice. Raises ConfigError for an unreadable file."""
    if stack := environment.get("PULUMI_STACK"):
        return stack.rpartition("/")[2]
    settings = _read(_settings_file(project, environment))
    stacks = settings.get("stacks") or {}
    chosen = stacks.get(backend_url) or settings.get("stack")
    return str(chosen).rpartition("/")[2] if chosen else None


def select_stack(project: Project, stack: str | None, backend_url: str, environment: Mapping[str, str]) -> None:
    """Keep the choice of a stack for a backend; None takes it back."""
    file = _settings_file(project, environment)
    settings = _read(file)
    stacks = {url: name for url, name in (settings.get("stacks") or {}).items() if url != backend_url}
    if stack:
        stacks[backend_url] = StackName(project.name, stack).full
    kept = {key: value for key, value in settings.items() if key not in ("stack", "stacks")}
    if stacks:
        kept["stacks"] = stacks
    if kept:
        replace_file(file, json.dumps(kept, indent=4))
    else:
        file.unlink(missing_ok=True)


def resolve_stack(
    project: Project, stack: str | None, backend_url: str, environment: Mapping[str, str], *, default: str | None
) -> str:
    """Return the stack that a command works on: named, chosen, else `default`. Raises UsageError for none."""
    found = stack or selected_stack(project, backend_url, environment) or default
    if not found:
        raise UsageError(
            "which stack? None is named, and none is selected",
            hint=f"name one ({', '.join(project.stacks())}), or choose one with `hubwright stack select STACK`",
        )
    return found


def _settings_file(project: Project, environment: Mapping[str, str]) -> Path:
    digest = hashlib.sha1(str(project.folder / "Pulumi.yaml").encode(), usedforsecurity=False).hexdigest()
    return pulumi_home(environment) / "workspaces" / f"{project.name}-{digest}-workspace.json"


def _read(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ConfigError(f"{file}: cannot be read: {error}", hint="remove it, and select a stack again") from error
    return content if isinstance(content, dict) else {}
