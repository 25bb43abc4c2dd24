"""Which repositories and tags a retention or immutability rule is about."""

from __future__ import annotations

import json
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from hubwright.sandbox.registry.harbor.rows import Row, matches


class Selector(BaseModel):
    """One doublestar pattern. `extras` is JSON text; `{"untagged": true}` takes in artifacts without tags."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["doublestar"] = "doublestar"
    decoration: Literal["matches", "excludes", "repoMatches", "repoExcludes"]
    pattern: str
    extras: str = ""

    def takes(self, text: str) -> bool:
        """Tell whether the selector lets a name through."""
        return matches(self.pattern, text) != self.decoration.lower().endswith("excludes")

    @property
    def takes_untagged(self) -> bool:
        """Tell whether artifacts without tags are meant too."""
        try:
            extras = json.loads(self.extras or "{}")
        except ValueError:
            return False
        return isinstance(extras, dict) and bool(extras.get("untagged"))


class Selectors(Row):
    """The selectors of one rule."""

    tag_selectors: Annotated[tuple[Selector, ...], Field(min_length=1)]
    scope_selectors: dict[Literal["repository"], tuple[Selector, ...]] = Field(default_factory=dict)

    def selects(self, repository: str, tag: str | None) -> bool:
        """Tell whether the rule is about a tag of a repository, or with None about an untagged artifact."""
        if not all(selector.takes(repository) for selector in self.scope_selectors.get("repository", ())):
            return False
        if tag is None:
            return any(selector.takes_untagged for selector in self.tag_selectors)
        return all(selector.takes(tag) for selector in self.tag_selectors)

    def selects_like(self, other: Selectors) -> bool:
        """Tell whether two rules have the same selectors."""
        return (self.tag_selectors, self.scope_selectors) == (other.tag_selectors, other.scope_selectors)
