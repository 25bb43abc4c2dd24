"""Pulumi's checkpoint, its passphrase secrets and its folder layout, against files and ciphertexts made without us."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from hubwright.core.errors import AuthenticationError, StateError, UnsupportedError
from hubwright.engine.property_values import Archive, Asset, ResourceReference, Secret
from hubwright.engine.state.checkpoint import CheckpointWriter, StoredCheckpoint, parse_duration
from hubwright.engine.state.passphrase import PassphraseCrypter

SIGNATURE = "4dabf18193072939515e22adb298388d"
STACK_URN = "urn:pulumi:dev::proj::pulumi:pulumi:Stack::proj-dev"
PROVIDER_URN = "urn:pulumi:dev::proj::pulumi:providers:openstack::default_5_5_3"
NETWORK_URN = "urn:pulumi:dev::proj::openstack:networking/network:Network::net"
PULUMIS_ITERATIONS = 1_000_000
FEWER_ITERATIONS = 1000  # as conftest.py sets them for all tests but one


def independent_seal(
    passphrase: str, salt: bytes, nonce: bytes, plaintext: str, iterations: int = FEWER_ITERATIONS
) -> str:
    """Encrypt as Pulumi does, by other functions of the library than the code under test uses."""
    key = hashlib.pbkdf2_hmac("sha256", passphrase.encode(), salt, iterations, 32)
    encryptor = Cipher(algorithms.AES(key), modes.GCM(nonce)).encryptor()
    sealed = encryptor.update(plaintext.encode()) + encryptor.finalize() + encryptor.tag
    return f"v1:{base64.b64encode(nonce).decode()}:{base64.b64encode(sealed).decode()}"


def written_by_the_cli() -> dict:
    """A checkpoint as the CLI writes it, with fields that this engine has no use for."""
    salt = bytes(range(8))
    state = f"v1:{base64.b64encode(salt).decode()}:" + independent_seal("letmein", salt, bytes(12), "pulumi")
    secret = independent_seal("letmein", salt, bytes([1] * 12), '{"deep":[1,"two"]}')
    times = {"created": "2026-01-02T03:04:05.678901Z", "modified": "2026-01-02T03:04:05.678901Z"}
    provider = {"version": "5.5.3", "__internal": {}}
    return {
        "version": 3,
        "checkpoint": {
            "stack": "organization/proj/dev",
            "latest": {
                "manifest": {
                    "time": "2026-01-02T03:04:05.678901Z",
                    "magic": hashlib.sha256(b"v3.260.0").hexdigest(),
                    "version": "v3.260.0",
                },
                "secrets_providers": {"type": "passphrase", "state": {"salt": state}},
                "resources": [
                    {"urn": STACK_URN, "custom": False, "type": "pulumi:pulumi:Stack", **times},
                    {
                        "urn": PROVIDER_URN,
                        "custom": True,
                        "id": "0a4f5a2e-27f5-4a4e-9a3b-7d8a4fd8a9b1",
                        "type": "pulumi:providers:openstack",
                        "inputs": provider,
                        "outputs": provider,
                        **times,
                    },
                    {
                        "urn": NETWORK_URN,
                        "custom": True,
                        "id": "7a3e",
                        "type": "openstack:networking/network:Network",
                        "inputs": {"__defaults": ["name"], "mtu": 1500, "ratio": 0.5, "off": None},
                        "outputs": {
                            "tags": [],
                            "key": {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": secret},
                            "peer": {SIGNATURE: "5cf8f73096256a8f31e491e813e4eb8e", "urn": STACK_URN, "id": ""},
                            "file": {SIGNATURE: "c44067f5952c0a294b673a41bacd8c17", "text": "t", "hash": "h"},
                            "zip": {SIGNATURE: "0def7320c3a5731c473e5ecbe6d01bc7", "path": "p"},
                        },
                        "parent": STACK_URN,
                        "protect": True,
                        "dependencies": [STACK_URN],
                        "provider": f"{PROVIDER_URN}::0a4f5a2e-27f5-4a4e-9a3b-7d8a4fd8a9b1",
                        "propertyDependencies": {"mtu": []},
                        "customTimeouts": {"create": 600.0},
                        "sourcePosition": "project:///__main__.py#7",
                        "fieldOfTomorrow": {"kept": True},
                        **times,
                    },
                ],
                "metadata": {},
            },
        },
    }


def open_text(document: dict, passphrase: str = "letmein") -> StoredCheckpoint:
    return StoredCheckpoint(json.dumps(document), source="dev.json", passphrase=lambda: passphrase)


def test_a_state_of_the_cli_is_read_and_written_back_field_for_field():
    document = written_by_the_cli()
    stored = open_text(document)
    snapshot = stored.snapshot()
    network = snapshot.resources[2]
    assert network.outputs["key"] == Secret({"deep": [1, "two"]})
    assert network.outputs["peer"] == ResourceReference(STACK_URN, "")
    assert network.outputs["file"] == Asset(text="t", hash="h")
    assert network.outputs["zip"] == Archive(path="p")
    assert network.timeouts.create_s == 600

    text = CheckpointWriter("organization/proj/dev", stored.secrets, snapshot).format(snapshot)
    written = json.loads(text or "")
    manifest = written["checkpoint"]["latest"].pop("manifest")
    del document["checkpoint"]["latest"]["manifest"]
    assert written == document
    assert manifest["magic"] == hashlib.sha256(manifest["version"].encode()).hexdigest()


def test_the_wrong_passphrase_is_named():
    with pytest.raises(AuthenticationError, match="passphrase") as raised:
        open_text(written_by_the_cli(), "wrong").snapshot()
    assert "PULUMI_CONFIG_PASSPHRASE" in (raised.value.hint or "")


def test_no_passphrase_is_asked_without_secrets():
    document = written_by_the_cli()
    del document["checkpoint"]["latest"]["resources"][2]["outputs"]["key"]

    def refuse() -> str:
        raise AssertionError("asked")

    stored = StoredCheckpoint(json.dumps(document), source="dev.json", passphrase=refuse)
    stored.warm_up()
    snapshot = stored.snapshot()
    assert CheckpointWriter("organization/proj/dev", stored.secrets, snapshot).format(snapshot)


def damaged(change) -> dict:
    document = written_by_the_cli()
    change(document["checkpoint"]["latest"]["resources"])
    return document


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda resources: resources.pop(1), f"{NETWORK_URN} refers to its provider {PROVIDER_URN}"),
        (lambda resources: resources.reverse(), f"{NETWORK_URN} refers to its parent"),
        (lambda resources: resources.append(resources[2]), f"{NETWORK_URN} is there twice"),
        (lambda resources: resources[0].update(id="x"), f"{STACK_URN} is a component"),
        (lambda resources: resources[2].pop("id"), f"{NETWORK_URN} has no id"),
        (lambda resources: resources[2].pop("provider"), f"{NETWORK_URN} has no provider"),
        (lambda resources: resources[2].update(type="a:b:C"), f"{NETWORK_URN} has type a:b:C"),
        (lambda resources: resources[2].update(customTimeouts=[1]), f"{NETWORK_URN} is malformed"),
    ],
)
def test_a_broken_rule_names_the_resource(change, problem):
    with pytest.raises(StateError, match=r"dev\.json") as raised:
        open_text(damaged(change)).snapshot()
    assert problem in raised.value.message


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 3}', '{"version": 5, "checkpoint": {}}'])
def test_what_is_no_checkpoint_of_version_3_is_refused(text):
    with pytest.raises(StateError, match=r"dev\.json"):
        StoredCheckpoint(text, source="dev.json", passphrase=lambda: "")


def test_a_manifest_edited_by_hand_is_refused():
    document = written_by_the_cli()
    document["checkpoint"]["latest"]["manifest"]["magic"] = "0"
    with pytest.raises(StateError, match="magic"):
        open_text(document)


def test_other_secrets_providers_are_refused_by_name():
    document = written_by_the_cli()
    document["checkpoint"]["latest"]["secrets_providers"]["type"] = "cloud"
    with pytest.raises(UnsupportedError, match="cloud"):
        open_text(document)


@pytest.mark.parametrize(("text", "seconds"), [("1h30m", 5400), ("45s", 45), (600.0, 600), ("", None), (0, None)])
def test_durations_are_seconds_or_gos_notation(text, seconds):
    assert parse_duration(text) == seconds


def test_a_wrong_duration_is_refused():
    with pytest.raises(ValueError, match="5 minutes"):
        parse_duration("5 minutes")


def test_the_derivation_is_pulumis(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("hubwright.engine.state.passphrase._ITERATIONS", PULUMIS_ITERATIONS)
    salt = bytes(range(8))
    check = independent_seal("p", salt, bytes(12), "pulumi", PULUMIS_ITERATIONS)
    crypter = PassphraseCrypter(lambda: "p", f"v1:{base64.b64encode(salt).decode()}:{check}")
    assert crypter.decrypt(independent_seal("p", salt, bytes([2] * 12), "päss", PULUMIS_ITERATIONS)) == "päss"
    with pytest.raises(StateError, match="cannot be decrypted"):
        crypter.decrypt("v1:AAAA:AAAA")
