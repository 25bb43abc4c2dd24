"""DNS records: every host of the stack points at the load balancer's address."""

from __future__ import annotations

import pulumi
import pulumi_ovh as ovh

from hubwright.core.naming import subdomain
from hubwright.core.settings_cloud import DnsSettings


class DnsRecords(pulumi.ComponentResource):
    """One A record for each host. `records` maps host to address."""

    records: pulumi.Output[dict[str, str]]

    def __init__(
        self,
        name: str,
        *,
        dns: DnsSettings,
        address: pulumi.Output[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("hubwright:cloud:DnsRecords", name, None, opts)
        roles = {"hub": dns.hub_host, "binder": dns.binder_host}
        made = {
            host: ovh.domain.ZoneRecord(
                role,
                zone=dns.zone,
                subdomain=subdomain(host, dns.zone),
                fieldtype="A",
                ttl=dns.ttl_s,
                target=address,
                opts=pulumi.ResourceOptions(parent=self),
            )
            for role, host in roles.items()
            if host is not None
        }
        self.records = pulumi.Output.all(**{host: record.target for host, record in made.items()})
        self.register_outputs({"records": self.records})
