"""Pulumi's passphrase secrets: PBKDF2-HMAC-SHA256 for the key, AES-256-GCM for each value.

A ciphertext reads ``v1:<base64 nonce>:<base64 data and tag>``; the salt that the state keeps reads
``v1:<base64 salt>:<ciphertext of "pulumi">``, so that a wrong passphrase is noticed. See Pulumi's
"pkg/secrets/passphrase" and "sdk/go/common/resource/config/crypt.go". The derivation takes about half a second, so it
happens on first use, once a process for each passphrase and salt, and `warm_up` starts it beside other work.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import threading
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hubwright.core.errors import AuthenticationError, ConfigError, StateError

_ITERATIONS: Final = 1_000_000
_SALT_BYTES: Final = 8
_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_VERSION: Final = "v1"
_KNOWN_PLAINTEXT: Final = "pulumi"
_CIPHERTEXT_PARTS: Final = 3


class PassphraseCrypter:
    """Encrypts and decrypts with a key derived from a passphrase; safe to use from many threads.

    `salt_state` is what the state or `encryptionsalt` of the stack's settings file holds; None makes a new salt.
    `passphrase` is called at most once, and only when a secret is read or written.
    """

    def __init__(self, passphrase: Callable[[], str], salt_state: str | None = None) -> None:
        self._passphrase = passphrase
        self._salt_state = salt_state
        self._lock = threading.Lock()
        self._cipher: AESGCM | None = None

    @property
    def salt_state(self) -> str:
        """The salt with its check value, as it is stored. Derives the key when the salt is new."""
        self._open()
        assert self._salt_state is not None
        return self._salt_state

    def warm_up(self) -> None:
        """Start the derivation in the background; its errors show on first use."""
        threading.Thread(target=self._open_quietly, name="derive-key", daemon=True).start()

    def encrypt(self, plaintext: str) -> str:
        """Encrypt a text with a fresh nonce."""
        return _seal(self._open(), plaintext)

    def decrypt(self, ciphertext: str) -> str:
        """Decrypt a text; raises StateError when it is damaged or made with another key."""
        try:
            return _unseal(self._open(), ciphertext)
        except (InvalidTag, ValueError, binascii.Error) as error:
            raise StateError(
                "a secret in the state cannot be decrypted",
                hint="it was encrypted with another passphrase or is damaged; restore the state's .bak file",
            ) from error

    def _open_quietly(self) -> None:
        try:
            self._open()
        except Exception:  # noqa: BLE001, S110 - whoever needs the key gets the same error, with its context
            pass

    def _open(self) -> AESGCM:
        with self._lock:
            if self._cipher is None:
                self._cipher = self._derive()
            return self._cipher

    def _derive(self) -> AESGCM:
        if self._salt_state is None:
            passphrase = self._passphrase()
            if not passphrase:
                raise ConfigError(
                    "an empty passphrase would leave the stack's secrets open to everybody",
                    hint="set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE",
                )
            salt = os.urandom(_SALT_BYTES)
            cipher = _make_cipher(passphrase, salt)
            encoded = base64.b64encode(salt).decode()
            self._salt_state = f"{_VERSION}:{encoded}:{_seal(cipher, _KNOWN_PLAINTEXT)}"
            return cipher
        salt, check = _parse_salt_state(self._salt_state)
        cipher = _make_cipher(self._passphrase(), salt)
        _prove_passphrase(cipher, check)
        return cipher


@lru_cache(maxsize=8)  # one command opens the same state several times: outputs, preview, update
def _make_cipher(passphrase: str, salt: bytes) -> AESGCM:
    key = hashlib.pbkdf2_hmac("sha256", passphrase.encode(), salt, _ITERATIONS, _KEY_BYTES)
    return AESGCM(key)


def _parse_salt_state(salt_state: str) -> tuple[bytes, str]:
    version, _, rest = salt_state.partition(":")
    encoded, _, check = rest.partition(":")
    try:
        salt = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise StateError("the encryption salt is damaged: not base64") from error
    if version != _VERSION or not salt or not check:
        raise StateError("the encryption salt is damaged or of a version that is not known")
    return salt, check


def _prove_passphrase(cipher: AESGCM, check: str) -> None:
    try:
        proven = _unseal(cipher, check) == _KNOWN_PLAINTEXT
    except (InvalidTag, ValueError, binascii.Error):
        proven = False
    if not proven:
        raise AuthenticationError(
            "the passphrase does not open this stack's secrets",
            hint="set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE to the right one",
        )


def _seal(cipher: AESGCM, plaintext: str) -> str:
    nonce = os.urandom(_NONCE_BYTES)
    sealed = cipher.encrypt(nonce, plaintext.encode(), None)
    return f"{_VERSION}:{base64.b64encode(nonce).decode()}:{base64.b64encode(sealed).decode()}"


def _unseal(cipher: AESGCM, ciphertext: str) -> str:
    parts = ciphertext.split(":")
    if len(parts) != _CIPHERTEXT_PARTS or parts[0] != _VERSION:
        raise ValueError("not a v1 ciphertext")
    nonce, sealed = (base64.b64decode(part, validate=True) for part in parts[1:])
    return cipher.decrypt(nonce, sealed, None).decode()
