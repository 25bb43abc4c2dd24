"""Errors of the project service."""

from __future__ import annotations

from hubwright.sandbox.ovh.core.errors import BadRequestError, NotFoundError


class ProjectNotFoundError(NotFoundError):
    """The credential reaches no such project."""

    def __init__(self) -> None:
        super().__init__("This service does not exist")


class RegionNotFoundError(NotFoundError):
    """The project has no such region."""

    def __init__(self, region: str) -> None:
        super().__init__(f"Region {region} not found")


class UnknownRegionError(BadRequestError):
    """A body names a region that the project has not."""

    def __init__(self, region: str) -> None:
        super().__init__(f"Region {region} is not available for this project")


class UnknownFlavorError(BadRequestError):
    """A body names a flavor that does not exist."""

    def __init__(self, flavor: str) -> None:
        super().__init__(f"Flavor {flavor} does not exist or is not available in this region")
