"""Routers without agents: Neutron's own database logic, and the status that the L3 agent would report."""

from __future__ import annotations

from neutron_lib import constants

from neutron.db import l3_db
from neutron.objects import router as router_objects
from neutron.services.l3_router import l3_router_plugin
from neutron.services.segments import plugin as segments_plugin


class SandboxRouterPlugin(l3_router_plugin.L3RouterPlugin):
    """A floating IP is ACTIVE while it is on a port, else DOWN."""

    def start_rpc_listeners(self) -> list:
        """No agent calls."""
        return []

    def router_supports_scheduling(self, context, router_id) -> bool:  # noqa: ANN001
        """There is no agent to schedule to."""
        return False

    def create_floatingip(self, context, floatingip) -> dict:  # noqa: ANN001
        """Allocate the address, with the status it would soon have."""
        status = _status_of(floatingip["floatingip"])
        return l3_db.L3_NAT_dbonly_mixin.create_floatingip(self, context, floatingip, initial_status=status)

    def update_floatingip(self, context, id, floatingip) -> dict:  # noqa: A002, ANN001
        """Associate or disassociate."""
        updated = super().update_floatingip(context, id, floatingip)
        if updated["status"] != _status_of(updated):
            updated["status"] = _status_of(updated)
            self.update_floatingip_status(context, id, updated["status"])
        return updated

    def disassociate_floatingips(self, context, port_id):  # noqa: ANN001, ANN201
        """Take the addresses off a port that goes away."""
        addresses = router_objects.FloatingIP.get_objects(context.elevated(), fixed_port_id=port_id)
        routers = super().disassociate_floatingips(context, port_id)
        for address in addresses:
            self.update_floatingip_status(context.elevated(), address.id, constants.FLOATINGIP_STATUS_DOWN)
        return routers


def _status_of(floating_ip: dict) -> str:
    return constants.FLOATINGIP_STATUS_ACTIVE if floating_ip.get("port_id") else constants.FLOATINGIP_STATUS_DOWN


def _send_nothing(self, event) -> None:  # noqa: ANN001
    """There is no Nova and no Placement to tell about segments."""


segments_plugin.NovaSegmentNotifier._send_notifications = _send_nothing  # noqa: SLF001
