"""The Traefik chart's values that hubwright sets."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hubwright.core.chart_values.section import ChartSection, Value


class Deployment(ChartSection):
    """Traefik's pods."""

    replicas: int = Field(ge=1)


class IngressClass(ChartSection):
    """The IngressClass that Traefik serves."""

    enabled: Literal[True]
    is_default_class: bool
    name: str


class ProxyProtocol(ChartSection):
    """From which addresses the PROXY header is believed."""

    trusted_ips: list[str] = Field(serialization_alias="trustedIPs")


class EntryPoint(ChartSection):
    """One port that Traefik listens on."""

    proxy_protocol: ProxyProtocol


class EntryPoints(ChartSection):
    """Plain HTTP, and TLS."""

    web: EntryPoint
    websecure: EntryPoint


class LoadBalancerService(ChartSection):
    """The Service that adopts the load balancer."""

    enabled: Literal[True]
    type: Literal["LoadBalancer"]
    annotations: dict[str, Value]


class TraefikValues(ChartSection):
    """The whole of it."""

    deployment: Deployment
    ingress_class: IngressClass
    ports: EntryPoints
    service: LoadBalancerService
