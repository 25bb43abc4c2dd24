"""Random values, components, a dynamic resource, secrets and the resource options that leave traces in the state.

`edition` 2 moves things about: a renamed component, a changed value, one resource less.
"""

import pulumi
import pulumi_random as random
from pulumi.dynamic import CreateResult, ReadResult, Resource, ResourceProvider, UpdateResult

config = pulumi.Config()
edition = config.get_int("edition") or 1


class NoteProvider(ResourceProvider):
    """Keeps a note in the state."""

    def create(self, props):
        return CreateResult("note-1", {**props, "length": len(props["text"])})

    def read(self, id_, props):
        return ReadResult(id_, props)

    def update(self, _id, _olds, props):
        return UpdateResult({**props, "length": len(props["text"])})


class Note(Resource):
    """A dynamic resource."""

    length: pulumi.Output[int]

    def __init__(self, name, text, opts=None):
        super().__init__(NoteProvider(), name, {"text": text, "length": None}, opts)


class Group(pulumi.ComponentResource):
    """A component with children and outputs, one of them a secret within a list."""

    def __init__(self, name, opts=None):
        super().__init__("takeover:index:Group", name, {"size": 2}, opts)
        self.pet = random.RandomString("pet", length=8, special=False, opts=pulumi.ResourceOptions(parent=self))
        self.inner = Inner("inner", opts=pulumi.ResourceOptions(parent=self))
        self.register_outputs({"pet": self.pet.result, "mixed": [1, None, pulumi.Output.secret("hidden"), 2.5]})


class Inner(pulumi.ComponentResource):
    """A component within a component."""

    def __init__(self, name, opts=None):
        super().__init__("takeover:index:Inner", name, {}, opts)
        self.number = random.RandomInteger("number", min=1, max=9, opts=pulumi.ResourceOptions(parent=self))
        self.register_outputs({})


if edition == 1:
    group = Group("group")
else:
    group = Group("renamed", pulumi.ResourceOptions(aliases=[pulumi.Alias(name="group")]))
own = random.Provider("own")
password = random.RandomPassword("password", length=16, min_special=2, override_special="!%")
identity = random.RandomId(
    "identity",
    byte_length=6,
    prefix="id-",
    keepers={"with": group.pet.result, "edition": "one"},
    opts=pulumi.ResourceOptions(provider=own, depends_on=[password], ignore_changes=["keepers"]),
)
uuid = random.RandomUuid("uuid", opts=pulumi.ResourceOptions(deleted_with=group, retain_on_delete=True))
drawn = random.RandomBytes("drawn", length=8, keepers={"secret": password.result})
guarded = random.RandomString(
    "guarded",
    length=5,
    opts=pulumi.ResourceOptions(
        protect=config.get_bool("protect"),
        additional_secret_outputs=["result"],
        custom_timeouts=pulumi.CustomTimeouts(create="90s", delete="1h30m"),
    ),
)
note = Note("note", pulumi.Output.concat("edition ", str(edition), " of ", group.pet.result))
quiet = Note("quiet", pulumi.Output.secret("nobody sees this"), pulumi.ResourceOptions(parent=group))
if edition == 1:
    random.RandomUuid("dropped")

pulumi.export("identity", identity.hex)
pulumi.export("password", password.result)
pulumi.export("nested", {"list": [uuid.result, drawn.hex, None], "number": group.inner.number.result, "real": 2.5})
pulumi.export("length", note.length)
