"""One Service of type LoadBalancer brought in line with Octavia: the rules of OpenStack's cloud controller.

Each call does what can be done now and raises NotYetError when it has to be called again; nothing waits here. The
sandbox has no traffic between load balancer and pods, so listeners, pools and members are not made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hubwright.sandbox.kubernetes.api_client import KubernetesApi
from hubwright.sandbox.kubernetes.openstack_access import OctaviaLoadBalancer, OpenStackAccess

FINALIZER = "service.kubernetes.io/load-balancer-cleanup"
_PREFIX = "loadbalancer.openstack.org/"
_ID = f"{_PREFIX}load-balancer-id"
_ADDRESS = f"{_PREFIX}load-balancer-address"
_HOSTNAME = f"{_PREFIX}hostname"
_SUBNET = f"{_PREFIX}subnet-id"
_KEEP_FLOATING_IP = f"{_PREFIX}keep-floatingip"
_INTERNAL = "service.beta.kubernetes.io/openstack-internal-load-balancer"
_NAME_LIMIT = 255


class NotYetError(Exception):
    """The Service cannot be finished now; try again. The text becomes an Event."""


@dataclass(frozen=True, slots=True)
class CloudSettings:
    """Where new load balancers go: the cluster's name, its subnet and the external network's name."""

    cluster_name: str
    subnet_id: str | None = None
    external_network: str = "Ext-Net"


def is_finished(service: dict[str, Any]) -> bool:
    """Tell whether there is nothing to do for this Service: no address wanted and no clean-up owed."""
    finalizers = service["metadata"].get("finalizers", [])
    return not _wants_load_balancer(service) and FINALIZER not in finalizers


def reconcile_service(
    api: KubernetesApi, openstack: OpenStackAccess, settings: CloudSettings, service: dict[str, Any]
) -> str | None:
    """Bring one Service in line; return the address when it is newly written, else None.

    Raises NotYetError, or ApiError when OpenStack or the API server fails.
    """
    if not _wants_load_balancer(service):
        _clean_up(api, openstack, settings, service)
        return None
    if FINALIZER not in service["metadata"].get("finalizers", []):
        service = _patch(api, service, {"finalizers": [*service["metadata"].get("finalizers", []), FINALIZER]})
    load_balancer = _ensure_load_balancer(openstack, settings, service)
    if load_balancer.provisioning_status == "ERROR":
        raise NotYetError(f"load balancer {load_balancer.id} is in ERROR")
    if load_balancer.provisioning_status.startswith("PENDING_CREATE"):
        raise NotYetError(f"load balancer {load_balancer.id} is being created")
    address = _ensure_address(openstack, settings, service, load_balancer)
    return _write_address(api, service, load_balancer, address)


def load_balancer_name(settings: CloudSettings, service: dict[str, Any]) -> str:
    """Return the name that OpenStack's cloud controller gives to a Service's own load balancer."""
    metadata = service["metadata"]
    return f"kube_service_{settings.cluster_name}_{metadata['namespace']}_{metadata['name']}"[:_NAME_LIMIT]


def _wants_load_balancer(service: dict[str, Any]) -> bool:
    spec = service["spec"]
    # A Service with a class belongs to another controller.
    return (
        spec.get("type") == "LoadBalancer"
        and not spec.get("loadBalancerClass")
        and "deletionTimestamp" not in service["metadata"]
    )


def _annotation(service: dict[str, Any], name: str) -> str:
    return str(service["metadata"].get("annotations", {}).get(name, ""))


def _ensure_load_balancer(
    openstack: OpenStackAccess, settings: CloudSettings, service: dict[str, Any]
) -> OctaviaLoadBalancer:
    named = _annotation(service, _ID)
    if named:
        adopted = openstack.get_load_balancer(named)
        if adopted is None:
            raise NotYetError(f"there is no load balancer {named}, which the annotation {_ID} names")
        return adopted
    name = load_balancer_name(settings, service)
    found = openstack.find_load_balancer(name)
    if found is not None:
        return found
    subnet_id = _annotation(service, _SUBNET) or settings.subnet_id
    if subnet_id is None:
        raise NotYetError(f"the cluster has no subnet for a new load balancer; name one by the annotation {_SUBNET}")
    return openstack.create_load_balancer(name, subnet_id=subnet_id)


def _ensure_address(
    openstack: OpenStackAccess, settings: CloudSettings, service: dict[str, Any], load_balancer: OctaviaLoadBalancer
) -> str:
    if _annotation(service, _INTERNAL).lower() == "true":
        return load_balancer.vip_address
    if load_balancer.floating_ip:
        return load_balancer.floating_ip
    if load_balancer.name != load_balancer_name(settings, service):
        # Whoever made the load balancer gives it its address too; a second one would only be in the way.
        raise NotYetError(f"load balancer {load_balancer.id} has no floating IP yet")
    return openstack.create_floating_ip(load_balancer, network=settings.external_network)


def _write_address(
    api: KubernetesApi, service: dict[str, Any], load_balancer: OctaviaLoadBalancer, address: str
) -> str | None:
    wanted = {_ID: load_balancer.id, _ADDRESS: address}
    if any(_annotation(service, key) != value for key, value in wanted.items()):
        service = _patch(api, service, {"annotations": wanted})
    hostname = _annotation(service, _HOSTNAME)
    ingress = [{"hostname": hostname}] if hostname else [{"ip": address, "ipMode": "VIP"}]
    if service.get("status", {}).get("loadBalancer", {}).get("ingress") == ingress:
        return None
    api.merge(f"{service_path(service)}/status", {"status": {"loadBalancer": {"ingress": ingress}}})
    return hostname or address


def _clean_up(api: KubernetesApi, openstack: OpenStackAccess, settings: CloudSettings, service: dict[str, Any]) -> None:
    """Delete the load balancer that was made for this Service, never an adopted one; then let go of the Service."""
    own = openstack.find_load_balancer(load_balancer_name(settings, service))
    if own is not None:
        if not own.provisioning_status.startswith("PENDING"):
            keep = _annotation(service, _KEEP_FLOATING_IP).lower() == "true"
            openstack.delete_load_balancer(own, keep_floating_ip=keep)
        raise NotYetError(f"load balancer {own.id} is being deleted")
    if "deletionTimestamp" not in service["metadata"]:
        api.merge(f"{service_path(service)}/status", {"status": {"loadBalancer": None}})
        service = _patch(api, service, {"annotations": {_ID: None, _ADDRESS: None}})
    _patch(api, service, {"finalizers": [entry for entry in service["metadata"]["finalizers"] if entry != FINALIZER]})


def service_path(service: dict[str, Any]) -> str:
    """Return the Service's path on the API server."""
    metadata = service["metadata"]
    return f"/api/v1/namespaces/{metadata['namespace']}/services/{metadata['name']}"


def _patch(api: KubernetesApi, service: dict[str, Any], metadata: dict[str, Any]) -> dict[str, Any]:
    """Patch metadata if nobody changed the Service meanwhile: a list of finalizers is replaced as a whole."""
    if "finalizers" in metadata:
        metadata = {**metadata, "resourceVersion": service["metadata"]["resourceVersion"]}
    return api.merge(service_path(service), {"metadata": metadata})
