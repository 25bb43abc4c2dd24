"""Dynamic resources that write down every call; `edition` says which of the edits the program has.

Every resource's option is one that an engine has to decide on; the calls tell what it decided, and in which order.
"""

from pathlib import Path

import pulumi
from pulumi import Alias, ResourceOptions
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult

config = pulumi.Config()
edition = config.get_int("edition") or 1
LOG = str(Path(__file__).parent / "calls.log")


class Recorder(ResourceProvider):
    """A change of `key` replaces, of `first` deletes before it replaces, of anything else updates."""

    def _note(self, call, props):
        with open(LOG, "a") as file:
            file.write(f"{call} {props['label']}\n")

    def create(self, props):
        self._note("create", props)
        return CreateResult(f"id-{props['label']}", {**props, "made": f"{props['key']}/{props['first']}"})

    def diff(self, _id, olds, news):
        changed = [key for key in ("key", "first", "size", "label") if olds.get(key) != news.get(key)]
        replaces = [key for key in changed if key in ("key", "first")]
        return DiffResult(changes=bool(changed), replaces=replaces, delete_before_replace="first" in changed)

    def read(self, id_, props):
        found = {"label": id_.removeprefix("id-"), "key": 1, "first": 1, "size": 1, "made": "1/1"} | props
        self._note("read", found)
        return ReadResult(id_, found)

    def update(self, _id, _olds, props):
        self._note("update", props)
        return UpdateResult({**props, "made": f"{props['key']}/{props['first']}"})

    def delete(self, _id, props):
        self._note("delete", props)


class Recorded(Resource):
    """A recorded resource."""

    made: pulumi.Output[str]

    def __init__(self, name, opts=None, *, key=1, first=1, size=1):
        inputs = {"label": name, "key": key, "first": first, "size": size, "made": None}
        super().__init__(Recorder(), name, inputs, opts)


class Group(pulumi.ComponentResource):
    """A component with one child."""

    def __init__(self, name, opts=None):
        super().__init__("semantics:index:Group", name, None, opts)
        self.child = Recorded(f"{name}-child", ResourceOptions(parent=self))
        self.register_outputs({})


plain = Recorded("plain", key=edition)
user = Recorded("user", size=plain.made)
before = Recorded("before", first=edition)
follows = Recorded("follows", key=before.made)
stays = Recorded("stays", size=before.made)
waits = Recorded("waits", ResourceOptions(depends_on=[before, Group("waited")]))
container = Recorded("container", key=edition)
content = Recorded("content", ResourceOptions(deleted_with=container))
ignoring = Recorded("ignoring", ResourceOptions(ignore_changes=["size"]), size=edition)
guarded = Recorded("guarded", ResourceOptions(protect=edition == 1), key=edition)
retained = Recorded("retained", ResourceOptions(retain_on_delete=True), key=edition)
if edition == 1:
    group = Group("group")
    dropped = Recorded("dropped-dependent", size=Recorded("dropped").made)
else:
    group = Group("renamed", ResourceOptions(aliases=[Alias(name="group")]))
    made = Recorded("new", size=user.made)

pulumi.export("made", plain.made)
