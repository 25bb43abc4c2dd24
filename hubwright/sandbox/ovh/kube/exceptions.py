"""Errors of the managed Kubernetes service."""

from __future__ import annotations

from hubwright.sandbox.ovh.core.errors import BadRequestError, ConflictError, NotFoundError


class ClusterNotFoundError(NotFoundError):
    """No such cluster in the project."""

    def __init__(self, cluster_id: str) -> None:
        super().__init__(f"Kube {cluster_id} not found")


class VersionFormatError(BadRequestError):
    """The version is not MAJOR.MINOR."""

    def __init__(self) -> None:
        super().__init__("Body parameter version isn't formated correctly")


class UnknownVersionError(BadRequestError):
    """The version is not on offer."""

    def __init__(self, version: str, offered: list[str]) -> None:
        super().__init__(f"Version {version} is not available, choose one of: {', '.join(offered)}")


class NotUuidError(BadRequestError):
    """A private network must be named by the region's OpenStack UUID, never by ``pn-…``."""

    def __init__(self, what: str, value: str) -> None:
        super().__init__(f"[InvalidDataError] 400: {what} {value} is not a correct uuid")


class UnknownNetworkError(BadRequestError):
    """The network or subnet does not exist in the region."""

    def __init__(self, what: str, value: str) -> None:
        super().__init__(f"[InvalidDataError] 400: {what} {value} does not exist")


class DuplicateNameError(ConflictError):
    """The name is taken."""

    def __init__(self, name: str) -> None:
        super().__init__(f"A cluster named {name} already exists in this project")


class ClusterBusyError(ConflictError):
    """The cluster is not READY."""

    def __init__(self, cluster_id: str, status: str) -> None:
        super().__init__(f"Kube {cluster_id} is not ready: its status is {status}")


class UpdateRefusedError(ConflictError):
    """The policy forbids updates."""

    def __init__(self, cluster_id: str) -> None:
        super().__init__(f"Update aborted for service {cluster_id} because of policy NEVER_UPDATE")


class NoUpdateError(ConflictError):
    """Nothing newer is on offer."""

    def __init__(self, cluster_id: str) -> None:
        super().__init__(f"No update is available for service {cluster_id}")
