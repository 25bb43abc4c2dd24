"""The real client against a loopback server: signatures, errors, and what is tried again."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import stamina

from hubwright.adapters.ovh import OvhApi
from hubwright.core.errors import ApiError, AuthenticationError, HubwrightError, QuotaError

pytestmark = pytest.mark.contract


@pytest.fixture
def api(server: Any, credentials: Any) -> OvhApi:
    return OvhApi(endpoint=server.url, **credentials)


@pytest.fixture(autouse=True)
def no_waiting() -> Any:
    with stamina.set_testing(True, attempts=3):
        yield


def test_calls_are_signed_and_answers_decoded(api: OvhApi, server: Any, answer: Any) -> None:
    server.answers = [answer(200, {"id": 1}), answer(200, b""), answer(200, ["x"]), answer(200, None)]
    assert api.post("/a", {"b": "é"}) == {"id": 1}
    assert api.put("/a", {"b": 2}) is None
    assert api.get("/a", fieldType="A", subDomain="") == ["x"]
    assert api.delete("/a") is None
    assert server.bad_signatures == 0
    assert server.requests[0] == ("POST", "/1.0/a", {"b": "é"})
    assert server.requests[2][1] == "/1.0/a?fieldType=A&subDomain="


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (403, {"errorCode": "INVALID_KEY", "message": "no"}, AuthenticationError),
        (403, {"errorCode": "INVALID_CREDENTIAL", "message": "no"}, AuthenticationError),
        (403, {"errorCode": "NOT_GRANTED_CALL", "message": "no"}, AuthenticationError),
        (400, {"errorCode": "INVALID_SIGNATURE", "message": "no"}, AuthenticationError),
        (400, {"errorCode": "QUERY_TIME_OUT", "message": "no"}, AuthenticationError),
        (401, {"message": "no"}, AuthenticationError),
        (412, {"class": "Client::BadRequest", "message": "Quota exceeded"}, QuotaError),
        (409, {"class": "Client::Conflict", "message": "no"}, ApiError),
        (500, {"message": "no"}, ApiError),
    ],
)
def test_errors_are_ours(api: OvhApi, server: Any, answer: Any, status: int, body: Any, kind: type) -> None:
    server.answers = [answer(status, body)]
    with pytest.raises(HubwrightError) as caught:
        api.get("/a")
    assert type(caught.value) is kind
    assert f"HTTP {status}" in caught.value.message


def test_a_foreign_body_is_not_quoted(api: OvhApi, server: Any, answer: Any) -> None:
    server.answers = [answer(500, b"<html>hunter2</html>")]
    with pytest.raises(ApiError) as caught:
        api.get("/a")
    assert "hunter2" not in caught.value.message


def test_messages_are_cut_and_hold_no_secret(api: OvhApi, server: Any, answer: Any, credentials: Any) -> None:
    text = f"bad {credentials['application_secret']} {credentials['consumer_key']} " + "x" * 5000
    server.answers = [answer(400, {"message": text})]
    with pytest.raises(ApiError) as caught:
        api.get("/a")
    assert "hunter" not in caught.value.message
    assert len(caught.value.message) < 400


def test_what_is_not_there(api: OvhApi, server: Any, answer: Any) -> None:
    server.answers = [answer(404, {"class": "Client::NotFound", "message": "gone"})]
    assert api.find("/a") is None
    assert api.delete("/a") is None
    with pytest.raises(ApiError) as caught:
        api.get("/a")
    assert caught.value.status == 404


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_passing_failures_are_tried_again(api: OvhApi, server: Any, answer: Any, status: int) -> None:
    server.answers = [answer(status, {"message": "later"}, headers={"Retry-After": "0"}), answer(200, "fine")]
    assert api.get("/a") == "fine"
    assert len(server.requests) == 2


def test_a_lost_connection_is_tried_again(api: OvhApi, server: Any, answer: Any) -> None:
    lost = answer()
    lost.drop = True
    server.answers = [lost, answer(200, "fine")]
    assert api.get("/a") == "fine"


@pytest.mark.parametrize("drop", [True, False])
def test_a_post_is_never_sent_twice(api: OvhApi, server: Any, answer: Any, drop: bool) -> None:
    bad = answer(503, {"message": "later"})
    bad.drop = drop
    server.answers = [bad, answer(200, "fine")]
    with pytest.raises(ApiError):
        api.post("/a", {})
    assert len(server.requests) == 1


def test_a_post_that_only_reads_may_be_sent_twice(api: OvhApi, server: Any, answer: Any) -> None:
    server.answers = [answer(503, {"message": "later"}), answer(200, "fine")]
    assert api.post("/a", idempotent=True) == "fine"


def test_nobody_listens(credentials: Any) -> None:
    with pytest.raises(ApiError, match="did not answer") as caught:
        OvhApi(endpoint="http://127.0.0.1:9/1.0", **credentials).get("/a")
    assert caught.value.status is None
    assert "OVH_ENDPOINT" in (caught.value.hint or "")


def test_each_thread_has_a_client_of_its_own(api: OvhApi, server: Any, answer: Any) -> None:
    server.answers = [answer(200, "fine")]
    results: list[Any] = []
    threads = [threading.Thread(target=lambda: results.append(api.get("/a"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == ["fine"] * 8
    assert server.bad_signatures == 0
