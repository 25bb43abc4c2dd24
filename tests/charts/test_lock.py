from __future__ import annotations

import pytest

from hubwright.adapters.charts import read_lock
from hubwright.core.charts_lock import parse_lock
from hubwright.core.errors import ConfigError

from .conftest import PROJECT

DIGEST = "0" * 64
GOOD = f"charts:\n  hub:\n    repository: https://charts.test/\n    version: 1.2.3\n    sha256: '{DIGEST}'\n"


def test_our_own_lock_pins_what_the_stacks_use():
    pins = read_lock(PROJECT / "charts-values" / "charts.lock")
    assert set(pins) == {"jupyterhub", "binderhub", "traefik"}
    assert pins["jupyterhub"].version == "4.4.0"
    assert all(pin.repository.startswith("https://") for pin in pins.values())


def test_a_pin_knows_its_place():
    pin = parse_lock(GOOD, source="charts.lock")["hub"]
    assert (pin.version, pin.sha256, pin.place) == ("1.2.3", DIGEST, "charts.lock:2:3")


def test_an_unknown_digest_is_none():
    assert parse_lock(GOOD.replace(f"'{DIGEST}'", "unknown"), source="charts.lock")["hub"].sha256 is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("version: 1.2.3", "version: 1.2", "charts.lock:4:5: hub.version must be text, quoted if needed"),
        ("version: 1.2.3", "version: ^1.2.3", "charts.lock:2:3: '^1.2.3' is not an exact version"),
        ("https:", "ftp:", "charts.lock:2:3: 'ftp://charts.test/' is not an http(s) address"),
        (DIGEST, "abc", "charts.lock:2:3: sha256 must be 64 hex digits or 'unknown'"),
        ("version:", "verson:", "charts.lock:4:5: unknown key 'verson'"),
        ("charts:\n", "chart:\n", "charts.lock: the key 'charts' with a map of charts is missing"),
    ],
)
def test_a_wrong_lock_names_line_and_fault(old, new, message):
    with pytest.raises(ConfigError) as caught:
        parse_lock(GOOD.replace(old, new), source="charts.lock")
    assert caught.value.message == message


def test_a_missing_lock_is_told(tmp_path):
    with pytest.raises(ConfigError, match="no such file"):
        read_lock(tmp_path / "charts.lock")
