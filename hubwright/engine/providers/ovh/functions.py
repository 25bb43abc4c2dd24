"""Data sources of the `ovh` package."""

from __future__ import annotations

from hubwright.adapters.ovh import OvhApi
from hubwright.core.errors import ResourceError
from hubwright.engine.property_values import PropertyMap
from hubwright.engine.providers.declared.resource import Function
from hubwright.engine.providers.ovh.project import project_path, service_name
from hubwright.engine.providers.ovh.registry import registry_plan


def registry_capabilities(api: OvhApi) -> Function:
    """``getCapabilitiesContainerFilter``: the one registry plan of a name in a region."""

    def find_plan(arguments: PropertyMap) -> PropertyMap:
        default_from = service_name().default_from
        project = arguments.get("serviceName") or (default_from() if default_from else None)
        region, name = arguments.get("region"), arguments.get("planName")
        regions = api.get(project_path({"serviceName": project}, "capabilities", "containerRegistry"))
        for capability in regions:
            for plan in capability["plans"]:
                if capability["regionName"] == region and plan["name"] == name:
                    filters = {"serviceName": project, "region": region, "planName": name}
                    return {**registry_plan(plan), **filters}
        known = sorted(str(capability["regionName"]) for capability in regions)
        raise ResourceError(
            f"OVHcloud offers no registry plan {name!r} in region {region!r}",
            hint=f"registry regions are {', '.join(known)}; plans are SMALL, MEDIUM and LARGE",
        )

    return find_plan
