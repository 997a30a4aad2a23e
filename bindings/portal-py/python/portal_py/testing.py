"""A test kit: both providers' servers, in process, on a free loopback port.

    from portal_py.testing import Sandbox

    with Sandbox() as sandbox, sandbox.portal("kwik") as portal:
        link = portal.create_link(customer_id="cus_demo_active")
        assert sandbox.journal()[0]["path"] == "/2.0/customer-portal/link"

No account, no network and no container: real HTTP, and real portal pages behind the links. With
pytest, use the fixture ``portal_sandbox``.
"""

import http.client
import json
from typing import cast
from urllib.parse import urlsplit

from ._exceptions import ConfigurationError
from ._native import Portal, SandboxServer, capabilities

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike
    from types import TracebackType
    from typing import Any

    from ._async import AsyncPortal
    from ._generated import ProviderSettings as Credentials
    from ._json import JsonValue
else:
    Credentials = dict[str, str]  # the keyword arguments of a provider's settings

__all__ = ["Credentials", "Sandbox"]


class Sandbox:
    """Both providers' servers, running until ``close()`` or the end of the ``with`` block.

    It starts with demo data: Kwik's customers ``cus_demo_active`` (with ``sub_demo_active``),
    ``cus_demo_inactive`` and ``cus_demo_new``; OnlineApp creates users on demand.
    ``onlineapp_dialect`` is ``classic`` or ``v3``: the version of its documentation.

    Raises ``ValueError`` for another dialect, and ``OSError`` if no port is free. Methods raise a
    ``RuntimeError`` with the reason for a request that the sandbox refuses.
    """

    def __init__(self, *, onlineapp_dialect: str | None = None) -> None:
        self._server = SandboxServer(onlineapp_dialect)

    @property
    def url(self) -> str:
        """The origin, such as ``http://127.0.0.1:40321``, without a trailing slash."""
        return self._server.url

    def credentials(self, provider: str) -> Credentials:
        """Return the keyword arguments that connect a ``Portal`` to this sandbox.

        Raises ``ConfigurationError`` for an unknown provider and for one that the sandbox does not emulate.
        """
        capabilities(provider)  # raises for an unknown provider
        emulated = self._server.credentials()
        if provider not in emulated:
            raise ConfigurationError(
                f"the sandbox does not emulate {provider}", hint=f"use one of {', '.join(emulated)}", field="provider"
            )
        return cast(Credentials, emulated[provider])

    def environment(self) -> dict[str, str]:
        """Return the environment variables that connect every emulated provider to this sandbox."""
        return {
            capabilities(provider).variables[name]: str(value)
            for provider in self._server.credentials()
            for name, value in self.credentials(provider).items()
        }

    def portal(
        self,
        provider: str,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
        ca: "str | PathLike[str] | None" = None,
    ) -> Portal:
        """Return a portal of this sandbox; the caller closes it. ``timeout`` is in seconds.

        Raises ``ConfigurationError`` as ``Portal`` does.
        """
        return Portal(provider, timeout=timeout, max_retries=max_retries, ca=ca, **self.credentials(provider))

    def async_portal(
        self,
        provider: str,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
        ca: "str | PathLike[str] | None" = None,
    ) -> "AsyncPortal":
        """Return an asynchronous portal of this sandbox; the caller closes it. ``timeout`` is in seconds.

        Raises ``ConfigurationError`` as ``AsyncPortal`` does.
        """
        from ._async import AsyncPortal

        return AsyncPortal(provider, timeout=timeout, max_retries=max_retries, ca=ca, **self.credentials(provider))

    def journal(self) -> "list[dict[str, JsonValue]]":
        """Return the provider requests since the last reset, oldest first, with secrets masked.

        Each has ``at``, ``provider``, ``method``, ``path``, ``status``, ``headers`` and ``body``. An e-mail address
        reads ``***@example.com``; a key, and a token of a portal link, ``***``.
        """
        entries: list[dict[str, JsonValue]] = self._control("GET", "journal")
        return entries

    def reset(self) -> None:
        """Restore the demo data and the clock, and remove the journal, faults and webhooks."""
        self._control("POST", "reset")

    def advance(self, seconds: int) -> None:
        """Move the sandbox's clock forward: links expire, billing periods end.

        Returns after everything due by then has happened and its webhooks are delivered. Raises
        ``RuntimeError`` for a negative time.
        """
        self._control("POST", "clock", {"advance_seconds": seconds})

    def fault(
        self,
        provider: str,
        fault: str,
        *,
        times: int = 1,
        status: int | None = None,
        retry_after: int | None = None,
        body: "JsonValue" = None,
        seconds: float | None = None,
        location: str | None = None,
    ) -> None:
        """Make the provider misbehave for the next ``times`` calls.

        ``fault`` is ``status`` (with ``status``, and optionally ``retry_after`` in seconds and
        ``body``), ``delay`` (with ``seconds``), ``redirect`` (with ``location``),
        ``close_before_answer``, ``close_mid_body``, ``not_json``, ``html``, ``huge`` or
        ``status_false_on_200``. Raises ``RuntimeError`` for an unknown one, and lists the known ones.
        """
        request: dict[str, JsonValue] = {"provider": provider, "fault": fault, "times": times}
        optional: dict[str, JsonValue] = {
            "status": status,
            "retry_after": retry_after,
            "body": body,
            "seconds": seconds,
            "location": location,
        }
        request.update((name, value) for name, value in optional.items() if value is not None)
        self._control("POST", "faults", request)

    def webhooks(self, url: str, secret: str | None = None) -> None:
        """Send OnlineApp's webhooks to ``url``, a plain ``http://`` address of this machine.

        They are signed with ``secret``, as ``verify_webhook`` expects; without one they are unsigned. Raises
        ``RuntimeError`` for an address of another machine.
        """
        request: dict[str, JsonValue] = {"url": url}
        if secret is not None:
            request["secret"] = secret
        self._control("POST", "webhooks", request)

    def trigger(self, type: str, *, subscription_id: str = "sub_sandbox_active") -> str:
        """Send a webhook such as ``payment.completed``, and return its event's id.

        The subscription, one of OnlineApp's, does not change. The webhook is delivered in the background. Raises
        ``RuntimeError`` for an unknown type or subscription.
        """
        request: dict[str, JsonValue] = {"type": type, "subscription_id": subscription_id}
        return str(self._control("POST", "webhooks/trigger", request)["id"])

    def close(self) -> None:
        """Stop listening and close every connection."""
        self._server.close()

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: "TracebackType | None",
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Sandbox at {self.url}>"

    def _control(self, method: str, path: str, request: "Mapping[str, JsonValue] | None" = None) -> "Any":
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=30)
        try:
            body = None if request is None else json.dumps(request)
            headers = {} if request is None else {"content-type": "application/json"}
            connection.request(method, f"/_sandbox/{path}", body, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        if answer.status >= 400:
            raise RuntimeError(f"the sandbox answers {answer.status} to {method} /_sandbox/{path}: {text}")
        return json.loads(text) if text else None
