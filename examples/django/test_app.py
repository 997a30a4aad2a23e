import re
import urllib.request
from collections.abc import Callable

import pytest
from django.test import Client

import app
from kit import Refusal, RunningApp, readme
from portal_py.testing import Sandbox

USER = {"X-Demo-Email": "user@example.com"}


@pytest.fixture
def client(sandbox: Sandbox) -> Client:
    app.portal.cache_clear()
    return Client()


def test_billing_redirects_to_a_page_that_opens(client: Client, canary: Callable[..., None]) -> None:
    answer = client.post("/billing", headers=USER)
    link = answer.headers["location"]
    assert answer.status_code == 303
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    with urllib.request.urlopen(link) as page:  # not httpx, which logs addresses
        assert page.status == 200
    canary(link)


def test_a_visitor_who_is_not_signed_in_gets_no_link(client: Client, sandbox: Sandbox) -> None:
    assert client.post("/billing").status_code == 401
    assert sandbox.journal() == []


def test_a_form_from_another_site_gets_no_link(sandbox: Sandbox) -> None:
    client = Client(enforce_csrf_checks=True)
    client.get("/account")
    assert client.post("/billing", headers=USER).status_code == 403
    assert client.post("/billing", {"csrfmiddlewaretoken": "a" * 64}, headers=USER).status_code == 403
    assert sandbox.journal() == []


def test_a_refusal_is_shown_to_the_customer_and_logged_for_operators(
    client: Client, sandbox: Sandbox, refusal: Refusal, check: Callable[..., None]
) -> None:
    sandbox.fault("onlineapp", **refusal.fault, times=9)
    answer = client.post("/billing", headers=USER)
    check(refusal, answer.status_code, answer.content.decode(), answer.headers.get("retry-after"))


def test_a_user_without_a_subscription_gets_404(client: Client, sandbox: Sandbox) -> None:
    sandbox.fault("onlineapp", "status", status=403, body={"isTest": "1"})
    answer = client.post("/billing", headers=USER)
    assert (answer.status_code, "choose a plan" in answer.content.decode()) == (404, True)


@pytest.mark.parametrize(("variable", "value"), [("ONLINEAPP_API_KEY", "sk_canary"), ("ONLINEAPP_PAYWALL_ID", "")])
def test_an_invalid_configuration_is_logged_for_operators(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    answer = client.post("/billing", headers=USER)
    assert (answer.status_code, "canary" in answer.content.decode() + caplog.text) == (500, False)
    assert "billing does not work" in caplog.text


def test_gunicorn_serves_the_app_as_in_the_readme(
    serve: Callable[..., RunningApp], canary: Callable[..., None]
) -> None:
    server = serve("--bind", "127.0.0.1:0", "--workers", "2")
    page = server.request("GET", "/account", {})
    [token] = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
    cookie = str(page.headers["set-cookie"]).split(";")[0]
    form = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie, **USER}
    assert server.request("POST", "/billing", form).status == 403
    # Each worker accepts a form that another one rendered.
    answers = [server.request("POST", "/billing", form, f"csrfmiddlewaretoken={token}") for _ in range(8)]
    links = [answer.headers["location"] for answer in answers]
    assert [answer.status for answer in answers] == [303] * 8
    canary(*links, output=server.stop())


@pytest.mark.parametrize("example", readme("python"))
def test_the_test_in_the_readme_passes(example: str, portal_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    names: dict[str, Callable[..., None]] = {}
    exec(compile(example, "README.md", "exec"), names)
    names["test_the_button_leads_to_the_portal"](portal_sandbox, monkeypatch)
