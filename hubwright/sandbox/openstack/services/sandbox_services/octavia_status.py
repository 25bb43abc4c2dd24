"""Brings load balancers and what is in them to their final state, after a modelled delay.

Octavia calls its provider before it commits the request's transaction. Changes are therefore held until the request
has been answered, and then applied by the same thread when the delay is zero, so that no reader sees a half-way state
and no two writers meet on SQLite; else by a timer.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from oslo_log import log as logging

from octavia.api.drivers.driver_agent import driver_updater
from octavia.db import api as db_api
from octavia.db import repositories

_LOG = logging.getLogger(__name__)
_ATTEMPTS = 5
_RETRY_DELAY_S = 0.2
_ACCEPTED = 200
_DELETED = "DELETED"
_PENDING = ("PENDING_CREATE", "PENDING_UPDATE", "PENDING_DELETE")

Report = dict[str, list[dict[str, str]]]
"""Octavia's status report: objects by kind, each with its id and its statuses."""


class PendingChanges:
    """Status reports that wait for the end of the request that caused them, and then for their delay."""

    def __init__(self) -> None:
        self.speed = 0.0
        self._held: list[tuple[float, Callable[[], Report]]] = []
        self._applying = threading.Lock()

    def hold(self, modelled_s: float, describe: Callable[[], Report]) -> None:
        """Apply what `describe` returns, `modelled_s` seconds of a real cloud after this request."""
        self._held.append((modelled_s, describe))

    def wrap(self, application):  # noqa: ANN001, ANN201
        """Return `application` with the release of held changes after each request."""

        def respond(environ, start_response):  # noqa: ANN001, ANN202
            try:
                return application(environ, start_response)
            finally:
                self._release()

        return respond

    def _release(self) -> None:
        held, self._held = self._held, []
        for modelled_s, describe in held:
            delay_s = modelled_s * self.speed
            if delay_s:
                timer = threading.Timer(delay_s, self.apply, (describe,))
                timer.daemon = True
                timer.start()
            else:
                self.apply(describe)

    def apply(self, describe: Callable[[], Report]) -> None:
        """Write the report; tried a few times, since another writer may hold the database, then given up as ERROR."""
        pause = threading.Event()
        report: Report = {}
        for _ in range(_ATTEMPTS):
            with self._applying:
                try:
                    report = describe()
                    # A copy: the updater empties what it is given.
                    answer = driver_updater.DriverUpdater().update_loadbalancer_status(dict(report))
                except Exception:
                    _LOG.exception("could not describe a status change")
                    answer = {}
            if answer.get("status_code") == _ACCEPTED:
                return
            _LOG.warning("status change refused: %s", answer.get("fault_string"))
            pause.wait(_RETRY_DELAY_S)
        failed = [{"id": item["id"], "provisioning_status": "ERROR"} for item in report.get("loadbalancers", [])]
        driver_updater.DriverUpdater().update_loadbalancer_status({"loadbalancers": failed})


CHANGES = PendingChanges()
"""The changes of this process, shared by the provider driver, which Octavia itself creates, and the application."""


def state(object_id: str, *, deleted: bool = False, operating: str = "ONLINE") -> dict[str, str]:
    """One object's entry in a report."""
    if deleted:
        return {"id": object_id, "provisioning_status": _DELETED}
    return {"id": object_id, "provisioning_status": "ACTIVE", "operating_status": operating}


def whole_tree(load_balancer_id: str, *, deleted: bool) -> Report:
    """Report a load balancer and everything in it."""
    session = db_api.get_session()
    with session.begin():
        balancer = repositories.LoadBalancerRepository().get(session, id=load_balancer_id)
    policies = [policy for listener in balancer.listeners for policy in listener.l7policies]
    members = [member for pool in balancer.pools for member in pool.members]
    return {
        "loadbalancers": [state(balancer.id, deleted=deleted)],
        "listeners": [state(listener.id, deleted=deleted) for listener in balancer.listeners],
        "pools": [state(pool.id, deleted=deleted) for pool in balancer.pools],
        "healthmonitors": [state(pool.health_monitor.id, deleted=deleted) for pool in balancer.pools if pool.health_monitor],
        "members": [state(member.id, deleted=deleted, operating="NO_MONITOR") for member in members],
        "l7policies": [state(policy.id, deleted=deleted) for policy in policies],
        "l7rules": [state(rule.id, deleted=deleted) for policy in policies for rule in policy.l7rules],
    }


def settle_interrupted() -> None:
    """Finish what waited for its delay when the last run was stopped."""
    session = db_api.get_session()
    with session.begin():
        balancers, _ = repositories.LoadBalancerRepository().get_all(session, show_deleted=False)
    for balancer in balancers:
        if balancer.provisioning_status in _PENDING:
            deleted = balancer.provisioning_status == "PENDING_DELETE"
            CHANGES.hold(1.0, lambda id=balancer.id, deleted=deleted: whole_tree(id, deleted=deleted))
