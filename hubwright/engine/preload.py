"""Imports the SDKs beside other work: they take most of a second, in which a command waits for clouds anyway."""

from __future__ import annotations

import gc
import importlib
import threading
from typing import Final

_MODULES: Final = (
    "hubwright.engine.update",
    "pulumi_random",
    "pulumi_ovh.cloudproject",
    "pulumi_openstack.networking",
    "pulumi_openstack.loadbalancer",
    "pulumi_kubernetes.core.v1",
    "pulumi_kubernetes.networking.v1",
    "pulumi_kubernetes.helm.v3",
)
"""What this project's program touches; a program without one of them only loses the moment that its import took."""

_started: list[threading.Thread] = []


def preload() -> None:
    """Begin to import; does nothing the second time."""
    if not _started:
        _started.append(threading.Thread(target=_import_all, name="import-sdks", daemon=True))
        _started[0].start()


def wait_for_preload() -> None:
    """Return once the imports have ended: two threads must not import packages whose parts need each other."""
    for thread in _started:
        thread.join()


def _import_all() -> None:
    # Modules are made to stay: looking for garbage among them time and again took a fifth of their import.
    collecting = gc.isenabled()
    gc.disable()
    try:
        for module in _MODULES:
            try:
                importlib.import_module(module)
            except ImportError:  # whoever needs it gets the error, with its own context
                continue
    finally:
        if collecting:
            gc.enable()
