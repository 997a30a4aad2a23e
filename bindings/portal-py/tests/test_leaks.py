"""Ten thousand calls leave nothing behind."""

import asyncio
import gc
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portal_py import AsyncPortal, InvalidRequestError, Portal
from portal_py.testing import Credentials

MEBIBYTE = 1 << 20


@pytest.fixture
def canned() -> Iterator[Credentials]:
    """A server in a process of its own, so that only what the client keeps is measured."""
    program = [sys.executable, str(Path(__file__).parent / "canned.py")]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True) as server:
        assert server.stdout
        yield {"api_key": "k", "api_secret": "s", "base_url": f"http://127.0.0.1:{int(server.stdout.readline())}"}
        server.kill()


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def memory() -> int:
    with open("/proc/self/statm", encoding="ascii") as pages:
        return int(pages.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def assert_stable(calls: Callable[[int], None]) -> None:
    calls(2_000)  # creates what is created only once
    gc.collect()
    before = (descriptors(), memory())
    calls(10_000)
    gc.collect()
    # A cancelled call's connection may still be closing.
    assert descriptors() <= before[0] + 4
    # Detects a leak of 200 bytes a call, and ignores memory that allocators keep.
    assert memory() - before[1] < 2 * MEBIBYTE


def test_ten_thousand_sync_calls_leave_nothing(canned: Credentials) -> None:
    with Portal("kwik", rate="off", **canned) as portal:

        def calls(count: int) -> None:
            for number in range(count):
                portal.create_link(customer_id="cus_1")
                if number % 10 == 0:
                    with pytest.raises(InvalidRequestError):
                        portal.create_link(customer_id="")

        assert_stable(calls)


def test_ten_thousand_async_calls_leave_nothing(canned: Credentials) -> None:
    portal = AsyncPortal("kwik", rate="off", **canned)
    loop = asyncio.new_event_loop()

    async def batches(count: int) -> None:
        for _ in range(count // 50):
            tasks = [asyncio.create_task(portal.create_link(customer_id="cus_1")) for _ in range(50)]
            tasks[0].cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    assert_stable(lambda count: loop.run_until_complete(batches(count)))
    loop.run_until_complete(portal.aclose())
    loop.close()


def test_portals_that_are_dropped_without_closing_leave_nothing(canned: Credentials) -> None:
    async def once() -> None:
        await AsyncPortal("kwik", **canned).create_link(customer_id="cus_1")

    def both(count: int) -> None:
        for _ in range(count):
            Portal("kwik", **canned).create_link(customer_id="cus_1")
            asyncio.run(once())
        gc.collect()

    both(5)
    before = descriptors()
    both(20)
    # A portal that leaks holds at least five. The thread of the last one may still be ending.
    assert descriptors() < before + 20
