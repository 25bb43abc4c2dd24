from __future__ import annotations

import pytest

from hubwright.adapters.openstack import OpenStackApi, connect_openstack
from hubwright.core.errors import AuthenticationError, ConfigError, HubwrightError


def test_an_unknown_cloud() -> None:
    with pytest.raises(ConfigError) as caught:
        connect_openstack(cloud="nowhere")
    assert "OS_CLOUD" in (caught.value.hint or "")


def test_nothing_to_sign_in_with() -> None:
    with pytest.raises(HubwrightError) as caught:
        OpenStackApi().get("network", "/networks")
    assert isinstance(caught.value, ConfigError | AuthenticationError)


def test_building_the_api_makes_no_connection() -> None:
    OpenStackApi(auth={"auth_url": "http://127.0.0.1:9/v3"})
