"""The compiled half of ``portal_py``; import from ``portal_py`` instead."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from os import PathLike
from types import TracebackType
from typing import Any, Final, Literal, NoReturn, Protocol, TypeAlias, final

from typing_extensions import Unpack

from ._generated import LinkOptions, PageOptions, PageProperties, ProviderSettings
from ._json import JsonValue
from ._tracing import CallSpan

_Support: TypeAlias = Literal["required", "one_of", "supported", "unneeded", "unsupported"]

__all__ = [
    "KINDS",
    "OPTIONS",
    "PROVIDERS",
    "AsyncRuntime",
    "Capabilities",
    "CompletionQueue",
    "Customer",
    "Plan",
    "Portal",
    "PortalLink",
    "SandboxServer",
    "Settings",
    "WebhookEvent",
    "__version__",
    "capabilities",
    "plan",
    "verify_webhook",
]

__version__: Final[str]
"""The version of the distribution ``portal-py``."""
KINDS: Final[tuple[str, ...]]
"""The ``kind`` of each subclass of ``PortalError``."""
OPTIONS: Final[list[tuple[str, str, str, list[str]]]]
PROVIDERS: Final[tuple[str, ...]]
"""The ids of the providers that a ``Portal`` can be made for, such as ``kwik``."""

@final
class Portal:
    """A client of one provider's account that creates portal links. Create one and share it among threads.

    Settings that are not given come from the environment (``capabilities(provider).variables``).
    ``timeout`` is the time for a whole call with retries, in seconds (default 30). ``max_retries`` is the
    number of attempts after the first (default 2). ``rate`` is the limit of requests a second (default:
    the documented limit), or ``"off"``. All portals of a process with the same credential share the
    lowest ``rate``, and waiting for it counts towards ``timeout``. ``ca`` is a PEM file of authorities,
    in addition to the system's. With ``return_origins``, such as ``https://my.site``, a ``return_url`` of
    another origin is an ``InvalidRequestError`` before anything is sent.

    Raises ``ConfigurationError`` for an unknown provider and for a setting that is missing or
    malformed, and ``TypeError`` for an unknown keyword.
    """
    def __new__(
        cls,
        provider: str,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
        rate: int | Literal["off"] | None = None,
        ca: str | PathLike[str] | None = None,
        return_origins: Sequence[str] | None = None,
        **settings: Unpack[ProviderSettings],
    ) -> Portal: ...
    @property
    def provider(self) -> str:
        """The provider's id, such as ``kwik``."""
    def create_link(
        self,
        *,
        customer: Customer | None = None,
        settings: Settings | None = None,
        extra: Mapping[str, JsonValue] | None = None,
        best_effort: bool = False,
        **options: Unpack[LinkOptions],
    ) -> PortalLink:
        """Create a link that logs the customer in to the provider's portal.

        Name the customer by ``customer_id``, ``email`` or both, or by ``customer``. ``metadata``
        comes back in webhooks, ``return_url`` is where the portal's "back" leads, and ``extra`` has
        fields of the provider's own API. An option that the provider cannot honour is an
        ``UnsupportedError``, unless ``best_effort`` leaves it out and lists it in ``link.omitted``.

        Other threads run during the call; Ctrl-C ends it. Raises ``PortalError``, whose subclasses
        say what to do and whose ``delivery`` says whether the provider may have acted; ``TypeError``
        for a value of the wrong type, which it names; ``RuntimeError`` once the portal is closed.
        """
    def warm_up(self) -> None:
        """Open a connection unless one is open, so that the next link takes one round trip instead of three.

        Nothing is sent over it. It is kept for 90 seconds without a call, or for as long as the server
        keeps it. Raises the errors of ``create_link`` if no connection can be opened. It is safe to ignore
        them, because the next call opens its own connection.
        """
    def close(self) -> None:
        """Close the connections. Running calls continue; later ones raise ``RuntimeError``."""
    def __enter__(self) -> Portal: ...
    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> None: ...
    def __reduce__(self) -> NoReturn: ...

@final
class PortalLink:
    """A short-lived link that logs one customer in to the provider's portal.

    It is a login to a customer's billing: redirect the customer's browser to ``link.url`` at once,
    and neither store nor log it. ``repr`` and ``str`` mask it, and a link cannot be pickled.
    """
    @property
    def url(self) -> str:
        """The address in clear text: use it for a redirect and nothing else."""
    @property
    def provider(self) -> str:
        """The id of the provider that created it, such as ``kwik``."""
    @property
    def id(self) -> str | None:
        """The provider's id of the link, if it gives one."""
    @property
    def session_id(self) -> str | None:
        """The provider's id of the portal session, if it gives one."""
    @property
    def customer(self) -> Customer:
        """The customer that the link logs in."""
    @property
    def subscription_id(self) -> str | None:
        """The subscription that the link is about, if there is one."""
    @property
    def expires_at(self) -> datetime | None:
        """When the link stops working (UTC); ``None`` if the provider does not say."""
    @property
    def omitted(self) -> tuple[str, ...]:
        """The options that ``best_effort`` left out of the request."""
    @property
    def raw(self) -> dict[str, JsonValue]:
        """The fields of the provider's answer that this package does not know; handle it as a secret."""
    def __copy__(self) -> PortalLink: ...
    def __deepcopy__(self, _memo: object) -> PortalLink: ...
    def __reduce__(self) -> NoReturn: ...

@final
class Customer:
    """The customer of a link: the provider's id, the e-mail address, your own id, or several of them.

    Give every identifier that you have; each provider uses the one it needs. ``repr`` masks the
    address, since it is personal data.

    Raises ``TypeError`` for anything but text. A malformed value is an error when a link is created.
    """
    def __new__(
        cls, *, id: str | None = None, email: str | None = None, external_id: str | None = None
    ) -> Customer: ...
    @property
    def id(self) -> str | None:
        """The provider's id of the customer, such as Kwik's ``cus_…``."""
    @property
    def email(self) -> str | None:
        """The customer's e-mail address."""
    @property
    def external_id(self) -> str | None:
        """Your application's own id of the customer."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, str | None]]: ...

@final
class Settings(PageProperties):
    """What the portal page shows and lets the customer do; ``None`` leaves it to the account's default.

    Raises ``InvalidRequestError`` for an unknown ``cancel_type``, and ``TypeError`` for an unknown keyword and for
    a value of the wrong type. A malformed id or title is an error when a link is created.
    """
    def __new__(
        cls,
        **options: Unpack[PageOptions],
    ) -> Settings: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

@final
class Capabilities:
    """What a provider can do; nothing is sent to find out."""
    @property
    def provider(self) -> str:
        """The provider's id, such as ``kwik``."""
    @property
    def name(self) -> str:
        """The provider's display name."""
    @property
    def base_url(self) -> str:
        """The API's base URL, unless another is set."""
    @property
    def rate_per_second(self) -> int | None:
        """The documented limit in requests per second, if there is one."""
    @property
    def creates_customer(self) -> bool:
        """Whether creating a link also creates an unknown customer."""
    @property
    def expiry_known(self) -> bool:
        """Whether the answer says when the link expires."""
    @property
    def safe_to_reuse(self) -> bool:
        """Whether the provider documents that a link may be opened more than once."""
    @property
    def fields(self) -> dict[str, _Support]:
        """How it treats each field: ``required``, ``one_of``, ``supported``, ``unneeded`` or ``unsupported``."""
    @property
    def variables(self) -> dict[str, str]:
        """The environment variable of each keyword argument that configures the provider."""

def capabilities(provider: str, /) -> Capabilities:
    """Return what a provider can do; nothing is sent, and no credential is needed.

    Raises ``ConfigurationError`` for a provider that is not known, with the known ones.
    """

@final
class Plan:
    """What a provider would do with a request."""
    @property
    def provider(self) -> str:
        """The provider's id, such as ``kwik``."""
    @property
    def supported(self) -> tuple[str, ...]:
        """The given fields that the provider honours."""
    @property
    def unneeded(self) -> tuple[str, ...]:
        """The fields that are given but not needed: ignoring them loses nothing."""
    @property
    def unsupported(self) -> tuple[str, ...]:
        """The given fields that the provider cannot honour: an error, unless best effort omits them."""
    @property
    def missing(self) -> tuple[str, ...]:
        """The missing fields that a link needs."""
    @property
    def ok(self) -> bool:
        """Whether the provider can honour the whole request."""
    def __eq__(self, other: object, /) -> bool: ...
    __hash__: None  # type: ignore[assignment]

def plan(
    provider: str,
    /,
    *,
    customer: Customer | None = None,
    settings: Settings | None = None,
    extra: Mapping[str, JsonValue] | None = None,
    **options: Unpack[LinkOptions],
) -> Plan:
    """Return what a provider would do with a request; nothing is sent, and no credential is needed.

    Takes the arguments of ``Portal.create_link``. Raises ``InvalidRequestError`` for a value that
    is malformed, ``ConfigurationError`` for a provider that is not known, and ``TypeError`` for a value
    of the wrong type, which it names.
    """

@final
class WebhookEvent:
    """An event that a provider signed and sent.

    Providers send an event more than once and in any order: store the ``id`` of each processed
    event, and sort events by ``occurred_at or created_at``. ``repr`` and ``str`` show neither
    ``data`` nor ``metadata``, which hold personal data.
    """
    @property
    def provider(self) -> str:
        """The id of the provider that sent it, such as ``onlineapp``."""
    @property
    def id(self) -> str:
        """The provider's id of the event, the same in every delivery of it; never empty."""
    @property
    def type(self) -> str:
        """The event's type, such as ``payment.completed``; providers add types without notice."""
    @property
    def created_at(self) -> datetime:
        """When the provider made the event (UTC)."""
    @property
    def occurred_at(self) -> datetime | None:
        """When it happened (UTC); ``None`` if the provider does not say."""
    # The provider's JSON as it came; a union would make a cast of every step into it.
    @property
    def data(self) -> dict[str, Any]:
        """The event's data as the provider sent it: a new dict, empty if there is none."""
    @property
    def metadata(self) -> dict[str, JsonValue]:
        """The metadata that the link was created with, ``data["user"]["metadata"]``.

        A new dict, empty if there is none.
        """
    @property
    def unread(self) -> tuple[str, ...]:
        """The documented fields that have an undocumented form, such as ``data.price.unit_amount``."""

# Mappings have it, and so have the headers of `http.server` and of Werkzeug, which are not mappings.
class _HasItems(Protocol):
    def items(self) -> Iterable[tuple[str, str]]: ...

def verify_webhook(
    provider: str,
    *,
    body: bytes | bytearray | memoryview,
    secret: str,
    headers: _HasItems | Iterable[tuple[str | bytes, str | bytes]] | None = None,
    signature: str | None = None,
) -> WebhookEvent:
    """Verify a webhook's signature, and return the event in its body; nothing is sent.

    ``body`` is the body's bytes as they were received: JSON that was parsed and written again is not
    what was signed. ``headers`` are the message's, a mapping or pairs of ``str`` or ``bytes``, with
    names in any case; instead, ``signature`` is the value of the one header that is signed (OnlineApp's
    ``X-Monetize-Signature``), ``None`` if it is missing. ``secret`` is the webhook's; while it is
    being replaced, try the new one, then the old. OnlineApp signs no time, so an old message stays
    valid: store the ids of processed events.

    Raises ``AuthenticationError``, to be answered with 401, if the signature is missing,
    malformed or wrong; ``ConfigurationError`` for an unknown provider and for an empty secret;
    ``UnsupportedError`` for a provider that documents no signature; ``ProtocolError`` if the
    signed body is not an event; ``TypeError`` for a value of the wrong type, which it names, and
    if both ``headers`` and ``signature`` are given.
    """

@final
class AsyncRuntime:
    def __new__(
        cls,
        provider: str,
        timeout: float | None,
        max_retries: int | None,
        rate: int | Literal["off"] | None,
        ca: str | PathLike[str] | None,
        return_origins: Sequence[str] | None,
        settings: ProviderSettings,
        /,
    ) -> AsyncRuntime: ...
    @property
    def provider(self) -> str: ...
    def span(self) -> CallSpan | None: ...
    def close(self) -> None: ...

@final
class CompletionQueue:
    def __new__(cls, runtime: AsyncRuntime, wake: Callable[[], object] | None, /) -> CompletionQueue: ...
    @property
    def has_descriptor(self) -> bool: ...
    def fileno(self) -> int: ...
    def create_link(
        self,
        future: asyncio.Future[PortalLink],
        span: CallSpan | None,
        customer: Customer | None,
        settings: Settings | None,
        extra: Mapping[str, JsonValue] | None,
        best_effort: bool,
        options: LinkOptions,
        /,
    ) -> int: ...
    def warm_up(self, future: asyncio.Future[None], /) -> int: ...
    def cancel(self, ticket: int, /) -> None: ...
    def drain(self) -> None: ...
    def close(self) -> None: ...

@final
class SandboxServer:
    def __new__(cls, onlineapp_dialect: str | None = None, /) -> SandboxServer: ...
    @property
    def url(self) -> str: ...
    def credentials(self) -> dict[str, dict[str, str]]: ...
    def close(self) -> None: ...
