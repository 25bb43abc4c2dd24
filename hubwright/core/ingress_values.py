"""The Traefik chart's values that follow from settings and from the load balancer."""

from __future__ import annotations

from typing import Any

from hubwright.core.chart_values.section import Value
from hubwright.core.chart_values.traefik import (
    Deployment,
    EntryPoint,
    EntryPoints,
    IngressClass,
    LoadBalancerService,
    ProxyProtocol,
    TraefikValues,
)
from hubwright.core.hub_values import INGRESS_CLASS
from hubwright.core.settings import Settings

ADOPT_ANNOTATION = "loadbalancer.openstack.org/load-balancer-id"
"""Names the load balancer that the Service shall use, instead of one of its own."""


def service_annotations(settings: Settings, load_balancer_id: Value) -> dict[str, Value]:
    """Annotations of the ingress controller's Service; every value is a string, as Kubernetes wants."""
    idle_ms = str(settings.load_balancer.idle_timeout_s * 1000)
    return {
        ADOPT_ANNOTATION: load_balancer_id,
        "loadbalancer.ovhcloud.com/class": "octavia",
        "loadbalancer.openstack.org/proxy-protocol": "true",
        "loadbalancer.openstack.org/timeout-client-data": idle_ms,
        "loadbalancer.openstack.org/timeout-member-data": idle_ms,
    }


def traefik_values(settings: Settings, load_balancer_id: Value) -> dict[str, Any]:
    """The computed values of the Traefik chart.

    The PROXY protocol is on at both ends, here and at the load balancer: one without the other breaks every request.
    Traefik believes its header only when it comes from the private network.
    """
    entry_point = EntryPoint(proxy_protocol=ProxyProtocol(trusted_ips=[settings.network.cidr]))
    return TraefikValues(
        deployment=Deployment(replicas=settings.ingress.replicas),
        ingress_class=IngressClass(enabled=True, is_default_class=True, name=INGRESS_CLASS),
        ports=EntryPoints(web=entry_point, websecure=entry_point),
        service=LoadBalancerService(
            enabled=True, type="LoadBalancer", annotations=service_annotations(settings, load_balancer_id)
        ),
    ).to_values()
