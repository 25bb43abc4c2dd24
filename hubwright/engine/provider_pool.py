"""Configured providers by the URN of their resource: made on first use, made anew when their inputs change."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import NoReturn

from hubwright.core.errors import StateError, UnsupportedError
from hubwright.engine.property_values import PropertyMap, unwrap_secrets
from hubwright.engine.providers.base import Provider, ProviderFactories
from hubwright.engine.records import ResourceRecord
from hubwright.engine.urn import package_of, parse_urn

_ENGINE_KEYS = ("version", "__internal", "pluginDownloadURL")


class ProviderPool:
    """Gives out providers; safe to use from many threads."""

    def __init__(self, factories: ProviderFactories, known: Iterable[ResourceRecord] = ()) -> None:
        self._factories = factories
        self._lock = threading.Lock()
        self._inputs: dict[str, PropertyMap] = {}
        self._providers: dict[str, Provider] = {}
        for record in known:
            if record.is_provider:
                self._inputs[record.urn] = record.inputs

    def require_package(self, package: str, wanted_by: str) -> None:
        """Raise UnsupportedError, naming who wants it, when the engine has no such provider."""
        if package not in self._factories:
            raise UnsupportedError(
                f"{wanted_by}: the embedded engine has no provider {package!r}",
                hint=f"it has {', '.join(sorted(self._factories))}; use --engine pulumi for others",
            )

    def refuse_type(self, type_: str, wanted_by: str) -> NoReturn:
        """Raise UnsupportedError for a resource type that its provider does not have."""
        raise UnsupportedError(
            f"{wanted_by}: the embedded engine does not have the resource type {type_}",
            hint="docs/reference lists the types it has; use --engine pulumi for others",
        )

    def configure(self, urn: str, inputs: PropertyMap) -> None:
        """Set a provider's inputs; in previews they may hold unknowns."""
        with self._lock:
            if self._inputs.get(urn) != inputs:
                self._providers.pop(urn, None)
            self._inputs[urn] = inputs

    def rename(self, old: str, new: str) -> None:
        """Follow an alias."""
        with self._lock:
            if old in self._inputs:
                self._inputs[new] = self._inputs[old]

    def provider(self, urn: str) -> Provider:
        """Return the configured provider; raises StateError when the state does not have it."""
        with self._lock:
            if urn not in self._providers:
                self._providers[urn] = self._make(urn)
            return self._providers[urn]

    def _make(self, urn: str) -> Provider:
        if urn not in self._inputs:
            raise StateError(f"provider {urn} is not in the state")
        package = package_of(parse_urn(urn).type)
        self.require_package(package, urn)
        return self._factories[package](_own_inputs(self._inputs[urn]))


def _own_inputs(inputs: Mapping[str, object]) -> PropertyMap:
    plain: PropertyMap = unwrap_secrets(dict(inputs))
    return {key: value for key, value in plain.items() if key not in _ENGINE_KEYS}
