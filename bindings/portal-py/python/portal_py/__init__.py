"""Customer-portal links for any provider: one request, one short-lived link.

    from portal_py import Portal, Settings

    with Portal("kwik") as portal:  # configuration from the environment
        link = portal.create_link(customer_id="cus_abc123", settings=Settings(allow_cancel=False))
        redirect(link.url)  # a login: to the customer's browser, at once, and nowhere else

Importing this imports only the compiled module and the exceptions; asyncio is imported with the
first use of ``AsyncPortal``.
"""

from ._exceptions import (
    ActivePurchaseError,
    AuthenticationError,
    ConfigurationError,
    InvalidRequestError,
    NoPortalError,
    NotFoundError,
    PermissionDeniedError,
    PortalError,
    PortalTimeoutError,
    ProtocolError,
    RateLimitedError,
    UnavailableError,
    UnsupportedError,
)
from ._native import (
    PROVIDERS,
    Capabilities,
    Customer,
    Plan,
    Portal,
    PortalLink,
    Settings,
    WebhookEvent,
    __version__,
    capabilities,
    plan,
    verify_webhook,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._async import AsyncPortal

__all__ = [
    "PROVIDERS",
    "ActivePurchaseError",
    "AsyncPortal",
    "AuthenticationError",
    "Capabilities",
    "ConfigurationError",
    "Customer",
    "InvalidRequestError",
    "NoPortalError",
    "NotFoundError",
    "PermissionDeniedError",
    "Plan",
    "Portal",
    "PortalError",
    "PortalLink",
    "PortalTimeoutError",
    "ProtocolError",
    "RateLimitedError",
    "Settings",
    "UnavailableError",
    "UnsupportedError",
    "WebhookEvent",
    "__version__",
    "capabilities",
    "plan",
    "verify_webhook",
]


def __getattr__(name: str) -> object:
    if name == "AsyncPortal":
        from ._async import AsyncPortal

        globals()[name] = AsyncPortal  # from now on without a detour
        return AsyncPortal
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
