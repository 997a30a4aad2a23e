"""The portal for asyncio. ``portal_py`` imports this module on first use, because it imports asyncio."""

import asyncio

from ._native import AsyncRuntime, CompletionQueue, Customer, PortalLink, Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike
    from types import TracebackType
    from typing import Literal

    from typing_extensions import Unpack

    from ._generated import LinkOptions, ProviderSettings
    from ._json import JsonValue


class AsyncPortal:
    """A client of one provider's account that creates portal links. Event loops and threads may share it.

    The arguments are those of ``Portal``: settings that are not given come from the environment.
    ``timeout`` is the time for a whole call with retries, in seconds (default 30). ``max_retries`` is
    the number of attempts after the first (default 2). ``rate`` is the limit of requests a second
    (default: the documented limit), or ``"off"``. ``ca`` is a PEM file of authorities, in addition to
    the system's. With ``return_origins``, such as ``https://my.site``, a ``return_url`` of another
    origin is an ``InvalidRequestError`` before anything is sent.

    Raises ``ConfigurationError`` for an unknown provider and for a setting that is missing or
    malformed.
    """

    __slots__ = ("__weakref__", "_queues", "_runtime")

    def __init__(
        self,
        provider: str,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
        rate: "int | Literal['off'] | None" = None,
        ca: "str | PathLike[str] | None" = None,
        return_origins: "Sequence[str] | None" = None,
        **settings: "Unpack[ProviderSettings]",
    ) -> None:
        self._runtime = AsyncRuntime(provider, timeout, max_retries, rate, ca, return_origins, settings)
        self._queues: dict[asyncio.AbstractEventLoop, CompletionQueue] = {}

    @property
    def provider(self) -> str:
        """The provider's id, such as ``kwik``."""
        return self._runtime.provider

    async def create_link(
        self,
        *,
        customer: Customer | None = None,
        settings: Settings | None = None,
        extra: "Mapping[str, JsonValue] | None" = None,
        best_effort: bool = False,
        **options: "Unpack[LinkOptions]",
    ) -> PortalLink:
        """Create a link that logs the customer in to the provider's portal.

        Takes the arguments of ``Portal.create_link``. Cancelling the task that awaits this cancels the
        request. Raises the errors of ``Portal.create_link``: ``PortalError``, whose subclasses say what to
        do and whose ``delivery`` says whether the provider may have acted; ``TypeError`` for a value of the
        wrong type, which it names; ``RuntimeError`` once the portal is closed.
        """
        loop = asyncio.get_running_loop()
        queue = self._queues.get(loop) or self._open(loop)
        future: asyncio.Future[PortalLink] = loop.create_future()
        span = self._runtime.span()
        ticket = None
        try:
            ticket = queue.create_link(future, span, customer, settings, extra, best_effort, options)
            link = await future
        except BaseException as error:
            if span is not None:
                span.end(error)
            if ticket is not None:
                queue.cancel(ticket)  # does nothing if the call is done
            raise
        if span is not None:
            span.end(None)
        return link

    async def warm_up(self) -> None:
        """Open a connection unless one is open, so that the next link takes one round trip instead of three.

        Nothing is sent over it. It is kept for 90 seconds without a call, or for as long as the server
        keeps it. Raises the errors of ``create_link`` if no connection can be opened. It is safe to ignore
        them, because the next call opens its own connection.
        """
        loop = asyncio.get_running_loop()
        queue = self._queues.get(loop) or self._open(loop)
        future: asyncio.Future[None] = loop.create_future()
        ticket = queue.warm_up(future)
        try:
            await future
        except BaseException:
            queue.cancel(ticket)  # does nothing if the call is done
            raise

    async def aclose(self) -> None:
        """Close the connections and cancel running calls. Cancelled and later calls raise ``RuntimeError``."""
        running_loop = asyncio.get_running_loop()
        while self._queues:
            loop, queue = self._queues.popitem()
            if loop is running_loop:
                _close_queue(loop, queue)
            elif not loop.is_closed():
                loop.call_soon_threadsafe(_close_queue, loop, queue)
        self._runtime.close()

    async def __aenter__(self) -> "AsyncPortal":
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: "TracebackType | None",
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"AsyncPortal({self.provider!r})"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError(
            "an AsyncPortal cannot be pickled, since it holds a key and connections; hint: create one in each process"
        )

    def _open(self, loop: asyncio.AbstractEventLoop) -> CompletionQueue:
        for known_loop in list(self._queues):
            if known_loop.is_closed():
                self._queues.pop(known_loop, None)
        try:
            queue = CompletionQueue(self._runtime, None)
            loop.add_reader(queue.fileno(), queue.drain)
        except NotImplementedError:  # such as Windows' proactor loop
            queue = CompletionQueue(self._runtime, lambda: loop.call_soon_threadsafe(self._drain, loop))
        self._queues[loop] = queue
        return queue

    def _drain(self, loop: asyncio.AbstractEventLoop) -> None:
        if queue := self._queues.get(loop):
            queue.drain()


def _close_queue(loop: asyncio.AbstractEventLoop, queue: CompletionQueue) -> None:
    queue.close()
    if queue.has_descriptor:
        loop.remove_reader(queue.fileno())
