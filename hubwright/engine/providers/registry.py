"""Which provider serves which package; each is imported when the first resource of its package needs it."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Final, cast

from hubwright.engine.property_values import PropertyMap
from hubwright.engine.providers.base import Provider, ProviderFactories

_MODULES: Final = {
    "kubernetes": "hubwright.engine.providers.kubernetes",
    "openstack": "hubwright.engine.providers.openstack",
    "ovh": "hubwright.engine.providers.ovh",
    "pulumi-python": "hubwright.engine.providers.dynamic",
    "random": "hubwright.engine.providers.random",
}


def provider_factories() -> ProviderFactories:
    """Return the factories of every package that the engine has."""
    return {package: _lazy_factory(module) for package, module in _MODULES.items()}


def _lazy_factory(module: str) -> Callable[[PropertyMap], Provider]:
    def create(inputs: PropertyMap) -> Provider:
        return cast("Provider", import_module(module).create_provider(inputs))

    return create
