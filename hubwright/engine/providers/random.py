"""The `random` package: values made once, kept in the state, and made anew only when an input changes.

Output names, defaults and ids are those of pulumi-random: a password's id is the word ``none``, a string's is the
string. Every input forces replacement; `keepers` is what users set for that.
"""

from __future__ import annotations

import base64
import secrets
import string
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from hubwright.core.errors import UnsupportedError
from hubwright.engine.property_values import UNKNOWN, PropertyMap, PropertyValue
from hubwright.engine.providers.base import (
    CheckFailure,
    CheckResult,
    DiffResult,
    OperationContext,
    ResourceState,
)

_PASSWORD_ID: Final = "none"  # noqa: S105 - what the official plugin writes
_SPECIAL: Final = "!@#$%&*()-_=+[]{}<>:?"
_BCRYPT_BYTES: Final = 72
_BCRYPT_ROUNDS: Final = 10

_TEXT_DEFAULTS: Final = {
    "lower": True,
    "minLower": 0,
    "minNumeric": 0,
    "minSpecial": 0,
    "minUpper": 0,
    "special": True,
    "upper": True,
}
_CLASSES: Final = (
    ("lower", "minLower", string.ascii_lowercase),
    ("upper", "minUpper", string.ascii_uppercase),
    ("numeric", "minNumeric", string.digits),
)


@dataclass(frozen=True, slots=True)
class RandomType:
    """One type: how to make it (outputs and id), its inputs, and which outputs are secret."""

    make: Callable[[PropertyMap], tuple[str, PropertyMap]]
    required: Sequence[str]
    optional: Sequence[str] = ()
    integers: Sequence[str] = ()
    defaults: Mapping[str, PropertyValue] = field(default_factory=dict)
    secret: frozenset[str] = frozenset()


def _text(inputs: PropertyMap) -> tuple[str, PropertyMap]:
    """Draw characters: the asked minimum of each class first, the rest of all, then shuffled."""
    chosen: list[str] = []
    alphabet = ""
    special = inputs.get("overrideSpecial") or _SPECIAL
    for flag, minimum, characters in (*_CLASSES, ("special", "minSpecial", special)):
        if inputs[flag]:
            alphabet += characters
        chosen += [secrets.choice(characters) for _ in range(inputs[minimum])]
    chosen += [secrets.choice(alphabet) for _ in range(inputs["length"] - len(chosen))]
    secrets.SystemRandom().shuffle(chosen)
    result = "".join(chosen)
    return result, {"result": result}


def _password(inputs: PropertyMap) -> tuple[str, PropertyMap]:
    import bcrypt

    result, outputs = _text(inputs)
    hashed = bcrypt.hashpw(result.encode()[:_BCRYPT_BYTES], bcrypt.gensalt(_BCRYPT_ROUNDS))
    return _PASSWORD_ID, {**outputs, "bcryptHash": hashed.decode()}


def _bytes(inputs: PropertyMap) -> tuple[str, PropertyMap]:
    drawn = secrets.token_bytes(inputs["length"])
    text = base64.b64encode(drawn).decode()
    return text, {"base64": text, "hex": drawn.hex()}


def _id(inputs: PropertyMap) -> tuple[str, PropertyMap]:
    drawn = secrets.token_bytes(inputs["byteLength"])
    prefix = inputs.get("prefix") or ""
    url = base64.urlsafe_b64encode(drawn).decode().rstrip("=")
    outputs = {
        "b64Std": prefix + base64.b64encode(drawn).decode(),
        "b64Url": prefix + url,
        "dec": prefix + str(int.from_bytes(drawn)),
        "hex": prefix + drawn.hex(),
    }
    return url, outputs


def _integer(inputs: PropertyMap) -> tuple[str, PropertyMap]:
    drawn = inputs["min"] + secrets.randbelow(inputs["max"] - inputs["min"] + 1)
    return str(drawn), {"result": drawn}


def _uuid(_inputs: PropertyMap) -> tuple[str, PropertyMap]:
    drawn = str(uuid.uuid4())
    return drawn, {"result": drawn}


_TEXT_OPTIONAL: Final = ("number", "numeric", "overrideSpecial", "keepers", *_TEXT_DEFAULTS)
_TEXT_INTEGERS: Final = ("length", "minLower", "minNumeric", "minSpecial", "minUpper")
_TYPES: Final[Mapping[str, RandomType]] = {
    "random:index/randomPassword:RandomPassword": RandomType(
        _password, ["length"], _TEXT_OPTIONAL, _TEXT_INTEGERS, _TEXT_DEFAULTS, frozenset({"result", "bcryptHash"})
    ),
    "random:index/randomString:RandomString": RandomType(
        _text, ["length"], _TEXT_OPTIONAL, _TEXT_INTEGERS, _TEXT_DEFAULTS
    ),
    "random:index/randomBytes:RandomBytes": RandomType(
        _bytes, ["length"], ["keepers"], ["length"], secret=frozenset({"base64", "hex"})
    ),
    "random:index/randomId:RandomId": RandomType(_id, ["byteLength"], ["keepers", "prefix"], ["byteLength"]),
    "random:index/randomInteger:RandomInteger": RandomType(_integer, ["min", "max"], ["keepers"], ["min", "max"]),
    "random:index/randomUuid:RandomUuid": RandomType(_uuid, [], ["keepers"]),
}


class RandomProvider:
    """Makes random values; there is nothing outside the state to read or delete."""

    def check(
        self, token: str, olds: PropertyMap | None, news: PropertyMap, name: str, context: OperationContext
    ) -> CheckResult:
        """Validate inputs; the defaults of the official plugin show in the outputs only."""
        del olds, name, context
        declared = _TYPES[token]
        known = {*declared.required, *declared.optional}
        failures = [CheckFailure(key, "is not an input of this type") for key in news if key not in known]
        failures += [CheckFailure(key, "is required") for key in declared.required if news.get(key) is None]
        failures += _number_failures(declared, news)
        if not failures and "length" in news:
            failures += _length_failures(declared, news)
        return CheckResult(dict(news), failures)

    def diff(
        self,
        token: str,
        id: str,
        old_inputs: PropertyMap,
        old_outputs: PropertyMap,
        new_inputs: PropertyMap,
        context: OperationContext,
    ) -> DiffResult:
        """Replace when any input changed, defaults counted as if written out."""
        del id, old_outputs, context
        old, new = _completed(token, old_inputs), _completed(token, new_inputs)
        changed = sorted(key for key in {*old, *new} if old.get(key) != new.get(key))
        return DiffResult(changed, changed)

    def create(self, token: str, inputs: PropertyMap, context: OperationContext) -> ResourceState:
        """Draw the value."""
        del context
        complete = _completed(token, inputs)
        id_, drawn = _TYPES[token].make(complete)
        return ResourceState(id_, {**complete, **drawn})

    def read(
        self, token: str, id: str, inputs: PropertyMap, outputs: PropertyMap, context: OperationContext
    ) -> ResourceState | None:
        """Return what the state knows: it is all there is."""
        del token, context
        return ResourceState(id, outputs, inputs)

    def update(
        self,
        token: str,
        id: str,
        old_inputs: PropertyMap,
        old_outputs: PropertyMap,
        new_inputs: PropertyMap,
        context: OperationContext,
    ) -> ResourceState:
        """Keep the value; only inputs that do not matter can differ here."""
        del old_inputs, context
        return ResourceState(id, {**old_outputs, **_completed(token, new_inputs)})

    def delete(self, token: str, id: str, inputs: PropertyMap, outputs: PropertyMap, context: OperationContext) -> None:
        """Forget it."""

    def invoke(self, token: str, arguments: PropertyMap, context: OperationContext) -> PropertyMap:
        """Refuse: the package has no functions."""
        raise UnsupportedError(f"function {token} is not supported by the embedded engine")

    def secret_outputs(self, token: str) -> frozenset[str]:
        """Return the outputs that are always secret."""
        return _TYPES[token].secret

    def supports(self, token: str) -> bool:
        """Tell whether the type is here."""
        return token in _TYPES

    def types(self) -> Sequence[str]:
        """List the types."""
        return tuple(_TYPES)


def _completed(token: str, inputs: PropertyMap) -> PropertyMap:
    given = {key: value for key, value in inputs.items() if value is not None}
    declared = _TYPES[token]
    complete: dict[str, Any] = {**declared.defaults, **given}
    if "lower" in declared.defaults:
        numeric = given.get("numeric", given.get("number", True))
        complete |= {"numeric": numeric, "number": numeric}
    return complete


def _number_failures(declared: RandomType, news: PropertyMap) -> list[CheckFailure]:
    return [
        CheckFailure(key, "must be a whole number")
        for key in declared.integers
        if news.get(key) is not None and news[key] is not UNKNOWN and type(news[key]) is not int
    ]


def _length_failures(declared: RandomType, news: PropertyMap) -> list[CheckFailure]:
    length = news["length"]
    asked = [news.get(key) or 0 for key in ("minLower", "minUpper", "minNumeric", "minSpecial")]
    if UNKNOWN in (length, *asked):
        return []
    if length < max(1, sum(asked)):
        return [CheckFailure("length", "must be at least 1 and not below the sum of the minimums")]
    flags = {**_TEXT_DEFAULTS, "numeric": news.get("numeric", news.get("number", True)), **news}
    if "lower" in declared.defaults and not any(flags[key] for key in ("lower", "upper", "numeric", "special")):
        return [CheckFailure("length", "no class of characters is allowed")]
    return []


def create_provider(inputs: PropertyMap) -> RandomProvider:
    """Return the provider; it has no configuration."""
    del inputs
    return RandomProvider()
