"""Bearer tokens for the registry: RS256 JWTs with a key of each registry's own."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm

from hubwright.sandbox.ovh.core.store import write_private

SERVICE = "harbor-registry"
ISSUER = "harbor-token-issuer"
LIFETIME_S = 1800
_KEY_BITS = 2048
_LEEWAY_S = 60


class TokenIssuer:
    """Signs tokens; the key and its public half (`jwks_path`, for the registry process) live in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.jwks_path = folder / "jwks.json"
        self._key = _load_key(folder / "token-key.pem")
        self._key_id = _key_id(self._key)
        public: dict[str, Any] = RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        public = {**public, "kid": self._key_id, "use": "sig", "alg": "RS256"}
        self.jwks_path.write_text(json.dumps({"keys": [public]}))

    def issue(self, subject: str, access: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Return the token service's answer for `subject` with `access` (type, name, actions each)."""
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "sub": subject,
            "aud": SERVICE,
            "iat": now,
            "nbf": now - _LEEWAY_S,
            "exp": now + LIFETIME_S,
            "jti": secrets.token_hex(8),
            "access": list(access),
        }
        token = jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": self._key_id})
        issued = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {"token": token, "access_token": token, "expires_in": LIFETIME_S, "issued_at": issued}

    def read(self, token: str) -> list[dict[str, Any]]:
        """Return what a token of ours grants; nothing for one that is not ours or no longer valid."""
        try:
            claims = jwt.decode(token, self._key.public_key(), algorithms=["RS256"], audience=SERVICE, issuer=ISSUER)
        except jwt.InvalidTokenError:
            return []
        access: list[dict[str, Any]] = claims["access"]
        return access


def _load_key(path: Path) -> RSAPrivateKey:
    if path.exists():
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        assert isinstance(key, RSAPrivateKey)
        return key
    key = generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    write_private(path, pem.decode())
    return key


def _key_id(key: RSAPrivateKey) -> str:
    der = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    digest = hashes.Hash(hashes.SHA256())
    digest.update(der)
    return digest.finalize().hex()[:32]
