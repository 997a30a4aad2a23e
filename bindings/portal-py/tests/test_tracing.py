"""One OpenTelemetry span for each call, where the application has OpenTelemetry."""

import asyncio
import contextlib
import logging
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from callers import CALLERS, Caller
from canaries import ECHO, assert_hidden
from portal_py import (
    AsyncPortal,
    InvalidRequestError,
    NotFoundError,
    Portal,
    PortalError,
    RateLimitedError,
    UnavailableError,
)
from scripted import PATIENCE, Answer, Scripted, answer, hang_up, link

EXPORTER = InMemorySpanExporter()


@pytest.fixture(scope="module")
def tracer() -> trace.Tracer:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(EXPORTER))
    trace.set_tracer_provider(provider)  # once in a process
    return trace.get_tracer("application")


@pytest.fixture
def spans(tracer: trace.Tracer) -> Callable[[], list[ReadableSpan]]:
    EXPORTER.clear()
    return lambda: [span for span in EXPORTER.get_finished_spans() if span.name == "portal.create_link"]


Spans = Callable[[], list[ReadableSpan]]


def attributes(span: ReadableSpan) -> dict[str, object]:
    return dict(span.attributes or {})


@CALLERS
def test_a_call_is_one_client_span_below_the_current_one(
    server: Scripted, spans: Spans, tracer: trace.Tracer, caller: Caller
) -> None:
    with tracer.start_as_current_span("request") as request:
        caller(server.kwik)
        assert trace.get_current_span() is request
    [span] = spans()
    assert span.kind is SpanKind.CLIENT
    assert span.parent is not None
    assert span.parent.span_id == request.get_span_context().span_id
    assert span.status.status_code is StatusCode.UNSET
    assert attributes(span) == {
        "portal.provider": "kwik",
        "portal.attempts": 1,
        "server.address": "127.0.0.1",
        "server.port": int(server.url.rsplit(":", 1)[1]),
    }
    scope = span.instrumentation_scope
    assert scope is not None
    assert scope.name == "portal_py"


@CALLERS
def test_retries_are_one_span_that_counts_them(server: Scripted, spans: Spans, caller: Caller) -> None:
    server.answers = [answer(429, retry_after="0"), answer(429, retry_after="0"), link()]
    caller(server.kwik)
    [span] = spans()
    assert attributes(span)["portal.attempts"] == 3


@CALLERS
@pytest.mark.parametrize(
    ("response", "raised", "expected"),
    [
        (answer(404, {}), NotFoundError, ("not_found", "refused", 404)),
        (answer(429), RateLimitedError, ("rate_limited", "refused", 429)),
        (hang_up, UnavailableError, ("unavailable", "unknown", None)),
    ],
)
def test_the_span_of_a_failure_has_the_errors_kind(
    server: Scripted,
    spans: Spans,
    caller: Caller,
    response: Answer,
    raised: type[Exception],
    expected: tuple[object, ...],
) -> None:
    server.answers = [response]
    with pytest.raises(raised):
        caller(server.kwik, max_retries=0)
    [span] = spans()
    assert span.status.status_code is StatusCode.ERROR
    shown = attributes(span)
    names = ("error.type", "portal.delivery", "http.response.status_code")
    assert tuple(map(shown.get, names)) == expected
    assert shown["portal.attempts"] == 1


@CALLERS
def test_a_call_that_is_refused_here_is_a_span_too(server: Scripted, spans: Spans, caller: Caller) -> None:
    with pytest.raises(InvalidRequestError):
        caller(server.kwik, {"customer_id": ""})
    [span] = spans()
    assert (attributes(span)["error.type"], attributes(span)["portal.attempts"]) == ("invalid", 0)
    assert server.bodies == []


@CALLERS
@pytest.mark.parametrize(
    "response",
    [
        link("https://pay.example.com/canary-link"),
        answer(401, {"error": ECHO, "message": ECHO}),
        answer(404, {"message": "cus_1 is unknown"}),
    ],
)
def test_a_span_holds_no_secret_and_does_not_name_the_customer(
    server: Scripted, spans: Spans, caller: Caller, response: Answer
) -> None:
    server.answers = [response]
    with contextlib.suppress(PortalError):
        caller(server.kwik, {"customer_id": "cus_1", "email": "canary@example.com"}, max_retries=0)
    [span] = spans()
    text = span.to_json()
    assert_hidden(text)
    for shown in ("cus_1", "http:", "https:"):
        assert shown not in text
    assert span.events == ()


def test_a_cancelled_call_ends_its_span(server: Scripted, spans: Spans, tracer: trace.Tracer) -> None:
    server.withhold()

    async def work() -> None:
        async with AsyncPortal("kwik", timeout=600, **server.kwik) as portal:
            one = asyncio.create_task(portal.create_link(customer_id="cus_1"))
            await asyncio.get_running_loop().run_in_executor(None, server.wait_until_requested)
            assert spans() == []
            one.cancel()
            with pytest.raises(asyncio.CancelledError):
                await one

    asyncio.run(work())
    [span] = spans()
    assert attributes(span)["error.type"] == "CancelledError"
    assert span.status.status_code is StatusCode.ERROR


def test_calls_at_the_same_time_belong_each_to_its_own_request(
    server: Scripted, spans: Spans, tracer: trace.Tracer
) -> None:
    requests: list[int] = []

    async def work() -> None:
        async with AsyncPortal("kwik", **server.kwik) as portal:

            async def one() -> None:
                with tracer.start_as_current_span("request") as request:
                    requests.append(request.get_span_context().span_id)
                    await portal.create_link(customer_id="cus_1")

            await asyncio.gather(*[one() for _ in range(10)])

    asyncio.run(work())
    with Portal("kwik", **server.kwik) as portal:

        def in_thread() -> None:
            with tracer.start_as_current_span("request") as request:
                requests.append(request.get_span_context().span_id)
                portal.create_link(customer_id="cus_1")

        threads = [threading.Thread(target=in_thread) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(span.parent.span_id for span in spans() if span.parent) == sorted(requests)
    assert len(requests) == 14


@CALLERS
def test_log_records_of_a_call_belong_to_its_span(server: Scripted, spans: Spans, caller: Caller) -> None:
    span_ids: list[int] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            span_ids.append(trace.get_current_span().get_span_context().span_id)

    logger, handler = logging.getLogger("portal_py"), Handler()
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        caller(server.kwik)
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)
    [span] = spans()
    assert span.context is not None
    assert span_ids == [span.context.span_id] * 2


def python(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], timeout=PATIENCE, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.strip()


def test_an_application_without_opentelemetry_gets_none(server: Scripted) -> None:
    program = f"""
import sys, asyncio, portal_py
credentials = {server.kwik!r}
portal_py.Portal('kwik', **credentials).create_link(customer_id='cus_1')
async def work():
    async with portal_py.AsyncPortal('kwik', **credentials) as portal:
        await portal.create_link(customer_id='cus_1')
asyncio.run(work())
print([name for name in sys.modules if name.startswith(('opentelemetry', 'portal_py._tracing'))])
sys.modules['opentelemetry.trace'] = None  # forbids the import
portal_py.Portal('kwik', **credentials).create_link(customer_id='cus_1')
"""
    assert python(program) == "[]"


def test_an_application_that_set_no_provider_pays_for_no_span(server: Scripted) -> None:
    program = f"""
import portal_py
from opentelemetry import trace
portal_py.Portal('kwik', **{server.kwik!r}).create_link(customer_id='cus_1')
from portal_py import _tracing
print(_tracing.begin('kwik', 'localhost', 1))
"""
    assert python(program) == "None"


def test_tracing_that_is_broken_is_reported_and_the_call_made(server: Scripted) -> None:
    program = f"""
import sys, types, portal_py
sys.unraisablehook = lambda unraisable: print(unraisable.exc_type.__name__)
sys.modules['opentelemetry'] = sys.modules['opentelemetry.trace'] = types.ModuleType('opentelemetry')
print(portal_py.Portal('kwik', **{server.kwik!r}).create_link(customer_id='cus_1').provider)
"""
    assert python(program).split() == ["ImportError", "kwik"]
