from __future__ import annotations

import pytest
from pydantic import ValidationError

from hubwright.core.chart_values.binderhub import BuildExecutorTraits, ImageCleaner
from hubwright.core.chart_values.jupyterhub import CryptKeeper, EgressRules, HubService, UserScheduler
from hubwright.core.chart_values.section import given


class NotKnownYet:
    """Like an output of the program: whatever it is asked for, it has; and it must not be asked."""

    def __getattr__(self, name: str) -> object:
        raise AssertionError(f"looked into: {name}")


def test_keys_are_spelled_as_the_chart_spells_them():
    rules = EgressRules(cloud_metadata_server=False, private_ips=True)
    assert rules.to_values() == {"cloudMetadataServer": False, "privateIPs": True}
    traits = BuildExecutorTraits(memory_limit=2, memory_request=1)
    assert traits.to_values() == {"memory_limit": 2, "memory_request": 1}
    cleaner = ImageCleaner(
        enabled=True,
        cordon=False,
        image_gc_threshold_type="relative",
        image_gc_threshold_high=80,
        image_gc_threshold_low=60,
    )
    assert "imageGCThresholdHigh" in cleaner.to_values()


def test_what_was_left_out_stays_out_since_null_deletes_a_default():
    assert given(HubService, api_token="t", oauth_client_id=None).to_values() == {"apiToken": "t"}


def test_values_that_are_not_known_yet_are_put_into_place_and_not_looked_into():
    later = NotKnownYet()
    assert CryptKeeper(keys=[later]).to_values()["keys"][0] is later


@pytest.mark.parametrize("fields", [{"enabled": True, "replica": 1}, {"enabled": True, "replicas": 0}, {"replicas": 1}])
def test_a_key_that_the_chart_does_not_have_and_a_wrong_value_are_refused(fields):
    with pytest.raises(ValidationError):
        UserScheduler(**fields)
