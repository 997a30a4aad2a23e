"""The portal for asyncio: batches, cancellation, several loops, and other implementations of the loop."""

import asyncio
import gc
import os
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
import uvloop

from portal_py import (
    AsyncPortal,
    ConfigurationError,
    InvalidRequestError,
    PortalLink,
    RateLimitedError,
    UnavailableError,
)
from portal_py.testing import Sandbox
from scripted import Scripted, answer, link

Run = Callable[[Coroutine[Any, Any, Any]], Any]


class LoopWithoutReaders(asyncio.SelectorEventLoop):
    """A loop that watches no descriptors, like Windows' proactor loop."""

    def add_reader(self, fd: Any, callback: Any, *args: Any) -> None:  # type: ignore[override]
        raise NotImplementedError


def run_on(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any]) -> Any:
    try:
        return loop.run_until_complete(asyncio.wait_for(work, 60))
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


@pytest.fixture(params=["asyncio", "uvloop", "without_readers"])
def run(request: pytest.FixtureRequest) -> Iterator[Run]:
    """Return a function that runs a coroutine, for each implementation of the event loop."""
    create_loop: Callable[[], asyncio.AbstractEventLoop] = {
        "asyncio": asyncio.new_event_loop,
        "uvloop": uvloop.new_event_loop,
        "without_readers": LoopWithoutReaders,
    }[request.param]
    yield lambda work: run_on(create_loop(), work)
    gc.collect()


async def until(wait: Callable[[], None]) -> None:
    """Run a blocking wait without blocking the loop."""
    await asyncio.get_running_loop().run_in_executor(None, wait)


def test_links_are_made_with_both_providers(portal_sandbox: Sandbox, run: Run) -> None:
    async def work() -> tuple[PortalLink, PortalLink]:
        async with portal_sandbox.async_portal("kwik") as kwik, portal_sandbox.async_portal("onlineapp") as onlineapp:
            return await asyncio.gather(
                kwik.create_link(customer_id="cus_demo_active"),
                onlineapp.create_link(email="a@example.com", metadata={"a": 1}),
            )

    kwik, onlineapp = run(work())
    assert (kwik.provider, onlineapp.provider) == ("kwik", "onlineapp")
    assert {str(entry["provider"]) for entry in portal_sandbox.journal()} == {"kwik", "onlineapp"}


def test_hundreds_of_calls_at_once_each_get_their_own_answer(portal_sandbox: Sandbox, run: Run) -> None:
    async def work() -> list[PortalLink]:
        async with portal_sandbox.async_portal("onlineapp") as portal:
            calls = [portal.create_link(email=f"u{number}@example.com") for number in range(300)]
            return await asyncio.gather(*calls)

    links = run(work())
    assert [link.customer.email for link in links] == [f"u{number}@example.com" for number in range(300)]
    assert len({link.url for link in links}) == 300


def test_a_return_url_of_an_origin_that_is_not_allowed_is_not_sent(server: Scripted, run: Run) -> None:
    async def work() -> InvalidRequestError:
        async with AsyncPortal("kwik", return_origins=["https://my.site"], **server.kwik) as portal:
            with pytest.raises(InvalidRequestError) as caught:
                await portal.create_link(customer_id="cus_1", return_url="https://my.site@evil.com/")
            assert caught.value.field == "return_url"
            with pytest.raises(InvalidRequestError) as caught:
                await portal.create_link(customer_id="cus_1", return_url="https://evil.com/my.site")
            return caught.value

    error = run(work())
    assert (error.field, error.delivery, error.operation) == ("return_url", "not_sent", "create_link")
    assert server.bodies == []


def test_errors_are_raised_where_the_call_is_awaited(server: Scripted, run: Run) -> None:
    server.answers = [answer(429, retry_after="9")]

    async def work() -> None:
        async with AsyncPortal("kwik", max_retries=0, **server.kwik) as portal:
            with pytest.raises(InvalidRequestError):
                await portal.create_link(email="a@example.com")
            with pytest.raises(TypeError, match="'customer_id'"):
                await portal.create_link(customer_id=1)  # type: ignore[arg-type]
            with pytest.raises(RateLimitedError) as caught:
                await portal.create_link(customer_id="cus_1")
            assert caught.value.retry_after == 9

    run(work())


def test_cancelling_the_task_cancels_the_request(server: Scripted, run: Run) -> None:
    server.withhold()

    async def work() -> None:
        async with AsyncPortal("kwik", timeout=600, **server.kwik) as portal:
            call = asyncio.create_task(portal.create_link(customer_id="cus_1"))
            await until(server.wait_until_requested)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            await until(server.wait_until_disconnected)  # while the portal is still open
            server.answers = [link()]
            await portal.create_link(customer_id="cus_1")

    run(work())


def test_a_deadline_of_the_application_cancels_the_request(server: Scripted, run: Run) -> None:
    server.withhold()

    async def work() -> None:
        async with AsyncPortal("kwik", timeout=600, **server.kwik) as portal:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(portal.create_link(customer_id="cus_1"), 0.05)
            await until(server.wait_until_disconnected)

    run(work())


def test_closing_ends_the_calls_under_way_and_refuses_later_ones(server: Scripted, run: Run) -> None:
    server.withhold()

    async def work() -> None:
        portal = AsyncPortal("kwik", timeout=600, **server.kwik)
        call = asyncio.create_task(portal.create_link(customer_id="cus_1"))
        await until(server.wait_until_requested)
        await portal.aclose()
        await portal.aclose()
        await until(server.wait_until_disconnected)
        before = len(os.listdir("/proc/self/fd"))
        for late in (call, portal.create_link(customer_id="cus_1")):
            with pytest.raises(RuntimeError, match="the portal is closed"):
                await late
        assert len(os.listdir("/proc/self/fd")) <= before

    run(work())


def test_no_thread_outlives_closing(server: Scripted, run: Run) -> None:
    def threads() -> int:
        with open("/proc/self/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("Threads:"))

    before = threads()

    async def work() -> None:
        async with AsyncPortal("kwik", **server.kwik) as portal:
            await portal.create_link(customer_id="cus_1")
            assert threads() > before

    run(work())
    server.__exit__(None, None, None)
    assert threads() <= before


def test_loops_in_several_threads_share_a_portal(server: Scripted) -> None:
    portal = AsyncPortal("kwik", **server.kwik)
    counts: list[int] = []

    async def work() -> None:
        links = await asyncio.gather(*[portal.create_link(customer_id="cus_1") for _ in range(50)])
        counts.append(len(links))

    def one() -> None:
        for _ in range(3):
            run_on(asyncio.new_event_loop(), work())

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [50] * 12
    run_on(asyncio.new_event_loop(), portal.aclose())


def test_a_loop_that_ended_in_the_middle_of_a_call_disturbs_no_other(server: Scripted) -> None:
    server.withhold()
    portal = AsyncPortal("kwik", timeout=600, **server.kwik)
    loop = asyncio.new_event_loop()
    call = loop.create_task(portal.create_link(customer_id="cus_1"))
    loop.run_until_complete(until(server.wait_until_requested))
    call.cancel()
    loop.run_until_complete(loop.shutdown_default_executor())
    with pytest.raises(asyncio.CancelledError):
        loop.run_until_complete(call)
    loop.close()
    server.answers = [link()]

    async def again() -> PortalLink:
        async with portal:
            return await portal.create_link(customer_id="cus_1")

    assert run_on(asyncio.new_event_loop(), again()).provider == "kwik"


def test_a_configuration_is_checked_before_there_is_a_loop() -> None:
    with pytest.raises(ConfigurationError):
        AsyncPortal("kwik")
    with pytest.raises(TypeError, match="unknown"):
        AsyncPortal("kwik", unknown=1)  # type: ignore[call-arg]


def test_warming_up_opens_the_connection_that_the_next_link_uses(server: Scripted) -> None:
    async def warm_up() -> None:
        async with AsyncPortal("kwik", **server.kwik) as portal:
            await portal.warm_up()
            await portal.warm_up()
            assert server.bodies == []
            await portal.create_link(customer_id="cus_1")

    asyncio.run(warm_up())
    assert server.connections == 1


def test_warming_up_without_a_server_raises_the_error_of_a_call() -> None:
    async def warm_up() -> None:
        async with AsyncPortal("kwik", api_key="k", api_secret="s", base_url="http://127.0.0.1:1") as portal:
            with pytest.raises(UnavailableError) as info:
                await portal.warm_up()
        assert (info.value.delivery, info.value.operation) == ("not_sent", "warm_up")
        with pytest.raises(RuntimeError):
            await portal.warm_up()

    asyncio.run(warm_up())
