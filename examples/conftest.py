"""Fixtures of the example apps' tests: everything runs against the sandbox, and nothing may show a secret."""

import logging
from collections.abc import Callable, Iterator

import pytest

from kit import REFUSALS, Refusal, Served
from portal_py import PROVIDERS
from portal_py.testing import Sandbox


@pytest.fixture
def sandbox(portal_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """The sandbox, to which whatever reads the environment is connected."""
    for name, value in portal_sandbox.environment().items():
        monkeypatch.setenv(name, value)
    return portal_sandbox


@pytest.fixture
def canary(sandbox: Sandbox, caplog: pytest.LogCaptureFixture) -> Callable[..., None]:
    """Logs everything; fails if a key or one of the links is in it, or in what a server said."""
    caplog.set_level(logging.DEBUG)
    credentials = [dict(sandbox.credentials(provider)) for provider in PROVIDERS]
    keys = [str(of[name]) for of in credentials for name in ("api_key", "api_secret") if name in of]

    def check(*links: str, said: str = "") -> None:
        logging.getLogger("shop").info("the log is heard")
        assert "the log is heard" in caplog.text
        assert len(keys) == 3
        for secret in (*keys, *links):
            assert secret not in caplog.text + said

    return check


@pytest.fixture(params=REFUSALS, ids=lambda refusal: "-".join(str(value) for value in refusal.fault.values()))
def refusal(request: pytest.FixtureRequest) -> Refusal:
    refusal: Refusal = request.param
    return refusal


@pytest.fixture
def check(canary: Callable[..., None], caplog: pytest.LogCaptureFixture) -> Callable[..., None]:
    """Compares an answer with a refusal: what operators need is in their log, and only there."""

    def check(refusal: Refusal, status: int, text: str, retry_after: str | None) -> None:
        assert (status, retry_after) == (refusal.status, refusal.retry_after)
        assert refusal.text in text
        for detail in ("hint", "key", "kwik", "onlineapp", "credential", "status", "JSON"):
            assert detail not in text
        told = [record for record in caplog.records if record.name == "shop.billing"]
        assert [record.levelno for record in told] == [refusal.level] * bool(refusal.level)
        assert all("hint: " in record.getMessage() for record in told)
        canary()

    return check


@pytest.fixture
def serve(sandbox: Sandbox) -> Iterator[Callable[..., Served]]:
    """Starts the app as its README does, and sees to it that it ends."""
    running: list[Served] = []

    def serve(*more: str) -> Served:
        running.append(Served(*more))
        return running[-1]

    yield serve
    for served in running:
        served.kill()
