"""Octavia's provider: accepts every request and lets `octavia_status` report its success."""

from __future__ import annotations

from octavia_lib.api.drivers import exceptions, provider_base

from octavia.db import api as db_api
from octavia.db import repositories
from sandbox_services.octavia_status import CHANGES, Report, state, whole_tree

# How long the provider of a real cloud takes, in seconds: booting amphorae, removing them, configuring them.
_CREATE_S = 60.0
_DELETE_S = 15.0
_CONFIGURE_S = 3.0


class SandboxProviderDriver(provider_base.ProviderDriver):
    """No packets are forwarded; the objects, their rules and their life cycle are Octavia's own."""

    def create_vip_port(self, loadbalancer_id, project_id, vip_dictionary, additional_vip_dicts=None):  # noqa: ANN001, ANN201
        """Let Octavia itself make the port."""
        message = "Octavia makes the VIP port"
        raise exceptions.NotImplementedError(user_fault_string=message, operator_fault_string=message)

    def loadbalancer_create(self, loadbalancer) -> None:  # noqa: ANN001
        """A fully populated create brings its children along."""
        CHANGES.hold(_CREATE_S, lambda: whole_tree(loadbalancer.loadbalancer_id, deleted=False))

    def loadbalancer_update(self, old_loadbalancer, new_loadbalancer) -> None:  # noqa: ANN001
        _configure(lambda: (old_loadbalancer.loadbalancer_id, {}))

    def loadbalancer_delete(self, loadbalancer, cascade=False) -> None:  # noqa: ANN001, FBT002
        CHANGES.hold(_DELETE_S, lambda: whole_tree(loadbalancer.loadbalancer_id, deleted=True))

    def loadbalancer_failover(self, loadbalancer_id) -> None:  # noqa: ANN001
        _configure(lambda: (loadbalancer_id, {}))

    def listener_create(self, listener) -> None:  # noqa: ANN001
        _configure(lambda: (listener.loadbalancer_id, {"listeners": [state(listener.listener_id)]}))

    def listener_update(self, old_listener, new_listener) -> None:  # noqa: ANN001
        self.listener_create(old_listener)

    def listener_delete(self, listener) -> None:  # noqa: ANN001
        _configure(lambda: (listener.loadbalancer_id, {"listeners": [state(listener.listener_id, deleted=True)]}))

    def pool_create(self, pool) -> None:  # noqa: ANN001
        _configure(lambda: _with_pool(pool.pool_id, {}))

    def pool_update(self, old_pool, new_pool) -> None:  # noqa: ANN001
        self.pool_create(old_pool)

    def pool_delete(self, pool) -> None:  # noqa: ANN001
        _configure(lambda: _with_pool(pool.pool_id, {"pools": [state(pool.pool_id, deleted=True)]}))

    def member_create(self, member) -> None:  # noqa: ANN001
        _configure(lambda: _with_pool(member.pool_id, {"members": [_member(member.member_id)]}))

    def member_update(self, old_member, new_member) -> None:  # noqa: ANN001
        self.member_create(old_member)

    def member_delete(self, member) -> None:  # noqa: ANN001
        _configure(lambda: _with_pool(member.pool_id, {"members": [state(member.member_id, deleted=True)]}))

    def member_batch_update(self, pool_id, members) -> None:  # noqa: ANN001
        """`members` is the whole new list; those of the database that it lacks are deleted."""
        wanted = {member.member_id for member in members}

        def describe() -> tuple[str, Report]:
            present = {member.id for member in _find(repositories.PoolRepository, pool_id).members}
            kept = [_member(member_id) for member_id in wanted & present]
            gone = [state(member_id, deleted=True) for member_id in present - wanted]
            return _with_pool(pool_id, {"members": kept + gone})

        _configure(describe)

    def health_monitor_create(self, healthmonitor) -> None:  # noqa: ANN001
        report = {"healthmonitors": [state(healthmonitor.healthmonitor_id)]}
        _configure(lambda: _with_pool(healthmonitor.pool_id, report))

    def health_monitor_update(self, old_healthmonitor, new_healthmonitor) -> None:  # noqa: ANN001
        self.health_monitor_create(old_healthmonitor)

    def health_monitor_delete(self, healthmonitor) -> None:  # noqa: ANN001
        report = {"healthmonitors": [state(healthmonitor.healthmonitor_id, deleted=True)]}
        _configure(lambda: _with_pool(healthmonitor.pool_id, report))

    def l7policy_create(self, l7policy) -> None:  # noqa: ANN001
        _configure(lambda: _with_policy(l7policy.l7policy_id, {}))

    def l7policy_update(self, old_l7policy, new_l7policy) -> None:  # noqa: ANN001
        self.l7policy_create(old_l7policy)

    def l7policy_delete(self, l7policy) -> None:  # noqa: ANN001
        report = {"l7policies": [state(l7policy.l7policy_id, deleted=True)]}
        _configure(lambda: _with_policy(l7policy.l7policy_id, report))

    def l7rule_create(self, l7rule) -> None:  # noqa: ANN001
        _configure(lambda: _with_policy(l7rule.l7policy_id, {"l7rules": [state(l7rule.l7rule_id)]}))

    def l7rule_update(self, old_l7rule, new_l7rule) -> None:  # noqa: ANN001
        self.l7rule_create(old_l7rule)

    def l7rule_delete(self, l7rule) -> None:  # noqa: ANN001
        report = {"l7rules": [state(l7rule.l7rule_id, deleted=True)]}
        _configure(lambda: _with_policy(l7rule.l7policy_id, report))

    def get_supported_flavor_metadata(self) -> dict[str, str]:
        return {"size": "The size of the load balancer: small, medium, large or xl."}

    def validate_flavor(self, flavor_metadata) -> None:  # noqa: ANN001
        """Every size is as good: nothing is forwarded."""

    def get_supported_availability_zone_metadata(self) -> dict[str, str]:
        return {}

    def validate_availability_zone(self, availability_zone_metadata) -> None:  # noqa: ANN001
        """There is one zone."""


def _configure(describe) -> None:  # noqa: ANN001
    """Report the load balancer of a change as done, together with what `describe` returns besides it."""

    def report() -> Report:
        load_balancer_id, changes = describe()
        return {"loadbalancers": [state(load_balancer_id)], **changes}

    CHANGES.hold(_CONFIGURE_S, report)


def _with_pool(pool_id: str, changes: Report) -> tuple[str, Report]:
    """Add to `changes` the pool and the listeners that use it: Octavia sets them all pending."""
    pool = _find(repositories.PoolRepository, pool_id)
    parents = {"pools": [state(pool_id)], "listeners": [state(listener.id) for listener in pool.listeners]}
    return pool.load_balancer_id, {**parents, **changes}


def _with_policy(policy_id: str, changes: Report) -> tuple[str, Report]:
    policy = _find(repositories.L7PolicyRepository, policy_id)
    parents = {"l7policies": [state(policy_id)], "listeners": [state(policy.listener_id)]}
    return policy.listener.load_balancer_id, {**parents, **changes}


def _member(member_id: str) -> dict[str, str]:
    return state(member_id, operating="NO_MONITOR")


def _find(repository, object_id: str):  # noqa: ANN001, ANN202
    session = db_api.get_session()
    with session.begin():
        return repository().get(session, id=object_id)
