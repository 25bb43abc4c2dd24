"""The running services, through the client that the program's providers use, as an ordinary user."""

from __future__ import annotations

import os
import signal
import socket
import time
from pathlib import Path

import pytest
from openstack import exceptions

from hubwright.sandbox.openstack.configuration import SERVICES, read_configuration
from hubwright.sandbox.openstack.daemon import PROCESS_NAME, is_running, stop_openstack

pytestmark = [
    pytest.mark.contract,
    pytest.mark.timeout(300),
    pytest.mark.enable_socket,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::PendingDeprecationWarning:openstack.*"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def wait_gone(find, seconds=10):
    deadline = time.monotonic() + seconds
    while find() is not None:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_user_is_in_the_given_project(cloud, connection):
    assert connection.current_project_id == cloud.project_id


def test_balancer_with_floating_ip_lives_and_dies(connection):
    network, balancing = connection.network, connection.load_balancer
    net = network.create_network(name="private")
    subnet = network.create_subnet(network_id=net.id, cidr="10.0.0.0/24", ip_version=4)
    external = network.find_network("Ext-Net")
    router = network.create_router(name="gateway", external_gateway_info={"network_id": external.id})
    network.add_interface_to_router(router, subnet=subnet.id)
    flavor = balancing.find_flavor("small")
    balancer = balancing.create_load_balancer(name="lb", vip_subnet_id=subnet.id, flavor_id=flavor.id)
    listener = balancing.create_listener(loadbalancer_id=balancer.id, protocol="TCP", protocol_port=80)
    pool = balancing.create_pool(listener_id=listener.id, protocol="TCP", lb_algorithm="ROUND_ROBIN")
    balancing.create_member(pool, address="10.0.0.9", protocol_port=8080, subnet_id=subnet.id)
    balancing.create_health_monitor(pool_id=pool.id, type="TCP", delay=5, timeout=3, max_retries=3)
    found = balancing.get_load_balancer(balancer.id)
    assert (found.provisioning_status, found.operating_status) == ("ACTIVE", "ONLINE")

    address = network.create_ip(floating_network_id=external.id)
    assert network.get_ip(address.id).status == "DOWN"
    address = network.update_ip(address, port_id=found.vip_port_id)
    assert address.status == "ACTIVE"
    assert address.floating_ip_address.startswith("203.0.113.")
    assert [item.id for item in network.ips()] == [address.id]

    balancing.delete_load_balancer(balancer.id, cascade=True)
    wait_gone(lambda: balancing.find_load_balancer(balancer.id))
    assert network.find_port(found.vip_port_id) is None
    assert network.get_ip(address.id).status == "DOWN"
    assert not [*balancing.listeners(), *balancing.pools()]
    network.delete_ip(address)
    network.remove_interface_from_router(router, subnet=subnet.id)
    network.delete_router(router)
    network.delete_network(net)
    assert not list(network.ports())
    assert [item.name for item in network.networks()] == ["Ext-Net"]


def test_children_of_a_balancer_change_one_by_one(connection):
    network, balancing = connection.network, connection.load_balancer
    net = network.create_network(name="children")
    subnet = network.create_subnet(network_id=net.id, cidr="10.1.0.0/24", ip_version=4)
    balancer = balancing.create_load_balancer(name="children", vip_subnet_id=subnet.id)
    listener = balancing.create_listener(loadbalancer_id=balancer.id, protocol="HTTP", protocol_port=80)
    pool = balancing.create_pool(loadbalancer_id=balancer.id, protocol="HTTP", lb_algorithm="ROUND_ROBIN")
    member = balancing.create_member(pool, address="10.1.0.9", protocol_port=8080)
    policy = balancing.create_l7_policy(listener_id=listener.id, action="REDIRECT_TO_POOL", redirect_pool_id=pool.id)
    rule = balancing.create_l7_rule(policy, type="PATH", compare_type="STARTS_WITH", value="/x")
    for child in (
        balancing.get_l7_rule(rule.id, policy),
        balancing.get_l7_policy(policy.id),
        balancing.get_member(member.id, pool),
        balancing.update_listener(listener, name="renamed") and balancing.get_listener(listener.id),
    ):
        assert child.provisioning_status == "ACTIVE"
    balancing.delete_l7_rule(rule, l7_policy=policy)
    balancing.delete_l7_policy(policy)
    balancing.delete_member(member, pool)
    balancing.delete_pool(pool)
    balancing.delete_listener(listener)
    assert not [*balancing.listeners(), *balancing.pools(), *balancing.l7_policies()]
    balancing.delete_load_balancer(balancer.id)
    wait_gone(lambda: balancing.find_load_balancer(balancer.id))
    network.delete_network(net)


def test_what_only_administrators_may_is_refused(connection):
    with pytest.raises(exceptions.ForbiddenException):
        connection.identity.create_project(name="mine")
    with pytest.raises(exceptions.ForbiddenException):
        connection.network.create_network(name="mine", is_router_external=True)
    with pytest.raises(exceptions.ForbiddenException):
        connection.load_balancer.create_flavor(name="mine", flavor_profile_id="0" * 32)


def test_all_sizes_of_balancers_are_offered(connection):
    assert {flavor.name for flavor in connection.load_balancer.flavors()} == {"small", "medium", "large", "xl"}


def test_the_administrator_works_in_the_users_project(cloud, connection):
    admin = cloud.connect(cloud.endpoints.admin)
    made = admin.network.create_network(name="on behalf")
    assert connection.network.get_network(made.id).project_id == cloud.project_id
    connection.network.delete_network(made.id)
    admin.close()


def test_a_kill_and_a_taken_port_lose_no_data(cloud):
    before = cloud.connect()
    made = before.network.create_network(name="kept")
    before.close()
    record = cloud.processes.get(PROCESS_NAME)
    old_ports = read_configuration(cloud.folder).ports
    os.kill(record.pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        while True:
            try:
                squatter.bind(("127.0.0.1", old_ports["neutron"]))
                break
            except OSError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        squatter.listen()
        assert not is_running(cloud.folder, cloud.processes)
        cloud.start()
    new_ports = read_configuration(cloud.folder).ports
    assert new_ports["neutron"] != old_ports["neutron"]
    assert new_ports["keystone"] == old_ports["keystone"]
    after = cloud.connect()
    assert after.network.get_network(made.id).name == "kept"
    after.network.delete_network(made.id)
    after.close()


def test_a_second_start_keeps_the_running_daemon(cloud):
    pid = cloud.processes.get(PROCESS_NAME).pid
    cloud.start()
    assert cloud.processes.get(PROCESS_NAME).pid == pid


def test_no_password_is_in_a_log_or_an_argument(cloud):
    configuration = read_configuration(cloud.folder)
    logs = "".join(path.read_text(errors="replace") for path in (cloud.folder / "logs").iterdir())
    arguments = Path(f"/proc/{cloud.processes.get(PROCESS_NAME).pid}/cmdline").read_text()
    assert not [name for name, password in configuration.passwords.items() if password in logs + arguments]
    assert (cloud.folder / "credentials.json").stat().st_mode & 0o077 == 0
    assert all(configuration.conf_path(service).stat().st_mode & 0o077 == 0 for service in SERVICES)


def test_stop_leaves_no_listener(cloud):
    assert stop_openstack(cloud.processes)
    for port in read_configuration(cloud.folder).ports.values():
        with socket.socket() as client:
            assert client.connect_ex(("127.0.0.1", port)) != 0
    assert not stop_openstack(cloud.processes)
