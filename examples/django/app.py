"""A shop's billing button with Django, in one file: a view that redirects, and errors as pages."""

import os
import secrets
from functools import cache

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_POST

from portal_py import ActivePurchaseError, NotFoundError, Portal, PortalError

settings.configure(
    ALLOWED_HOSTS=["localhost", "testserver"],
    MIDDLEWARE=["django.middleware.csrf.CsrfViewMiddleware"],
    ROOT_URLCONF=__name__,
    SECRET_KEY=os.environ.get("DJANGO_SECRET_KEY") or secrets.token_urlsafe(50),
)

# The link is a login: nothing may store it or pass it on.
PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


@cache
def portal() -> Portal:
    return Portal("onlineapp")  # ONLINEAPP_API_KEY, ONLINEAPP_PAYWALL_ID


@require_POST
def billing(request: HttpRequest) -> HttpResponse:
    email = request.headers.get("X-Demo-Email")  # stands in for request.user: never believe a header
    if email is None:
        return message("Sign in first.", 401)
    try:
        link = portal().create_link(email=email)
    except NotFoundError:
        return message("You have no billing account yet: choose a plan first.", 404)
    except ActivePurchaseError:
        return message("You already have an active purchase: write to us to change it.", 409)
    except PortalError:  # UnavailableError, for one
        return message("Billing is away for a moment: try again soon.", 503)
    return HttpResponse(status=303, headers={"Location": link.url, **PRIVATE})


def message(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, "text/plain", status, headers=PRIVATE)


urlpatterns = [path("billing", billing)]
application = get_wsgi_application()
