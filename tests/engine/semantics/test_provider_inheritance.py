"""Providers: inherited from parents, made by default from the configuration, updated; replaced with all they made."""

from __future__ import annotations

import pulumi
from pulumi import ResourceOptions

from hubwright.engine.property_values import UNKNOWN
from tests.engine.cloud import CloudDouble, CloudProvider, StackUnderTest, Thing, operations


class Group(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("my:index:Group", name, None, opts)
        Thing("child", opts=ResourceOptions(parent=self))


class Regional:
    """A factory whose providers are tied to their region, as Kubernetes' are to their cluster."""

    def __init__(self, stack: StackUnderTest):
        self.stack = stack

    def __call__(self, inputs):
        self.stack.cloud.configurations.append(inputs)
        return InRegion(self.stack.cloud, inputs.get("region"))

    def replacing_inputs(self, old, new):
        return ["region"] if old.get("region") != new.get("region") else []


class InRegion(CloudDouble):
    def __init__(self, cloud, region):
        super().__init__(cloud)
        self.region = region

    def _outputs(self, inputs, id_):
        return {**super()._outputs(inputs, id_), "region": self.region}

    def delete(self, token, id, inputs, outputs, context):
        assert outputs["region"] == self.region
        super().delete(token, id, inputs, outputs, context)


def test_children_use_the_provider_of_their_parent(stack: StackUnderTest):
    def program(region):
        provider = CloudProvider("there", region=region, token=pulumi.Output.secret("t0ken"))
        Group("g", opts=ResourceOptions(providers=[provider]))

    stack.up(lambda: program("A"))
    assert stack.cloud.configurations == [{"region": "A", "token": "t0ken"}]
    assert operations(stack.up(lambda: program("B"))) == {"update": 1}
    assert stack.cloud.configurations[-1]["region"] == "B"
    assert "default" not in stack.file.read_text()
    assert "t0ken" not in stack.file.read_text()


def test_a_preview_may_use_a_provider_that_is_yet_to_be_made(stack: StackUnderTest):
    def program():
        Thing("a", opts=ResourceOptions(provider=CloudProvider("there", region=Thing("first").address)))

    assert operations(stack.preview(program)) == {"create": 5}


def test_default_providers_take_the_stacks_configuration(stack: StackUnderTest):
    stack.config = {"cloud:region": "GRA9", "other:key": "x"}
    stack.up(lambda: Thing("a", opts=ResourceOptions(version="5.5.3")))
    assert stack.cloud.configurations == [{"region": "GRA9"}]
    assert "pulumi:providers:cloud::default_5_5_3" in stack.file.read_text()


def test_another_version_of_the_default_provider_replaces_nothing(stack: StackUnderTest):
    stack.up(lambda: Thing("a", opts=ResourceOptions(version="1.0.0")))
    result = stack.up(lambda: Thing("a", opts=ResourceOptions(version="2.0.0")))
    assert operations(result) == {"create": 1, "delete": 1}
    assert stack.cloud.calls == []
    assert "default_2_0_0" in stack.record("a")["provider"]


def test_nor_does_an_explicit_one_for_the_same_place(stack: StackUnderTest):
    stack.up(lambda: Thing("a"))
    stack.up(lambda: Thing("a", opts=ResourceOptions(provider=CloudProvider("there"))))
    assert stack.cloud.calls == []
    assert "::there::" in stack.record("a")["provider"]


def regional(region):
    return lambda: Thing("a", opts=ResourceOptions(provider=CloudProvider("there", region=region)))


def test_a_provider_that_moves_replaces_what_it_made(stack: StackUnderTest):
    providers = {"cloud": Regional(stack)}
    stack.up(regional("A"), providers=providers)
    result = stack.up(regional("B"), providers=providers)
    assert operations(result) == {"replace": 2}
    assert stack.cloud.changes() == ["create a", "delete a"]  # the delete by the old provider, see InRegion
    assert [thing["region"] for thing in stack.cloud.things.values()] == ["B"]
    assert not stack.up(regional("B"), providers=providers).changes


def test_a_place_that_only_an_update_knows_may_be_another_one(stack: StackUnderTest):
    def program(size):
        first = Thing("first", size=size, fixed=size)
        Thing("a", opts=ResourceOptions(provider=CloudProvider("there", region=first.address)))

    providers = {"cloud": Regional(stack)}
    stack.up(lambda: program(1), providers=providers)
    assert operations(stack.preview(lambda: program(2), providers=providers)) == {"replace": 3}
    assert UNKNOWN not in [inputs.get("region") for inputs in stack.cloud.configurations[:2]]


def test_deleting_first_what_a_provider_lives_on_deletes_all_it_made(stack: StackUnderTest):
    def program(value):
        first = Thing("first", fixed=value, opts=ResourceOptions(delete_before_replace=True))
        Thing("a", opts=ResourceOptions(provider=CloudProvider("there", region=first.address)))

    providers = {"cloud": Regional(stack)}
    stack.up(lambda: program("x"), providers=providers)
    stack.up(lambda: program("y"), providers=providers)
    assert stack.cloud.changes() == ["delete a", "delete first", "create first", "create a"]
