"""The one project of the sandbox: its regions, flavors and quota."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import resources

from pydantic import BaseModel, ConfigDict

from hubwright.sandbox.ovh.project.exceptions import (
    ProjectNotFoundError,
    RegionNotFoundError,
    UnknownFlavorError,
    UnknownRegionError,
)

_MEBIBYTES_PER_GB = 1000
"""OVH writes b3-8 as 8000."""


class Flavor(BaseModel):
    """A size of machine; the figures are OVH's, in ``flavors.json``."""

    model_config = ConfigDict(frozen=True)

    name: str
    vcpus: int
    ram_gb: int
    disk_gb: int
    gpus: int = 0

    @property
    def ram_mb(self) -> int:
        """Memory as the API counts it."""
        return self.ram_gb * _MEBIBYTES_PER_GB

    @property
    def memory_bytes(self) -> int:
        """Memory as a node reports it."""
        return self.ram_gb * 2**30

    def id_in(self, region: str) -> str:
        """Return the flavor's id, which differs from region to region but never changes."""
        return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{self.name}.{region}.flavor"))


class Limits(BaseModel):
    """The project's quota in each region; `max_ram_mb` as the API counts memory."""

    model_config = ConfigDict(frozen=True)

    max_instances: int = 40
    max_cores: int = 160
    max_ram_mb: int = 640_000
    max_networks: int = 20
    max_subnets: int = 50
    max_gateways: int = 10
    max_floating_ips: int = 40
    max_load_balancers: int = 20


@dataclass(frozen=True, slots=True)
class Usage:
    """What is taken of a region's quota."""

    instances: int = 0
    cores: int = 0
    ram_mb: int = 0

    def plus(self, flavor: Flavor, count: int) -> Usage:
        """Return the usage with `count` more machines of `flavor`."""
        return Usage(self.instances + count, self.cores + count * flavor.vcpus, self.ram_mb + count * flavor.ram_mb)

    def fits(self, limits: Limits) -> bool:
        """Tell whether this is within the quota."""
        return (
            self.instances <= limits.max_instances
            and self.cores <= limits.max_cores
            and self.ram_mb <= limits.max_ram_mb
        )


def load_flavors() -> dict[str, Flavor]:
    """Read the catalogue that ships with the package."""
    rows = json.loads((resources.files(__package__) / "flavors.json").read_text())
    return {row["name"]: Flavor.model_validate(row) for row in rows}


class ProjectBackend:
    """Answers what the project has; other services ask it before they create anything."""

    def __init__(
        self,
        project_id: str,
        *,
        regions: Sequence[str] = ("GRA9",),
        limits: Limits | None = None,
        flavors: dict[str, Flavor] | None = None,
    ) -> None:
        self.id = project_id
        self.regions = tuple(regions)
        self.limits = limits or Limits()
        self.flavors = flavors or load_flavors()
        self.machine_usage: Callable[[str], Usage] = lambda _region: Usage()
        """Set by the service that owns machines (node pools)."""

    def require_project(self, project_id: str) -> None:
        """Raise ProjectNotFoundError unless this is the project."""
        if project_id != self.id:
            raise ProjectNotFoundError

    def require_region_path(self, region: str) -> str:
        """Return the region of a URL. Raises RegionNotFoundError."""
        if region not in self.regions:
            raise RegionNotFoundError(region)
        return region

    def require_region(self, region: str) -> str:
        """Return the region of a body. Raises UnknownRegionError."""
        if region not in self.regions:
            raise UnknownRegionError(region)
        return region

    def require_flavor(self, name: str) -> Flavor:
        """Return the flavor. Raises UnknownFlavorError."""
        try:
            return self.flavors[name]
        except KeyError:
            raise UnknownFlavorError(name) from None
