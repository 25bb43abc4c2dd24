"""The dynamic provider of the kinds, and the resource that a program declares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult

from hubwright.adapters.harbor import HarborClient
from hubwright.dynamic_providers.harbor.kind import HarborKind, Properties

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
    """Declares an object of one of the kinds. `secret` (robots) is a secret output."""

    project_id: pulumi.Output[int]
    full_name: pulumi.Output[str]
    secret: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        kind: type[HarborKind],
        *,
        connection: Mapping[str, pulumi.Input[str]],
        opts: pulumi.ResourceOptions | None = None,
        **inputs: Any,
    ) -> None:
        outputs: Properties = dict.fromkeys(kind.outputs)
        secret = pulumi.ResourceOptions(additional_secret_outputs=["secret", "password", CONNECTION])
        options = pulumi.ResourceOptions.merge(secret, opts)
        super().__init__(HarborProvider(kind), name, {CONNECTION: dict(connection), **inputs, **outputs}, options)


def _connect(props: Mapping[str, Any]) -> HarborClient:
    connection = props[CONNECTION]
    return HarborClient(connection["url"], connection["username"], connection["password"])


def _url(props: Mapping[str, Any]) -> str:
    return str((props.get(CONNECTION) or {}).get("url", ""))


def _without_internals(props: Mapping[str, Any]) -> Properties:
    return {name: value for name, value in props.items() if not name.startswith("__") and value is not None}
