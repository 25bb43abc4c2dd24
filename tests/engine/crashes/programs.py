"""Two versions of one program of thirty resources: a site with networks, a cluster, a registry and DNS records.

From the first to the second: updates, replacements of both kinds with what depends on them, a removal, an addition, a
rename, a component that got another name, and a rotated token of a provider.
"""

from __future__ import annotations

from collections.abc import Callable

import pulumi
from pulumi import Alias, ResourceOptions

from tests.engine.crashes.cloud_provider import CloudProvider, Thing

RESOURCES = 30
"""Custom resources of each version."""


class Network(pulumi.ComponentResource):
    def __init__(self, name: str, second: bool, opts: ResourceOptions) -> None:
        super().__init__("site:index:Network", name, None, opts)
        below = ResourceOptions(parent=self)
        self.network = Thing("Network", f"{name}-net", below, size=2 if second else 1)
        # Create before delete; what is in it goes along.
        self.subnets = [
            Thing(
                "Subnet", f"{name}-subnet-{n}", below, network=self.network.id, cidr=f"10.{n}.{_moved(n, second)}.0/24"
            )
            for n in range(4)
        ]
        router = Thing("Router", f"{name}-router", below, network=self.network.id)
        self.interfaces = [
            Thing("Interface", f"{name}-port-{n}", ResourceOptions(parent=router), router=router.id, subnet=subnet.id)
            for n, subnet in enumerate(self.subnets)
        ]
        self.register_outputs({"id": self.network.id})


class Cluster(pulumi.ComponentResource):
    def __init__(self, name: str, subnet: Thing, second: bool, opts: ResourceOptions) -> None:
        super().__init__("site:index:Cluster", name, None, opts)
        below = ResourceOptions(parent=self)
        self.cluster = Thing("Cluster", "cluster", below, network=subnet.id, version="1.34" if second else "1.33")
        # A name that only one pool may have: delete before replace.
        self.pools = [
            Thing(
                "Pool", f"pool-{n}", below, name=f"fixed-pool-{n}", cluster=self.cluster.id, flavor=_flavor(n, second)
            )
            for n in range(3)
        ]
        for n, pool in enumerate(self.pools):
            label = ResourceOptions(parent=pool, deleted_with=pool)
            Thing("Label", f"label-{n}", label, inside=pool.id, pool=pool.id, size=2 if second else 1)
        self.register_outputs({})


class Registry(pulumi.ComponentResource):
    def __init__(self, name: str, second: bool, opts: ResourceOptions) -> None:
        super().__init__("site:index:Registry", name, None, opts)
        # By the program's wish: delete before replace, although its name is made up.
        first = ResourceOptions(parent=self, delete_before_replace=True)
        self.registry = Thing("Registry", "registry", first, region="b" if second else "a")
        below = ResourceOptions(parent=self.registry)
        self.users = [Thing("User", f"user-{n}", below, registry=self.registry.id) for n in range(3)]
        self.project = Thing("Project", "project", below, registry=self.registry.id, owner=self.users[0].password)
        self.register_outputs({})


def declare_first() -> None:
    """The program as first deployed."""
    _declare(second=False)


def declare_second() -> None:
    """The program after the edits."""
    _declare(second=True)


def declare_nothing() -> None:
    """What `destroy` is given."""


def declare_few() -> None:
    """A program so small that it can be killed everywhere, always."""
    _declare_few(second=False)


def declare_few_others() -> None:
    """The small program after an update, a replacement of each kind and a removal."""
    _declare_few(second=True)


def _declare_few(*, second: bool) -> None:
    region = "b" if second else "a"
    bucket = Thing("Bucket", "bucket", size=pulumi.Output.secret(2 if second else 1))
    Thing("Registry", "registry", ResourceOptions(delete_before_replace=True), region=region, size=bucket.id)
    Thing("Record", "record", name="www", region=region, target=bucket.id)
    if not second:
        Thing("Volume", "volume", inside=bucket.id)


def _declare(*, second: bool) -> None:
    token = pulumi.Output.secret("t0ken-2" if second else "t0ken-1")
    here, there = CloudProvider("here", token=token), CloudProvider("there", region="b")
    network = Network("main", second, ResourceOptions(providers=[here]))
    cluster = Cluster("hub", network.subnets[1], second, ResourceOptions(providers=[here]))
    renamed = [Alias(name="images")] if second else []
    registry = Registry("registry" if second else "images", second, ResourceOptions(providers=[there], aliases=renamed))
    secret = pulumi.Output.secret("s3cret")
    bucket = Thing("Bucket", "bucket", size=secret)
    if not second:
        Thing("Volume", "old-volume", ResourceOptions(depends_on=[cluster, bucket]))
    balancer = Thing("Balancer", "balancer", ResourceOptions(depends_on=[network]), subnet=network.subnets[0].id)
    alias = ResourceOptions(aliases=[Alias(name="record-0")]) if second else None
    for n in range(3):
        name = "record-first" if second and n == 0 else f"record-{n}"
        # No name is unique among records: a replacement has its predecessor's.
        zone = "new.test" if second and n == 1 else "old.test"
        Thing("Record", name, alias if n == 0 else None, name=f"www{n}", target=balancer.id, zone=zone)
    Thing("Release", "release", _after(cluster, registry), cluster=cluster.cluster.id, pull=registry.users[1].password)
    if second:
        Thing("Volume", "new-volume", ResourceOptions(depends_on=[cluster]))
    Thing("Volume", "volume", ResourceOptions(depends_on=[cluster.pools[0]]), size=3)
    pulumi.export("password", registry.users[0].password)
    pulumi.export("network", network.network.id)


def _after(*resources: pulumi.Resource) -> ResourceOptions:
    return ResourceOptions(depends_on=list(resources))


def _moved(number: int, second: bool) -> int:
    return 1 if second and number == 1 else 0


def _flavor(number: int, second: bool) -> str:
    return "large" if second and number == 0 else "small"


PROGRAMS: dict[str, Callable[[], None]] = {
    "first": declare_first,
    "second": declare_second,
    "few": declare_few,
    "few others": declare_few_others,
    "nothing": declare_nothing,
}
