"""The test kit."""

import urllib.error
import urllib.request
from typing import Any

import pytest

from portal_py import (
    ConfigurationError,
    InvalidRequestError,
    NoPortalError,
    NotFoundError,
    PortalError,
    PortalLink,
    PortalTimeoutError,
    ProtocolError,
    RateLimitedError,
    UnavailableError,
)
from portal_py.testing import Sandbox
from scripted import PATIENCE


def test_two_sandboxes_share_no_state() -> None:
    with Sandbox() as one, Sandbox() as other:
        assert one.url != other.url
        with one.portal("kwik") as portal:
            portal.create_link(customer_id="cus_demo_new")
        assert (len(one.journal()), len(other.journal())) == (1, 0)


def test_the_journal_lists_requests_with_secrets_masked(portal_sandbox: Sandbox) -> None:
    with portal_sandbox.portal("kwik") as portal, pytest.raises(NotFoundError):
        portal.create_link(customer_id="cus_unknown")
    [entry] = portal_sandbox.journal()
    assert (entry["provider"], entry["method"]) == ("kwik", "POST")
    assert entry["body"] == {"customer_id": "cus_unknown"}
    assert isinstance(entry["headers"], dict)
    assert entry["headers"]["authorization"] == "***"


def test_a_reset_empties_the_journal(portal_sandbox: Sandbox) -> None:
    with portal_sandbox.portal("onlineapp") as portal:
        portal.create_link(email="a@example.com")
    portal_sandbox.reset()
    assert portal_sandbox.journal() == []


def test_each_test_gets_the_sandbox_as_new(portal_sandbox: Sandbox) -> None:
    assert portal_sandbox.journal() == []


def test_the_sandbox_also_follows_onlineapps_other_dialect() -> None:
    with Sandbox(onlineapp_dialect="v3") as sandbox, sandbox.portal("onlineapp") as portal:
        with pytest.raises(NoPortalError):
            portal.create_link(email="unknown@example.com")
    with pytest.raises(ValueError, match="v4"):
        Sandbox(onlineapp_dialect="v4")


def test_a_closed_sandbox_listens_no_more() -> None:
    sandbox = Sandbox()
    sandbox.close()
    sandbox.close()
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(sandbox.url)


def test_credentials_of_an_unknown_provider_are_an_error_that_lists_the_known(portal_sandbox: Sandbox) -> None:
    with pytest.raises(ConfigurationError, match="`kwik`, `onlineapp`"):
        portal_sandbox.credentials("stripe")


def page(link: PortalLink) -> int:
    try:
        with urllib.request.urlopen(link.url) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code


@pytest.mark.parametrize("provider", ["kwik", "onlineapp"])
def test_a_link_expires_when_the_clock_gets_there(portal_sandbox: Sandbox, provider: str) -> None:
    with portal_sandbox.portal(provider) as portal:
        link = portal.create_link(customer_id="cus_demo_active", email="a@example.com")
    portal_sandbox.advance(3_000)  # the sandbox also counts real time, so not to the second
    assert page(link) == 200
    portal_sandbox.advance(600)
    assert page(link) == 410


def test_a_reset_sets_the_clock_back(portal_sandbox: Sandbox) -> None:
    portal_sandbox.advance(30 * 24 * 3600)
    with portal_sandbox.portal("kwik") as portal:
        later = portal.create_link(customer_id="cus_demo_active").expires_at
        portal_sandbox.reset()
        earlier = portal.create_link(customer_id="cus_demo_active").expires_at
    assert later is not None
    assert earlier is not None
    assert (later - earlier).days in (29, 30)


def test_a_fault_happens_as_often_as_it_was_ordered(portal_sandbox: Sandbox) -> None:
    portal_sandbox.fault("kwik", "status", status=503, times=2)
    with (
        portal_sandbox.portal("kwik", max_retries=0) as portal,
        portal_sandbox.portal("onlineapp", max_retries=0) as other,
    ):
        for _ in range(2):
            other.create_link(email="a@example.com")
            with pytest.raises(UnavailableError) as caught:
                portal.create_link(customer_id="cus_demo_active")
            assert (caught.value.status, caught.value.delivery) == (503, "unknown")
        portal.create_link(customer_id="cus_demo_active")


@pytest.mark.parametrize(
    ("fault", "more", "expected"),
    [
        ("status", {"status": 429, "retry_after": 7, "body": {"error": "Slow down"}}, RateLimitedError),
        ("delay", {"seconds": 60}, PortalTimeoutError),
        ("redirect", {"location": "https://elsewhere.example"}, ProtocolError),
        ("close_before_answer", {}, UnavailableError),
        ("close_mid_body", {}, UnavailableError),
        ("not_json", {}, ProtocolError),
        ("html", {}, ProtocolError),
        ("huge", {}, ProtocolError),
        ("status_false_on_200", {}, InvalidRequestError),
    ],
)
def test_every_fault_can_be_ordered_with_all_that_it_takes(
    portal_sandbox: Sandbox, fault: str, more: dict[str, Any], expected: type[PortalError]
) -> None:
    portal_sandbox.fault("kwik", fault, **more)
    timeout = 0.2 if fault == "delay" else PATIENCE
    with portal_sandbox.portal("kwik", max_retries=0, timeout=timeout) as portal:
        with pytest.raises(expected) as caught:
            portal.create_link(customer_id="cus_demo_active")
        assert caught.value.retry_after == more.get("retry_after")


def test_a_control_that_is_refused_says_why(portal_sandbox: Sandbox) -> None:
    with pytest.raises(RuntimeError, match=r"400 to POST /_sandbox/faults: .*close_mid_body"):
        portal_sandbox.fault("kwik", "earthquake")
    with pytest.raises(RuntimeError, match=r"400 to POST /_sandbox/clock: .*advance_seconds"):
        portal_sandbox.advance(-1)
    with pytest.raises(RuntimeError, match=r"400 to POST /_sandbox/webhooks: .*loopback"):
        portal_sandbox.webhooks("http://elsewhere.example/hooks")
    with pytest.raises(RuntimeError, match=r"400 to POST /_sandbox/webhooks/trigger: .*payment.completed"):
        portal_sandbox.trigger("payment.forgotten")
