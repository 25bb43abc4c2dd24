"""Which images a retention policy keeps: pulled ones too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hubwright.sandbox.registry.harbor.artifacts import Artifact, Manifest, Tag
from hubwright.sandbox.registry.harbor.retention import PolicyRequest, Rule, kept_artifacts
from hubwright.sandbox.registry.harbor.rows import matches
from hubwright.sandbox.registry.harbor.service import Harbor

NOW = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
ALL_TAGS = {"kind": "doublestar", "decoration": "matches", "pattern": "**", "extras": '{"untagged": true}'}


def make_rule(template: str, number: int = 0, **fields: Any) -> Rule:
    return Rule.model_validate(
        {"template": template, "params": {template: number}, "tag_selectors": [ALL_TAGS], **fields}
    )


def make_artifact(number: int, *, pushed_days: float = 0, pulled_days: float | None = None, tag: str = "") -> Artifact:
    pushed = NOW - timedelta(days=pushed_days)
    return Artifact(
        id=number,
        project_id=1,
        repository="hub",
        digest=f"sha256:{number:064x}",
        media_type="",
        size=1,
        tags=(Tag(name=tag, push_time=pushed),) if tag else (),
        push_time=pushed,
        pull_time=None if pulled_days is None else NOW - timedelta(days=pulled_days),
    )


artifacts = st.lists(
    st.tuples(st.floats(0, 100), st.none() | st.floats(0, 100), st.sampled_from(["", "v1", "latest"])), max_size=8
).map(
    lambda rows: [
        make_artifact(index, pushed_days=pushed, pulled_days=pulled, tag=tag)
        for index, (pushed, pulled, tag) in enumerate(rows)
    ]
)
rules = st.lists(
    st.tuples(
        st.sampled_from(["latestPushedK", "latestPulledN", "nDaysSinceLastPush", "nDaysSinceLastPull", "always"]),
        st.integers(1, 50),
    ).map(lambda pair: make_rule(*pair)),
    min_size=1,
    max_size=3,
)


@given(artifacts, rules)
def test_another_rule_only_ever_keeps_more(found: list[Artifact], wanted: list[Rule]) -> None:
    assert (kept_artifacts(wanted[:1], found, NOW) or set()) <= (kept_artifacts(wanted, found, NOW) or set())


@given(artifacts, rules)
def test_what_is_pulled_later_is_never_kept_less(found: list[Artifact], wanted: list[Rule]) -> None:
    wanted = [rule for rule in wanted if rule.template != "latestPulledN"]
    pulled = [artifact.model_copy(update={"pull_time": NOW}) for artifact in found]
    assert (kept_artifacts(wanted, found, NOW) or set()) <= (kept_artifacts(wanted, pulled, NOW) or set())


def test_the_builds_policy_keeps_what_is_pulled_or_new() -> None:
    policy = [make_rule("nDaysSinceLastPull", 30), make_rule("nDaysSinceLastPush", 7)]
    new = make_artifact(1, pushed_days=3)
    in_use = make_artifact(2, pushed_days=300, pulled_days=29)
    forgotten = make_artifact(3, pushed_days=300, pulled_days=31)
    never_pulled = make_artifact(4, pushed_days=8)
    assert kept_artifacts(policy, [new, in_use, forgotten, never_pulled], NOW) == {new.digest, in_use.digest}


def test_a_repository_that_no_rule_is_about_is_left_alone() -> None:
    elsewhere = make_rule(
        "always", scope_selectors={"repository": [{"decoration": "repoMatches", "pattern": "elsewhere/**"}]}
    )
    assert kept_artifacts([elsewhere], [make_artifact(1)], NOW) is None


def test_a_run_deletes_the_rest_and_a_dry_run_nothing() -> None:
    clock = [NOW - timedelta(days=60)]
    harbor = Harbor(None, now=lambda: clock[0])
    project = harbor.projects.get("library")
    for tag in ("old", "used"):
        manifest = Manifest(digest=f"sha256:{tag}", media_type="", blobs={tag: 1})
        harbor.artifacts.record_push(project, "hub", tag, manifest)
    clock[0] = NOW
    harbor.artifacts.record_pull(harbor.artifacts.get(project, "hub", "used"), "used")
    request = {"scope": {"level": "project", "ref": project.project_id}, "rules": [make_rule("nDaysSinceLastPull", 30)]}
    policy = harbor.retention.create(PolicyRequest.model_validate(request))
    dry = harbor.retention.run(policy.id, dry_run=True)
    assert (dry.total, dry.retained) == (2, 1)
    assert len(harbor.artifacts.all(project)) == 2
    harbor.retention.run(policy.id, dry_run=False)
    assert [artifact.tag_names for artifact in harbor.artifacts.all(project)] == [("used",)]


def test_patterns() -> None:
    assert matches("**", "a/b/c")
    assert matches("v*", "v1.2")
    assert not matches("*", "a/b")
    assert matches("{library,binder}/**", "binder/x")
    assert not matches("v?", "v10")
    assert matches("a.b", "a.b")
    assert not matches("a.b", "axb")
