"""Node pools of managed clusters: `ovh:CloudProject/kubeNodePool:KubeNodePool`."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Final

from hubwright.engine.property_values import PropertyMap
from hubwright.engine.providers.base import CheckFailure
from hubwright.engine.providers.declared.comparing import is_empty
from hubwright.engine.providers.declared.fields import boolean, integer, items, number, record, text
from hubwright.engine.providers.declared.resource import Change, Created, Timeouts
from hubwright.engine.providers.declared.waiting import Waiter
from hubwright.engine.providers.ovh.project import (
    OvhResource,
    present,
    project_path,
    refuse_empty,
    require,
    service_name,
)

_CHANGING: Final = frozenset(
    {"INSTALLING", "UPDATING", "REDEPLOYING", "RESIZING", "UPSCALING", "DOWNSCALING", "UNKNOWN"}
)
_READY: Final = frozenset({"READY"})
_FAILED_HINT: Final = (
    "often a quota (instances, cores, RAM) or a flavor that is out of stock in the region: look at the pool's nodes in "
    "OVHcloud's control panel, raise the quota or choose another flavor, then run the command again"
)

_AUTOSCALING: Final = {
    "autoscalingScaleDownUnneededTimeSeconds": "scaleDownUnneededTimeSeconds",
    "autoscalingScaleDownUnreadyTimeSeconds": "scaleDownUnreadyTimeSeconds",
    "autoscalingScaleDownUtilizationThreshold": "scaleDownUtilizationThreshold",
}
_SIZES: Final = ("desiredNodes", "minNodes", "maxNodes")
_PLAIN_OUTPUTS: Final = (
    *_SIZES,
    "antiAffinity",
    "autoscale",
    "availableNodes",
    "createdAt",
    "currentNodes",
    "flavor",
    "monthlyBilled",
    "name",
    "projectId",
    "sizeStatus",
    "status",
    "upToDateNodes",
    "updatedAt",
)


class KubeNodePool(OvhResource):
    """Nodes of one flavor. Unlike OVH's own plugin, a pool that ends in ERROR has failed here."""

    type_name = "ovh:CloudProject/kubeNodePool:KubeNodePool"
    timeouts = Timeouts(create_s=3600, update_s=3600, delete_s=3600)
    fields = {
        "serviceName": service_name(),
        "kubeId": text(required=True, force_new=True),
        "name": text(autoname=True, computed=True, force_new=True),
        "flavorName": text(required=True, force_new=True),
        "desiredNodes": integer(computed=True),
        "minNodes": integer(computed=True),
        "maxNodes": integer(computed=True),
        "autoscale": boolean(computed=True),
        "autoscalingScaleDownUnneededTimeSeconds": integer(computed=True),
        "autoscalingScaleDownUnreadyTimeSeconds": integer(computed=True),
        "autoscalingScaleDownUtilizationThreshold": number(computed=True),
        "antiAffinity": boolean(computed=True, force_new=True),
        "monthlyBilled": boolean(computed=True, force_new=True),
        "availabilityZones": items(force_new=True),
        "attachFloatingIps": record(computed=True),
        "template": record(),
        "availableNodes": integer(output_only=True),
        "createdAt": text(output_only=True),
        "currentNodes": integer(output_only=True),
        "flavor": text(output_only=True),
        "projectId": text(output_only=True),
        "sizeStatus": text(output_only=True),
        "status": text(output_only=True),
        "upToDateNodes": integer(output_only=True),
        "updatedAt": text(output_only=True),
    }

    def problems(self, inputs: PropertyMap) -> Iterable[CheckFailure]:
        """The API refuses underscores in names, and sizes out of order."""
        name = inputs.get("name")
        if isinstance(name, str) and "_" in name:
            yield CheckFailure("name", "must not contain '_'")
        least, most = inputs.get("minNodes"), inputs.get("maxNodes")
        if isinstance(least, int) and isinstance(most, int) and least > most:
            yield CheckFailure("minNodes", "must not be more than maxNodes")

    def begin(self, inputs: PropertyMap, wait: Waiter) -> Created:
        """Order the pool. `availabilityZones` and `template` are sent even when empty: the API insists."""
        body = {
            **present(inputs, ("name", "flavorName", "autoscale", "antiAffinity", "monthlyBilled", *_SIZES)),
            **present(inputs, ("attachFloatingIps",)),
            "availabilityZones": inputs.get("availabilityZones") or [],
            "autoscaling": _autoscaling(inputs),
            "template": _template(inputs.get("template") or {}),
        }
        answer = self.api.post(project_path(inputs, "kube", require(inputs, "kubeId"), "nodepool"), body)
        return Created(str(refuse_empty(answer, wait.subject)["id"]))

    def recover(self, inputs: PropertyMap, known_ids: Collection[str]) -> str | None:
        """Find the pool by its name, unique in its cluster."""
        pools = self.api.find(project_path(inputs, "kube", require(inputs, "kubeId"), "nodepool")) or []
        found = (str(pool["id"]) for pool in pools if pool["name"] == inputs.get("name"))
        return next((candidate for candidate in found if candidate not in known_ids), None)

    def finish(self, id: str, inputs: PropertyMap, wait: Waiter) -> None:
        """Wait until every wanted node is there."""
        path = _path(id, inputs)
        wait.for_status(lambda: self.status(path), target=_READY, pending=_CHANGING, hint=_FAILED_HINT)

    def read(self, id: str, inputs: PropertyMap, outputs: PropertyMap) -> PropertyMap | None:
        """Read the pool."""
        properties = {**inputs, **outputs}
        live = self.find(_path(id, properties))
        if live is None:
            return None
        scaling = live.get("autoscaling") or {}
        zones = live.get("availabilityZones") or []
        return {
            **present(live, _PLAIN_OUTPUTS),
            **{key: scaling[name] for key, name in _AUTOSCALING.items() if scaling.get(name) is not None},
            "serviceName": properties["serviceName"],
            "kubeId": properties["kubeId"],
            "flavorName": live["flavor"],
            "attachFloatingIps": live.get("attachFloatingIps") or {"enabled": False},
            **({"availabilityZones": zones} if zones else {}),
            **_template_outputs(live.get("template") or {}),
        }

    def change(self, id: str, change: Change, wait: Waiter) -> None:
        """Send sizes, autoscaling and template; a pool that failed tries again when its size is sent."""
        new, path = change.new_inputs, _path(id, change.new_inputs)
        body: dict[str, Any] = {
            **present(new, ("autoscale", "attachFloatingIps", *_SIZES)),
            "template": _template(new.get("template") or {}),
        }
        if scaling := _autoscaling(new):
            body["autoscaling"] = scaling
        if "desiredNodes" not in new and "maxNodes" in new:
            body["desiredNodes"] = self._desired_within(path, new)
        self.api.put(path, body)
        wait.for_status(lambda: self.status(path), target=_READY, pending=_CHANGING, hint=_FAILED_HINT)

    def remove(self, id: str, properties: PropertyMap, wait: Waiter) -> None:
        """Delete the pool and its nodes."""
        path = _path(id, properties)
        self.api.delete(path)
        # A pool in ERROR stays in ERROR until it is gone, so no status ends this wait but absence.
        wait.until_gone(lambda: (self.find(path) or {}).get("status"))

    def _desired_within(self, path: str, new: PropertyMap) -> int:
        """The autoscaler owns the size, but the API refuses a maximum below it."""
        desired = int((self.find(path) or {}).get("desiredNodes") or 0)
        return max(min(desired, int(new["maxNodes"])), int(new.get("minNodes") or 0))


def _path(id: str, properties: PropertyMap) -> str:
    return project_path(properties, "kube", require(properties, "kubeId"), "nodepool", id)


def _autoscaling(inputs: PropertyMap) -> PropertyMap:
    return {name: inputs[key] for key, name in _AUTOSCALING.items() if key in inputs}


def _template(template: PropertyMap) -> PropertyMap:
    metadata, spec = template.get("metadata") or {}, template.get("spec") or {}
    return {
        "metadata": {
            "annotations": metadata.get("annotations") or {},
            "finalizers": metadata.get("finalizers") or [],
            "labels": metadata.get("labels") or {},
        },
        "spec": {"taints": spec.get("taints") or [], "unschedulable": bool(spec.get("unschedulable"))},
    }


def _template_outputs(live: PropertyMap) -> PropertyMap:
    """An all-empty template is how the API spells none."""
    template = _template(live)
    if all(is_empty(value) for part in template.values() for value in part.values()):
        return {}
    return {"template": template}
