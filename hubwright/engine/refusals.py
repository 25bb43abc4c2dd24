"""What the embedded engine refuses, by name: the one list behind every such error, its tests and its docs page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hubwright.core.errors import UnsupportedError

_HINT: Final = "use --engine pulumi for it"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A feature of Pulumi that the engine does not have: its name in messages, and why or what to do instead."""

    name: str
    reason: str


REFUSED: Final = {
    "remote": Refusal(
        "a remote component",
        "its children are made by a plugin process; of Kubernetes' packages, use helm.v3.Release for charts",
    ),
    "Call": Refusal("a method of a remote component", "methods run in the component's plugin process"),
    "packageRef": Refusal("a parameterized package", "the engine has no plugins that could take parameters"),
    "RegisterPackage": Refusal("a parameterized package", "the engine has no plugins that could take parameters"),
    "replace_with": Refusal("option replace_with", "declare the dependency through an input that forces replacement"),
    "replacement_trigger": Refusal("option replacement_trigger", "use --replace, or an input that forces replacement"),
    "envVarMappings": Refusal("option env_var_mappings", "providers run in this process and share its environment"),
    "RegisterStackTransform": Refusal("a transform of resources", "change the arguments in the program"),
    "RegisterStackInvokeTransform": Refusal("a transform of functions", "change the arguments in the program"),
    "RegisterResourceHook": Refusal("a resource hook", "use a dynamic resource where something has to run"),
    "ExistsResource": Refusal("the question whether a resource exists", "read it with its type's `.get`"),
    "RegisterErrorHook": Refusal("an error hook", "run the same command again after an error"),
}
"""By the field or call of the SDK that asks for it."""


def refuse(key: str, subject: str = "") -> UnsupportedError:
    """Return the error for something of the list that `subject`, a resource or function, asks for."""
    refusal = REFUSED[key]
    where = f"{subject}: " if subject else ""
    return UnsupportedError(
        f"{where}{refusal.name} is not supported by the embedded engine", hint=f"{refusal.reason}; or {_HINT}"
    )


def refuse_call(name: str) -> UnsupportedError:
    """Return the error for a call of the SDK that the engine does not answer, whether it is on the list or new."""
    if name in REFUSED:
        return refuse(name)
    return UnsupportedError(f"the SDK's call {name} is not supported by the embedded engine", hint=_HINT)
