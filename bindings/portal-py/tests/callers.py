"""Functions that make one call, so that a test covers ``Portal`` and ``AsyncPortal``."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from portal_py import AsyncPortal, Portal
from portal_py.testing import Credentials

Caller = Callable[..., None]


def call(
    credentials: Credentials, request: dict[str, Any] | None = None, *, provider: str = "kwik", **options: Any
) -> None:
    """Make one call with a new ``Portal``."""
    with Portal(provider, **credentials, **options) as portal:
        arguments: Any = request or {"customer_id": "cus_1"}
        portal.create_link(**arguments)


def call_async(
    credentials: Credentials, request: dict[str, Any] | None = None, *, provider: str = "kwik", **options: Any
) -> None:
    """Make one call with a new ``AsyncPortal`` in a new event loop."""

    async def work() -> None:
        async with AsyncPortal(provider, **credentials, **options) as portal:
            arguments: Any = request or {"customer_id": "cus_1"}
            await portal.create_link(**arguments)

    asyncio.run(work())


CALLERS = pytest.mark.parametrize("caller", [call, call_async], ids=["sync", "async"])
