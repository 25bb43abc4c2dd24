"""What the backend's states say of any stack: for the user, and for stack references."""

from __future__ import annotations

from collections.abc import Sequence

from hubwright.core.errors import StackNotFoundError
from hubwright.engine.options import EngineOptions
from hubwright.engine.property_values import PropertyMap
from hubwright.engine.records import ResourceRecord
from hubwright.engine.state.backend import StackName
from hubwright.engine.state.checkpoint import StoredCheckpoint
from hubwright.engine.urn import STACK_TYPE


def read_resources(options: EngineOptions, name: StackName) -> Sequence[ResourceRecord]:
    """Return all that a stack's state knows, secrets marked. Raises StackNotFoundError when it was never brought up."""
    text = options.backend.load(name)
    if text is None:
        raise StackNotFoundError(f"there is no stack {name.full}", hint="bring it up first")
    stored = StoredCheckpoint(text, source=options.backend.describe(name), passphrase=options.passphrase)
    return stored.snapshot().resources


def read_outputs(options: EngineOptions, name: StackName) -> PropertyMap:
    """Return a stack's outputs, secrets marked. Raises as `read_resources`."""
    for record in read_resources(options, name):
        if record.type == STACK_TYPE and not record.delete:
            return dict(record.outputs)
    return {}
