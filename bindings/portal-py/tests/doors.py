"""Both ways in: what holds for a call holds for ``Portal`` and for ``AsyncPortal``."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from portal_py import AsyncPortal, Portal
from portal_py.testing import Credentials

Door = Callable[..., None]


def call(
    credentials: Credentials, request: dict[str, Any] | None = None, *, provider: str = "kwik", **options: Any
) -> None:
    """Make one call with a portal of its own."""
    with Portal(provider, **credentials, **options) as portal:
        arguments: Any = request or {"customer_id": "cus_1"}
        portal.create_link(**arguments)


def call_async(
    credentials: Credentials, request: dict[str, Any] | None = None, *, provider: str = "kwik", **options: Any
) -> None:
    """The same, awaited in an event loop of its own."""

    async def work() -> None:
        async with AsyncPortal(provider, **credentials, **options) as portal:
            arguments: Any = request or {"customer_id": "cus_1"}
            await portal.create_link(**arguments)

    asyncio.run(work())


DOORS = pytest.mark.parametrize("door", [call, call_async], ids=["sync", "async"])
