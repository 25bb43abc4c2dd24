"""Files as they were at a git revision, read through the `git` command."""

from __future__ import annotations

import subprocess
from pathlib import Path

from hubwright.core.errors import ConfigError

_TIMEOUT_S = 60


def check_revision(folder: Path, revision: str) -> str:
    """Return a revision's commit. Raises ConfigError when the folder is in no repository or has no such revision."""
    done = _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if done.returncode:
        raise ConfigError(
            f"{revision!r} is neither a file nor a revision of the git repository of {folder}",
            hint="name a commit, a branch or a tag, or a file that `hubwright values render` wrote",
        )
    return done.stdout.decode().strip()


def read_at_revision(folder: Path, commit: str, path: str) -> bytes | None:
    """Return what the file `path`, relative to `folder`, held at a commit; None when it did not exist."""
    done = _git(folder, "show", f"{commit}:./{path}")
    return done.stdout if done.returncode == 0 else None


def _git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, check=False, timeout=_TIMEOUT_S
        )
    except FileNotFoundError as error:
        raise ConfigError("there is no `git` on PATH", hint="install git, or compare with a file") from error
