"""The compiled half of ``portal_py``; import from ``portal_py`` instead."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from os import PathLike
from types import TracebackType
from typing import Any, Final, Literal, NoReturn, TypeAlias, final

from ._json import JsonValue
from ._tracing import CallSpan

_Need: TypeAlias = Literal["required", "supported", "unneeded", "unsupported"]
_CancelType: TypeAlias = Literal["now", "after-billing-period"]

__all__ = [
    "KINDS",
    "PROVIDERS",
    "Capabilities",
    "Customer",
    "Engine",
    "Mailbox",
    "Plan",
    "Portal",
    "PortalLink",
    "Server",
    "Settings",
    "WebhookEvent",
    "__version__",
    "capabilities",
    "plan",
    "verify_webhook",
]

__version__: Final[str]
KINDS: Final[tuple[str, ...]]
PROVIDERS: Final[tuple[str, ...]]

@final
class Portal:
    def __new__(
        cls,
        provider: str,
        *,
        api_key: str | None = None,
        api_secret: str | None = None,
        paywall_id: str | None = None,
        base_url: str | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
        ca: str | PathLike[str] | None = None,
        return_origins: Sequence[str] | None = None,
    ) -> Portal: ...
    @property
    def provider(self) -> str: ...
    def create_link(
        self,
        *,
        customer_id: str | None = None,
        email: str | None = None,
        customer: Customer | None = None,
        subscription_id: str | None = None,
        metadata: Mapping[str, JsonValue] | None = None,
        return_url: str | None = None,
        settings: Settings | None = None,
        extra: Mapping[str, JsonValue] | None = None,
        best_effort: bool = False,
    ) -> PortalLink: ...
    def close(self) -> None: ...
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
    @property
    def url(self) -> str: ...
    @property
    def provider(self) -> str: ...
    @property
    def id(self) -> str | None: ...
    @property
    def session_id(self) -> str | None: ...
    @property
    def customer(self) -> Customer: ...
    @property
    def subscription_id(self) -> str | None: ...
    @property
    def expires_at(self) -> datetime | None: ...
    @property
    def omitted(self) -> tuple[str, ...]: ...
    @property
    def raw(self) -> dict[str, JsonValue]: ...
    def __copy__(self) -> PortalLink: ...
    def __deepcopy__(self, _memo: object) -> PortalLink: ...
    def __reduce__(self) -> NoReturn: ...

@final
class Customer:
    def __new__(cls, *, id: str | None = None, email: str | None = None) -> Customer: ...
    @property
    def id(self) -> str | None: ...
    @property
    def email(self) -> str | None: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, str | None]]: ...

@final
class Settings:
    def __new__(
        cls,
        *,
        page_title: str | None = None,
        show_invoices: bool | None = None,
        show_billing_info: bool | None = None,
        allow_update_billing_info: bool | None = None,
        allow_cancel: bool | None = None,
        cancel_type: _CancelType | None = None,
        allow_switch_plan: bool | None = None,
        products: Sequence[str] | None = None,
    ) -> Settings: ...
    @property
    def page_title(self) -> str | None: ...
    @property
    def show_invoices(self) -> bool | None: ...
    @property
    def show_billing_info(self) -> bool | None: ...
    @property
    def allow_update_billing_info(self) -> bool | None: ...
    @property
    def allow_cancel(self) -> bool | None: ...
    @property
    def cancel_type(self) -> _CancelType | None: ...
    @property
    def allow_switch_plan(self) -> bool | None: ...
    @property
    def products(self) -> tuple[str, ...] | None: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

@final
class Capabilities:
    @property
    def provider(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def base_url(self) -> str: ...
    @property
    def rate_per_second(self) -> int | None: ...
    @property
    def creates_customer(self) -> bool: ...
    @property
    def expiry_known(self) -> bool: ...
    @property
    def safe_to_reuse(self) -> bool: ...
    @property
    def fields(self) -> dict[str, _Need]: ...
    @property
    def variables(self) -> dict[str, str]: ...

def capabilities(provider: str, /) -> Capabilities: ...

@final
class Plan:
    @property
    def provider(self) -> str: ...
    @property
    def supported(self) -> tuple[str, ...]: ...
    @property
    def unneeded(self) -> tuple[str, ...]: ...
    @property
    def unsupported(self) -> tuple[str, ...]: ...
    @property
    def missing(self) -> tuple[str, ...]: ...
    @property
    def ok(self) -> bool: ...
    def __eq__(self, other: object, /) -> bool: ...
    __hash__: None  # type: ignore[assignment]

def plan(
    provider: str,
    /,
    *,
    customer_id: str | None = None,
    email: str | None = None,
    customer: Customer | None = None,
    subscription_id: str | None = None,
    metadata: Mapping[str, JsonValue] | None = None,
    return_url: str | None = None,
    settings: Settings | None = None,
    extra: Mapping[str, JsonValue] | None = None,
) -> Plan: ...

@final
class WebhookEvent:
    @property
    def provider(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def created_at(self) -> datetime: ...
    @property
    def occurred_at(self) -> datetime | None: ...
    # The provider's JSON as it came; a union would make a cast of every step into it.
    @property
    def data(self) -> dict[str, Any]: ...
    @property
    def metadata(self) -> dict[str, JsonValue]: ...
    @property
    def unread(self) -> tuple[str, ...]: ...

def verify_webhook(provider: str, body: bytes, signature: str | None, secret: str) -> WebhookEvent: ...

@final
class Engine:
    def __new__(
        cls,
        provider: str,
        timeout: float | None,
        max_retries: int | None,
        ca: str | PathLike[str] | None,
        return_origins: Sequence[str] | None,
        settings: dict[str, str | None],
        /,
    ) -> Engine: ...
    @property
    def provider(self) -> str: ...
    def span(self) -> CallSpan | None: ...
    def close(self) -> None: ...

@final
class Mailbox:
    def __new__(cls, engine: Engine, wake: Callable[[], object] | None, /) -> Mailbox: ...
    @property
    def has_descriptor(self) -> bool: ...
    def fileno(self) -> int: ...
    def create_link(
        self,
        future: asyncio.Future[PortalLink],
        span: CallSpan | None,
        customer_id: str | None,
        email: str | None,
        customer: Customer | None,
        subscription_id: str | None,
        metadata: Mapping[str, JsonValue] | None,
        return_url: str | None,
        settings: Settings | None,
        extra: Mapping[str, JsonValue] | None,
        best_effort: bool,
        /,
    ) -> int: ...
    def cancel(self, ticket: int, /) -> None: ...
    def drain(self) -> None: ...
    def close(self) -> None: ...

@final
class Server:
    def __new__(cls, onlineapp_dialect: str | None = None, /) -> Server: ...
    @property
    def url(self) -> str: ...
    def credentials(self) -> dict[str, dict[str, str]]: ...
    def close(self) -> None: ...
