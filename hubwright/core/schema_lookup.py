"""What a schema says about one place: following its own paths, and the paths of values. References stay inside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hubwright.core.charts import Chart
from hubwright.core.key_paths import Path

_MOST_REFERENCES = 50


@dataclass(frozen=True, slots=True)
class KeySchema:
    """What the schema wants of a key (``string or null``) and its description; None where it says nothing."""

    wanted: str | None
    description: str | None


def describe_key(chart: Chart, path: Path) -> KeySchema:
    """Say what the chart's schemas, those of its subcharts first, want of a value."""
    for below, owner in _owners(chart, path):
        for schema in schemas_at(owner.schema or {}, path[below:]):
            wanted, description = _wanted(schema), description_of(schema)
            if wanted or description:
                return KeySchema(wanted, description)
    return KeySchema(None, None)


def schemas_at(schema: Mapping[str, Any], path: Path) -> list[Mapping[str, Any]]:
    """Every subschema that speaks about the value at `path`."""
    found = [schema]
    for key in path:
        found = [child for parent in found for child in _children(schema, parent, key)]
    return [part for node in found for part in _parts(schema, node)]


def known_keys(root: Mapping[str, Any], owner: Mapping[str, Any]) -> list[str]:
    """The property names that a subschema knows, those of its `allOf`, `anyOf`, `oneOf`, `if` branches too."""
    return list(dict.fromkeys(key for part in _parts(root, owner) for key in part.get("properties", {})))


def subschema(schema: Mapping[str, Any], path: Sequence[str | int]) -> Mapping[str, Any]:
    """Follow a schema path, through local ``$ref`` too; an empty schema when it leads nowhere."""
    node: Any = schema
    for step in path:
        node = follow_reference(schema, node)
        if step == "$ref":
            continue
        try:
            node = node[int(step) if isinstance(node, list) else step]
        except (KeyError, IndexError, TypeError, ValueError):
            return {}
    node = follow_reference(schema, node)
    return node if isinstance(node, Mapping) else {}


def follow_reference(schema: Any, node: Any) -> Any:
    """What a local ``$ref`` leads to, or the node itself."""
    for _ in range(_MOST_REFERENCES):
        reference = node.get("$ref") if isinstance(node, Mapping) else None
        if not isinstance(reference, str) or not reference.startswith("#"):
            return node
        target = schema
        for step in reference[1:].strip("/").split("/") if reference != "#" else ():
            target = target.get(step.replace("~1", "/").replace("~0", "~"), {}) if isinstance(target, Mapping) else {}
        node = target
    return {}


def description_of(schema: Mapping[str, Any]) -> str | None:
    """The schema's own words."""
    text = schema.get("description")
    return text.strip() if isinstance(text, str) and text.strip() else None


def first_sentence(text: str | None) -> str:
    """The first sentence of a description, on one line."""
    return re.split(r"(?<=[.!?])\s|\n\n", text or "", maxsplit=1)[0].replace("\n", " ")


def _owners(chart: Chart, path: Path) -> list[tuple[int, Chart]]:
    """The charts whose values hold the path, innermost first, each with the length of the path to its values."""
    owners = [(0, chart)]
    while len(path) > owners[-1][0]:
        length, owner = owners[-1]
        sub = next((sub for sub in owner.subcharts if sub.name == path[length]), None)
        if sub is None:
            break
        owners.append((length + 1, sub))
    return owners[::-1]


def _children(root: Mapping[str, Any], node: Mapping[str, Any], key: str | int) -> Iterator[Mapping[str, Any]]:
    for part in _parts(root, node):
        properties = part.get("properties")
        if isinstance(key, int):
            items = part.get("items")
            candidates = [items[key] if isinstance(items, list) and key < len(items) else items]
        elif isinstance(properties, Mapping) and key in properties:
            candidates = [properties[key]]
        else:
            patterns = part.get("patternProperties") or {}
            candidates = [patterns[pattern] for pattern in patterns if _matches(pattern, key)]
            candidates = candidates or [part.get("additionalProperties")]
        yield from (child for child in candidates if isinstance(child, Mapping))


def _parts(root: Mapping[str, Any], node: Any, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """A subschema and those that apply to the same value."""
    node = follow_reference(root, node)
    if not isinstance(node, Mapping) or depth > _MOST_REFERENCES:
        return
    yield node
    for word in ("allOf", "anyOf", "oneOf"):
        for branch in node.get(word) or ():
            yield from _parts(root, branch, depth + 1)
    for word in ("then", "else"):
        if word in node:
            yield from _parts(root, node[word], depth + 1)


def _matches(pattern: str, key: str) -> bool:
    try:
        return re.search(pattern, key) is not None
    except re.error:  # a pattern of another dialect
        return False


def _wanted(schema: Mapping[str, Any]) -> str | None:
    kinds = schema.get("type")
    if "enum" in schema:
        return "one of " + ", ".join(str(option) for option in schema["enum"])
    if isinstance(kinds, str):
        return kinds
    return " or ".join(map(str, kinds)) if isinstance(kinds, list) else None
