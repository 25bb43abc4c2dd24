"""Which provider serves which package; each is imported when the first resource of its package needs it."""

from __future__ import annotations

from collections.abc import Sequence
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
    return {package: _LazyFactory(module) for package, module in _MODULES.items()}


class _LazyFactory:
    """Imports a provider's module when it is asked for the first time."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __call__(self, inputs: PropertyMap) -> Provider:
        return cast("Provider", import_module(self._module).create_provider(inputs))

    def replacing_inputs(self, old: PropertyMap, new: PropertyMap) -> Sequence[str]:
        """Ask the module, where it has an opinion."""
        compare = getattr(import_module(self._module), "replacing_inputs", None)
        return cast("Sequence[str]", compare(old, new)) if compare else ()
