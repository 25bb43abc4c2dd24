"""The dynamic provider of the kinds, and the resources that a program declares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult

from hubwright.adapters.harbor import HarborClient
from hubwright.dynamic_providers.harbor.accounts import Member, Robot
from hubwright.dynamic_providers.harbor.images import GarbageCollection, ImmutableTags, Retention
from hubwright.dynamic_providers.harbor.kind import HarborKind, Properties
from hubwright.dynamic_providers.harbor.projects import Health, Project

CONNECTION: Final = "connection"
"""The input that every kind has: `url`, `username` and `password` of an administrator."""


class HarborProvider(ResourceProvider):
    """The dynamic provider of one kind. Has no state, so that its pickle is its name."""

    serialize_as_secret_always: bool = False

    def __init__(self, kind: type[HarborKind]) -> None:
        super().__init__()
        self.kind = kind

    def create(self, props: Properties) -> CreateResult:
        """Make the object."""
        with _connect(props) as harbor:
            made, more = self.kind().create(harbor, props)
        return CreateResult(made, {**props, **more})

    def read(self, id_: str, props: Properties) -> ReadResult:
        """Look the object up; the connection is taken as it is."""
        with _connect(props) as harbor:
            found = self.kind().read(harbor, id_, props)
        return ReadResult() if found is None else ReadResult(id_, {**props, **found})

    def update(self, id_: str, olds: Properties, news: Properties) -> UpdateResult:
        """Change the object."""
        known = _without_internals(olds)
        with _connect(news) as harbor:
            more = self.kind().update(harbor, id_, news, known)
        return UpdateResult({**known, **news, **more})

    def delete(self, id_: str, props: Properties) -> None:
        """Remove the object."""
        with _connect(props) as harbor:
            self.kind().delete(harbor, id_, props)

    def diff(self, id_: str, olds: Properties, news: Properties) -> DiffResult:
        """Compare inputs. Another Harbor is a replacement, another password of the same one is not."""
        changed = {name for name in _without_internals(news) if olds.get(name) != news[name]}
        replaces = sorted(changed & self.kind.fixed)
        if CONNECTION in changed and _url(olds) != _url(news):
            replaces.append(CONNECTION)
        return DiffResult(changes=bool(changed), replaces=replaces, delete_before_replace=bool(replaces))


class HarborResource(Resource, module="harbor", name="Object"):
    """Declares an object of its class's kind; every kind has a type of its own, so that a plan reads well."""

    kind: ClassVar[type[HarborKind]]

    def __init__(self, name: str, inputs: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        secrets = pulumi.ResourceOptions(additional_secret_outputs=["secret", "password", CONNECTION])
        outputs: Properties = dict.fromkeys(self.kind.outputs)
        options = pulumi.ResourceOptions.merge(secrets, opts)
        super().__init__(HarborProvider(self.kind), name, {**inputs, **outputs}, options)


class HarborHealth(HarborResource, module="harbor", name="Health"):
    """Waits until Harbor answers; takes `connection` alone."""

    kind = Health


class HarborProject(HarborResource, module="harbor", name="Project"):
    """A project: `name`, `public`, `storage_limit_bytes`."""

    kind = Project
    project_id: pulumi.Output[int]


class HarborRobot(HarborResource, module="harbor", name="Robot"):
    """A robot account: `project`, `name`, `rights` such as ``repository:push``. Its secret is an output."""

    kind = Robot
    full_name: pulumi.Output[str]
    secret: pulumi.Output[str]


class HarborMember(HarborResource, module="harbor", name="Member"):
    """A user with a role: `project_id`, `username`, `email`, `password`, `role_id`."""

    kind = Member


class HarborRetention(HarborResource, module="harbor", name="Retention"):
    """A retention policy: `project_id`, `cron`, `keep_pulled_days`, `keep_pushed_days`."""

    kind = Retention


class HarborGarbageCollection(HarborResource, module="harbor", name="GarbageCollection"):
    """Harbor's schedule of garbage collection: `cron`, `delete_untagged`."""

    kind = GarbageCollection


class HarborImmutableTags(HarborResource, module="harbor", name="ImmutableTags"):
    """Tags that nobody may move: `project_id`, and the patterns `repositories` and `tags`."""

    kind = ImmutableTags


def _connect(props: Mapping[str, Any]) -> HarborClient:
    connection = props[CONNECTION]
    return HarborClient(connection["url"], connection["username"], connection["password"])


def _url(props: Mapping[str, Any]) -> str:
    return str((props.get(CONNECTION) or {}).get("url", ""))


def _without_internals(props: Mapping[str, Any]) -> Properties:
    return {name: value for name, value in props.items() if not name.startswith("__") and value is not None}
