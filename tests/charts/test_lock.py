from __future__ import annotations

import pytest

from hubwright.adapters.charts import read_lock
from hubwright.core.charts_lock import edit_lock, parse_lock
from hubwright.core.charts_lock_reference import render_lock_reference
from hubwright.core.errors import ConfigError

from .conftest import PROJECT

DIGEST = "0" * 64
GOOD = f"charts:\n  hub:\n    repository: https://charts.test/\n    version: 1.2.3\n    sha256: '{DIGEST}'\n"


def test_our_own_lock_pins_what_the_stacks_use_and_may_use():
    pins = read_lock(PROJECT / "charts-values" / "charts.lock")
    assert set(pins) == {"jupyterhub", "binderhub", "traefik", "cert-manager", "prometheus", "grafana"}
    assert pins["jupyterhub"].version == "4.4.0"
    assert all(pin.repository.startswith(("https://", "oci://")) for pin in pins.values())


def test_the_reference_page_is_what_the_model_says():
    assert (PROJECT / "docs/reference/charts-lock.md").read_text() == render_lock_reference()


def test_a_pin_knows_its_place():
    pin = parse_lock(GOOD, source="charts.lock")["hub"]
    assert (pin.version, pin.sha256, pin.place) == ("1.2.3", DIGEST, "charts.lock:2:3")


def test_an_unknown_digest_is_none():
    assert parse_lock(GOOD.replace(f"'{DIGEST}'", "unknown"), source="charts.lock")["hub"].sha256 is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("version: 1.2.3", "version: 1.2", "charts.lock:4:5: hub.version must be text, quoted if needed"),
        ("version: 1.2.3", "version: ^1.2.3", "charts.lock:4:5: '^1.2.3' is not an exact version"),
        ("https:", "ftp:", "charts.lock:3:5: 'ftp://charts.test/' is not an http(s) or oci address"),
        ("charts.test", "me:secret@charts.test", "charts.lock:3:5: credentials do not belong in this file"),
        (DIGEST, "abc", "charts.lock:5:5: sha256 must be 64 hex digits or 'unknown'"),
        ("version:", "verson:", "charts.lock:4:5: unknown key 'verson'"),
        ("    version: 1.2.3\n", "", "charts.lock:2:3: hub.version is missing"),
        ("    sha256", "    changelog: soon\n    sha256", "charts.lock:5:5: 'soon' is not an http(s) address"),
        ("  hub:", "  ../hub:", "charts.lock:2:3: '../hub' is not a chart's name"),
        ("charts:\n", "more: 1\ncharts:\n", "charts.lock:1:1: unknown key 'more'"),
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


COMMENTED = """# Why these.
charts:
  # The hub.
  hub:
    repository: https://charts.test/ # ours
    version: 1.2.3   # as everybody
    sha256: unknown

  other: {repository: "oci://charts.test/x", version: 2.0.0, sha256: unknown} # flow
"""


def test_an_edit_changes_the_named_fields_and_keeps_every_comment():
    edited = edit_lock(COMMENTED, "hub", {"version": "1.3.0", "sha256": DIGEST}, source="charts.lock")
    assert edited == COMMENTED.replace("1.2.3", "1.3.0").replace("unknown\n\n", f'"{DIGEST}"\n\n')


def test_an_edit_adds_a_field_that_was_not_there_and_quotes_what_is_no_text():
    edited = edit_lock(COMMENTED, "other", {"appVersion": "1.10"}, source="charts.lock")
    assert parse_lock(edited, source="charts.lock")["other"].app_version == "1.10"
    assert edited.startswith(COMMENTED[: COMMENTED.index("  other")])


def test_an_edit_of_our_own_lock_changes_one_line():
    text = (PROJECT / "charts-values" / "charts.lock").read_text()
    edited = edit_lock(text, "binderhub", {"version": "9.9.9"}, source="charts.lock")
    changed = [new for old, new in zip(text.splitlines(), edited.splitlines(), strict=True) if old != new]
    assert changed == ["    version: 9.9.9 # the version that mybinder.org runs"]


@pytest.mark.parametrize("changes", [{"version": "newest"}, {"sha": DIGEST}, {"changelog": "soon"}])
def test_an_edit_that_would_spoil_the_file_is_refused(changes):
    with pytest.raises(ConfigError):
        edit_lock(COMMENTED, "hub", changes, source="charts.lock")


def test_an_edit_of_an_anchored_value_leaves_the_others_that_share_it():
    shared = GOOD.replace("1.2.3", "&v 1.2.3") + "  b: {repository: 'oci://x', version: *v, sha256: unknown}\n"
    pins = parse_lock(edit_lock(shared, "hub", {"version": "2.0.0"}, source="charts.lock"), source="charts.lock")
    assert {name: pin.version for name, pin in pins.items()} == {"hub": "2.0.0", "b": "1.2.3"}
