"""What keeps and what removes images: retention, garbage collection, protected tags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hubwright.adapters.harbor import HarborClient
from hubwright.core.errors import ApiError
from hubwright.dynamic_providers.harbor.kind import HarborKind, Properties, lost_or_taken


class Retention(HarborKind):
    """The retention policy of a project: keeps what was pulled or pushed lately, deletes the rest on a schedule."""

    fixed = frozenset({"project_id"})

    def create(self, harbor: HarborClient, wanted: Properties) -> tuple[str, Properties]:
        """Make it, or set the one that the project has: there is only one."""
        known = self._policy_id(harbor, wanted)
        if known is None:
            return harbor.post("/retentions", retention_policy(wanted)).id, {}
        self.update(harbor, known, wanted, {})
        return known, {}

    def read(self, harbor: HarborClient, id: str, known: Properties) -> Properties | None:
        """Schedule and days, as far as the rules are of our form."""
        found = harbor.get(f"/retentions/{id}") if self._policy_id(harbor, known) == id else None
        if found is None:
            return None
        days = {rule["template"]: rule["params"].get(rule["template"]) for rule in found["rules"]}
        return {
            "cron": found["trigger"]["settings"].get("cron", ""),
            "keep_pulled_days": days.get("nDaysSinceLastPull", 0),
            "keep_pushed_days": days.get("nDaysSinceLastPush", 0),
        }

    def update(self, harbor: HarborClient, id: str, wanted: Properties, known: Properties) -> Properties:
        """Replace rules and schedule."""
        harbor.put(f"/retentions/{id}", {**retention_policy(wanted), "id": int(id)})
        return {}

    def delete(self, harbor: HarborClient, id: str, known: Properties) -> None:
        """Remove it."""
        harbor.delete(f"/retentions/{id}")

    def _policy_id(self, harbor: HarborClient, wanted: Properties) -> str | None:
        project = harbor.get(f"/projects/{int(wanted['project_id'])}")
        return None if project is None else project["metadata"].get("retention_id")


class GarbageCollection(HarborKind):
    """The one schedule of Harbor's garbage collection."""

    def create(self, harbor: HarborClient, wanted: Properties) -> tuple[str, Properties]:
        """Set it."""
        self.update(harbor, "", wanted, {})
        return "garbage-collection", {}

    def read(self, harbor: HarborClient, id: str, known: Properties) -> Properties | None:
        """The schedule's cron text."""
        found = harbor.get("/system/gc/schedule")
        if not found or not found.get("schedule"):
            return None
        return {"cron": found["schedule"]["cron"]}

    def update(self, harbor: HarborClient, id: str, wanted: Properties, known: Properties) -> Properties:
        """Set it: Harbor wants POST where there is none yet, else PUT."""
        body = {
            "schedule": {"type": "Custom", "cron": wanted["cron"]},
            "parameters": {"delete_untagged": wanted["delete_untagged"], "workers": 1},
        }
        if harbor.get("/system/gc/schedule"):
            harbor.put("/system/gc/schedule", body)
        else:
            harbor.post("/system/gc/schedule", body)
        return {}

    def delete(self, harbor: HarborClient, id: str, known: Properties) -> None:
        """Unset it."""
        if harbor.get("/system/gc/schedule"):
            harbor.put("/system/gc/schedule", {"schedule": {"type": "None", "cron": ""}})


class ImmutableTags(HarborKind):
    """A rule that protects tags of a project from being moved or deleted."""

    fixed = frozenset({"project_id", "repositories", "tags"})

    def create(self, harbor: HarborClient, wanted: Properties) -> tuple[str, Properties]:
        """Make it, or adopt the equal one."""
        path = f"/projects/{int(wanted['project_id'])}/immutabletagrules"
        try:
            return harbor.post(path, _immutable_rule(wanted)).id, {}
        except ApiError as error:
            found = self._find(harbor, wanted) if lost_or_taken(error.status) else None
            if found is None:
                raise
            return str(found["id"]), {}

    def read(self, harbor: HarborClient, id: str, known: Properties) -> Properties | None:
        """Whether it is there still."""
        rules = harbor.items(f"/projects/{int(known['project_id'])}/immutabletagrules")
        return {} if any(str(rule["id"]) == id for rule in rules) else None

    def update(self, harbor: HarborClient, id: str, wanted: Properties, known: Properties) -> Properties:
        """Nothing but the connection changes in place."""
        return {}

    def delete(self, harbor: HarborClient, id: str, known: Properties) -> None:
        """Remove it."""
        harbor.delete(f"/projects/{int(known['project_id'])}/immutabletagrules/{id}")

    def _find(self, harbor: HarborClient, wanted: Properties) -> Any:
        body = _immutable_rule(wanted)
        for rule in harbor.items(f"/projects/{int(wanted['project_id'])}/immutabletagrules"):
            patterns = [selector["pattern"] for selector in rule["tag_selectors"]]
            if patterns == [selector["pattern"] for selector in body["tag_selectors"]]:
                return rule
        return None


def retention_policy(wanted: Mapping[str, Any]) -> Properties:
    """The API's form of a policy: keep what was pulled in so many days, or pushed in so many."""
    rules = [
        {
            "disabled": False,
            "action": "retain",
            "template": template,
            "params": {template: wanted[days]},
            "tag_selectors": [
                {"kind": "doublestar", "decoration": "matches", "pattern": "**", "extras": '{"untagged":true}'}
            ],
            "scope_selectors": {"repository": [{"kind": "doublestar", "decoration": "repoMatches", "pattern": "**"}]},
        }
        for template, days in (("nDaysSinceLastPull", "keep_pulled_days"), ("nDaysSinceLastPush", "keep_pushed_days"))
        if wanted[days]
    ]
    return {
        "algorithm": "or",
        "scope": {"level": "project", "ref": int(wanted["project_id"])},
        "trigger": {"kind": "Schedule", "settings": {"cron": wanted["cron"]}, "references": {}},
        "rules": rules,
    }


def _immutable_rule(wanted: Mapping[str, Any]) -> Properties:
    def selector(decoration: str, pattern: str) -> Properties:
        return {"kind": "doublestar", "decoration": decoration, "pattern": pattern}

    return {
        "action": "immutable",
        "template": "immutable_template",
        "disabled": False,
        "tag_selectors": [selector("matches", wanted["tags"])],
        "scope_selectors": {"repository": [selector("repoMatches", wanted["repositories"])]},
    }
