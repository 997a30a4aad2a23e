"""Fixtures for the tests of the example apps: they use the sandbox, and check that no secret is shown."""

import logging
from collections.abc import Callable, Iterator

import pytest

from kit import REFUSALS, Refusal, RunningApp
from portal_py import PROVIDERS
from portal_py.testing import Sandbox


@pytest.fixture
def sandbox(portal_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """The sandbox, with the environment set to its credentials and addresses."""
    for name, value in portal_sandbox.environment().items():
        monkeypatch.setenv(name, value)
    return portal_sandbox


@pytest.fixture
def canary(sandbox: Sandbox, caplog: pytest.LogCaptureFixture) -> Callable[..., None]:
    """Checks that neither the log nor a server's output contains a key or one of the links."""
    caplog.set_level(logging.DEBUG)
    credentials = [dict(sandbox.credentials(provider)) for provider in PROVIDERS]
    keys = [str(of[name]) for of in credentials for name in ("api_key", "api_secret") if name in of]

    def check(*links: str, output: str = "") -> None:
        logging.getLogger("shop").info("the log is captured")
        assert "the log is captured" in caplog.text
        assert len(keys) == 3
        for secret in (*keys, *links):
            assert secret not in caplog.text + output

    return check


@pytest.fixture(params=REFUSALS, ids=lambda refusal: "-".join(str(value) for value in refusal.fault.values()))
def refusal(request: pytest.FixtureRequest) -> Refusal:
    refusal: Refusal = request.param
    return refusal


@pytest.fixture
def check(canary: Callable[..., None], caplog: pytest.LogCaptureFixture) -> Callable[..., None]:
    """Compares an answer with a refusal; details for operators are only in the log."""

    def check(refusal: Refusal, status: int, text: str, retry_after: str | None) -> None:
        assert (status, retry_after) == (refusal.status, refusal.retry_after)
        assert refusal.text in text
        for detail in ("hint", "key", "kwik", "onlineapp", "credential", "status", "JSON"):
            assert detail not in text
        logged = [record for record in caplog.records if record.name == "shop.billing"]
        assert [record.levelno for record in logged] == [refusal.level] * bool(refusal.level)
        assert all("hint: " in record.getMessage() for record in logged)
        canary()

    return check


@pytest.fixture
def serve(sandbox: Sandbox) -> Iterator[Callable[..., RunningApp]]:
    """Starts the app as in its README, and stops it after the test."""
    running: list[RunningApp] = []

    def serve(*more: str) -> RunningApp:
        running.append(RunningApp(*more))
        return running[-1]

    yield serve
    for app in running:
        app.kill()
