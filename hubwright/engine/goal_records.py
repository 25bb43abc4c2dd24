"""Makes the record of a goal: what it inherits from its parent, and what its default provider is configured with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hubwright.engine.goals import Goal
from hubwright.engine.property_values import PropertyMap, Secret
from hubwright.engine.records import ResourceRecord

DYNAMIC_PACKAGE: Final = "pulumi-python"


def new_record(urn: str, goal: Goal, parent: Goal | None, provider: str) -> ResourceRecord:
    """Return the record that the goal will become, without id and outputs."""
    protect, retain = goal.protect, goal.retain_on_delete
    deleted_with = goal.deleted_with
    if parent is not None:
        protect = parent.protect if protect is None else protect
        retain = parent.retain_on_delete if retain is None else retain
        deleted_with = deleted_with or parent.deleted_with
    return ResourceRecord(
        urn=urn,
        type=goal.type,
        custom=goal.custom,
        inputs=goal.inputs,
        parent=goal.parent,
        provider=provider,
        dependencies=tuple(goal.dependencies),
        property_dependencies=dict(goal.property_dependencies),
        protect=bool(protect),
        retain_on_delete=bool(retain),
        deleted_with=deleted_with,
        ignore_changes=tuple(goal.ignore_changes),
        additional_secret_outputs=tuple(goal.additional_secret_outputs),
        timeouts=goal.timeouts,
        import_id=goal.import_id,
        replace_on_changes=tuple(goal.replace_on_changes),
    )


def package_config(package: str, config: Mapping[str, str], secret_keys: frozenset[str]) -> PropertyMap:
    """Return the stack's configuration of one package (``openstack:region``), which its default provider gets.

    Dynamic providers get all of it, with namespaces.
    """
    found: PropertyMap = {}
    for key, value in config.items():
        namespace, _, name = key.partition(":")
        if package == DYNAMIC_PACKAGE:
            found[key] = Secret(value) if key in secret_keys else value
        elif namespace == package and name != "version":
            found[name] = Secret(value) if key in secret_keys else value
    return found
