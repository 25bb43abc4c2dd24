"""Harbor's objects: the health gate, projects, robots, members, retention, garbage collection, protected tags.

Each kind is one class with four verbs; `HarborProvider` makes a dynamic provider of it. What is there already under
the same name is adopted where that is safe, so that an interrupted run leaves nothing double.
"""

from __future__ import annotations

from hubwright.dynamic_providers.harbor.accounts import Member, Robot
from hubwright.dynamic_providers.harbor.images import GarbageCollection, ImmutableTags, Retention
from hubwright.dynamic_providers.harbor.projects import Health, Project
from hubwright.dynamic_providers.harbor.resource import HarborResource

__all__ = ["GarbageCollection", "HarborResource", "Health", "ImmutableTags", "Member", "Project", "Retention", "Robot"]
