from __future__ import annotations

import base64

from hubwright.adapters.kubernetes import redact


def test_values_below_secret_keys_go_also_in_base64():
    values = {"proxy": {"secretToken": "hunter22"}}
    encoded = base64.b64encode(b"hunter22").decode()
    assert redact(f"bad hunter22 or {encoded}", values) == "bad [secret] or [secret]"


def test_random_looking_values_go_whatever_their_key():
    assert redact("got 0123456789abcdef0123", {"x": ["0123456789abcdef0123"]}) == "got [secret]"


def test_host_names_and_words_stay():
    values = {"host": "hub.local.hubwright-sandbox.test", "kind": "binderhub"}
    assert (
        redact("hub.local.hubwright-sandbox.test: binderhub", values) == "hub.local.hubwright-sandbox.test: binderhub"
    )


def test_everything_below_a_secret_key_is_secret():
    assert redact("alice said", {"auth": {"users": ["alice"]}}) == "[secret] said"


def test_long_text_is_cut():
    assert redact("x" * 50, limit=10) == f"{'x' * 10} … (cut)"
