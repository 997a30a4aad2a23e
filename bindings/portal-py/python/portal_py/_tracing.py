"""One OpenTelemetry span for each call. The first call after the application imports OpenTelemetry imports this."""

from contextvars import copy_context

from opentelemetry import context, trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from ._exceptions import PortalError
from ._native import __version__

_tracer = trace.get_tracer("portal_py", __version__)


class CallSpan:
    """The span of one call, below the span that is current when the call begins."""

    __slots__ = ("_span", "attempts", "context")

    def __init__(self, span: Span) -> None:
        self._span = span
        self.attempts: int | None = None
        # Log records of the call get this context. A copy, so that the caller's own context is unchanged.
        self.context = copy_context()
        self.context.run(context.attach, trace.set_span_in_context(span))

    def end(self, error: BaseException | None) -> None:
        """End the span. It records the kind of an error, but not the message, which may contain ids."""
        if isinstance(error, PortalError):
            self.attempts = error.attempts
            self._span.set_attribute("error.type", error.kind)
            self._span.set_attribute("portal.delivery", error.delivery)
            if error.status is not None:
                self._span.set_attribute("http.response.status_code", error.status)
        elif error is not None:
            self._span.set_attribute("error.type", type(error).__name__)
        if error is not None:
            self._span.set_status(Status(StatusCode.ERROR))
        if self.attempts is not None:
            self._span.set_attribute("portal.attempts", self.attempts)
        self._span.end()


def begin(provider: str, host: str, port: int) -> CallSpan | None:
    """Begin a span. Return ``None`` if it is not recorded."""
    span = _tracer.start_span(
        "portal.create_link",
        kind=SpanKind.CLIENT,
        attributes={"portal.provider": provider, "server.address": host, "server.port": port},
    )
    return CallSpan(span) if span.is_recording() else None
