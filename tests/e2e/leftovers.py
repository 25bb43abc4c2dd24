"""Lists what is left in the sandbox's clouds, by asking their APIs as the user."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hubwright.adapters.openstack import connect_openstack
from hubwright.adapters.ovh import connect_ovh
from hubwright.sandbox.openstack.daemon import read_endpoints


def list_leftovers(sandbox_folder: Path) -> dict[str, list[Any]]:
    """Return every object that a stack could have made and that still exists, by kind; empty when all is gone."""
    cloud = json.loads((sandbox_folder / "cloud" / "cloud-endpoints.json").read_text())
    left = {**_ovh(cloud), **_openstack(sandbox_folder)}
    return {kind: items for kind, items in left.items() if items}


def _ovh(cloud: dict[str, Any]) -> dict[str, list[Any]]:
    client = connect_ovh(
        endpoint=cloud["ovh_endpoint"],
        application_key=cloud["application_key"],
        application_secret=cloud["application_secret"],
        consumer_key=cloud["consumer_key"],
    )
    project = f"/cloud/project/{cloud['service_name']}"
    zone = cloud["zone"]
    routes = {
        "clusters": f"{project}/kube",
        "registries": f"{project}/containerRegistry",
        "networks": f"{project}/network/private",
        "gateways": f"{project}/region/GRA9/gateway",
        "A records": f"/domain/zone/{zone}/record?fieldType=A",
    }
    return {kind: client.get(route) for kind, route in routes.items()}


def _openstack(sandbox_folder: Path) -> dict[str, list[Any]]:
    endpoints = read_endpoints(sandbox_folder / "openstack")
    assert endpoints
    connection = connect_openstack(
        region=endpoints.region,
        auth={
            "auth_url": endpoints.auth_url,
            "username": endpoints.username,
            "password": endpoints.password,
            "project_id": endpoints.project_id,
            "user_domain_name": "Default",
        },
    )
    project = endpoints.project_id
    lists: dict[str, Callable[[], Any]] = {
        "load balancers": connection.load_balancer.load_balancers,
        "floating ips": connection.network.ips,
        "routers": connection.network.routers,
        "own networks": lambda: connection.network.networks(project_id=project),
        "ports": lambda: connection.network.ports(project_id=project),
    }
    return {kind: [item.name or item.id for item in read()] for kind, read in lists.items()}
