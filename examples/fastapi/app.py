"""A shop's billing button with FastAPI: one ``AsyncPortal`` for the lifetime of the app."""

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException, Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response

from portal_py import (
    ActivePurchaseError,
    AsyncPortal,
    NoPortalError,
    NotFoundError,
    PortalError,
    PortalTimeoutError,
    RateLimitedError,
    UnavailableError,
)

# The link is a login: no cache may store it, and no other site may receive it.
PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}

log = logging.getLogger("shop.billing")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with AsyncPortal("kwik") as portal:  # KWIK_API_KEY, KWIK_API_SECRET: without them the app does not start
        app.state.portal = portal
        yield


app = FastAPI(lifespan=lifespan)


def signed_in(x_demo_customer: Annotated[str | None, Header()] = None) -> str:
    """Stands in for your session: a real app never trusts a header."""
    if x_demo_customer is None:
        raise HTTPException(401, "sign in first")
    return x_demo_customer


@app.post("/billing")
async def billing(request: Request, customer: Annotated[str, Depends(signed_in)]) -> Response:
    portal: AsyncPortal = request.app.state.portal
    link = await portal.create_link(customer_id=customer)
    return RedirectResponse(link.url, status_code=303, headers=PRIVATE)


@app.exception_handler(PortalError)
async def explain(request: Request, error: PortalError) -> Response:
    match error:
        case NotFoundError() | NoPortalError():
            return message("There is nothing to manage yet: choose a plan first.", 404)
        case ActivePurchaseError():
            return message("You already have an active purchase: write to us to change it.", 409)
        case UnavailableError() | PortalTimeoutError() | RateLimitedError():
            log.warning("billing is unavailable: %s", error)
            return message("Billing is unavailable for a moment: try again soon.", 503, error.retry_after or 30)
        case _:  # our key, setting or request is wrong: details are for operators, not customers
            log.error("billing does not work: %s", error)
            return message("Something is wrong on our side, and we have been notified.", 500)


def message(text: str, status: int, retry_after: int | None = None) -> Response:
    wait = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return PlainTextResponse(text, status, PRIVATE | wait)
