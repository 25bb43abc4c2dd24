"""Managed Kubernetes clusters (MKS): `ovh:CloudProject/kube:Kube`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any, Final

from hubwright.core.errors import ApiError, ResourceError, UnsupportedError
from hubwright.engine.property_values import PropertyMap
from hubwright.engine.providers.base import CheckFailure
from hubwright.engine.providers.declared.comparing import is_empty
from hubwright.engine.providers.declared.fields import boolean, items, record, text
from hubwright.engine.providers.declared.resource import Change, Created, Timeouts
from hubwright.engine.providers.declared.waiting import Waiter
from hubwright.engine.providers.ovh.kubeconfig import kubeconfig_attributes
from hubwright.engine.providers.ovh.project import OvhResource, present, project_path, refuse_empty, service_name

_CREATING: Final = frozenset({"INSTALLING", "UNKNOWN"})
_CHANGING: Final = frozenset({"INSTALLING", "UPDATING", "REDEPLOYING", "RESETTING", "UNKNOWN"})
_READY: Final = frozenset({"READY"})

_PLAIN_OUTPUTS: Final = (
    "controlPlaneIsUpToDate",
    "ipAllocationPolicy",
    "isUpToDate",
    "kubeProxyMode",
    "loadBalancersSubnetId",
    "name",
    "nodesSubnetId",
    "nodesUrl",
    "plan",
    "privateNetworkId",
    "region",
    "status",
    "updatePolicy",
    "url",
)


class Kube(OvhResource):
    """A cluster's control plane; its nodes are `KubeNodePool`s."""

    type_name = "ovh:CloudProject/kube:Kube"
    timeouts = Timeouts(create_s=900, update_s=3600, delete_s=600)
    fields = {
        "serviceName": service_name(),
        "region": text(required=True, force_new=True),
        "name": text(autoname=True, computed=True),
        "version": text(computed=True),
        "plan": text(computed=True),
        "updatePolicy": text(computed=True),
        # The API answers ipvs where its documentation says iptables: leaving it out is never a change.
        "kubeProxyMode": text(computed=True, force_new=True),
        "privateNetworkId": text(force_new=True),
        "privateNetworkConfiguration": record(),
        "nodesSubnetId": text(computed=True),
        "loadBalancersSubnetId": text(),
        "ipAllocationPolicy": record(force_new=True),
        "customizationApiservers": items(computed=True, unordered=True),
        "customizationKubeProxy": record(),
        "customizationCilium": record(),
        "customizations": items(computed=True, unsupported=True),
        "controlPlaneIsUpToDate": boolean(output_only=True),
        "isUpToDate": boolean(output_only=True),
        "kubeconfig": text(output_only=True, secret=True),
        "kubeconfigAttributes": items(output_only=True, secret=True),
        "nextUpgradeVersions": items(output_only=True),
        "nodesUrl": text(output_only=True),
        "status": text(output_only=True),
        "url": text(output_only=True),
    }

    def problems(self, inputs: PropertyMap) -> Iterable[CheckFailure]:
        """Subnets need a network, and an empty version is refused by the API."""
        for key in ("nodesSubnetId", "loadBalancersSubnetId"):
            if key in inputs and "privateNetworkId" not in inputs:
                yield CheckFailure(key, "needs privateNetworkId")
        if inputs.get("version") == "":
            yield CheckFailure("version", 'must be like "1.33"; leave it out for the newest')

    def begin(self, inputs: PropertyMap, wait: Waiter) -> Created:
        """Order the cluster."""
        keys = ("region", "name", "version", "plan", "updatePolicy", "kubeProxyMode", "privateNetworkId")
        body = {
            **present(inputs, keys),
            **present(inputs, ("privateNetworkConfiguration", "nodesSubnetId", "loadBalancersSubnetId")),
            **present(inputs, ("ipAllocationPolicy",)),
        }
        if customization := _customization(inputs):
            body["customization"] = customization
        answer = self.api.post(project_path(inputs, "kube"), body)
        return Created(str(refuse_empty(answer, wait.subject)["id"]))

    def recover(self, inputs: PropertyMap, known_ids: Collection[str]) -> str | None:
        """Find the cluster by its name and region."""
        for candidate in self.api.get(project_path(inputs, "kube")):
            if candidate in known_ids:
                continue
            live = self.find(project_path(inputs, "kube", candidate)) or {}
            if (live.get("name"), live.get("region")) == (inputs.get("name"), inputs.get("region")):
                return str(candidate)
        return None

    def finish(self, id: str, inputs: PropertyMap, wait: Waiter) -> None:
        """Wait until the control plane answers."""
        path = project_path(inputs, "kube", id)
        wait.for_status(lambda: self.status(path), target=_READY, pending=_CREATING)

    def read(self, id: str, inputs: PropertyMap, outputs: PropertyMap) -> PropertyMap | None:
        """Read the cluster and a fresh kubeconfig, so that rotated certificates reach the state."""
        properties = {**inputs, **outputs}
        live = self.find(project_path(properties, "kube", id))
        if live is None:
            return None
        return {
            "serviceName": properties["serviceName"],
            **_cluster_outputs(live),
            **_customization_outputs(live.get("customization") or {}, inputs),
            **self._kubeconfig(id, live, properties),
        }

    def change(self, id: str, change: Change, wait: Waiter) -> None:
        """Make, one after the other, the calls that bring the live cluster to what is asked."""
        new = change.new_inputs
        path = project_path(new, "kube", id)
        # A cluster that is still being made, or still changing, takes no other change.
        wait.for_status(lambda: self.status(path), target=_READY, pending=_CHANGING)
        live = _cluster_outputs(self.api.get(path))
        _refuse_unchangeable(new, live)
        for wanted, call in self._calls(path, change, live):
            if wanted:
                call()
                wait.for_status(lambda: self.status(path), target=_READY, pending=_CHANGING)

    def remove(self, id: str, properties: PropertyMap, wait: Waiter) -> None:
        """Delete the cluster; its node pools go with it."""
        self.delete_and_wait(project_path(properties, "kube", id), wait)

    def _calls(self, path: str, change: Change, live: PropertyMap) -> list[tuple[bool, Callable[[], Any]]]:
        new = change.new_inputs
        subnet = new.get("loadBalancersSubnetId") or ""
        network = new.get("privateNetworkConfiguration")
        keys = ("customizationApiservers", "customizationKubeProxy", "customizationCilium")
        # The policy comes before the upgrade: NEVER_UPDATE forbids one.
        return [
            (_moved(new, live, "name"), lambda: self.api.put(path, {"name": new["name"]})),
            (
                _moved(new, live, "updatePolicy"),
                lambda: self.api.put(f"{path}/updatePolicy", {"updatePolicy": new["updatePolicy"]}),
            ),
            (_moved(new, live, "version"), lambda: self._upgrade(path, str(live.get("version")), str(new["version"]))),
            (
                any(change.new_inputs.get(key) != change.old_inputs.get(key) for key in keys),
                lambda: self.api.put(f"{path}/customization", _customization(new)),
            ),
            (
                network is not None and network != live.get("privateNetworkConfiguration"),
                lambda: self.api.put(f"{path}/privateNetworkConfiguration", network),
            ),
            (
                subnet != (live.get("loadBalancersSubnetId") or ""),
                lambda: self.api.put(f"{path}/updateLoadBalancersSubnetId", {"loadBalancersSubnetId": subnet}),
            ),
        ]

    def _upgrade(self, path: str, live: str, wanted: str) -> None:
        if _parse_version(wanted) != _next_minor(live):
            raise ResourceError(
                f"a cluster of version {live} cannot go to {wanted}: OVHcloud upgrades by one minor version only",
                hint=f"ask for {'.'.join(map(str, _next_minor(live)))} first",
            )
        self.api.post(f"{path}/update", {"strategy": "NEXT_MINOR"})

    def _kubeconfig(self, id: str, live: PropertyMap, properties: PropertyMap) -> PropertyMap:
        """Ask for the kubeconfig; a cluster that is not ready has none yet, and keeps the one in the state."""
        known = present(properties, ("kubeconfig", "kubeconfigAttributes"))
        if live.get("status") not in {"READY", "UPDATING", "REDEPLOYING"}:
            return {"kubeconfigAttributes": [], **known}
        try:
            answer = self.api.post(project_path(properties, "kube", id, "kubeconfig"), idempotent=True)
        except ApiError:
            if known:
                return known
            raise
        content = str(answer["content"])
        return {"kubeconfig": content, "kubeconfigAttributes": kubeconfig_attributes(content)}


def _cluster_outputs(live: PropertyMap) -> PropertyMap:
    return {
        **present(live, _PLAIN_OUTPUTS),
        "version": minor_version(str(live.get("version") or "")),
        "nextUpgradeVersions": live.get("nextUpgradeVersions") or [],
        **_private_network_configuration(live),
    }


def minor_version(version: str) -> str:
    """``1.33`` of ``1.33.4-1``: the state keeps what the program can ask for."""
    return ".".join(version.split(".")[:2])


def _parse_version(version: str) -> tuple[int, ...]:
    parts = version.split(".")[:2]
    return tuple(int(part) for part in parts) if all(part.isdecimal() for part in parts) else ()


def _next_minor(version: str) -> tuple[int, ...]:
    parsed = _parse_version(version)
    return (*parsed[:1], parsed[1] + 1) if len(parsed) == 2 else ()


def _moved(new: PropertyMap, live: PropertyMap, key: str) -> bool:
    return key in new and new[key] != live.get(key)


def _refuse_unchangeable(new: PropertyMap, live: PropertyMap) -> None:
    for key in ("plan", "nodesSubnetId"):
        if _moved(new, live, key):
            raise UnsupportedError(
                f"{key} of a cluster cannot be changed from {live.get(key)!r} to {new[key]!r}",
                hint="put the old value back, or replace the cluster on purpose under another logical name",
            )


def _customization(inputs: PropertyMap) -> PropertyMap:
    body: PropertyMap = {}
    for server in inputs.get("customizationApiservers") or ():
        for plugins in server.get("admissionplugins") or ():
            lists = {"enabled": plugins.get("enableds"), "disabled": plugins.get("disableds")}
            body["apiServer"] = {"admissionPlugins": {key: names for key, names in lists.items() if names is not None}}
    if proxy := inputs.get("customizationKubeProxy"):
        body["kubeProxy"] = proxy
    if cilium := inputs.get("customizationCilium"):
        body["cilium"] = cilium
    return body


def _customization_outputs(live: PropertyMap, inputs: PropertyMap) -> PropertyMap:
    plugins = (live.get("apiServer") or {}).get("admissionPlugins") or {}
    lists = {"enableds": plugins.get("enabled"), "disableds": plugins.get("disabled")}
    known = {key: names for key, names in lists.items() if names is not None}
    outputs: PropertyMap = {"customizationApiservers": [{"admissionplugins": [known]}]} if known else {}
    # The API spells durations in its own way (P0D for PT0S): what was asked for stands until it is unset.
    for key, name in (("customizationKubeProxy", "kubeProxy"), ("customizationCilium", "cilium")):
        value = (inputs.get(key) if key in inputs else live.get(name)) or {}
        if any(not is_empty(item) for item in value.values()):
            outputs[key] = value
    return outputs


def _private_network_configuration(live: PropertyMap) -> PropertyMap:
    configuration = live.get("privateNetworkConfiguration") or {}
    if all(is_empty(value) for value in configuration.values()):
        return {}
    return {"privateNetworkConfiguration": configuration}
