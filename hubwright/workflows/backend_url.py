"""Where states are kept, found as Pulumi finds it, so that both engines look in the same place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from hubwright.workflows.project import Project


def backend_url(project: Project, environment: Mapping[str, str], *, local: bool = False) -> str:
    """Return the address of the backend: PULUMI_BACKEND_URL, `backend.url` of Pulumi.yaml, where `pulumi login` was.

    Without any of them, and for the stack `local` unless the first says otherwise, it is a folder of the checkout.
    """
    if url := environment.get("PULUMI_BACKEND_URL"):
        return url
    own = f"file://{project.local_folder / 'state'}"
    return own if local else project.backend_url or _login(environment) or own


def pulumi_home(environment: Mapping[str, str]) -> Path:
    """Return the folder where Pulumi keeps what belongs to the user."""
    return Path(environment.get("PULUMI_HOME") or Path.home() / ".pulumi")


def _login(environment: Mapping[str, str]) -> str | None:
    """Return the backend that `pulumi login` chose; of the credentials in that file nothing else is read."""
    try:
        content = json.loads((pulumi_home(environment) / "credentials.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    current = content.get("current") if isinstance(content, dict) else None
    return str(current) if current else None
