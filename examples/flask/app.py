"""A shop's billing button with Flask: one ``Portal``, which threads share and which survives a fork."""

import flask
from portal_py import ActivePurchaseError, NotFoundError, Portal, PortalError

# The link is a login: nothing may store it or pass it on.
PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


def create_app() -> flask.Flask:
    app = flask.Flask(__name__)
    portal = Portal("kwik")  # KWIK_API_KEY, KWIK_API_SECRET; made before gunicorn's --preload forks is fine

    @app.post("/billing")
    def billing() -> flask.Response:
        link = portal.create_link(customer_id=signed_in())
        return flask.Response(status=303, headers={"Location": link.url, **PRIVATE})

    @app.errorhandler(PortalError)
    def explain(error: PortalError) -> flask.Response:
        if isinstance(error, NotFoundError):
            return message("You have no billing account yet: choose a plan first.", 404)
        if isinstance(error, ActivePurchaseError):
            return message("You already have an active purchase: write to us to change it.", 409)
        return message("Billing is away for a moment: try again soon.", 503)

    return app


def signed_in() -> str:
    """Stands in for your session: a real app never believes a header."""
    customer = flask.request.headers.get("X-Demo-Customer")
    if customer is None:
        flask.abort(401)
    return customer


def message(text: str, status: int) -> flask.Response:
    return flask.Response(text, status, PRIVATE, mimetype="text/plain")
