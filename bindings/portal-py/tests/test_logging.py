"""The engine's events reach ``logging`` as ``portal_py``, where, when and how the application configures it."""

import asyncio
import contextlib
import logging
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import pytest

from callers import CALLERS, Caller
from canaries import ECHO, assert_hidden
from log_recorder import LogRecorder, message_of
from portal_py import AsyncPortal, InvalidRequestError, Portal, PortalError, RateLimitedError
from scripted import PATIENCE, Answer, Scripted, answer, hang_up, link

LOGGER = logging.getLogger("portal_py")
RETRY = "attempt failed, another follows"


@CALLERS
def test_a_calls_log_records_have_fields_to_filter_by(server: Scripted, log: LogRecorder, caller: Caller) -> None:
    caller(server.kwik)
    begins, succeeded = log.records
    assert {record.name for record in log.records} == {"portal_py"}
    assert {record.levelname for record in log.records} == {"DEBUG"}
    port = int(server.url.rsplit(":", 1)[1])
    what = {"provider": "kwik", "operation": "create_link"}
    assert vars(begins)["portal"] == {**what, "attempt": 1, "host": "127.0.0.1", "port": port}
    assert begins.getMessage() == (
        f"attempt begins: provider=kwik operation=create_link attempt=1 host=127.0.0.1 port={port}"
    )
    assert vars(succeeded)["portal"] == {**what, "attempts": 1, "seconds": vars(succeeded)["portal"]["seconds"]}
    assert succeeded.getMessage().startswith("call succeeded: provider=kwik operation=create_link attempts=1 seconds=")


@CALLERS
def test_each_record_has_the_time_of_its_event(server: Scripted, log: LogRecorder, caller: Caller) -> None:
    caller(server.kwik)
    begins, succeeded = log.records
    took = vars(succeeded)["portal"]["seconds"]
    # The records are at most the logged duration apart: they have the times of events, not of logging.
    assert 0 < succeeded.created - begins.created <= took + 0.001
    for record in log.records:
        assert record.msecs == int(record.created * 1000) % 1000
    apart = succeeded.relativeCreated - begins.relativeCreated
    assert apart == pytest.approx((succeeded.created - begins.created) * 1000, abs=0.01)


@CALLERS
def test_a_retry_and_a_failure_are_logged_with_their_reasons(
    server: Scripted, log: LogRecorder, caller: Caller
) -> None:
    server.answers = [answer(429, retry_after="0"), answer(429)]
    with pytest.raises(RateLimitedError):
        caller(server.kwik, max_retries=1)
    assert log.messages() == ["attempt begins", RETRY, "attempt begins", "call failed"]
    _, retry, second, failed = log.fields()
    reason = {"kind": "rate_limited", "delivery": "refused", "status": 429, "level": "INFO"}
    assert ({**reason, "attempt": 1, "seconds": 0.0}).items() <= retry.items()
    assert second["attempt"] == 2
    assert ({**reason, "attempts": 2}).items() <= failed.items()


@CALLERS
def test_a_call_that_sends_nothing_is_logged_as_not_sent(server: Scripted, log: LogRecorder, caller: Caller) -> None:
    with pytest.raises(InvalidRequestError):
        caller(server.kwik, {"customer_id": ""})
    [failed] = log.fields()
    assert {"attempts": 0, "kind": "invalid", "delivery": "not_sent"}.items() <= failed.items()


def test_a_wait_for_the_rate_limit_is_logged(server: Scripted, log: LogRecorder) -> None:
    async def until_one_waits() -> None:
        waits = asyncio.Event()
        log.also = lambda record: waits.set() if message_of(record) == "waiting for the rate limit" else None
        async with AsyncPortal("kwik", rate=5, **server.kwik) as portal:
            calls = [asyncio.create_task(portal.create_link(customer_id="cus_1")) for _ in range(20)]
            await asyncio.wait_for(waits.wait(), PATIENCE)
            for one in calls:
                one.cancel()
            await asyncio.gather(*calls, return_exceptions=True)

    asyncio.run(until_one_waits())
    waited = log.fields()[log.messages().index("waiting for the rate limit")]
    assert 0 < waited["seconds"] <= 10
    assert {"provider": "kwik", "rate": 5, "level": "DEBUG"}.items() <= waited.items()


ANSWERS: list[Answer] = [
    link("https://pay.example.com/canary-link"),
    link("http://plain.example/canary-link"),
    answer(401, {"error": ECHO, "message": ECHO}),
    answer(422, {"error": "canary-secret", "field": ECHO, "code": "canary-key"}),
    answer(429, {"error": ECHO}, retry_after="0"),
    answer(503, ECHO),
    answer(302, None, location="https://canary-link.example"),
    hang_up,
]


@CALLERS
@pytest.mark.parametrize("provider", ["kwik", "onlineapp"])
@pytest.mark.parametrize("response", ANSWERS)
def test_no_record_holds_a_secret_or_names_the_customer(
    server: Scripted, log: LogRecorder, caller: Caller, provider: str, response: Answer
) -> None:
    LOGGER.setLevel(1)
    server.answers = [response]
    arguments = {
        "customer_id": "cus_1",
        "email": "canary@example.com",
        "metadata": {"canary-meta": "canary-meta"},
        "return_url": "https://my.site/canary-return",
        "best_effort": True,
    }
    with contextlib.suppress(PortalError):
        caller(getattr(server, provider), arguments, provider=provider)
    assert "attempt begins" in log.messages()
    text = "".join(record.getMessage() + repr(vars(record)) for record in log.records)
    assert_hidden(text)
    assert "cus_1" not in text
    assert "http:" not in text
    assert "https:" not in text


@CALLERS
def test_a_level_set_at_run_time_holds_from_the_next_call_on(
    server: Scripted, log: LogRecorder, caller: Caller
) -> None:
    server.answers = [answer(429, retry_after="0"), link()]
    LOGGER.setLevel(logging.INFO)
    caller(server.kwik)
    assert log.messages() == [RETRY]
    log.records.clear()
    silences: list[Callable[[], object]] = [
        lambda: LOGGER.setLevel(logging.WARNING),
        lambda: logging.disable(logging.INFO),
        lambda: setattr(LOGGER, "disabled", True),
    ]
    for silence in silences:
        LOGGER.setLevel(logging.DEBUG)
        silence()
        try:
            caller(server.kwik)
        finally:
            logging.disable(logging.NOTSET)
            LOGGER.disabled = False
        assert log.records == []
    LOGGER.setLevel(logging.DEBUG)
    caller(server.kwik)
    assert log.messages() == ["attempt begins", "call succeeded"]


@CALLERS
def test_no_record_is_created_for_a_disabled_level(
    server: Scripted, log: LogRecorder, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    records: list[object] = []

    def make_record(*arguments: object, **keywords: object) -> None:
        records.append(arguments)

    monkeypatch.setattr(LOGGER, "makeRecord", make_record)
    LOGGER.setLevel(logging.WARNING)
    caller(server.kwik)
    assert records == []


@pytest.mark.parametrize("caller", ["sync", "async"])
def test_logging_is_not_imported_for_an_application_that_does_not_log(server: Scripted, caller: str) -> None:
    calls = {
        "sync": "portal_py.Portal('kwik', **credentials).create_link(customer_id='cus_1')",
        # asyncio itself imports logging.
        "async": "import asyncio; before = dict(sys.modules)\n"
        "async def work(): await portal_py.AsyncPortal('kwik', **credentials).create_link(customer_id='cus_1')\n"
        "asyncio.run(work())",
    }
    program = f"""
import sys
sys.path[:0] = {sys.path!r}
credentials = {server.kwik!r}
import portal_py
{calls[caller]}
print([name for name in ('logging', 'contextvars', 'opentelemetry', 'portal_py._tracing') if name in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], timeout=PATIENCE, capture_output=True, text=True, check=True
    )
    expected = {"sync": "[]", "async": "['logging', 'contextvars']"}
    assert (done.stdout.strip(), done.stderr) == (expected[caller], "")


def test_an_application_may_begin_to_log_at_any_time(server: Scripted) -> None:
    program = f"""
import sys
sys.path[:0] = {sys.path!r}
import portal_py
portal = portal_py.Portal('kwik', **{server.kwik!r})
portal.create_link(customer_id='cus_1')
import logging
logging.basicConfig(level='DEBUG', format='%(levelname)s %(name)s %(message).14s', stream=sys.stdout)
portal.create_link(customer_id='cus_1')
"""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], timeout=PATIENCE, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["DEBUG portal_py attempt begins", "DEBUG portal_py call succeeded"]


WHO: ContextVar[str] = ContextVar("WHO", default="unset")


def test_each_thread_logs_its_own_calls(server: Scripted, log: LogRecorder) -> None:
    log.also = lambda record: setattr(record, "who", WHO.get())
    with Portal("kwik", **server.kwik) as portal:

        def work() -> None:
            WHO.set(threading.current_thread().name)
            for _ in range(5):
                portal.create_link(customer_id="cus_1")

        threads = [threading.Thread(target=work, name=f"caller {number}") for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for thread in threads:
        own = [record for record in log.records if record.threadName == thread.name]
        assert [message_of(record) for record in own] == ["attempt begins", "call succeeded"] * 5
        assert {vars(record)["who"] for record in own} == {thread.name}


def test_a_logging_filter_runs_in_the_context_of_the_calling_task(server: Scripted, log: LogRecorder) -> None:
    log.also = lambda record: setattr(record, "who", WHO.get())

    async def work() -> None:
        async with AsyncPortal("kwik", **server.kwik) as portal:

            async def one(name: str) -> None:
                WHO.set(name)
                await portal.create_link(customer_id="cus_1")
                # All records were logged before the call returned.
                own = [record for record in log.records if vars(record)["who"] == name]
                assert [message_of(record) for record in own] == ["attempt begins", "call succeeded"]

            await asyncio.gather(*[one(f"task {number}") for number in range(20)])

    asyncio.run(work())
    assert len(log.records) == 40
    assert {record.threadName for record in log.records} == {"MainThread"}


def test_a_long_wait_is_logged_while_it_lasts(server: Scripted, log: LogRecorder) -> None:
    server.answers = [answer(429, retry_after="500"), link()]

    async def work() -> None:
        waiting = asyncio.Event()
        log.also = lambda record: waiting.set() if message_of(record) == RETRY else None
        async with AsyncPortal("kwik", timeout=600, **server.kwik) as portal:
            one = asyncio.create_task(portal.create_link(customer_id="cus_1"))
            await asyncio.wait_for(waiting.wait(), PATIENCE)
            one.cancel()
            with pytest.raises(asyncio.CancelledError):
                await one

    asyncio.run(work())
    assert log.fields()[-1]["seconds"] == 500


def test_log_records_of_a_cancelled_call_are_not_lost(server: Scripted, log: LogRecorder) -> None:
    server.withhold()

    async def work() -> None:
        async with AsyncPortal("kwik", timeout=600, **server.kwik) as portal:
            # Stepped by hand, so that the loop cannot drain the queue in between.
            one = portal.create_link(customer_id="cus_1")
            one.send(None)
            server.wait_until_requested()
            with pytest.raises(asyncio.CancelledError):
                one.throw(asyncio.CancelledError())
            assert log.messages() == ["attempt begins"]

    asyncio.run(work())


def test_ctrl_c_in_a_handler_ends_the_call(server: Scripted, log: LogRecorder) -> None:
    server.answers = [answer(429, retry_after="500"), link()]

    def interrupt(record: logging.LogRecord) -> None:
        if message_of(record) == RETRY:
            raise KeyboardInterrupt

    log.also = interrupt
    with Portal("kwik", timeout=600, **server.kwik) as portal:
        with pytest.raises(KeyboardInterrupt):
            portal.create_link(customer_id="cus_1")
        assert portal.create_link(customer_id="cus_1").provider == "kwik"


@CALLERS
def test_a_handler_that_raises_disturbs_no_call(
    server: Scripted, log: LogRecorder, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()

    def report(unraisable: Any) -> None:
        reported.put(unraisable.exc_value)

    monkeypatch.setattr(sys, "unraisablehook", report)

    def fail(record: logging.LogRecord) -> None:
        raise ValueError("this handler is broken")

    log.also = fail
    caller(server.kwik)
    assert [str(reported.get_nowait()) for _ in log.records] == ["this handler is broken"] * 2


def test_a_handler_may_make_calls_itself(server: Scripted, log: LogRecorder) -> None:
    with Portal("kwik", **server.kwik) as portal:

        def once(record: logging.LogRecord) -> None:
            log.also = lambda record: None
            portal.create_link(customer_id="cus_1")

        log.also = once
        portal.create_link(customer_id="cus_1")
    assert sorted(log.messages()) == ["attempt begins"] * 2 + ["call succeeded"] * 2


@CALLERS
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_logs_its_own_calls(server: Scripted, log: LogRecorder, caller: Caller) -> None:
    caller(server.kwik)
    log.records.clear()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            caller(server.kwik)
            status = log.messages() != ["attempt begins", "call succeeded"] or log.records[0].process != os.getpid()
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    assert log.records == []
    caller(server.kwik)
    assert log.messages() == ["attempt begins", "call succeeded"]


def test_a_key_that_cannot_be_looked_at_is_a_warning(
    server: Scripted, log: LogRecorder, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    LOGGER.setLevel(logging.WARNING)
    for name in ("KEY", "SECRET"):
        path = tmp_path / name
        path.write_text("canary-key")
        monkeypatch.setenv(f"KWIK_API_{name}_FILE", str(path))
    with Portal("kwik", base_url=server.url) as portal:
        portal.create_link(customer_id="cus_1")
        (tmp_path / "KEY").unlink()
        portal.create_link(customer_id="cus_1")
    [record] = log.records
    assert log.fields()[0].items() >= {"level": "WARNING", "provider": "kwik"}.items()
    assert record.getMessage().startswith("the credential cannot be checked; the last one is kept")
    assert "canary-key" not in record.getMessage()
