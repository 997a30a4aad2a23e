import logging
import urllib.request
from collections.abc import Callable

import app
import pytest
from django.test import Client

from portal_py.testing import Sandbox

Canary = Callable[..., None]


@pytest.fixture
def client(portal_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Client:
    for name, value in portal_sandbox.environment().items():
        monkeypatch.setenv(name, value)
    app.portal.cache_clear()
    return Client()


@pytest.fixture
def canary(portal_sandbox: Sandbox, caplog: pytest.LogCaptureFixture) -> Canary:
    """Logs everything, and fails if a key or one of the links is in it."""
    caplog.set_level(logging.DEBUG)
    keys = portal_sandbox.credentials("onlineapp")

    def check(*links: str) -> None:
        logging.getLogger("shop").info("the log is heard")
        assert "the log is heard" in caplog.text
        for secret in (keys["api_key"], *links):
            assert secret not in caplog.text

    return check


def test_billing_redirects_to_a_page_that_opens(client: Client, canary: Canary) -> None:
    answer = client.post("/billing", headers={"X-Demo-Email": "user@example.com"})
    link = answer.headers["location"]
    assert answer.status_code == 303
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    with urllib.request.urlopen(link) as page:  # not httpx, which logs addresses
        assert page.status == 200
    canary(link)


@pytest.mark.parametrize(
    ("status", "shown", "text"),
    [(404, 404, "no billing account"), (409, 409, "active purchase"), (500, 503, "try again")],
)
def test_a_refusal_is_a_page_for_the_customer(
    client: Client, portal_sandbox: Sandbox, canary: Canary, status: int, shown: int, text: str
) -> None:
    portal_sandbox.fault("onlineapp", "status", status=status, times=9)
    answer = client.post("/billing", headers={"X-Demo-Email": "user@example.com"})
    assert answer.status_code == shown
    assert text in answer.content.decode()
    canary()
