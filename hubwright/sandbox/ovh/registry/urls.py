"""Routes of the managed private registry service."""

from __future__ import annotations

from hubwright.sandbox.ovh.core.routing import Route
from hubwright.sandbox.ovh.registry.responses import RegistryResponses

_PROJECT = "/cloud/project/{service_name}"
_REGISTRY = f"{_PROJECT}/containerRegistry/{{registry_id}}"


def routes(responses: RegistryResponses) -> list[Route]:
    """Return the routes below the API's root."""
    return [
        Route("GET", f"{_PROJECT}/capabilities/containerRegistry", responses.capabilities),
        Route("GET", f"{_PROJECT}/containerRegistry", responses.list_registries),
        Route("POST", f"{_PROJECT}/containerRegistry", responses.create),
        Route("GET", _REGISTRY, responses.get),
        Route("PUT", _REGISTRY, responses.rename),
        Route("DELETE", _REGISTRY, responses.delete),
        Route("GET", f"{_REGISTRY}/plan", responses.get_plan),
        Route("PUT", f"{_REGISTRY}/plan", responses.change_plan),
        Route("GET", f"{_REGISTRY}/capabilities/plan", responses.list_higher_plans),
        Route("GET", f"{_REGISTRY}/users", responses.list_users),
        Route("POST", f"{_REGISTRY}/users", responses.add_user),
        Route("DELETE", f"{_REGISTRY}/users/{{user_id}}", responses.remove_user),
        Route("PUT", f"{_REGISTRY}/users/{{user_id}}/setAsAdmin", responses.set_admin),
    ]
