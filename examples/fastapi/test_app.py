import urllib.request
from collections.abc import Callable, Iterator

import pytest
from fastapi.testclient import TestClient

from app import app
from kit import Refusal, RunningApp, readme
from portal_py import ConfigurationError
from portal_py.testing import Sandbox

CUSTOMER = {"X-Demo-Customer": "cus_demo_active"}


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[TestClient]:
    with TestClient(app, follow_redirects=False) as client:
        yield client


def test_billing_redirects_to_a_page_that_opens(client: TestClient, canary: Callable[..., None]) -> None:
    answer = client.post("/billing", headers=CUSTOMER)
    link = answer.headers["location"]
    assert answer.status_code == 303
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    with urllib.request.urlopen(link) as page:  # not httpx, which logs addresses
        assert page.status == 200
    canary(link)


def test_a_visitor_who_is_not_signed_in_gets_no_link(client: TestClient, sandbox: Sandbox) -> None:
    assert client.post("/billing").status_code == 401
    assert sandbox.journal() == []


def test_a_refusal_is_shown_to_the_customer_and_logged_for_operators(
    client: TestClient, sandbox: Sandbox, refusal: Refusal, check: Callable[..., None]
) -> None:
    sandbox.fault("kwik", **refusal.fault, times=9)
    answer = client.post("/billing", headers=CUSTOMER)
    check(refusal, answer.status_code, answer.text, answer.headers.get("retry-after"))


def test_a_refused_key_is_logged_for_operators(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("KWIK_API_SECRET", "canary")
    with TestClient(app, follow_redirects=False) as client:
        answer = client.post("/billing", headers=CUSTOMER)
    assert (answer.status_code, "canary" in answer.text + caplog.text) == (500, False)
    assert "billing does not work" in caplog.text


def test_without_credentials_the_app_does_not_start(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KWIK_API_KEY")
    with pytest.raises(ConfigurationError, match="KWIK_API_KEY"), TestClient(app):
        pass


def test_uvicorn_serves_the_app_as_in_the_readme(serve: Callable[..., RunningApp], canary: Callable[..., None]) -> None:
    server = serve("--port", "0")
    links = [server.request("POST", "/billing", CUSTOMER).headers["location"] for _ in range(8)]
    assert len(set(links)) == 8
    canary(*links, output=server.stop())


@pytest.mark.parametrize("example", readme("python"))
def test_the_test_in_the_readme_passes(example: str, portal_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    names: dict[str, Callable[..., None]] = {}
    exec(compile(example, "README.md", "exec"), names)
    names["test_the_button_leads_to_the_portal"](portal_sandbox, monkeypatch)
