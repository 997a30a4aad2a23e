"""The test kit itself."""

import urllib.error
import urllib.request

import pytest

from portal_py import ConfigurationError, NoPortalError, NotFoundError
from portal_py.testing import Sandbox
from scripted import Scripted, answer


def test_two_sandboxes_are_two_worlds() -> None:
    with Sandbox() as one, Sandbox() as other:
        assert one.url != other.url
        with one.portal("kwik") as portal:
            portal.create_link(customer_id="cus_demo_new")
        assert (len(one.journal()), len(other.journal())) == (1, 0)


def test_the_journal_tells_what_was_asked_with_secrets_masked(portal_sandbox: Sandbox) -> None:
    with portal_sandbox.portal("kwik") as portal, pytest.raises(NotFoundError):
        portal.create_link(customer_id="cus_nobody")
    [entry] = portal_sandbox.journal()
    assert (entry["provider"], entry["method"]) == ("kwik", "POST")
    assert entry["body"] == {"customer_id": "cus_nobody"}
    assert isinstance(entry["headers"], dict)
    assert entry["headers"]["authorization"] == "***"


def test_a_reset_empties_the_journal(portal_sandbox: Sandbox) -> None:
    with portal_sandbox.portal("onlineapp") as portal:
        portal.create_link(email="a@example.com")
    portal_sandbox.reset()
    assert portal_sandbox.journal() == []


def test_each_test_gets_the_sandbox_as_new(portal_sandbox: Sandbox) -> None:
    assert portal_sandbox.journal() == []


def test_the_other_generation_of_onlineapp_is_there_too() -> None:
    with Sandbox(onlineapp_dialect="v3") as sandbox, sandbox.portal("onlineapp") as portal:
        with pytest.raises(NoPortalError):
            portal.create_link(email="nobody@example.com")
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


class At:
    """In place of the sandbox's own server."""

    def __init__(self, url: str) -> None:
        self.url = url

    def close(self) -> None:
        pass


def test_the_clock_and_the_faults_are_ordered_in_the_control_apis_words(server: Scripted) -> None:
    server.answers = [answer(204)]
    with Sandbox() as sandbox:
        real, sandbox._server = sandbox._server, At(server.url)  # type: ignore[assignment]
        sandbox.advance(3600)
        sandbox.fault("kwik", "status", status=503, retry_after=2)
        sandbox.fault("onlineapp", "delay", seconds=0.5, times=3)
        server.answers = [answer(400, {"error": "no such fault"})]
        with pytest.raises(RuntimeError, match=r"400 to POST /_sandbox/faults: .*no such fault"):
            sandbox.fault("kwik", "earthquake")
        real.close()
    assert server.bodies == [
        {"advance_seconds": 3600},
        {"provider": "kwik", "fault": "status", "times": 1, "status": 503, "retry_after": 2},
        {"provider": "onlineapp", "fault": "delay", "times": 3, "seconds": 0.5},
        {"provider": "kwik", "fault": "earthquake", "times": 1},
    ]
