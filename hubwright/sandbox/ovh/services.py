"""All services of one emulated account, wired together; still without HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hubwright.sandbox.ovh.auth import urls as auth_urls
from hubwright.sandbox.ovh.auth.models import ApiKeys, AuthBackend
from hubwright.sandbox.ovh.auth.responses import AuthResponses
from hubwright.sandbox.ovh.core.platform import Platform
from hubwright.sandbox.ovh.core.routing import Router
from hubwright.sandbox.ovh.domain import urls as domain_urls
from hubwright.sandbox.ovh.domain.models import DomainService
from hubwright.sandbox.ovh.domain.responses import DomainResponses
from hubwright.sandbox.ovh.gateway import urls as gateway_urls
from hubwright.sandbox.ovh.gateway.models import GatewayService
from hubwright.sandbox.ovh.gateway.responses import GatewayResponses
from hubwright.sandbox.ovh.kube import urls as kube_urls
from hubwright.sandbox.ovh.kube.models import KubeService, KubeSettings
from hubwright.sandbox.ovh.kube.responses import KubeResponses
from hubwright.sandbox.ovh.network import urls as network_urls
from hubwright.sandbox.ovh.network.models import NetworkService
from hubwright.sandbox.ovh.network.responses import NetworkResponses
from hubwright.sandbox.ovh.nodepool import urls as nodepool_urls
from hubwright.sandbox.ovh.nodepool.models import NodePoolService
from hubwright.sandbox.ovh.nodepool.responses import NodePoolResponses
from hubwright.sandbox.ovh.ports import ClusterBackend, NetworkBackend, RegistryBackend, ZoneBackend
from hubwright.sandbox.ovh.project import urls as project_urls
from hubwright.sandbox.ovh.project.models import Limits, ProjectBackend
from hubwright.sandbox.ovh.project.responses import ProjectResponses
from hubwright.sandbox.ovh.registry import urls as registry_urls
from hubwright.sandbox.ovh.registry.models import RegistryService
from hubwright.sandbox.ovh.registry.responses import RegistryResponses

_ON_THE_WAY = frozenset({"INSTALLING", "DELIVERING", "BUILDING", "UPDATING", "REDEPLOYING", "RESIZING", "DELETING"})


@dataclass(frozen=True, slots=True)
class Backends:
    """What stands behind the services."""

    clusters: ClusterBackend
    networks: NetworkBackend
    registries: RegistryBackend
    zones: ZoneBackend


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """What the account has from the start."""

    project_id: str
    regions: Sequence[str] = ("GRA9",)
    registry_regions: Sequence[str] = ("GRA",)
    zones: Sequence[str] = ("hubwright-sandbox.test",)
    limits: Limits = field(default_factory=Limits)
    kube: KubeSettings = field(default_factory=KubeSettings)


class Account:
    """One account with one project."""

    def __init__(self, platform: Platform, keys: ApiKeys, settings: AccountSettings, backends: Backends) -> None:
        self.platform = platform
        self.auth = AuthBackend(platform, keys)
        self.project = ProjectBackend(settings.project_id, regions=settings.regions, limits=settings.limits)
        self.kube = KubeService(platform, self.project, backends.clusters, backends.networks, settings.kube)
        self.node_pools = NodePoolService(platform, self.project, self.kube, backends.clusters)
        self.registries = RegistryService(platform, settings.project_id, backends.registries, settings.registry_regions)
        self.networks = NetworkService(platform, self.project, backends.networks)
        self.gateways = GatewayService(platform, self.project, backends.networks)
        self.domains = DomainService(platform, settings.zones, backends.zones)
        self.networks.network_users.append(self.kube.uses_network)
        self.networks.subnet_users += [self.kube.uses_subnet, self.gateways.uses_subnet]

    def router(self) -> Router:
        """Return the routes of all services."""
        return Router(
            [
                *auth_urls.routes(AuthResponses(self.auth)),
                *project_urls.routes(ProjectResponses(self.project)),
                *kube_urls.routes(KubeResponses(self.kube)),
                *nodepool_urls.routes(NodePoolResponses(self.node_pools, self.kube, self.project)),
                *registry_urls.routes(RegistryResponses(self.registries)),
                *network_urls.routes(NetworkResponses(self.networks)),
                *gateway_urls.routes(GatewayResponses(self.gateways)),
                *domain_urls.routes(DomainResponses(self.domains)),
            ]
        )

    def resume(self) -> None:
        """Take up after a restart."""
        self.domains.resume()
        self.networks.resume()
        self.gateways.resume()
        self.registries.resume()
        self.kube.resume()
        self.node_pools.resume()

    def is_settled(self) -> bool:
        """Tell whether nothing is on its way any more."""
        statuses = [cluster.status for cluster in self.kube.all()]
        statuses += [pool.status for cluster in self.kube.all() for pool in self.node_pools.all(cluster.id)]
        statuses += [registry.status for registry in self.registries.all()]
        statuses += [network.status for network in self.networks.all()]
        return _ON_THE_WAY.isdisjoint(statuses)
