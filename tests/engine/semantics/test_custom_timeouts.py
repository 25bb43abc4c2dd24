"""`customTimeouts`: passed to the provider as seconds, stored as float seconds."""

from __future__ import annotations

from pulumi import CustomTimeouts, ResourceOptions

from tests.engine.cloud import CloudDouble, StackUnderTest, Thing

TIMEOUTS = CustomTimeouts(create="1h30m", update="90s", delete="500ms")


class Watching(CloudDouble):
    seen: list = []

    def create(self, token, inputs, context):
        self.seen.append(("create", context.timeout_s))
        return super().create(token, inputs, context)

    def update(self, token, id, old_inputs, old_outputs, new_inputs, context):
        self.seen.append(("update", context.timeout_s))
        return super().update(token, id, old_inputs, old_outputs, new_inputs, context)

    def delete(self, token, id, inputs, outputs, context):
        self.seen.append(("delete", context.timeout_s))
        return super().delete(token, id, inputs, outputs, context)


def test_each_operation_gets_its_own(stack: StackUnderTest):
    Watching.seen.clear()
    providers = {"cloud": lambda _inputs: Watching(stack.cloud)}
    stack.up(lambda: Thing("a", size=1, opts=ResourceOptions(custom_timeouts=TIMEOUTS)), providers=providers)
    assert stack.record("a")["customTimeouts"] == {"create": 5400.0, "update": 90.0, "delete": 0.5}
    stack.up(lambda: Thing("a", size=2, opts=ResourceOptions(custom_timeouts=TIMEOUTS)), providers=providers)
    stack.up(lambda: None, providers=providers)
    assert Watching.seen == [("create", 5400.0), ("update", 90.0), ("delete", 0.5)]


def test_without_them_the_provider_has_its_own(stack: StackUnderTest):
    Watching.seen.clear()
    stack.up(lambda: Thing("a"), providers={"cloud": lambda _inputs: Watching(stack.cloud)})
    assert Watching.seen == [("create", None)]
    assert "customTimeouts" not in stack.record("a")
