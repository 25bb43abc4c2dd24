"""Ports without hypervisors or agents: bound at once, and ACTIVE where the network itself owns them."""

from __future__ import annotations

from neutron_lib import constants
from neutron_lib.api.definitions import portbindings
from neutron_lib.plugins import directory
from neutron_lib.plugins.ml2 import api


class SandboxMechanismDriver(api.MechanismDriver):
    """Binds each port to the first segment offered.

    A port on no host stays DOWN, as in a real cloud: that goes for ports that nothing has plugged in, and for VIPs.
    """

    def initialize(self) -> None:
        """Nothing to connect to."""

    @property
    def connectivity(self) -> str:
        """What bound ports give."""
        return portbindings.CONNECTIVITY_L2

    def try_to_bind_segment_for_agent(self, context, segment, agent) -> bool:  # noqa: ANN001
        """No agent has a say."""
        return False

    def bind_port(self, context) -> None:  # noqa: ANN001
        """Bind to the first segment."""
        for segment in context.segments_to_bind[:1]:
            details = {portbindings.CAP_PORT_FILTER: True}
            context.set_binding(segment[api.ID], portbindings.VIF_TYPE_OVS, details, status=constants.PORT_STATUS_ACTIVE)

    def create_port_postcommit(self, context) -> None:  # noqa: ANN001
        """Bring up a router's and other network-owned ports, as the agent would."""
        port = context.current
        if port["device_owner"].startswith(constants.DEVICE_OWNER_NETWORK_PREFIX):
            plugin_context = context._plugin_context  # noqa: SLF001 - the drivers' API has no public one
            directory.get_plugin().update_port_status(plugin_context, port["id"], constants.PORT_STATUS_ACTIVE)
            port["status"] = constants.PORT_STATUS_ACTIVE
