"""A shop's billing button with FastAPI: one ``AsyncPortal`` for as long as the app runs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi.responses import PlainTextResponse, RedirectResponse, Response

from fastapi import Depends, FastAPI, Header, HTTPException, Request
from portal_py import ActivePurchaseError, AsyncPortal, NotFoundError, PortalError

# The link is a login: nothing may store it or pass it on.
PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with AsyncPortal("kwik") as portal:  # KWIK_API_KEY, KWIK_API_SECRET
        app.state.portal = portal
        yield


app = FastAPI(lifespan=lifespan)


def signed_in(x_demo_customer: Annotated[str | None, Header()] = None) -> str:
    """Stands in for your session: a real app never believes a header."""
    if x_demo_customer is None:
        raise HTTPException(401, "sign in first")
    return x_demo_customer


@app.post("/billing")
async def billing(request: Request, customer: Annotated[str, Depends(signed_in)]) -> Response:
    link = await request.app.state.portal.create_link(customer_id=customer)
    return RedirectResponse(link.url, status_code=303, headers=PRIVATE)


@app.exception_handler(PortalError)
async def explain(request: Request, error: PortalError) -> Response:
    if isinstance(error, NotFoundError):
        return PlainTextResponse("You have no billing account yet: choose a plan first.", 404, PRIVATE)
    if isinstance(error, ActivePurchaseError):
        return PlainTextResponse("You already have an active purchase: write to us to change it.", 409, PRIVATE)
    return PlainTextResponse("Billing is away for a moment: try again soon.", 503, PRIVATE)
