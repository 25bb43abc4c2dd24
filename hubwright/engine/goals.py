"""What the program asks for: a `RegisterResource` request, read into a frozen object and checked for refusals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pulumi.runtime.proto import alias_pb2, resource_pb2

from hubwright.core.errors import UnsupportedError
from hubwright.engine.marshal import struct_to_properties
from hubwright.engine.property_values import PropertyMap
from hubwright.engine.records import Timeouts
from hubwright.engine.state.checkpoint import parse_duration
from hubwright.engine.urn import make_urn, parse_urn


@dataclass(frozen=True, slots=True)
class Goal:
    """One resource as the program wants it. None for `protect` and `retain_on_delete` means: as the parent."""

    type: str
    name: str
    custom: bool
    inputs: PropertyMap = field(default_factory=dict)
    parent: str = ""
    provider: str = ""
    providers: Mapping[str, str] = field(default_factory=dict)
    dependencies: Sequence[str] = ()
    property_dependencies: Mapping[str, Sequence[str]] = field(default_factory=dict)
    protect: bool | None = None
    retain_on_delete: bool | None = None
    delete_before_replace: bool | None = None
    deleted_with: str = ""
    ignore_changes: Sequence[str] = ()
    replace_on_changes: Sequence[str] = ()
    additional_secret_outputs: Sequence[str] = ()
    aliases: Sequence[Any] = ()
    timeouts: Timeouts = field(default_factory=Timeouts)
    version: str = ""
    plugin_download_url: str = ""

    @property
    def label(self) -> str:
        """Type and name, for messages."""
        return f"{self.type} {self.name!r}"

    def required_urns(self) -> Iterable[str]:
        """Yield what must be there before it."""
        yield from (urn for urn in (self.parent, self.deleted_with) if urn)
        yield from self.dependencies
        for urns in self.property_dependencies.values():
            yield from urns


def read_goal(request: resource_pb2.RegisterResourceRequest) -> Goal:
    """Read a request; raises UnsupportedError, naming resource and option, for what the engine does not have."""
    _refuse_unsupported(request)
    return Goal(
        type=request.type,
        name=request.name,
        custom=request.custom,
        inputs=struct_to_properties(request.object),
        parent=request.parent,
        provider=request.provider,
        providers=dict(request.providers),
        dependencies=sorted(set(request.dependencies)),
        property_dependencies=_property_dependencies(request),
        protect=request.protect if request.HasField("protect") else None,
        retain_on_delete=request.retainOnDelete if request.HasField("retainOnDelete") else None,
        delete_before_replace=request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None,
        deleted_with=request.deletedWith,
        ignore_changes=tuple(request.ignoreChanges),
        replace_on_changes=tuple(request.replaceOnChanges),
        additional_secret_outputs=tuple(request.additionalSecretOutputs),
        aliases=(*request.aliases, *(alias_pb2.Alias(urn=urn) for urn in request.aliasURNs)),
        timeouts=_timeouts(request.customTimeouts),
        version=request.version,
        plugin_download_url=request.pluginDownloadURL,
    )


def _property_dependencies(request: resource_pb2.RegisterResourceRequest) -> dict[str, list[str]]:
    found = {key: sorted(set(value.urns)) for key, value in request.propertyDependencies.items()}
    return {key: found[key] for key in sorted(found)}


def _timeouts(stated: resource_pb2.RegisterResourceRequest.CustomTimeouts) -> Timeouts:
    return Timeouts(parse_duration(stated.create), parse_duration(stated.update), parse_duration(stated.delete))


def _refuse_unsupported(request: resource_pb2.RegisterResourceRequest) -> None:
    options = {
        "a remote component": request.remote,
        "option import_": request.importId,
        "a parameterized package": request.packageRef,
        "option replace_with": request.replace_with,
        "option replacement_trigger": request.HasField("replacement_trigger"),
        "option env_var_mappings": request.envVarMappings,
    }
    for option, present in options.items():
        if present:
            raise UnsupportedError(
                f"{request.type} {request.name!r}: {option} is not supported by the embedded engine",
                hint="use --engine pulumi for it",
            )


def alias_urns(goal: Goal, stack: str, project: str, parent_aliases: Sequence[str]) -> list[str]:
    """List every URN that the resource may have had: by its own aliases and by those of its parent."""
    found: list[str] = []
    for alias in goal.aliases:
        if alias.WhichOneof("alias") == "urn":
            found.append(alias.urn)
        else:
            found.extend(_spec_urns(goal, alias.spec, stack, project, parent_aliases))
    found += [make_urn(stack, project, parent, goal.type, _name_below(goal, parent)) for parent in parent_aliases]
    return list(dict.fromkeys(found))


def _spec_urns(
    goal: Goal, spec: alias_pb2.Alias.Spec, stack: str, project: str, parent_aliases: Sequence[str]
) -> list[str]:
    parents = [spec.parentUrn or goal.parent]
    if spec.noParent:
        parents = [""]
    elif not spec.parentUrn:
        parents += parent_aliases
    stack, project = spec.stack or stack, spec.project or project
    return [make_urn(stack, project, parent, spec.type or goal.type, spec.name or goal.name) for parent in parents]


def _name_below(goal: Goal, parent_alias: str) -> str:
    """Follow a renamed parent whose name begins the child's, as Pulumi's SDKs do."""
    parent_name = parse_urn(goal.parent).name if goal.parent else ""
    if parent_name and goal.name.startswith(parent_name):
        return parse_urn(parent_alias).name + goal.name.removeprefix(parent_name)
    return goal.name
