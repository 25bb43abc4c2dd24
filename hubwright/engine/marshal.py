"""Property values to and from the protobuf `Struct` that the SDK speaks.

Everything that JSON lacks travels as an object with a signature key; the constants are Pulumi's
("sdk/go/common/resource/sig"). The state has the same forms except for secrets, see `state.values`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from google.protobuf import struct_pb2

from hubwright.core.errors import UnsupportedError
from hubwright.engine.property_values import (
    UNKNOWN,
    Archive,
    Asset,
    PropertyMap,
    PropertyValue,
    ResourceReference,
    Secret,
    Unknown,
)

SIGNATURE_KEY: Final = "4dabf18193072939515e22adb298388d"
SECRET_SIGNATURE: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a public constant of the protocol
RESOURCE_SIGNATURE: Final = "5cf8f73096256a8f31e491e813e4eb8e"
OUTPUT_SIGNATURE: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
ASSET_SIGNATURE: Final = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE_SIGNATURE: Final = "0def7320c3a5731c473e5ecbe6d01bc7"
UNKNOWN_SIGNATURE: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

_LARGEST_EXACT_INTEGER: Final = 2**53


def number_from_double(number: float) -> int | float:
    """Turn a protobuf double into an int where it has no fraction, so that 3.0 reads as 3."""
    if math.isfinite(number) and number.is_integer() and abs(number) <= _LARGEST_EXACT_INTEGER:
        return int(number)
    return number


def struct_to_properties(struct: struct_pb2.Struct) -> PropertyMap:
    """Read a message of the SDK into property values."""
    return {key: value_from_wire(value) for key, value in struct.fields.items()}


def value_from_wire(value: struct_pb2.Value) -> PropertyValue:
    """Read one protobuf value."""
    match value.WhichOneof("kind"):
        case "string_value":
            return UNKNOWN if value.string_value == UNKNOWN_SIGNATURE else value.string_value
        case "number_value":
            return number_from_double(value.number_value)
        case "bool_value":
            return value.bool_value
        case "list_value":
            return [value_from_wire(item) for item in value.list_value.values]
        case "struct_value":
            return _object_from_wire(value.struct_value)
        case _:
            return None


def _object_from_wire(struct: struct_pb2.Struct) -> PropertyValue:
    plain = struct_to_properties(struct)
    signature = plain.get(SIGNATURE_KEY)
    if signature is None:
        return plain
    return read_signed_object(signature, plain)


def read_signed_object(signature: str, fields: PropertyMap) -> PropertyValue:
    """Build the value behind an object that carries a signature; raises UnsupportedError for an unknown one."""
    if signature == SECRET_SIGNATURE:
        return Secret(fields.get("value"))
    if signature == RESOURCE_SIGNATURE:
        return ResourceReference(fields["urn"], fields.get("id"), fields.get("packageVersion") or "")
    if signature == ASSET_SIGNATURE:
        return Asset(fields.get("text"), fields.get("path"), fields.get("uri"), fields.get("hash"))
    if signature == ARCHIVE_SIGNATURE:
        return Archive(fields.get("assets"), fields.get("path"), fields.get("uri"), fields.get("hash"))
    if signature == OUTPUT_SIGNATURE:
        return _output_value(fields)
    raise UnsupportedError(f"a property value has an unknown signature: {signature}")


def _output_value(fields: PropertyMap) -> PropertyValue:
    value = fields.get("value", UNKNOWN)
    return Secret(value) if fields.get("secret") else value


def properties_to_struct(properties: Mapping[str, PropertyValue]) -> struct_pb2.Struct:
    """Write property values as the message that the SDK reads."""
    struct = struct_pb2.Struct()
    for key, value in properties.items():
        _write_value(struct.fields[key], value)
    return struct


def _write_value(target: struct_pb2.Value, value: PropertyValue) -> None:
    if value is None:
        target.null_value = struct_pb2.NULL_VALUE
    elif isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, (int, float)):
        target.number_value = value
    elif isinstance(value, str):
        target.string_value = value
    elif isinstance(value, Unknown):
        target.string_value = UNKNOWN_SIGNATURE
    elif isinstance(value, (list, tuple)):
        target.list_value.SetInParent()
        for item in value:
            _write_value(target.list_value.values.add(), item)
    else:
        target.struct_value.SetInParent()
        for key, item in object_fields(value).items():
            _write_value(target.struct_value.fields[key], item)


def object_fields(value: PropertyValue) -> Mapping[str, Any]:
    """Return the fields of any value that travels as an object, signature included."""
    if isinstance(value, Mapping):
        return value
    if isinstance(value, Secret):
        return {SIGNATURE_KEY: SECRET_SIGNATURE, "value": value.value}
    if isinstance(value, ResourceReference):
        return _reference_fields(value)
    if isinstance(value, Asset):
        return _content_fields(ASSET_SIGNATURE, {"text": value.text, "path": value.path, "uri": value.uri}, value.hash)
    if isinstance(value, Archive):
        contents = {"assets": value.assets, "path": value.path, "uri": value.uri}
        return _content_fields(ARCHIVE_SIGNATURE, contents, value.hash)
    raise UnsupportedError(f"a property value of type {type(value).__name__} cannot be sent to the program")


def _reference_fields(reference: ResourceReference) -> dict[str, Any]:
    fields: dict[str, Any] = {SIGNATURE_KEY: RESOURCE_SIGNATURE, "urn": reference.urn}
    if reference.id is not None:
        fields["id"] = reference.id
    if reference.package_version:
        fields["packageVersion"] = reference.package_version
    return fields


def _content_fields(signature: str, contents: Mapping[str, Any], digest: str | None) -> dict[str, Any]:
    fields: dict[str, Any] = {SIGNATURE_KEY: signature}
    fields.update({key: content for key, content in contents.items() if content is not None})
    if digest is not None:
        fields["hash"] = digest
    return fields
