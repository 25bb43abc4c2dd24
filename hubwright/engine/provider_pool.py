"""Configured providers by the reference of their resource: made on first use, made anew when their inputs change.

A reference is ``<urn>::<id>``: while a provider is being replaced, there are two of one URN.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import NoReturn

from hubwright.core.errors import StateError, UnsupportedError
from hubwright.engine.property_values import PropertyMap, unwrap_secrets
from hubwright.engine.providers.base import ComparingFactory, Provider, ProviderFactories
from hubwright.engine.records import ResourceRecord
from hubwright.engine.urn import package_of, parse_urn, split_reference

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
                self._inputs[f"{record.urn}::{record.id}"] = record.inputs

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

    def configure(self, reference: str, inputs: PropertyMap) -> None:
        """Set a provider's inputs; in previews they may hold unknowns."""
        with self._lock:
            if self._inputs.get(reference) != inputs:
                self._providers.pop(reference, None)
            self._inputs[reference] = inputs

    def rename(self, old: str, new: str) -> None:
        """Follow an alias."""
        with self._lock:
            for reference, inputs in list(self._inputs.items()):
                urn, id_ = split_reference(reference)
                if urn == old:
                    self._inputs[f"{new}::{id_}"] = inputs

    def provider(self, reference: str) -> Provider:
        """Return the configured provider; raises StateError when the state does not have it."""
        with self._lock:
            if reference not in self._providers:
                self._providers[reference] = self._make(reference)
            return self._providers[reference]

    def _make(self, reference: str) -> Provider:
        inputs = self._inputs_of(reference)
        urn = split_reference(reference)[0]
        package = package_of(parse_urn(urn).type)
        self.require_package(package, urn)
        return self._factories[package](_own_inputs(inputs))

    def _inputs_of(self, reference: str) -> PropertyMap:
        if reference not in self._inputs:
            raise StateError(f"provider {reference} is not in the state")
        return self._inputs[reference]

    def moves_away(self, old_reference: str, new_reference: str) -> bool:
        """Tell whether a resource that goes from one provider to another cannot be the same any more."""
        with self._lock:
            old, new = self._inputs_of(old_reference), self._inputs_of(new_reference)
        package = package_of(parse_urn(split_reference(new_reference)[0]).type)
        return bool(self.replacing_inputs(package, old, new))

    def replacing_inputs(self, package: str, old: PropertyMap, new: PropertyMap) -> Sequence[str]:
        """Return the inputs of a provider whose change means that none of its resources are there any more."""
        factory = self._factories[package]
        if not isinstance(factory, ComparingFactory):
            return ()
        return factory.replacing_inputs(_own_inputs(old), _own_inputs(new))


def _own_inputs(inputs: Mapping[str, object]) -> PropertyMap:
    plain: PropertyMap = unwrap_secrets(dict(inputs))
    return {key: value for key, value in plain.items() if key not in _ENGINE_KEYS}
