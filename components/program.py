"""The whole program in order: foundation, access to the cluster, ingress, hub, exports."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi.runtime.config import CONFIG, get_config_env

from components.charts import ChartCatalog
from components.clouds import CloudPlatform, Foundation
from components.hub import Hub
from components.ingress import Ingress
from components.value_layers import ValueLayers
from hubwright.core.settings import CHARTS_KEY, CHARTS_VARIABLE, Settings, parse_settings, setting_positions


def read_settings(stack_folder: Path) -> Settings:
    """The settings of the stack that runs; faults name their line in `Pulumi.<stack>.yaml` where that can be read."""
    stack = pulumi.get_stack()
    file = stack_folder / f"Pulumi.{stack}.yaml"
    name = os.path.relpath(file, file.parent.parent)
    positions = setting_positions(file.read_text(encoding="utf-8"), source=name) if file.is_file() else {}
    config = {**get_config_env(), **CONFIG.get()}
    if config.get(CHARTS_KEY) == "auto" and (source := os.environ.get(CHARTS_VARIABLE)):
        config = {**config, CHARTS_KEY: source}
    return parse_settings(config, stack=stack, positions=positions)


def deploy(settings: Settings, cloud: CloudPlatform, charts: ChartCatalog, *, project_folder: Path) -> dict[str, Any]:
    """Declares every resource of the stack and returns what it exports."""
    stack = pulumi.get_stack()
    layers = ValueLayers(project_folder, cloud.name, stack, f"stacks/Pulumi.{stack}.yaml")
    foundation = cloud.lay_foundation(settings, stack)
    access = kubernetes.Provider("kubernetes", kubeconfig=foundation.kubeconfig, enable_server_side_apply=True)
    in_cluster = pulumi.ResourceOptions(provider=access)
    Ingress("ingress", settings=settings, foundation=foundation, charts=charts, layers=layers, opts=in_cluster)
    hub = Hub("hub", settings=settings, foundation=foundation, charts=charts, layers=layers, opts=in_cluster)
    return _exports(settings, foundation, charts, hub)


def _exports(settings: Settings, foundation: Foundation, charts: ChartCatalog, hub: Hub) -> dict[str, Any]:
    scheme, dns, registry = settings.ingress.scheme, settings.dns, foundation.registry
    return {
        "hub_url": f"{scheme}://{dns.hub_host}/",
        "binder_url": f"{scheme}://{dns.binder_host}/" if settings.hub.kind == "binderhub" else None,
        "registry_url": registry.url if registry else None,
        "registry_username": registry.username if registry else None,
        "registry_password": registry.password if registry else None,
        "registry_pull_username": registry.pull_username if registry else None,
        "registry_pull_password": registry.pull_password if registry else None,
        "load_balancer_id": foundation.load_balancer_id,
        "load_balancer_address": foundation.load_balancer_address,
        "dns_records": foundation.dns_records,
        "cluster_id": foundation.cluster_id,
        "kubeconfig": foundation.kubeconfig,
        "namespace": hub.namespace,
        "release": hub.release.name,
        "chart_source": charts.source,
    }


def export(outputs: Mapping[str, Any]) -> None:
    """Makes values outputs of the stack; what the stack does not have is left out."""
    for name, value in outputs.items():
        if value is not None:
            pulumi.export(name, value)
