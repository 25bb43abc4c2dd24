"""Profiles: what a hub is for, and the settings and chart values that follow. Data; the values are files.

A profile's settings stand in for what the stack file leaves out. Its chart values are the layer
``charts-values/<chart>/profiles/<profile>.yaml``, above the base and below the cloud's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

HubKind = Literal["binderhub", "jupyterhub"]
ProfileName = Literal["binderhub-public", "binderhub-authenticated", "jupyterhub-class", "jupyterhub-research"]


@dataclass(frozen=True)
class Profile:
    """What one profile is for, the kind of hub that it makes, and the keys of `hub` that it sets."""

    kind: HubKind
    summary: str
    settings: Mapping[str, Any] = field(default_factory=dict)


PROFILES: Mapping[ProfileName, Profile] = {
    "binderhub-public": Profile(
        "binderhub",
        "anyone launches any public repository; nothing is kept",
        {
            "authentication": "anonymous",
            "users": {"memoryGuarantee": "1G", "memoryLimit": "2G"},
            "culling": {"idleS": 600, "everyS": 120, "maxAgeS": 21600},
            "repositoryQuota": 100,
        },
    ),
    "binderhub-authenticated": Profile(
        "binderhub",
        "members log in before they launch; nothing is kept",
        {
            "authentication": "native",
            "users": {"memoryGuarantee": "1G", "memoryLimit": "4G"},
            "culling": {"idleS": 3600, "everyS": 300, "maxAgeS": 43200},
            "repositoryQuota": 0,
        },
    ),
    "jupyterhub-class": Profile(
        "jupyterhub",
        "a course: everyone starts in the same minutes, one image, small volumes",
        {
            "authentication": "native",
            "users": {"memoryGuarantee": "1G", "memoryLimit": "2G", "placeholders": 5, "storage": "2Gi"},
            "culling": {"idleS": 3600, "everyS": 300, "maxAgeS": 0},
        },
    ),
    "jupyterhub-research": Profile(
        "jupyterhub",
        "long work: more memory, larger volumes, several servers a person, slow culling",
        {
            "authentication": "native",
            "users": {
                "maxActive": 50,
                "memoryGuarantee": "4G",
                "memoryLimit": "16G",
                "cpuGuarantee": 0.5,
                "cpuLimit": 4,
                "storage": "50Gi",
            },
            "culling": {"idleS": 86400, "everyS": 3600, "maxAgeS": 0},
        },
    ),
}

DEFAULT_PROFILES: Mapping[str, ProfileName] = {"binderhub": "binderhub-public", "jupyterhub": "jupyterhub-class"}
"""The profile of a stack that names only the kind of its hub."""


def complete_hub(hub: Mapping[str, Any]) -> dict[str, Any]:
    """Fill in what the profile says and the stack file does not: kind, profile, settings. Faults are left to be told.

    An unknown profile or kind changes nothing: the settings model refuses it and names those that there are.
    """
    name = str(hub.get("profile") or DEFAULT_PROFILES.get(str(hub.get("kind"))))
    profile = next((profile for known, profile in PROFILES.items() if known == name), None)
    if profile is None:
        return dict(hub)
    return _over({"profile": name, "kind": profile.kind, **profile.settings}, hub)


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        merged[key] = _over(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return merged
