"""Requests keep to a rate: the documented one, unless another is asked for."""

import asyncio
import time
from collections.abc import Callable

import pytest

from portal_py import AsyncPortal, Portal, RateLimitedError, capabilities
from scripted import Scripted


def sync_calls(server: Scripted, rate: int | None, count: int) -> None:
    with Portal("kwik", rate=rate, **server.kwik) as portal:
        for _ in range(count):
            portal.create_link(customer_id="cus_1")


def async_calls(server: Scripted, rate: int | None, count: int) -> None:
    async def work() -> None:
        async with AsyncPortal("kwik", rate=rate, **server.kwik) as portal:
            await asyncio.gather(*(portal.create_link(customer_id="cus_1") for _ in range(count)))

    asyncio.run(work())


@pytest.mark.parametrize("calls", [sync_calls, async_calls])
@pytest.mark.parametrize("rate", [None, 30])
def test_one_request_more_than_the_rate_takes_more_than_a_second(
    server: Scripted, rate: int | None, calls: Callable[[Scripted, int | None, int], None]
) -> None:
    limit = rate or capabilities("kwik").rate_per_second
    assert limit is not None
    began = time.monotonic()
    calls(server, rate, limit + 1)
    assert time.monotonic() - began > 1
    assert len(server.bodies) == limit + 1


def test_a_call_that_the_rate_limit_delays_past_its_deadline_is_not_sent(server: Scripted) -> None:
    with Portal("kwik", rate=1, timeout=0.9, **server.kwik) as portal:
        with pytest.raises(RateLimitedError) as caught:
            for _ in range(50):
                portal.create_link(customer_id="cus_1")
    assert (caught.value.delivery, caught.value.attempts) == ("not_sent", 0)
    assert caught.value.hint
