"""Neither key nor URL nor address shows, in any of the ways in which Python shows things."""

import copy
import logging
import pickle
import traceback
from collections.abc import Callable

import pytest

from portal_py import AsyncPortal, Customer, Portal, PortalError, PortalLink
from scripted import Scripted, answer, hang_up

SECRETS = ("canary-key", "canary-secret", "canary-link", "canary@example.com", "canary-session")

SHOW: list[Callable[[object], str]] = [
    repr,
    str,
    "{}".format,
    "{!r:>5}".format,
    lambda it: "%s %r" % (it, it),
    lambda it: str([it]) + str({"it": it}),
    lambda it: repr(getattr(it, "__dict__", "")),
    ascii,
]


def assert_hidden(text: str) -> None:
    for secret in SECRETS:
        assert secret not in text


@pytest.fixture
def link(server: Scripted) -> PortalLink:
    from scripted import link as with_link

    server.answers = [with_link(id="cpl_1", session_id="canary-session", second="https://x.example/canary-link")]
    with Portal("kwik", **server.kwik) as portal:
        return portal.create_link(customer_id="cus_1", email="canary@example.com")


@pytest.mark.parametrize("show", SHOW)
def test_a_link_shows_no_url(link: PortalLink, show: Callable[[object], str]) -> None:
    assert_hidden(show(link))
    assert_hidden(show(Customer(id="cus_1", email="canary@example.com")))
    assert link.url == "https://pay.example.com/portal/canary-link"


@pytest.mark.parametrize("show", SHOW)
def test_a_portal_shows_no_key(server: Scripted, show: Callable[[object], str]) -> None:
    assert_hidden(show(Portal("kwik", **server.kwik)))
    assert_hidden(show(AsyncPortal("kwik", **server.kwik)))


def test_vars_has_nothing_to_show(link: PortalLink, server: Scripted) -> None:
    for thing in (link, Portal("kwik", **server.kwik), AsyncPortal("kwik", **server.kwik)):
        with pytest.raises(TypeError, match="__dict__"):
            vars(thing)


def test_links_and_portals_do_not_pickle_and_say_why(link: PortalLink, server: Scripted) -> None:
    for thing in (link, Portal("kwik", **server.kwik), AsyncPortal("kwik", **server.kwik)):
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            with pytest.raises(TypeError, match="cannot be pickled, since") as caught:
                pickle.dumps(thing, protocol)
            assert_hidden(str(caught.value))
    assert copy.copy(link) is copy.deepcopy(link) is link


def test_a_logged_link_is_masked(link: PortalLink, caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("app").error("made %s, %r", link, link)
    assert "***" in caplog.text
    assert_hidden(caplog.text)


@pytest.mark.parametrize(
    "told",
    [
        answer(401, {"error": "no", "message": "key canary-key of canary@example.com is bad"}),
        answer(
            200, {"status": True, "result": {"customer_id": "cus_1", "link_url": "http://plain.example/canary-link"}}
        ),
        hang_up,
    ],
)
def test_a_traceback_shows_no_secret(server: Scripted, told: Callable[..., None]) -> None:
    server.answers = [told]
    with Portal("kwik", max_retries=0, **server.kwik) as portal:
        try:
            portal.create_link(customer_id="cus_1", email="canary@example.com")
        except PortalError as error:
            text = "".join(traceback.format_exception(error))
            assert_hidden(text.replace('email="canary@example.com"', "") + repr(vars(error)))
            assert_hidden(str(pickle.dumps(error)))
        else:
            pytest.fail("no error")
