"""Routes of the project service."""

from __future__ import annotations

from hubwright.sandbox.ovh.core.routing import Route
from hubwright.sandbox.ovh.project.responses import ProjectResponses

_PROJECT = "/cloud/project/{service_name}"


def routes(responses: ProjectResponses) -> list[Route]:
    """Return the routes below the API's root."""
    return [
        Route("GET", "/cloud/project", responses.list_projects),
        Route("GET", _PROJECT, responses.get_project),
        Route("GET", f"{_PROJECT}/region", responses.list_regions),
        Route("GET", f"{_PROJECT}/region/{{region}}", responses.get_region),
        Route("GET", f"{_PROJECT}/region/{{region}}/quota", responses.get_quota),
        Route("GET", f"{_PROJECT}/quota", responses.list_quota),
        Route("GET", f"{_PROJECT}/flavor", responses.list_flavors),
        Route("GET", f"{_PROJECT}/kube/regions", responses.list_kube_regions),
        Route("GET", f"{_PROJECT}/capabilities/kube/regions", responses.list_kube_regions),
        Route("GET", f"{_PROJECT}/capabilities/kube/flavors", responses.list_kube_flavors),
        Route("GET", f"{_PROJECT}/capabilities/kube/admissionplugins", responses.list_admission_plugins),
    ]
