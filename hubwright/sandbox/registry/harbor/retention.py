"""Tag retention: which artifacts a project keeps. Its rules count pulls too, so that images in use stay.

Source of the templates' meaning: https://goharbor.io/docs/main/working-with-projects/working-with-images/create-tag-retention-rules/
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, Field

from hubwright.sandbox.registry.harbor.artifacts import Artifact, Artifacts
from hubwright.sandbox.registry.harbor.exceptions import BadRequestError, ConflictError, NotFoundError
from hubwright.sandbox.registry.harbor.projects import Project, Projects
from hubwright.sandbox.registry.harbor.rows import Base, Row, next_number
from hubwright.sandbox.registry.harbor.schedule import check_cron
from hubwright.sandbox.registry.harbor.selectors import Selectors

Template = Literal["latestPushedK", "latestPulledN", "nDaysSinceLastPush", "nDaysSinceLastPull", "always"]
_RULES_LIMIT: Final = 15


class Rule(Selectors):
    """One reason to keep an artifact. `params` holds the template's number under the template's name."""

    id: int = 0
    priority: int = 0
    disabled: bool = False
    action: Literal["retain"] = "retain"
    template: Template
    params: dict[str, int] = Field(default_factory=dict)

    def keeps(self, artifacts: Sequence[Artifact], now: datetime) -> Iterable[Artifact]:
        """Return those of one repository's artifacts, all of them selected, that the rule keeps."""
        number = self.params.get(self.template, 0)
        if self.template == "always":
            return artifacts
        if self.template == "latestPushedK":
            return sorted(artifacts, key=lambda artifact: artifact.push_time, reverse=True)[:number]
        pulled = [(artifact.pull_time, artifact) for artifact in artifacts if artifact.pull_time]
        if self.template == "latestPulledN":
            latest = sorted(pulled, key=lambda pair: pair[0], reverse=True)
            return [artifact for _, artifact in latest[:number]]
        oldest = now - timedelta(days=number)
        if self.template == "nDaysSinceLastPull":
            return [artifact for pull_time, artifact in pulled if pull_time >= oldest]
        return [artifact for artifact in artifacts if artifact.push_time >= oldest]


class Scope(BaseModel):
    """The project that a policy is about; `ref` is its number."""

    level: Literal["project"]
    ref: int


class Trigger(BaseModel):
    """When a policy runs."""

    kind: Literal["Schedule"] = "Schedule"
    settings: dict[str, str] = Field(default_factory=dict)
    references: dict[str, Any] = Field(default_factory=dict)


class PolicyRequest(BaseModel):
    """Body of a policy."""

    algorithm: Literal["or"] = "or"
    scope: Scope
    trigger: Trigger = Field(default_factory=Trigger)
    rules: Annotated[tuple[Rule, ...], Field(max_length=_RULES_LIMIT)] = ()


class Policy(Row):
    """The retention policy of one project."""

    id: int
    algorithm: str
    scope: Scope
    trigger: Trigger
    rules: tuple[Rule, ...]


class Execution(Row):
    """One run of a policy."""

    id: int
    policy_id: int
    start_time: datetime
    end_time: datetime
    status: str = "Succeed"
    trigger: str = "MANUAL"
    dry_run: bool
    total: int = Field(exclude=True)
    retained: int = Field(exclude=True)


class Retention:
    """The policies of all projects, and their runs."""

    def __init__(self, base: Base, projects: Projects, artifacts: Artifacts) -> None:
        self._base = base
        self._projects = projects
        self._artifacts = artifacts
        self._policies = base.table("retention_policies", Policy)
        self._executions = base.table("retention_executions", Execution)

    def get(self, policy_id: int) -> Policy:
        """Return a policy. Raises NotFoundError."""
        policy = self._policies.get(str(policy_id))
        if policy is None:
            raise NotFoundError(f"no such Retention policy with id {policy_id}")
        return policy

    def project(self, policy: Policy) -> Project:
        """Return the project that a policy is about."""
        return self._projects.get(policy.scope.ref)

    def create(self, request: PolicyRequest) -> Policy:
        """Add a project's policy. Raises BadRequestError when it has one."""
        _check(request)
        with self._base.store.lock:
            project = self._projects.get(request.scope.ref)
            if known := project.metadata.get("retention_id"):
                raise BadRequestError(f"project {project.project_id} already has retention policy {known}")
            number = next_number(self._policies)
            policy = Policy(id=number, **dict(request))
            self._policies.put(str(number), policy)
            self._projects.change(project, {"retention_id": str(number)})
        return policy

    def update(self, policy_id: int, request: PolicyRequest) -> None:
        """Replace a policy's rules and trigger. Its project stays."""
        _check(request)
        if request.scope.ref != self.get(policy_id).scope.ref:
            raise BadRequestError("the scope of a retention policy cannot be changed")
        self._policies.put(str(policy_id), Policy(id=policy_id, **dict(request)))

    def delete(self, policy_id: int) -> None:
        """Remove a policy."""
        project = self.project(self.get(policy_id))
        self._projects.change(project, {"retention_id": None})
        self._policies.remove(str(policy_id))

    def forget_project(self, project: Project) -> None:
        """Remove the policy of a project that is no more."""
        if number := project.metadata.get("retention_id"):
            self._policies.remove(number)

    def run(self, policy_id: int, *, dry_run: bool) -> Execution:
        """Delete what no rule keeps, or with `dry_run` only count it."""
        policy, started = self.get(policy_id), self._base.now()
        project, total, retained = self.project(policy), 0, 0
        for repository in self._artifacts.repositories(project):
            artifacts = self._artifacts.all(project, repository)
            kept = kept_artifacts(policy.rules, artifacts, started)
            if kept is None:
                continue
            doomed = [artifact for artifact in artifacts if artifact.digest not in kept]
            doomed = [artifact for artifact in doomed if not self._is_protected(project, artifact)]
            total, retained = total + len(artifacts), retained + len(artifacts) - len(doomed)
            if not dry_run:
                # Indexes first: what they list cannot go before them.
                for artifact in sorted(doomed, key=lambda artifact: not artifact.children):
                    self._artifacts.delete(project, artifact)
        number = next_number(self._executions)
        execution = Execution(
            id=number,
            policy_id=policy_id,
            start_time=started,
            end_time=self._base.now(),
            dry_run=dry_run,
            total=total,
            retained=retained,
        )
        return self._executions.put(str(number), execution)

    def executions(self, policy_id: int) -> list[Execution]:
        """Return the runs of a policy, the latest first."""
        self.get(policy_id)
        return [run for run in reversed(self._executions.all()) if run.policy_id == policy_id]

    def _is_protected(self, project: Project, artifact: Artifact) -> bool:
        return any(self._projects.is_immutable(project, artifact.repository, tag) for tag in artifact.tag_names)


def kept_artifacts(rules: Sequence[Rule], artifacts: Sequence[Artifact], now: datetime) -> set[str] | None:
    """Return the digests that the rules keep of one repository's artifacts; None when no rule is about it."""
    kept: set[str] = set()
    concerned = False
    for rule in rules:
        selected = [artifact for artifact in artifacts if _selects(rule, artifact)]
        concerned = concerned or bool(selected)
        if selected and not rule.disabled:
            kept |= {artifact.digest for artifact in rule.keeps(selected, now)}
    for artifact in artifacts:
        if artifact.digest in kept:
            kept |= set(artifact.children)
    return kept if concerned else None


def _selects(rule: Rule, artifact: Artifact) -> bool:
    names: Sequence[str | None] = artifact.tag_names or (None,)
    return any(rule.selects(artifact.repository, name) for name in names)


def _check(request: PolicyRequest) -> None:
    for index, rule in enumerate(request.rules):
        if any(rule.selects_like(other) and rule.template == other.template for other in request.rules[:index]):
            raise ConflictError("rule already exists")
    if cron := request.trigger.settings.get("cron"):
        check_cron(cron)
