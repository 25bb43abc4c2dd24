"""Puts the daemon together: the account, what stands behind its services, and the listeners."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

from hubwright.core.errors import SandboxError
from hubwright.sandbox.cloud import CloudConfig, CloudEndpoints, CloudPorts
from hubwright.sandbox.cloud_clusters import ManagedClusters
from hubwright.sandbox.cloud_http import HttpListener
from hubwright.sandbox.cloud_networks import NeutronNetworks
from hubwright.sandbox.dns.server import DnsServer, ZoneTable
from hubwright.sandbox.dns.zone import Zone, ZoneRecord
from hubwright.sandbox.ovh.app import OvhApplication
from hubwright.sandbox.ovh.auth.models import ApiKeys
from hubwright.sandbox.ovh.core.clock import ThreadScheduler
from hubwright.sandbox.ovh.core.faults import read_fault_file
from hubwright.sandbox.ovh.core.platform import Platform
from hubwright.sandbox.ovh.core.store import Store, write_private
from hubwright.sandbox.ovh.ports import ServedZone
from hubwright.sandbox.ovh.services import Account, AccountSettings, Backends
from hubwright.sandbox.process import ProcessTable
from hubwright.sandbox.registry.host import RegistryHost

_KEYS_FILE = "cloud-keys.json"


@dataclass(frozen=True, slots=True)
class CloudKeys:
    """All credentials of one sandbox, made at its first start."""

    application_key: str = field(default_factory=lambda: secrets.token_hex(8))
    application_secret: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    consumer_key: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    bearer_token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    admin_token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)


class PublishedZones:
    """Implements the OVH API's ZoneBackend on the DNS server's table."""

    def __init__(self, table: ZoneTable) -> None:
        self._table = table

    def publish(self, zone: ServedZone) -> None:
        """Serve this version of the zone."""
        records = [
            ZoneRecord(f"{row.name}.{zone.name}" if row.name else zone.name, row.type, row.ttl_s, row.target)
            for row in zone.records
        ]
        self._table.put(Zone(zone.name, zone.serial, records))


class CloudDaemon:
    """One sandbox's cloud; `port` is the OVH API's."""

    def __init__(self, config: CloudConfig, processes: ProcessTable, *, port: int, ports: CloudPorts) -> None:
        folder, openstack = config.folder, config.openstack
        self._keys = _load_keys(folder / _KEYS_FILE)
        self._config = config
        self._schedule = ThreadScheduler(config.speed)
        self._clusters = ManagedClusters(folder / "clusters", config.binaries, processes, openstack.environment())
        self._registries = RegistryHost(folder / "registries", config.binaries.registry, processes)
        table = ZoneTable()
        self._dns = DnsServer(table, ports.dns)
        networks = NeutronNetworks((openstack.admin or openstack).environment())
        backends = Backends(self._clusters, networks, self._registries, PublishedZones(table))
        platform = Platform(Store(folder / "ovh.json"), self._schedule, read_fault_file(folder / "faults.json"))
        keys = ApiKeys(
            self._keys.application_key,
            self._keys.application_secret,
            self._keys.consumer_key,
            self._keys.bearer_token,
        )
        self._account = Account(platform, keys, _settings(config), backends)
        application = OvhApplication(self._account, self._keys.admin_token)
        self._api = HttpListener("ovh-api", application.starlette(), port)
        if self._api.port != port:
            raise SandboxError(f"port {port} was taken in the meantime", hint="run the command again")

    @property
    def ports(self) -> CloudPorts:
        """The ports in use."""
        return CloudPorts(api=self._api.port, dns=self._dns.port)

    @property
    def endpoints(self) -> CloudEndpoints:
        """Where all of it answers."""
        return CloudEndpoints(
            ovh_endpoint=f"http://127.0.0.1:{self._api.port}/1.0",
            **asdict(self._keys),
            service_name=self._config.project_id,
            dns_address=f"127.0.0.1:{self._dns.port}",
            zone=self._config.zone,
        )

    def start(self) -> None:
        """Serve, and bring back what there was."""
        self._dns.start()
        self._api.start()
        self._account.resume()

    def is_settled(self) -> bool:
        """Tell whether everything that there was is back."""
        return self._account.is_settled()

    def stop(self) -> None:
        """Stop serving and all child processes; data stay."""
        self._schedule.stop()
        self._api.stop()
        self._registries.stop()
        self._dns.stop()
        self._clusters.stop()


def _settings(config: CloudConfig) -> AccountSettings:
    return AccountSettings(
        project_id=config.project_id,
        regions=(config.region,),
        registry_regions=(config.registry_region,),
        zones=(config.zone,),
        limits=config.limits,
    )


def _load_keys(path: Path) -> CloudKeys:
    if not path.exists():
        write_private(path, json.dumps(asdict(CloudKeys())))
    try:
        return CloudKeys(**json.loads(path.read_text()))
    except (ValueError, TypeError) as error:
        raise SandboxError(f"{path} is not readable", hint="start anew: sandbox down --delete") from error
