from __future__ import annotations

from typing import Any

import pytest

RECORD = "ovh:Domain/zoneRecord:ZoneRecord"
ZONE = "/domain/zone/hub.test"
INPUTS = {"zone": "hub.test", "fieldtype": "A", "subdomain": "hub", "target": "203.0.113.9", "ttl": 60}
LIVE = {"id": 5, "zone": "hub.test", "fieldType": "A", "subDomain": "hub", "target": "203.0.113.9", "ttl": 60}


@pytest.fixture
def zone(api: Any) -> Any:
    api.script("POST", f"{ZONE}/record", LIVE)
    api.script("GET", f"{ZONE}/record/5", LIVE)
    api.script("POST", f"{ZONE}/refresh", None)
    api.script("GET", ZONE, {"name": "hub.test"})
    return api


def refreshes(api: Any) -> int:
    return len(api.bodies("POST", f"{ZONE}/refresh"))


def test_each_change_is_followed_by_a_refresh(ovh: Any, zone: Any) -> None:
    state = ovh.create(RECORD, **INPUTS)
    assert (state.id, refreshes(zone)) == ("5", 1)
    zone.script("PUT", f"{ZONE}/record/5", None)
    ovh.update(RECORD, state, **{**INPUTS, "target": "203.0.113.10"})
    assert refreshes(zone) == 2
    zone.script("DELETE", f"{ZONE}/record/5", None)
    ovh.delete(RECORD, state)
    assert refreshes(zone) == 3


def test_a_record_that_the_api_numbers_zero_is_found_among_its_equals(ovh: Any, zone: Any) -> None:
    zone.script("POST", f"{ZONE}/record", {**LIVE, "id": 0})
    zone.script("GET", f"{ZONE}/record?fieldType=A&subDomain=hub", [4, 5])
    zone.script("GET", f"{ZONE}/record/4", {**LIVE, "id": 4, "target": "203.0.113.1"})
    assert ovh.create(RECORD, **INPUTS).id == "5"


def test_a_record_that_appears_late_is_waited_for(ovh: Any, zone: Any) -> None:
    from hubwright.core.errors import ApiError

    zone.script("GET", f"{ZONE}/record/5", ApiError("not yet", status=404), LIVE)
    assert ovh.create(RECORD, **INPUTS).outputs["target"] == "203.0.113.9"


def test_quotes_around_text_records_are_no_change(ovh: Any, zone: Any) -> None:
    inputs = {**INPUTS, "fieldtype": "TXT", "target": "v=spf1 -all"}
    zone.script("GET", f"{ZONE}/record/5", {**LIVE, "fieldType": "TXT", "target": '"v=spf1 -all"'})
    state = ovh.create(RECORD, **inputs)
    assert not ovh.changes(RECORD, state, **inputs)


def test_no_ttl_asks_for_the_zones_own(ovh: Any, zone: Any) -> None:
    inputs = {key: value for key, value in INPUTS.items() if key != "ttl"}
    zone.script("GET", f"{ZONE}/record/5", {**LIVE, "ttl": 3600})
    state = ovh.create(RECORD, **inputs)
    assert not ovh.changes(RECORD, state, **inputs)
    assert ovh.changes(RECORD, state, **INPUTS) == ["ttl"]


def test_a_subdomain_can_be_cleared(ovh: Any, zone: Any) -> None:
    state = ovh.create(RECORD, **INPUTS)
    zone.script("PUT", f"{ZONE}/record/5", None)
    apex = {key: value for key, value in INPUTS.items() if key != "subdomain"}
    assert ovh.changes(RECORD, state, **apex) == ["subdomain"]
    ovh.update(RECORD, state, **apex)
    assert zone.bodies("PUT", f"{ZONE}/record/5")[0]["subDomain"] == ""


def test_a_record_in_a_zone_that_is_gone_is_gone(ovh: Any, zone: Any) -> None:
    from hubwright.core.errors import ApiError

    state = ovh.create(RECORD, **INPUTS)
    for path in (f"{ZONE}/record/5", ZONE):
        zone.script("GET", path, ApiError("gone", status=404))
    zone.script("DELETE", f"{ZONE}/record/5", ApiError("gone", status=404))
    ovh.delete(RECORD, state)
    assert refreshes(zone) == 1
