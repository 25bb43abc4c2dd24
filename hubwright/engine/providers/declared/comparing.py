"""Compare new inputs with the live resource, and say what a difference means.

New inputs are held against the old *outputs*, so that drift found by a refresh is put right, and falling back on the
old inputs where the outputs lack the property. An input that the user leaves out counts only when it was given before
and the cloud has nothing to say about it.
"""

from __future__ import annotations

from hubwright.engine.property_values import PropertyMap, PropertyValue, Unknown, contains_unknown
from hubwright.engine.providers.base import DiffResult
from hubwright.engine.providers.declared.checking import DEFAULTS_KEY
from hubwright.engine.providers.declared.fields import Field, Fields, Kind, without_internal


def diff_inputs(
    fields: Fields, old_inputs: PropertyMap, old_outputs: PropertyMap, new_inputs: PropertyMap
) -> DiffResult:
    """Return which properties change, and which of those replace the resource."""
    changed = [
        key
        for key, field in fields.items()
        if not field.output_only and _differs(field, key, old_inputs, old_outputs, new_inputs)
    ]
    replace = [key for key in changed if fields[key].force_new]
    return DiffResult(changed, replace, bool(replace) and _keeps_its_name(fields, old_inputs, new_inputs))


def is_empty(value: PropertyValue) -> bool:
    """Tell whether a value says no more than its absence: null, "", 0, false, or an empty collection."""
    return not isinstance(value, Unknown) and not value


def _differs(
    field: Field, key: str, old_inputs: PropertyMap, old_outputs: PropertyMap, new_inputs: PropertyMap
) -> bool:
    old_input = without_internal(old_inputs.get(key))
    live = without_internal(old_outputs.get(key))
    if live is None:
        live = old_input
    new = without_internal(new_inputs.get(key))
    if new is None:
        return old_input is not None and not field.computed and not is_empty(live)
    if contains_unknown(new):
        return True
    if field.equivalent is not None and field.equivalent(new, live):
        return False
    return not _agree(new, live, old_input, field)


def _agree(new: PropertyValue, live: PropertyValue, old_input: PropertyValue, field: Field) -> bool:
    if is_empty(new) and is_empty(live):
        return True
    if isinstance(new, dict) and isinstance(live, dict):
        return _maps_agree(new, live, old_input if isinstance(old_input, dict) else {}, field)
    if isinstance(new, list) and isinstance(live, list):
        return _lists_agree(new, live, old_input if isinstance(old_input, list) else [], field)
    if isinstance(new, bool) is not isinstance(live, bool):
        return False
    return bool(new == live)


def _maps_agree(new: PropertyMap, live: PropertyMap, old_input: PropertyMap, field: Field) -> bool:
    """A map's keys are all the user's; a record may hold more than the user said, so only what was said counts."""
    if not all(_agree(value, live.get(key), old_input.get(key), field) for key, value in new.items()):
        return False
    surplus = [key for key in live if key not in new and not is_empty(live[key])]
    if field.kind is Kind.MAP:
        return not surplus
    return not any(key in old_input for key in surplus)


def _lists_agree(
    new: list[PropertyValue], live: list[PropertyValue], old_input: list[PropertyValue], field: Field
) -> bool:
    if len(new) != len(live):
        return False
    if field.unordered:
        rest = list(live)
        return all(_take(rest, item, field) for item in new)
    padded = [*old_input, *[None] * len(new)]
    return all(_agree(item, live[index], padded[index], field) for index, item in enumerate(new))


def _take(rest: list[PropertyValue], wanted: PropertyValue, field: Field) -> bool:
    for index, item in enumerate(rest):
        if _agree(wanted, item, None, field):
            del rest[index]
            return True
    return False


def _keeps_its_name(fields: Fields, old_inputs: PropertyMap, new_inputs: PropertyMap) -> bool:
    """Tell whether the replacement would carry the same chosen name as what it replaces, which clouds refuse.

    Without a record of defaults the name is taken for a made-up one, as the official plugins do.
    """
    defaults = new_inputs.get(DEFAULTS_KEY)
    if defaults is None:
        return False
    return any(
        field.autoname and key not in defaults and new_inputs.get(key) == old_inputs.get(key)
        for key, field in fields.items()
    )
