"""Ctrl-C, forks and other processes: each works or says why not, and none hangs."""

import _thread
import asyncio
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from log_recorder import LogRecorder, message_of
from portal_py import AsyncPortal, Portal, RateLimitedError
from portal_py.testing import Credentials
from scripted import PATIENCE, Scripted, answer

WAITS = "waiting for the rate limit"
RATE = 10


@pytest.fixture(autouse=True)
def ctrl_c_ends_a_call() -> Iterator[None]:
    """Restore the handler for Ctrl-C, which a process in the background ignores."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_ends_a_waiting_call_and_its_request(server: Scripted) -> None:
    server.withhold()

    def press() -> None:
        server.wait_until_requested()
        os.kill(os.getpid(), signal.SIGINT)

    pressing = threading.Thread(target=press)
    with Portal("kwik", timeout=600, **server.kwik) as portal:
        pressing.start()
        with pytest.raises(KeyboardInterrupt):
            portal.create_link(customer_id="cus_1")
        server.wait_until_disconnected()
    pressing.join()


def test_ctrl_c_ends_a_call_within_a_tenth_of_a_second(server: Scripted) -> None:
    server.withhold()
    pressed: list[float] = []

    def press() -> None:
        server.wait_until_requested()
        pressed.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    def once(portal: Portal) -> float:
        pressing = threading.Thread(target=press)
        pressing.start()
        with pytest.raises(KeyboardInterrupt):
            portal.create_link(customer_id="cus_1")
        log = time.monotonic()
        pressing.join()
        return log - pressed.pop()

    with Portal("kwik", timeout=600, **server.kwik) as portal:
        # The quickest of some, since a busy machine may be late with any of them.
        assert min(once(portal) for _ in range(5)) < 0.1


def test_ctrl_c_ends_an_awaited_call_and_its_request(server: Scripted) -> None:
    server.withhold()

    def press() -> None:
        server.wait_until_requested()
        os.kill(os.getpid(), signal.SIGINT)

    async def work() -> None:
        async with AsyncPortal("kwik", timeout=600, **server.kwik) as portal:
            await portal.create_link(customer_id="cus_1")

    pressing = threading.Thread(target=press)
    pressing.start()
    with pytest.raises(KeyboardInterrupt):
        asyncio.run(work())
    server.wait_until_disconnected()
    pressing.join()


def test_other_threads_run_while_a_call_waits(server: Scripted) -> None:
    server.withhold()
    with Portal("kwik", timeout=600, **server.kwik) as portal:

        def interrupt() -> None:
            server.wait_until_requested()
            _thread.interrupt_main()  # which only a thread with the interpreter's lock can do

        other = threading.Thread(target=interrupt)
        other.start()
        with pytest.raises(KeyboardInterrupt):
            portal.create_link(customer_id="cus_1")
    other.join()


def in_child(work: Any) -> int:
    """Runs ``work`` in a forked child, and returns its exit status; a hang is killed."""
    child = os.fork()
    if child == 0:
        try:
            signal.alarm(PATIENCE)
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1]


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_portal_that_was_used_before_a_fork_works_in_parent_and_child(server: Scripted) -> None:
    with Portal("kwik", **server.kwik) as portal:
        portal.create_link(customer_id="cus_1")
        assert in_child(lambda: portal.create_link(customer_id="cus_1")) == 0
        assert in_child(portal.close) == 0
        portal.create_link(customer_id="cus_1")
    # The parent kept its one connection, and the child made its own.
    assert server.connections == 2


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_fork_in_the_middle_of_other_threads_calls_does_not_hang(server: Scripted) -> None:
    enough = threading.Event()
    with Portal("kwik", **server.kwik) as portal:

        def work() -> None:
            while not enough.is_set():
                portal.create_link(customer_id="cus_1")

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(10):
                assert in_child(lambda: portal.create_link(customer_id="cus_1")) == 0
                assert in_child(lambda: make_links(server.kwik)) == 0
        finally:
            enough.set()
            for thread in threads:
                thread.join()


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_an_async_portal_that_was_used_before_a_fork_works_in_parent_and_child(server: Scripted) -> None:
    portal = AsyncPortal("kwik", **server.kwik)

    async def work() -> None:
        await portal.create_link(customer_id="cus_1")

    asyncio.run(work())
    assert in_child(lambda: asyncio.run(work())) == 0
    assert in_child(lambda: asyncio.run(portal.aclose())) == 0
    asyncio.run(work())
    asyncio.run(portal.aclose())
    assert server.connections == 2


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_loop_that_was_forked_says_that_it_is_the_parents(server: Scripted) -> None:
    portal = AsyncPortal("kwik", **server.kwik)
    loop = asyncio.new_event_loop()
    loop.run_until_complete(portal.create_link(customer_id="cus_1"))

    def refused() -> None:
        with pytest.raises(RuntimeError, match="hint: run a new one after a fork"):
            loop.run_until_complete(portal.create_link(customer_id="cus_1"))

    assert in_child(refused) == 0
    loop.run_until_complete(portal.create_link(customer_id="cus_1"))
    loop.run_until_complete(portal.aclose())
    loop.close()


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_has_a_rate_of_its_own(server: Scripted, log: LogRecorder) -> None:
    portal = Portal("kwik", rate=RATE, **server.kwik)

    def at_once() -> None:
        log.records.clear()
        portal.create_link(customer_id="cus_1")
        with Portal("kwik", rate=RATE, **server.kwik) as another:
            another.create_link(customer_id="cus_1")
        assert log.messages() == ["attempt begins", "call succeeded"] * 2

    async def fork_in_a_crowd() -> None:
        async with AsyncPortal("kwik", rate=RATE, **server.kwik) as crowded:
            waits = asyncio.Event()
            log.also = lambda record: waits.set() if message_of(record) == WAITS else None
            calls = [asyncio.create_task(crowded.create_link(customer_id="cus_1")) for _ in range(4 * RATE)]
            await asyncio.wait_for(waits.wait(), PATIENCE)
            log.also = lambda record: None
            # The parent's queue is long. None of its threads runs here.
            assert in_child(at_once) == 0
            for one in calls:
                one.cancel()
            await asyncio.gather(*calls, return_exceptions=True)

    asyncio.run(fork_in_a_crowd())
    portal.close()


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_the_portals_of_a_forked_child_share_its_rate(server: Scripted, log: LogRecorder) -> None:
    before = Portal("kwik", rate=RATE, **server.kwik)

    async def two_crowds(credentials: Credentials) -> None:
        log.records.clear()
        async with (
            AsyncPortal("kwik", rate=RATE, **credentials) as one,
            AsyncPortal("kwik", rate=RATE, **credentials) as other,
        ):
            calls = [portal.create_link(customer_id="cus_1") for portal in (one, other) for _ in range(RATE - 4)]
            await asyncio.gather(*calls)

    def share() -> None:
        before.create_link(customer_id="cus_1")
        # Neither reaches the rate by itself, in any number of tries, each with a key of its own;
        # together they do, unless this machine takes more than a second for so few calls.
        for number in range(5):
            asyncio.run(two_crowds({**server.kwik, "api_key": f"key-{number}"}))
            if WAITS in log.messages():
                return
        raise AssertionError("no call waits")

    assert in_child(share) == 0
    before.close()


def make_links(credentials: Credentials) -> int:
    with Portal("kwik", **credentials) as portal:
        return sum(portal.create_link(customer_id="cus_1").provider == "kwik" for _ in range(3))


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_multiprocessing_works_with_each_start_method(server: Scripted, method: str) -> None:
    make_links(server.kwik)
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.map_async(make_links, [server.kwik] * 4).get(timeout=2 * PATIENCE) == [3] * 4


def refused(credentials: Credentials) -> None:
    with Portal("kwik", max_retries=0, **credentials) as portal:
        portal.create_link(customer_id="cus_1")


def test_an_error_of_another_process_arrives_whole(server: Scripted) -> None:
    server.answers = [answer(429, retry_after="7")]
    with multiprocessing.get_context("spawn").Pool(1) as pool, pytest.raises(RateLimitedError) as caught:
        pool.apply(refused, (server.kwik,))
    error = caught.value
    assert (error.retry_after, error.status, error.provider, error.attempts) == (7, 429, "kwik", 1)
    assert error.hint is not None


@pytest.mark.parametrize(
    "program",
    [
        "portal = portal_py.Portal('kwik', **credentials); portal.create_link(customer_id='cus_1')",
        """
async def work():
    global portal
    portal = portal_py.AsyncPortal('kwik', timeout=600, **credentials)
    await portal.create_link(customer_id='cus_1')
asyncio.run(work())""",
        "from portal_py.testing import Sandbox; sandbox = Sandbox()",
        """
import threading
portal = portal_py.Portal('kwik', **credentials)
threading.Thread(target=portal.create_link, kwargs={'customer_id': 'cus_1'}).start()""",
    ],
)
def test_an_interpreter_ends_with_portals_left_open(server: Scripted, program: str) -> None:
    text = f"import asyncio, portal_py; credentials = {server.kwik!r}; exec({program!r})"
    done = subprocess.run([sys.executable, "-c", text], timeout=PATIENCE, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
