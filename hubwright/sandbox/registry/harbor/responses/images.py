"""Handlers of repositories, artifacts, tags, retention and garbage collection."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from pydantic import BaseModel

from hubwright.sandbox.registry.harbor.artifacts import Artifact
from hubwright.sandbox.registry.harbor.calls import Call, Reply, created
from hubwright.sandbox.registry.harbor.garbage import GarbageRequest
from hubwright.sandbox.registry.harbor.permissions import Access
from hubwright.sandbox.registry.harbor.projects import Project
from hubwright.sandbox.registry.harbor.responses.projects import ProjectResponses
from hubwright.sandbox.registry.harbor.retention import PolicyRequest
from hubwright.sandbox.registry.harbor.service import Harbor


class RunRequest(BaseModel):
    """Body of a run of a retention policy."""

    dry_run: bool = False


class ImageResponses:
    """Handlers of what is stored, and of what removes it."""

    def __init__(self, harbor: Harbor, projects: ProjectResponses) -> None:
        self._harbor = harbor
        self._project = projects.project

    def list_repositories(self, call: Call) -> Reply:
        """A project's repositories."""
        project = self._project(call, "repository", "list")
        counts: dict[str, int] = {}
        for artifact in self._harbor.artifacts.all(project):
            counts[artifact.repository] = counts.get(artifact.repository, 0) + 1
        rows = [{"name": f"{project.name}/{name}", "artifact_count": counts[name]} for name in sorted(counts)]
        return call.page(rows)

    def delete_repository(self, call: Call) -> Reply:
        """Remove a repository with all of its artifacts."""
        project = self._project(call, "repository", "delete")
        artifacts = self._harbor.artifacts.all(project, _repository(call))
        for artifact in sorted(artifacts, key=lambda artifact: not artifact.children):
            self._harbor.artifacts.delete(project, artifact)
        return Reply()

    def list_artifacts(self, call: Call) -> Reply:
        """A repository's artifacts, the latest push first."""
        project = self._project(call, "artifact", "list")
        found = reversed(self._harbor.artifacts.all(project, _repository(call)))
        return call.page([_artifact(project, artifact) for artifact in found])

    def get_artifact(self, call: Call) -> Reply:
        """One artifact by tag or digest."""
        project = self._project(call, "artifact", "read")
        return Reply(body=_artifact(project, self._artifact(call, project)))

    def delete_artifact(self, call: Call) -> Reply:
        """Remove an artifact."""
        project = self._project(call, "artifact", "delete")
        self._harbor.artifacts.delete(project, self._artifact(call, project))
        return Reply()

    def delete_tag(self, call: Call) -> Reply:
        """Remove a tag."""
        project = self._project(call, "tag", "delete")
        self._harbor.artifacts.delete_tag(project, self._artifact(call, project), call.params["tag"])
        return Reply()

    def create_retention(self, call: Call) -> Reply:
        """Set a project's policy."""
        request = call.read(PolicyRequest)
        self._require_retention(call, "create", self._harbor.projects.get(request.scope.ref))
        return created(f"retentions/{self._harbor.retention.create(request).id}")

    def get_retention(self, call: Call) -> Reply:
        """One policy."""
        policy = self._harbor.retention.get(call.number("policy"))
        self._require_retention(call, "read", self._harbor.retention.project(policy))
        return Reply(body=policy.wire())

    def update_retention(self, call: Call) -> Reply:
        """Replace a policy."""
        policy = self._harbor.retention.get(call.number("policy"))
        self._require_retention(call, "update", self._harbor.retention.project(policy))
        self._harbor.retention.update(policy.id, call.read(PolicyRequest))
        return Reply()

    def delete_retention(self, call: Call) -> Reply:
        """Remove a policy."""
        policy = self._harbor.retention.get(call.number("policy"))
        self._require_retention(call, "delete", self._harbor.retention.project(policy))
        self._harbor.retention.delete(policy.id)
        return Reply()

    def run_retention(self, call: Call) -> Reply:
        """Run a policy now."""
        policy = self._harbor.retention.get(call.number("policy"))
        self._require_retention(call, "operate", self._harbor.retention.project(policy))
        run = self._harbor.retention.run(policy.id, dry_run=call.read(RunRequest).dry_run)
        return created(f"retentions/{policy.id}/executions/{run.id}")

    def list_runs(self, call: Call) -> Reply:
        """The runs of a policy."""
        policy = self._harbor.retention.get(call.number("policy"))
        self._require_retention(call, "list", self._harbor.retention.project(policy))
        return call.page([run.wire() for run in self._harbor.retention.executions(policy.id)])

    def get_schedule(self, call: Call) -> Reply:
        """The schedule of garbage collection; an empty body when there is none."""
        self._require_garbage(call, "read")
        job = self._harbor.garbage.schedule()
        return Reply(body=job.wire() if job else None)

    def create_schedule(self, call: Call) -> Reply:
        """Set the schedule, or collect at once."""
        self._require_garbage(call, "create")
        job = self._harbor.garbage.create(call.read(GarbageRequest))
        return created(f"system/gc/{job.id}" if job else "system/gc/schedule")

    def update_schedule(self, call: Call) -> Reply:
        """Replace the schedule."""
        self._require_garbage(call, "update")
        self._harbor.garbage.update(call.read(GarbageRequest))
        return Reply()

    def list_collections(self, call: Call) -> Reply:
        """The history."""
        self._require_garbage(call, "list")
        return call.page([run.wire() for run in self._harbor.garbage.runs()])

    def get_collection(self, call: Call) -> Reply:
        """One run."""
        self._require_garbage(call, "read")
        return Reply(body=self._harbor.garbage.get(call.number("run")).wire())

    def _artifact(self, call: Call, project: Project) -> Artifact:
        return self._harbor.artifacts.get(project, _repository(call), call.params["reference"])

    def _require_retention(self, call: Call, action: str, project: Project) -> None:
        self._harbor.accounts.require(call.identity, Access(resource="tag-retention", action=action), project)

    def _require_garbage(self, call: Call, action: str) -> None:
        self._harbor.accounts.require(call.identity, Access(resource="garbage-collection", action=action))


def _repository(call: Call) -> str:
    # A slash in it is encoded twice by clients; the first layer is off already.
    return unquote(call.params["repository"])


def _artifact(project: Project, artifact: Artifact) -> dict[str, Any]:
    return {**artifact.wire(), "type": "IMAGE", "repository_name": f"{project.name}/{artifact.repository}"}
