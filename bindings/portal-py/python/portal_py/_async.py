"""The portal for asyncio. Importing this imports asyncio, so ``portal_py`` does it on first use."""

import asyncio

from ._native import Customer, Engine, Mailbox, PortalLink, Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike
    from types import TracebackType
    from typing import Literal

    from typing_extensions import Unpack

    from ._json import JsonValue
    from ._keywords import LinkOptions, ProviderSettings


class AsyncPortal:
    """One provider's account, ready to make portal links. Event loops and threads may share it.

    The arguments are ``Portal``'s: what is not given comes from the environment. ``timeout`` is in
    seconds, for a whole call with its retries (30 otherwise); ``max_retries`` is how many attempts
    may follow the first (2 otherwise); ``rate`` is how many requests may go in any second (what the
    provider documents otherwise), or ``"off"``; ``ca`` is a PEM file of authorities that are trusted
    beside the system's. Where ``return_origins`` are given, such as ``https://my.site``, a ``return_url`` that
    leads elsewhere is an ``InvalidRequestError`` before anything is sent.

    Raises ``ConfigurationError`` for an unknown provider and for a setting that is missing or
    malformed.
    """

    __slots__ = ("__weakref__", "_engine", "_mailboxes")

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
        self._engine = Engine(provider, timeout, max_retries, rate, ca, return_origins, settings)
        self._mailboxes: dict[asyncio.AbstractEventLoop, Mailbox] = {}

    @property
    def provider(self) -> str:
        """The provider's id, such as ``kwik``."""
        return self._engine.provider

    async def create_link(
        self,
        *,
        customer: Customer | None = None,
        settings: Settings | None = None,
        extra: "Mapping[str, JsonValue] | None" = None,
        best_effort: bool = False,
        **options: "Unpack[LinkOptions]",
    ) -> PortalLink:
        """Make a link that logs the customer in to the provider's portal, from the arguments of ``Portal.create_link``.

        Cancelling the task that awaits this cancels the request. Raises what ``Portal.create_link`` raises:
        ``PortalError``, whose subclasses say what to do and whose ``delivery`` says whether the provider
        may have acted; ``TypeError`` for a value of the wrong type, which it names; ``RuntimeError``
        once the portal is closed.
        """
        loop = asyncio.get_running_loop()
        mailbox = self._mailboxes.get(loop) or self._open(loop)
        future: asyncio.Future[PortalLink] = loop.create_future()
        span = self._engine.span()
        ticket = None
        try:
            ticket = mailbox.create_link(future, span, customer, settings, extra, best_effort, options)
            link = await future
        except BaseException as error:
            if span is not None:
                span.end(error)
            if ticket is not None:
                mailbox.cancel(ticket)  # without effect on a call that is done
            raise
        if span is not None:
            span.end(None)
        return link

    async def aclose(self) -> None:
        """Close the connections and cancel calls under way, which raise ``RuntimeError``, as later ones do."""
        here = asyncio.get_running_loop()
        while self._mailboxes:
            loop, mailbox = self._mailboxes.popitem()
            if loop is here:
                _shut(loop, mailbox)
            elif not loop.is_closed():
                loop.call_soon_threadsafe(_shut, loop, mailbox)
        self._engine.close()

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
            "an AsyncPortal cannot be pickled, since it holds a key and connections; hint: make one in each process"
        )

    def _open(self, loop: asyncio.AbstractEventLoop) -> Mailbox:
        for old in list(self._mailboxes):
            if old.is_closed():
                self._mailboxes.pop(old, None)
        try:
            mailbox = Mailbox(self._engine, None)
            loop.add_reader(mailbox.fileno(), mailbox.drain)
        except NotImplementedError:  # Windows' proactor loop, for one
            mailbox = Mailbox(self._engine, lambda: loop.call_soon_threadsafe(self._drain, loop))
        self._mailboxes[loop] = mailbox
        return mailbox

    def _drain(self, loop: asyncio.AbstractEventLoop) -> None:
        if mailbox := self._mailboxes.get(loop):
            mailbox.drain()


def _shut(loop: asyncio.AbstractEventLoop, mailbox: Mailbox) -> None:
    mailbox.close()
    if mailbox.has_descriptor:
        loop.remove_reader(mailbox.fileno())
