"""Harbor's objects: the health gate, projects, robots, members, retention, garbage collection, protected tags.

Each kind is one class with four verbs; `HarborProvider` makes a dynamic provider of it. What is there already under
the same name is adopted where that is safe, so that an interrupted run leaves nothing double.
"""

from __future__ import annotations

from hubwright.dynamic_providers.harbor.resource import (
    HarborGarbageCollection,
    HarborHealth,
    HarborImmutableTags,
    HarborMember,
    HarborProject,
    HarborResource,
    HarborRetention,
    HarborRobot,
)

__all__ = [
    "HarborGarbageCollection",
    "HarborHealth",
    "HarborImmutableTags",
    "HarborMember",
    "HarborProject",
    "HarborResource",
    "HarborRetention",
    "HarborRobot",
]
