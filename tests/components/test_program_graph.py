from __future__ import annotations

from dataclasses import replace

import pytest

from hubwright.core.charts import Chart
from hubwright.core.errors import HubwrightError, ValuesError
from hubwright.workflows import deployed_facts


def test_registry_load_balancer_and_dns_are_made_beside_the_cluster(run_program):
    graph = run_program()
    for name, kind in (("registry", "ovh:"), ("load-balancer", "openstack:"), ("hub", "zoneRecord"), ("user", "User")):
        reached = graph.reaches(graph.named(name, kind))
        assert "Kube" not in reached
        assert "KubeNodePool" not in reached


def test_releases_wait_for_nodes_load_balancer_and_registry(run_program):
    graph = run_program()
    hub = next(r for r in graph.registrations.values() if r.name == "release" and "Hub" in r.parent)
    wanted = {"Kube", "KubeNodePool", "LoadBalancer", "FloatingIp", "ContainerRegistryUser", "RandomBytes", "Namespace"}
    assert wanted <= graph.reaches(hub)


def test_ingress_does_not_wait_for_the_registry(run_program):
    graph = run_program()
    ingress = next(r for r in graph.registrations.values() if r.name == "release" and "Ingress" in r.parent)
    assert "ContainerRegistry" not in graph.reaches(ingress)
    assert {"FloatingIp", "KubeNodePool"} <= graph.reaches(ingress)


def test_every_resource_but_components_and_the_provider_has_a_component_as_parent(run_program):
    graph = run_program()
    for resource in graph.registrations.values():
        if not resource.type.startswith(("hubwright:", "pulumi:")):
            assert "$hubwright:" in resource.parent or "::hubwright:" in resource.parent, resource


def test_the_cluster_gets_the_openstack_id_of_the_network_not_ovhs_own(run_program):
    assert run_program().named("cluster", "Kube").inputs["privateNetworkId"] == "net-uuid"


def test_binderhub_needs_always_pull_images_off(run_program):
    plugins = run_program().named("cluster", "Kube").inputs["customizationApiservers"][0]["admissionplugins"][0]
    assert plugins == {"disableds": ["AlwaysPullImages"], "enableds": ["NodeRestriction"]}


def test_load_balancer_waits_for_the_gateway(run_program):
    graph = run_program()
    assert "Gateway" in graph.reaches(graph.named("load-balancer", "openstack:"))
    assert "Gateway" in graph.reaches(graph.named("floating-ip"))


def test_a_registry_in_another_region_is_another_registry(run_program):
    assert run_program().named("registry", "ovh:").replace_on_changes == ("region", "serviceName")


def test_the_cloud_owns_the_size_of_an_autoscaled_pool(run_program):
    graph = run_program()
    assert graph.named("user", "KubeNodePool").ignore_changes == ("desiredNodes",)
    assert graph.named("core", "KubeNodePool").ignore_changes == ()


def test_pools_are_named_with_their_flavor_and_carry_the_purpose(run_program):
    pool = run_program().named("build", "KubeNodePool").inputs
    assert pool["name"] == "build-b3-8"
    assert pool["template"]["metadata"]["labels"] == {"hub.jupyter.org/node-purpose": "build"}
    assert pool["template"]["spec"]["taints"][0]["key"] == "hub.jupyter.org/dedicated"


@pytest.mark.parametrize("protect", [True, False])
def test_protect_covers_cluster_pools_and_registry(run_program, settings, protect):
    graph = run_program(using=settings.model_copy(update={"protect": protect}))
    kinds = {"Kube", "KubeNodePool", "ContainerRegistry"}
    guarded = [r for r in graph.registrations.values() if r.type.startswith("ovh:") and r.type.split(":")[-1] in kinds]
    assert len(guarded) == 5
    assert {r.protect for r in guarded} == {protect}


def test_a_node_pool_in_error_fails_the_program_and_no_release_is_declared(run_program):
    answers = {"ovh:CloudProject/kubeNodePool:KubeNodePool": {"status": "ERROR"}}
    with pytest.raises(Exception, match="status ERROR, not READY"):
        run_program(answers=answers)


def test_dns_records_point_at_the_floating_ip(run_program):
    record = run_program().named("binder", "zoneRecord").inputs
    assert record == {
        "fieldtype": "A",
        "subdomain": "binder.local",
        "target": "203.0.113.7",
        "ttl": 60,
        "zone": "hubwright-sandbox.test",
    }


def test_the_hubs_values_are_secret_as_a_whole(run_program):
    graph = run_program()
    hub = next(r for r in graph.registrations.values() if r.name == "release" and "Hub" in r.parent)
    assert hub.secrets == {"values"}


def test_the_binderhub_is_wired_to_registry_and_hosts(run_program):
    graph = run_program()
    hub = next(r for r in graph.registrations.values() if r.name == "release" and "Hub" in r.parent)
    config = hub.inputs["values"]["value"]["config"]
    assert config["BinderHub"]["image_prefix"] == "abc.gra.example/binder/binder-"
    assert config["DockerRegistry"]["token_url"].endswith("/service/token?service=harbor-registry")
    assert config["BinderHub"]["hub_url"] == "http://hub.local.hubwright-sandbox.test/"


def test_builds_push_with_one_robot_and_user_pods_pull_with_another(run_program):
    graph = run_program()
    hub = next(r for r in graph.registrations.values() if r.name == "release" and "Hub" in r.parent)
    values = hub.inputs["values"]["value"]
    assert values["registry"]["username"] == "robot$binder+builder"
    assert values["jupyterhub"]["imagePullSecret"]["username"] == "robot$binder+puller"
    assert graph.named("puller").inputs["rights"] == ["repository:pull"]


def test_nothing_in_the_registry_comes_before_harbor_is_healthy(run_program):
    graph = run_program()
    for name in ("project", "builder", "puller", "retention", "garbage-collection"):
        assert "Health" in graph.reaches(graph.named(name, "harbor:"))


def test_a_culler_and_protected_tags_are_made_when_asked_for(run_program, settings):
    registry = settings.registry.model_copy(update={"culler": True, "protected_tags": "v*"})
    graph = run_program(using=settings.model_copy(update={"registry": registry}))
    assert graph.named("culler").inputs["role_id"] == 4
    assert graph.named("protected-tags").inputs["tags"] == "v*"
    assert "connection" in {path.partition(".")[0] for path in graph.named("culler").secrets}


def test_the_ingress_service_adopts_the_load_balancer(run_program):
    graph = run_program()
    ingress = next(r for r in graph.registrations.values() if r.name == "release" and "Ingress" in r.parent)
    annotations = ingress.inputs["values"]["service"]["annotations"]
    assert annotations["loadbalancer.openstack.org/load-balancer-id"] == "load-balancer-id"
    assert annotations["loadbalancer.openstack.org/timeout-client-data"] == "3600000"


def test_no_path_of_this_machine_enters_the_state(run_program, project_folder):
    for resource in run_program().registrations.values():
        assert str(project_folder) not in str(resource.inputs)


def test_wrong_values_stop_the_program_before_anything_of_the_release_is_declared(run_program, charts):
    schema = {
        "type": "object",
        "properties": {"service": {"type": "object", "properties": {"type": {"const": "NodePort"}}}},
    }
    strict = replace(charts, read_chart=lambda path: Chart(path.name, "0.0.0", schema=schema))
    with pytest.raises(ValuesError, match=r"service\.type"):
        run_program(catalog=strict)


def test_stack_outputs(run_program):
    exports = run_program().exports
    assert exports["hub_url"] == "http://hub.local.hubwright-sandbox.test/"
    assert exports["binder_url"] == "http://binder.local.hubwright-sandbox.test/"
    assert exports["chart_source"] == "stand-in"


def test_a_chart_without_a_stand_in_is_refused(charts):
    with pytest.raises(HubwrightError, match="no stand-in for the chart 'grafana'"):
        charts.choose("grafana")


def test_what_commands_look_up_in_the_state_is_there(run_program):
    graph = run_program()
    made = {resource.name for resource in graph.registrations.values() if resource.type.endswith(":RandomBytes")}
    assert made == set(deployed_facts.SECRET_RESOURCES.values())
    assert {"registry_url", "registry_username", "registry_password", "load_balancer_id"} <= graph.exports.keys()


def test_builds_are_isolated_before_the_hub_can_start_one(run_program):
    graph = run_program()
    policy = graph.named("image-builds")
    assert policy.inputs["spec"]["podSelector"]["matchExpressions"][0]["values"][0] == "binderhub-build"
    hub = next(r for r in graph.registrations.values() if r.name == "release" and "Hub" in r.parent)
    assert "NetworkPolicy" in graph.reaches(hub)
