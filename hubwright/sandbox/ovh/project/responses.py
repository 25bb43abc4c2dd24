"""HTTP side of the project service."""

from __future__ import annotations

from typing import Any

from hubwright.sandbox.ovh.core.routing import Call
from hubwright.sandbox.ovh.project.models import Flavor, ProjectBackend

_CREATED = "2026-01-01T00:00:00Z"
_SERVICES = ("instance", "kubernetes", "network", "octavialoadbalancer", "volume")


class ProjectResponses:
    """Handlers of /cloud/project."""

    def __init__(self, backend: ProjectBackend) -> None:
        self._backend = backend

    def list_projects(self, call: Call) -> list[str]:
        """All projects: one."""
        return [self._backend.id]

    def get_project(self, call: Call) -> dict[str, Any]:
        """The project."""
        project = call.params["service_name"]
        return {
            "project_id": project,
            "projectName": "hubwright-sandbox",
            "description": "hubwright-sandbox",
            "planCode": "project.2018",
            "status": "ok",
            "access": "full",
            "creationDate": _CREATED,
            "expiration": None,
            "manualQuota": False,
            "orderId": None,
            "unleash": False,
            "iam": {"urn": f"urn:v1:eu:resource:publicCloudProject:{project}", "id": project},
        }

    def list_regions(self, call: Call) -> list[str]:
        """Names of the regions."""
        return list(self._backend.regions)

    def get_region(self, call: Call) -> dict[str, Any]:
        """One region."""
        region = self._backend.require_region_path(call.params["region"])
        return {
            "name": region,
            "type": "region",
            "status": "UP",
            "continentCode": "EU",
            "countryCode": "fr",
            "datacenterLocation": region.rstrip("0123456789"),
            "availabilityZones": [],
            "ipCountries": [],
            "services": [{"name": name, "status": "UP", "endpoint": ""} for name in _SERVICES],
        }

    def list_quota(self, call: Call) -> list[dict[str, Any]]:
        """Quota of every region."""
        return [self._quota(region) for region in self._backend.regions]

    def get_quota(self, call: Call) -> dict[str, Any]:
        """Quota of one region."""
        return self._quota(self._backend.require_region_path(call.params["region"]))

    def list_flavors(self, call: Call) -> list[dict[str, Any]]:
        """Flavors, of one region when the query names it."""
        wanted = call.query.get("region")
        regions = [region for region in self._backend.regions if wanted in (None, region)]
        return [_flavor(flavor, region) for region in regions for flavor in self._backend.flavors.values()]

    def list_kube_regions(self, call: Call) -> list[str]:
        """Regions with managed Kubernetes."""
        return list(self._backend.regions)

    def list_kube_flavors(self, call: Call) -> list[dict[str, Any]]:
        """Flavors for node pools."""
        return [_kube_flavor(flavor) for flavor in self._backend.flavors.values()]

    def list_admission_plugins(self, call: Call) -> list[dict[str, Any]]:
        """Admission plugins that may be chosen."""
        return [
            {"plugin": name, "name": name, "type": "api-server", "state": "optional", "default": True}
            for name in ("NodeRestriction", "AlwaysPullImages")
        ]

    def _quota(self, region: str) -> dict[str, Any]:
        limits, usage = self._backend.limits, self._backend.machine_usage(region)
        return {
            "region": region,
            "instance": {
                "maxCores": limits.max_cores,
                "maxInstances": limits.max_instances,
                "maxRam": limits.max_ram_mb,
                "usedCores": usage.cores,
                "usedInstances": usage.instances,
                "usedRAM": usage.ram_mb,
            },
            "keypair": {"maxCount": 100},
            "network": {
                "maxNetworks": limits.max_networks,
                "maxSubnets": limits.max_subnets,
                "maxFloatingIPs": limits.max_floating_ips,
                "maxGateways": limits.max_gateways,
            },
            "loadbalancer": {"maxLoadbalancers": limits.max_load_balancers},
        }


def _flavor(flavor: Flavor, region: str) -> dict[str, Any]:
    return {
        "id": flavor.id_in(region),
        "name": flavor.name,
        "region": region,
        "ram": flavor.ram_mb,
        "disk": flavor.disk_gb,
        "vcpus": flavor.vcpus,
        "type": f"ovh.ssd.{flavor.name.partition('-')[0]}",
        "osType": "linux",
        "available": True,
        "quota": 40,
        "planCodes": {"hourly": f"{flavor.name}.consumption", "monthly": None},
        "capabilities": [],
    }


def _kube_flavor(flavor: Flavor) -> dict[str, Any]:
    return {
        "name": flavor.name,
        "category": flavor.name[0],
        "state": "available",
        "vCPUs": flavor.vcpus,
        "ram": flavor.ram_gb,
        "gpus": flavor.gpus,
    }
