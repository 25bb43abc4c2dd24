"""Read what a stack exports."""

from __future__ import annotations

from typing import Any

from hubwright.core.errors import UsageError
from hubwright.core.nearest import nearest_name
from hubwright.engine.property_values import PropertyValue, Secret, unwrap_secrets
from hubwright.workflows.target import DeployTarget, open_engine

MASK = "[secret]"


def read_outputs(target: DeployTarget, *, show_secrets: bool = False) -> dict[str, Any]:
    """Return a stack's outputs from its state; secret leaves are masked unless `show_secrets`."""
    outputs = open_engine(target, lambda _event: None).outputs()
    return {
        name: unwrap_secrets(value) if show_secrets else mask_secrets(value) for name, value in sorted(outputs.items())
    }


def read_output(target: DeployTarget, name: str, *, show_secrets: bool = False) -> Any:
    """Return one output. Raises UsageError, naming the nearest, when the stack exports none of that name."""
    outputs = read_outputs(target, show_secrets=show_secrets)
    if name not in outputs:
        close = nearest_name(name, list(outputs))
        hint = f"did you mean {close}?" if close else f"there are: {', '.join(outputs) or 'none'}"
        raise UsageError(f"stack {target.stack} has no output {name}", hint=hint)
    return outputs[name]


def mask_secrets(value: PropertyValue) -> Any:
    """Replace every secret leaf by a mask."""
    if isinstance(value, Secret):
        return MASK
    if isinstance(value, list):
        return [mask_secrets(item) for item in value]
    if isinstance(value, dict):
        return {key: mask_secrets(item) for key, item in value.items()}
    return value
