import http.client
import socket
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app import create_app
from kit import TIMEOUT, Refusal, RunningApp, readme
from portal_py import ConfigurationError
from portal_py.testing import Sandbox

CUSTOMER = {"X-Demo-Customer": "cus_demo_active"}


@pytest.fixture
def client(sandbox: Sandbox) -> FlaskClient:
    return create_app().test_client()


def test_billing_redirects_to_a_page_that_opens(client: FlaskClient, canary: Callable[..., None]) -> None:
    answer = client.post("/billing", headers=CUSTOMER)
    link = answer.headers["location"]
    assert answer.status_code == 303
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    with urllib.request.urlopen(link) as page:  # not httpx, which logs addresses
        assert page.status == 200
    canary(link)


def test_a_visitor_who_is_not_signed_in_gets_no_link(client: FlaskClient, sandbox: Sandbox) -> None:
    assert client.post("/billing").status_code == 401
    assert sandbox.journal() == []


def test_a_refusal_is_shown_to_the_customer_and_logged_for_operators(
    client: FlaskClient, sandbox: Sandbox, refusal: Refusal, check: Callable[..., None]
) -> None:
    sandbox.fault("kwik", **refusal.fault, times=9)
    answer = client.post("/billing", headers=CUSTOMER)
    check(refusal, answer.status_code, answer.text, answer.headers.get("retry-after"))


def test_a_refused_key_is_logged_for_operators(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("KWIK_API_SECRET", "canary")
    answer = create_app().test_client().post("/billing", headers=CUSTOMER)
    assert (answer.status_code, "canary" in answer.text + caplog.text) == (500, False)
    assert "billing does not work" in caplog.text


def test_without_credentials_the_app_does_not_start(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KWIK_API_KEY")
    with pytest.raises(ConfigurationError, match="KWIK_API_KEY"):
        create_app()


def test_gunicorn_serves_the_app_as_in_the_readme(
    serve: Callable[..., RunningApp], canary: Callable[..., None]
) -> None:
    server = serve("--bind", "127.0.0.1:0", "--workers", "2")
    links = [server.request("POST", "/billing", CUSTOMER).headers["location"] for _ in range(8)]
    assert len(set(links)) == 8
    canary(*links, output=server.stop())


def test_a_portal_used_before_the_fork_works_in_each_worker(serve: Callable[..., RunningApp], tmp_path: Path) -> None:
    shop = tmp_path / "app.py"
    shop.write_text(f"""
import os, runpy
app = runpy.run_path({str(Path("app.py").absolute())!r})["create_app"]()
made_in = os.getpid()

@app.after_request
def add_headers(answer):
    answer.headers["X-Process"], answer.headers["X-Made-In"] = str(os.getpid()), str(made_in)
    return answer

def create_app():
    assert app.test_client().post("/billing", headers={CUSTOMER!r}).status_code == 303
    return app
""")
    server = serve("--bind", "127.0.0.1:0", "--workers", "2", "--timeout", "0", "--pythonpath", str(tmp_path))
    host, port = server.address.split(":")
    with socket.create_connection((host, int(port)), TIMEOUT) as slow:
        # One worker waits for the rest of this request, so the other one answers the next.
        slow.sendall(b"POST /billing HTTP/1.1\r\nHost: localhost\r\nX-Demo-Customer: cus_demo_active\r\n")
        one = server.request("POST", "/billing", CUSTOMER)
        slow.sendall(b"\r\n")
        other = http.client.HTTPResponse(slow, method="POST")
        other.begin()
    assert (one.status, other.status) == (303, 303)
    assert one.headers["location"] != other.headers["location"]
    assert one.headers["x-process"] != other.headers["x-process"]
    assert {one.headers["x-made-in"], other.headers["x-made-in"]} == {str(server.process.pid)}
    server.stop()


@pytest.mark.parametrize("example", readme("python"))
def test_the_test_in_the_readme_passes(example: str, portal_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    names: dict[str, Callable[..., None]] = {}
    exec(compile(example, "README.md", "exec"), names)
    names["test_the_button_leads_to_the_portal"](portal_sandbox, monkeypatch)
