"""What an engine is built from."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

from hubwright.engine.events import EventListener
from hubwright.engine.providers.base import ProviderFactories
from hubwright.engine.state.backend import StateBackend

Program: TypeAlias = Path | Callable[[], Any]
"""The folder (with `__main__.py`) or file of a program, or a function that declares resources."""

_OPERATIONS_PER_CPU: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineOptions:
    """Everything that a run needs to know.

    `passphrase` is asked at most once a run, and only when the state has or gets a secret. `config` has keys with
    their namespace (``hubwright:charts``) and plain values; those in `secret_config_keys` are secrets to the program.
    `encryption_salt` is `encryptionsalt` of the stack's settings file. `parallel` limits the operations at one time;
    None means four for each CPU.
    """

    project: str
    stack: str
    program: Program
    project_dir: Path
    backend: StateBackend
    passphrase: Callable[[], str]
    providers: ProviderFactories
    config: Mapping[str, str] = field(default_factory=dict)
    secret_config_keys: Collection[str] = ()
    encryption_salt: str | None = None
    parallel: int | None = None
    on_event: EventListener = field(default=lambda _event: None)

    @property
    def workers(self) -> int:
        """How many operations run at one time."""
        return self.parallel or _OPERATIONS_PER_CPU * (os.cpu_count() or 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What one run is asked beyond its kind; the default does everything to everything.

    Resources are named by URNs, in which ``*`` stands for anything but a colon and ``**`` for anything. `targets`
    restricts the run to those, with `target_dependents` also to what depends on them; `excludes` and
    `exclude_dependents` are the opposite and exclude `targets`. `replace` names what is replaced even if nothing
    changed; `target_replace` names what is both. `refresh` looks first at what is really there. With
    `continue_on_error` what does not depend on a failed resource still goes on, deletions included.
    """

    targets: Sequence[str] = ()
    target_dependents: bool = False
    excludes: Sequence[str] = ()
    exclude_dependents: bool = False
    replace: Sequence[str] = ()
    target_replace: Sequence[str] = ()
    refresh: bool = False
    continue_on_error: bool = False
