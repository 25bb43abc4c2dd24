"""Every type against the sandbox's OVH API, with its signatures and state machines; what is behind it is doubled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stamina

from hubwright.core.errors import AuthenticationError, QuotaError, ResourceError
from hubwright.engine.providers.base import OperationContext, PartialFailureError
from hubwright.engine.providers.ovh.provider import build_provider
from hubwright.sandbox.cloud_http import HttpListener
from hubwright.sandbox.ovh.app import OvhApplication
from hubwright.sandbox.ovh.auth.models import ApiKeys
from hubwright.sandbox.ovh.core.clock import ThreadScheduler
from hubwright.sandbox.ovh.core.faults import HttpFault, OutcomeFault
from hubwright.sandbox.ovh.core.platform import Platform
from hubwright.sandbox.ovh.core.store import Store
from hubwright.sandbox.ovh.doubles import MemoryClusters, MemoryNetworks, MemoryRegistries, MemoryZones
from hubwright.sandbox.ovh.services import Account, AccountSettings, Backends

pytestmark = [pytest.mark.contract, pytest.mark.timeout(120)]

KUBE = "ovh:CloudProject/kube:Kube"
POOL = "ovh:CloudProject/kubeNodePool:KubeNodePool"
REGISTRY = "ovh:CloudProject/containerRegistry:ContainerRegistry"
RECORD = "ovh:Domain/zoneRecord:ZoneRecord"
CAPABILITIES = "ovh:CloudProject/getCapabilitiesContainerFilter:getCapabilitiesContainerFilter"
KEYS = ApiKeys("app-key", "app-secret", "consumer-key")
ZONE = "hubwright-sandbox.test"


@pytest.fixture
def zones() -> MemoryZones:
    return MemoryZones()


@pytest.fixture
def account(project: str, tmp_path: Path, zones: MemoryZones) -> Iterator[Account]:
    # Not at once: the states on the way are seen too.
    scheduler = ThreadScheduler(speed=0.0005)
    backends = Backends(MemoryClusters(), MemoryNetworks(), MemoryRegistries(), zones)
    platform = Platform(Store(tmp_path / "ovh.json"), scheduler)
    yield Account(platform, KEYS, AccountSettings(project_id=project, zones=(ZONE,)), backends)
    scheduler.stop()


@pytest.fixture
def inputs(account: Account) -> Iterator[dict[str, str]]:
    listener = HttpListener("ovh", OvhApplication(account, "admin").starlette())
    listener.start()
    yield {
        "endpoint": f"http://127.0.0.1:{listener.port}/1.0",
        "applicationKey": KEYS.application_key,
        "applicationSecret": KEYS.application_secret,
        "consumerKey": KEYS.consumer_key,
    }
    listener.stop()


@pytest.fixture
def real(inputs: dict[str, str], ovh: Any) -> Any:
    """The scripted tests' driver, on a provider that talks to the emulator."""
    ovh.provider = build_provider(inputs)
    return ovh


@pytest.fixture
def make(real: Any) -> Iterator[Any]:
    """Creates, and proves at once that nothing would change; everything goes at the end, last made first."""
    made: list[tuple[str, Any]] = []

    def make(kind: str, **wanted: Any) -> Any:
        token = f"ovh:{kind}"
        state = real.create(token, **wanted)
        made.append((token, state))
        assert not real.changes(token, state, **wanted)
        read = real.provider.read(token, state.id, state.inputs, state.outputs, real.context(token))
        assert read.outputs == state.outputs
        return state

    yield make
    for token, state in reversed(made):
        real.delete(token, state)
        read = real.provider.read(token, state.id, state.inputs, state.outputs, real.context(token))
        assert read is None


def test_a_cluster_on_a_private_network(make: Any) -> None:
    network = make("CloudProject/networkPrivate:NetworkPrivate", regions=["GRA9"])
    openstack_id = network.outputs["regionsOpenstackIds"]["GRA9"]
    subnet = make(
        "CloudProject/networkPrivateSubnet:NetworkPrivateSubnet",
        networkId=network.id,
        region="GRA9",
        network="10.0.0.0/24",
        start="10.0.0.2",
        end="10.0.0.200",
        dhcp=True,
    )
    make(
        "CloudProject/gateway:Gateway", region="GRA9", networkId=openstack_id, subnetId=subnet.id, name="gw", model="s"
    )
    kube = make("CloudProject/kube:Kube", region="GRA9", privateNetworkId=openstack_id, nodesSubnetId=subnet.id)
    assert kube.outputs["kubeconfigAttributes"][0]["host"] == "https://127.0.0.1:6443"
    taint = {"effect": "NoSchedule", "key": "hub.jupyter.org/dedicated", "value": "user"}
    labels = {"hub.jupyter.org/node-purpose": "user"}
    pool = make(
        "CloudProject/kubeNodePool:KubeNodePool",
        kubeId=kube.id,
        flavorName="b3-8",
        desiredNodes=1,
        maxNodes=3,
        template={
            "metadata": {"annotations": {}, "finalizers": [], "labels": labels},
            "spec": {"taints": [taint], "unschedulable": False},
        },
    )
    assert pool.outputs["template"]["metadata"]["labels"] == labels


def test_a_registry_with_its_user(real: Any, make: Any) -> None:
    plan = real.provider.invoke(CAPABILITIES, {"region": "GRA", "planName": "SMALL"}, real.context("f"))
    registry = make("CloudProject/containerRegistry:ContainerRegistry", region="GRA", planId=plan["id"])
    assert registry.outputs["planId"] == plan["id"]
    user = make(
        "CloudProject/containerRegistryUser:ContainerRegistryUser",
        registryId=registry.id,
        login="builder",
        email="builder@hub.test",
    )
    assert len(user.outputs["password"]) >= 8


def test_records_are_served_after_each_change(real: Any, make: Any, zones: MemoryZones) -> None:
    wanted = {"zone": ZONE, "fieldtype": "A", "subdomain": "hub", "target": "203.0.113.9", "ttl": 60}
    state = make("Domain/zoneRecord:ZoneRecord", **wanted)
    assert "203.0.113.9" in str(zones.served[ZONE])
    real.update(RECORD, state, **{**wanted, "target": "203.0.113.10"})
    assert "203.0.113.10" in str(zones.served[ZONE])


@pytest.mark.parametrize(("status", "cause"), [("ERROR", ResourceError), ("USER_QUOTA_ERROR", QuotaError)])
def test_a_node_pool_that_fails_is_kept_and_told(
    real: Any, make: Any, account: Account, status: str, cause: type[Exception]
) -> None:
    kube = make("CloudProject/kube:Kube", region="GRA9")
    account.platform.faults.add(OutcomeFault(service="nodepool", status=status))
    with pytest.raises(PartialFailureError) as caught:
        real.create(POOL, kubeId=kube.id, flavorName="b3-8", desiredNodes=1)
    assert isinstance(caught.value.__cause__, cause)
    real.delete(POOL, caught.value.state)


def test_a_cluster_that_is_still_installing_at_the_deadline_is_kept(real: Any, account: Account) -> None:
    # At speed 0 every delay is none: hold the cluster back by a status that does not change.
    account.platform.faults.add(OutcomeFault(service="kube", status="INSTALLING"))
    context = OperationContext(urn=f"urn:pulumi:local::hub::{KUBE}::hub", timeout_s=0.3)
    wanted = real.check(KUBE, region="GRA9")
    with pytest.raises(PartialFailureError, match="INSTALLING") as caught:
        real.provider.create(KUBE, wanted, context)
    assert caught.value.state.id


def test_a_flaky_api_is_asked_again(make: Any, account: Account) -> None:
    account.platform.faults.add(HttpFault(method="GET", status=503, times=2))
    with stamina.set_testing(True, attempts=5):
        make("CloudProject/kube:Kube", region="GRA9")


def test_an_order_is_never_repeated(real: Any, account: Account) -> None:
    account.platform.faults.add(HttpFault(method="POST", path="/cloud/project/*/containerRegistry", status=503))
    with pytest.raises(ResourceError, match="HTTP 503"):
        real.create(REGISTRY, region="GRA")


@pytest.mark.parametrize("wrong", ["applicationKey", "applicationSecret", "consumerKey"])
def test_wrong_credentials(real: Any, inputs: dict[str, str], wrong: str) -> None:
    provider = build_provider({**inputs, wrong: "hunter2"})
    with pytest.raises(AuthenticationError) as caught:
        provider.create(KUBE, real.check(KUBE, region="GRA9"), real.context(KUBE))
    assert "hunter2" not in f"{caught.value} {caught.value.hint}"
    assert caught.value.hint
