from __future__ import annotations

import itertools
from typing import Any

import pytest

from hubwright.core.errors import CancelledError, DeadlineError, QuotaError, ResourceError
from hubwright.engine.providers.declared.waiting import Waiter


def waiter(clock: Any, timeout_s: float = 60, **options: Any) -> Waiter:
    return Waiter("Box chest", timeout_s, pace=clock.pace(cap_s=10), **options)


def test_polls_start_fast_and_slow_down_to_the_cap(clock: Any) -> None:
    looks: list[float] = []

    def probe() -> str | None:
        looks.append(clock.now_s)
        return None if clock.now_s > 100 else "MAKING"

    waiter(clock, timeout_s=600).poll(probe)
    gaps = [later - earlier for earlier, later in itertools.pairwise(looks)]
    assert gaps[0] == pytest.approx(0.05)
    assert max(gaps) == pytest.approx(10)
    assert gaps == sorted(gaps)


def test_the_deadline_names_resource_and_last_status(clock: Any) -> None:
    with pytest.raises(DeadlineError, match=r"Box chest was not done after 5 s; its last status was MAKING"):
        waiter(clock, timeout_s=5).poll(lambda: "MAKING")
    assert clock.now_s == pytest.approx(5)


def test_a_last_look_is_taken_at_the_deadline(clock: Any) -> None:
    waiter(clock, timeout_s=5).poll(lambda: None if clock.now_s >= 5 else "MAKING")


def test_a_stop_is_noticed_within_a_slice_of_a_long_sleep(clock: Any) -> None:
    cancelled = waiter(clock, timeout_s=600, cancelled=lambda: clock.now_s > 60)
    with pytest.raises(CancelledError):
        cancelled.poll(lambda: "MAKING")
    assert clock.now_s < 60.5


def test_a_status_that_waiting_cannot_mend_ends_the_wait(clock: Any) -> None:
    with pytest.raises(ResourceError, match="went to status BROKEN instead of READY"):
        waiter(clock).for_status(lambda: "BROKEN", target={"READY"}, pending={"MAKING"})
    assert clock.now_s == 0


def test_a_quota_status_is_a_quota_error(clock: Any) -> None:
    with pytest.raises(QuotaError) as caught:
        waiter(clock).for_status(lambda: "USER_QUOTA_ERROR", target={"READY"}, pending=())
    assert "quota" in (caught.value.hint or "")
