"""Which changes of the provider's inputs mean another cluster, so that nothing that was made is there any more.

Follows pulumi-kubernetes' DiffConfig: a cluster has no identity of its own, so the kubeconfig's entry of the active
cluster stands for it; `clusterIdentifier`, where it is given, says it better.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from hubwright.engine.property_values import PropertyMap, contains_unknown

_IDENTIFIER: Final = "clusterIdentifier"
_CLUSTER_INPUTS: Final = ("kubeconfig", "context", "cluster")


def replacing_inputs(old: PropertyMap, new: PropertyMap) -> tuple[str, ...]:
    """Return the inputs whose change replaces the provider and all that it has made; none when it is one cluster."""
    if old.get(_IDENTIFIER) and new.get(_IDENTIFIER):
        return (_IDENTIFIER,) if old[_IDENTIFIER] != new[_IDENTIFIER] else ()
    unknown = tuple(key for key in _CLUSTER_INPUTS if contains_unknown(new.get(key)))
    if unknown:
        return unknown[:1]
    before, after = _active_cluster(old), _active_cluster(new)
    if before is None or after is None or before == after:
        return ()
    return tuple(key for key in _CLUSTER_INPUTS if old.get(key) != new.get(key))


def _active_cluster(inputs: PropertyMap) -> Mapping[str, Any] | None:
    document = _document(inputs.get("kubeconfig"))
    contexts = _named(document, "contexts", "context")
    name = inputs.get("cluster")
    if not name:
        context = contexts.get(str(inputs.get("context") or document.get("current-context") or "")) or {}
        name = context.get("cluster")
    return _named(document, "clusters", "cluster").get(str(name))


def _document(kubeconfig: object) -> Mapping[str, Any]:
    """Read a kubeconfig, given as text or as a path; anything else has no cluster."""
    if not isinstance(kubeconfig, str) or not kubeconfig:
        return {}
    text = kubeconfig
    try:
        if "\n" not in text and not text.lstrip().startswith("{"):
            text = Path(text).expanduser().read_text()
        document = YAML(typ="safe", pure=True).load(text)
    except (OSError, YAMLError, ValueError):
        return {}
    return document if isinstance(document, Mapping) else {}


def _named(document: Mapping[str, Any], section: str, key: str) -> dict[str, Mapping[str, Any]]:
    entries = document.get(section) or []
    return {str(entry.get("name")): entry.get(key) or {} for entry in entries if isinstance(entry, Mapping)}
