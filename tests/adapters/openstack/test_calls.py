"""openstacksdk against a loopback server: sign-in, errors, and what is tried again."""

from __future__ import annotations

from typing import Any

import pytest
import stamina

from hubwright.adapters.openstack import OpenStackApi
from hubwright.core.errors import ApiError, AuthenticationError, HubwrightError, QuotaError, ResourceError

pytestmark = pytest.mark.contract


@pytest.fixture
def api(auth: Any) -> OpenStackApi:
    return OpenStackApi(auth=auth, region="GRA9")


@pytest.fixture(autouse=True)
def no_waiting() -> Any:
    with stamina.set_testing(True, attempts=3):
        yield


def test_calls_go_below_the_version_root(api: OpenStackApi, server: Any) -> None:
    server.answers = [(200, {"networks": []}, {}), (204, b"", {})]
    assert api.get("network", "/networks", name="a b") == {"networks": []}
    api.delete("network", "/networks/n1")
    assert server.requests == [("GET", "/v2.0/networks?name=a+b"), ("DELETE", "/v2.0/networks/n1")]
    assert api.region == "GRA9"


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (409, {"NeutronError": {"type": "OverQuota", "message": "Quota exceeded for network."}}, QuotaError),
        (403, {"faultstring": "Quota has been met for resources: LoadBalancer"}, QuotaError),
        (403, {"faultstring": "Policy does not allow this request"}, AuthenticationError),
        (409, {"NeutronError": {"type": "InUse", "message": "in use"}}, ApiError),
        (500, b"<html>hunter2</html>", ApiError),
    ],
)
def test_errors_are_ours(api: OpenStackApi, server: Any, status: int, body: Any, kind: type) -> None:
    server.answers = [(status, body, {})]
    with pytest.raises(HubwrightError) as caught:
        api.get("network", "/networks")
    assert type(caught.value) is kind
    assert f"HTTP {status}" in caught.value.message
    assert "hunter2" not in caught.value.message


def test_messages_are_cut_and_hold_no_secret(api: OpenStackApi, server: Any) -> None:
    server.answers = [(400, {"NeutronError": {"message": "hunter2 " + "x" * 5000}}, {})]
    with pytest.raises(ApiError) as caught:
        api.get("network", "/networks")
    assert "hunter2" not in caught.value.message
    assert len(caught.value.message) < 400


def test_what_is_not_there(api: OpenStackApi, server: Any) -> None:
    server.answers = [(404, {"NeutronError": {"message": "gone"}}, {})]
    assert api.find("network", "/networks/n1") is None
    api.delete("network", "/networks/n1")


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_passing_failures_are_tried_again(api: OpenStackApi, server: Any, status: int) -> None:
    server.answers = [(status, {}, {"Retry-After": "0"}), (200, {"networks": []}, {})]
    assert api.get("network", "/networks") == {"networks": []}


def test_a_post_is_never_sent_twice(api: OpenStackApi, server: Any) -> None:
    server.answers = [(503, {}, {}), (201, {"network": {}}, {})]
    with pytest.raises(ApiError):
        api.post("network", "/networks", {"network": {}})
    assert len(server.requests) == 1


def test_a_refused_sign_in(api: OpenStackApi, server: Any) -> None:
    server.refuse_sign_in = True
    with pytest.raises(AuthenticationError) as caught:
        api.get("network", "/networks")
    assert "hunter2" not in f"{caught.value.message} {caught.value.hint}"


def test_a_service_that_the_cloud_lacks(api: OpenStackApi) -> None:
    with pytest.raises(ResourceError, match="no such service in region 'GRA9'"):
        api.get("load_balancer", "/lbaas/loadbalancers")


def test_nobody_listens(auth: Any) -> None:
    lost = OpenStackApi(auth={**auth, "auth_url": "http://127.0.0.1:9/v3"}, region="GRA9")
    with pytest.raises(ApiError, match="no answer") as caught:
        lost.get("network", "/networks")
    assert "OS_AUTH_URL" in (caught.value.hint or "")


def test_credentials_come_from_the_environment(auth: Any, server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**auth, "region_name": "GRA9"}.items():
        monkeypatch.setenv(f"OS_{name.upper()}", value)
    server.answers = [(200, {"networks": []}, {})]
    api = OpenStackApi()
    assert api.get("network", "/networks") == {"networks": []}
    assert api.region == "GRA9"


def test_credentials_come_from_clouds_yaml(
    auth: Any, server: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = "\n".join(f"      {key}: {value}" for key, value in auth.items())
    (tmp_path / "clouds.yaml").write_text(f"clouds:\n  hub:\n    region_name: GRA9\n    auth:\n{lines}\n")
    # openstacksdk settles where it looks when it is imported; this variable it reads each time.
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(tmp_path / "clouds.yaml"))
    server.answers = [(200, {"networks": []}, {})]
    api = OpenStackApi(cloud="hub")
    assert api.get("network", "/networks") == {"networks": []}
    assert api.region == "GRA9"
