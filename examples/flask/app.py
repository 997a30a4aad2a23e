"""A shop's billing button with Flask: one ``Portal``, shared by threads and safe to fork."""

import logging

import flask

from portal_py import (
    ActivePurchaseError,
    NoPortalError,
    NotFoundError,
    Portal,
    PortalError,
    PortalTimeoutError,
    RateLimitedError,
    UnavailableError,
)

# The link is a login: no cache may store it, and no other site may receive it.
PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}

log = logging.getLogger("shop.billing")


def create_app() -> flask.Flask:
    app = flask.Flask(__name__)
    portal = Portal("kwik")  # KWIK_API_KEY, KWIK_API_SECRET: without them the app does not start

    @app.post("/billing")
    def billing() -> flask.Response:
        link = portal.create_link(customer_id=signed_in())
        return flask.Response(status=303, headers={"Location": link.url, **PRIVATE})

    app.register_error_handler(PortalError, explain)
    return app


def signed_in() -> str:
    """Stands in for your session: a real app never trusts a header."""
    customer = flask.request.headers.get("X-Demo-Customer")
    if customer is None:
        flask.abort(401)
    return customer


def explain(error: PortalError) -> flask.Response:
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


def message(text: str, status: int, retry_after: int | None = None) -> flask.Response:
    wait = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return flask.Response(text, status, PRIVATE | wait, mimetype="text/plain")
