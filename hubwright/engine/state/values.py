"""Property values in the form that the state keeps: as on the wire, but with encrypted secrets.

The ciphertext of a secret that did not change is written again as it was read, so that an unchanged state stays
byte for byte the same and nobody can tell from it when a secret was looked at.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import Any, Final

from hubwright.core.errors import StateError
from hubwright.engine.marshal import SECRET_SIGNATURE, SIGNATURE_KEY, object_fields, read_signed_object
from hubwright.engine.property_values import PropertyMap, PropertyValue, Secret, Unknown
from hubwright.engine.state.passphrase import PassphraseCrypter

_CIPHERTEXT: Final = "ciphertext"
_PLAINTEXT: Final = "plaintext"


class SecretsCache:
    """Encrypts and decrypts, remembering every pair of plain and cipher text of each resource."""

    def __init__(self, crypter: PassphraseCrypter) -> None:
        self.crypter = crypter
        self._lock = threading.Lock()
        self._ciphertexts: dict[tuple[str, str], str] = {}

    @property
    def used(self) -> bool:
        """Whether any secret went through, which is when the state needs a secrets provider."""
        return bool(self._ciphertexts)

    def encrypt(self, owner: str, plaintext: str) -> str:
        """Encrypt a secret of a resource, or give back the ciphertext it had."""
        with self._lock:
            known = self._ciphertexts.get((owner, plaintext))
            if known is None:
                known = self._ciphertexts[owner, plaintext] = self.crypter.encrypt(plaintext)
            return known

    def decrypt(self, owner: str, ciphertext: str) -> str:
        """Decrypt a secret of a resource and remember the pair."""
        plaintext = self.crypter.decrypt(ciphertext)
        with self._lock:
            self._ciphertexts.setdefault((owner, plaintext), ciphertext)
        return plaintext


def encode_properties(properties: Mapping[str, PropertyValue], secrets: SecretsCache, owner: str) -> dict[str, Any]:
    """Write properties for the state; `owner` is the resource's URN. Raises StateError on an unknown value."""
    return {key: _encode(value, secrets, owner) for key, value in properties.items()}


def _encode(value: PropertyValue, secrets: SecretsCache, owner: str) -> Any:
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (list, tuple)):
        return [_encode(item, secrets, owner) for item in value]
    if isinstance(value, Secret):
        plaintext = json.dumps(_encode(_plain(value), secrets, owner), separators=(",", ":"), ensure_ascii=False)
        return {SIGNATURE_KEY: SECRET_SIGNATURE, _CIPHERTEXT: secrets.encrypt(owner, plaintext)}
    if isinstance(value, Unknown):
        raise StateError(f"resource {owner} holds a value that is not known and cannot be saved")
    return {key: _encode(item, secrets, owner) for key, item in object_fields(value).items()}


def _plain(secret: Secret) -> PropertyValue:
    value = secret.value
    return _plain(value) if isinstance(value, Secret) else value


def decode_properties(stored: Mapping[str, Any], secrets: SecretsCache, owner: str) -> PropertyMap:
    """Read properties from the state and decrypt their secrets."""
    return {key: _decode(value, secrets, owner) for key, value in stored.items()}


def _decode(stored: Any, secrets: SecretsCache, owner: str) -> PropertyValue:
    if isinstance(stored, list):
        return [_decode(item, secrets, owner) for item in stored]
    if isinstance(stored, float) and stored.is_integer():
        return int(stored)
    if not isinstance(stored, dict):
        return stored
    signature = stored.get(SIGNATURE_KEY)
    if signature == SECRET_SIGNATURE:
        return Secret(_decode_secret(stored, secrets, owner))
    fields = decode_properties(stored, secrets, owner)
    return fields if signature is None else read_signed_object(signature, fields)


def _decode_secret(stored: Mapping[str, Any], secrets: SecretsCache, owner: str) -> PropertyValue:
    if _CIPHERTEXT in stored:
        plaintext = secrets.decrypt(owner, stored[_CIPHERTEXT])
    elif _PLAINTEXT in stored:
        plaintext = stored[_PLAINTEXT]
    else:
        raise StateError(f"resource {owner} has a secret without ciphertext")
    return _decode(json.loads(plaintext), secrets, owner)
