"""A shop's billing button with Django in one file: a form with CSRF protection, a redirect, and error pages."""

import logging
import os
import secrets
from functools import cache

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.urls import path
from django.utils.html import format_html
from django.views.decorators.http import require_GET, require_POST

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

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1", "localhost", "testserver"],
    MIDDLEWARE=["django.middleware.csrf.CsrfViewMiddleware"],
    ROOT_URLCONF=__name__,
    # Without your own key, open forms fail after a restart, and workers need --preload to share one.
    SECRET_KEY=os.environ.get("DJANGO_SECRET_KEY") or secrets.token_urlsafe(50),
)

# The link is a login: no cache may store it, and no other site may receive it.
PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}

log = logging.getLogger("shop.billing")


@cache
def portal() -> Portal:
    return Portal("onlineapp")  # ONLINEAPP_API_KEY, ONLINEAPP_PAYWALL_ID


@require_GET
def account(request: HttpRequest) -> HttpResponse:
    form = '<form method="post" action="/billing"><input type="hidden" name="csrfmiddlewaretoken" value="{}">'
    return HttpResponse(format_html(form + "<button>Billing</button></form>", get_token(request)))


@require_POST
def billing(request: HttpRequest) -> HttpResponse:
    email = request.headers.get("X-Demo-Email")  # stands in for request.user: never trust a header
    if email is None:
        return message("Sign in first.", 401)
    try:
        link = portal().create_link(email=email)
    except PortalError as error:
        return explain(error)
    return HttpResponse(status=303, headers={"Location": link.url, **PRIVATE})


def explain(error: PortalError) -> HttpResponse:
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


def message(text: str, status: int, retry_after: int | None = None) -> HttpResponse:
    wait = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return HttpResponse(text, "text/plain", status, headers=PRIVATE | wait)


urlpatterns = [path("account", account), path("billing", billing)]
application = get_wsgi_application()
