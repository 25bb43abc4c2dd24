"""What the program asks for: a `RegisterResource` request, read into a frozen object and checked for refusals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pulumi.runtime.proto import alias_pb2, resource_pb2

from hubwright.engine.marshal import struct_to_properties
from hubwright.engine.property_values import PropertyMap
from hubwright.engine.records import Timeouts
from hubwright.engine.refusals import refuse
from hubwright.engine.state.backend import StackName
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
    import_id: str = ""
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
        import_id=request.importId,
        version=request.version,
        plugin_download_url=request.pluginDownloadURL,
    )


def _property_dependencies(request: resource_pb2.RegisterResourceRequest) -> dict[str, list[str]]:
    found = {key: sorted(set(value.urns)) for key, value in request.propertyDependencies.items()}
    return {key: found[key] for key in sorted(found)}


def _timeouts(stated: resource_pb2.RegisterResourceRequest.CustomTimeouts) -> Timeouts:
    return Timeouts(parse_duration(stated.create), parse_duration(stated.update), parse_duration(stated.delete))


def _refuse_unsupported(request: resource_pb2.RegisterResourceRequest) -> None:
    wanted = {
        "remote": request.remote,
        "packageRef": request.packageRef,
        "replace_with": request.replace_with,
        "replacement_trigger": request.HasField("replacement_trigger"),
        "envVarMappings": request.envVarMappings,
    }
    for feature, present in wanted.items():
        if present:
            raise refuse(feature, f"{request.type} {request.name!r}")


def alias_urns(goal: Goal, name: StackName, aliased_from: Callable[[str], str | None], parent_alias: str) -> list[str]:
    """List the URNs that a resource may have had: by its own aliases, and by the one its parent was found under.

    `aliased_from` gives the alias under which another resource was found; a parent named in an alias may have one.
    """
    own = [_alias_urn(goal, alias, name, aliased_from) for alias in goal.aliases]
    found = list(own)
    if parent_alias:
        parent_name = parse_urn(goal.parent).name
        found.append(_child_urn(goal.type, goal.name, parent_name, parent_alias, name))
        for urn in own:
            parsed = parse_urn(urn)
            found.append(_child_urn(parsed.type, parsed.name, parent_name, parent_alias, name))
    return list(dict.fromkeys(found))


def _alias_urn(goal: Goal, alias: Any, name: StackName, aliased_from: Callable[[str], str | None]) -> str:
    if alias.WhichOneof("alias") == "urn":
        return str(alias.urn)
    spec = alias.spec
    parent = (aliased_from(spec.parentUrn) or spec.parentUrn) if spec.parentUrn else goal.parent
    stack, project = spec.stack or name.stack, spec.project or name.project
    return make_urn(stack, project, "" if spec.noParent else parent, spec.type or goal.type, spec.name or goal.name)


def _child_urn(type_: str, child_name: str, parent_name: str, parent_alias: str, name: StackName) -> str:
    """Name a child below its parent's old URN. A child's name that begins with its parent's changes with it."""
    if child_name.startswith(parent_name):
        child_name = parse_urn(parent_alias).name + child_name.removeprefix(parent_name)
    return make_urn(name.stack, name.project, parent_alias, type_, child_name)
