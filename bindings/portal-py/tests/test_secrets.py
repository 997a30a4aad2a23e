"""Neither key nor URL nor address shows, in any of the ways in which Python shows things."""

import asyncio
import copy
import json
import logging
import pickle
import re
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from canaries import ECHO, SECRETS, assert_hidden, spellings
from portal_py import AsyncPortal, Customer, Portal, PortalError, PortalLink
from portal_py.testing import Sandbox
from scripted import Scripted, answer, hang_up

EMAIL = "canary@example.com"

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


@pytest.mark.parametrize("secret", SECRETS)
def test_these_tests_would_find_a_secret_however_it_is_written(secret: str) -> None:
    for spelling in spellings(secret):
        with pytest.raises(AssertionError):
            assert_hidden(f"say: {spelling}.")


@pytest.fixture
def link(server: Scripted) -> PortalLink:
    from scripted import link as with_link

    server.answers = [
        with_link(id="canary-session", session_id="canary-session", second="https://x.example/canary-link")
    ]
    with Portal("kwik", **server.kwik) as portal:
        return portal.create_link(customer_id="cus_1", email="canary@example.com")


@pytest.mark.parametrize("show", SHOW)
def test_a_link_shows_no_url(link: PortalLink, show: Callable[[object], str]) -> None:
    assert_hidden(show(link))
    assert_hidden(show(Customer(id="cus_1", email="canary@example.com")))
    assert_hidden(show(Customer(id="canary@example.com")))
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


def raised(call: Callable[[], object]) -> PortalError:
    with pytest.raises(PortalError) as caught:
        call()
    return caught.value


def all_of(error: PortalError) -> str:
    """Return everything that Python shows of an error, without the lines of this file in its traceback."""
    lines = "".join(traceback.format_exception(error))
    lines = re.sub(r'File "[^"]*test_secrets.py".*\n.*\n', "", lines)
    return lines + repr(vars(error)) + str(pickle.dumps(error)) + repr(error) + str(error.args)


@pytest.mark.parametrize(
    "response",
    [
        answer(401, {"error": "no", "message": f"key canary-key of canary@example.com is bad: {ECHO}"}),
        answer(400, {"status": False, "error_code": "canary-secret", "error_message": ECHO, ECHO: ECHO}),
        answer(422, {"status": False, "error_details": [{"errors": {"canary-key": {"message": ECHO}}}]}),
        answer(
            200, {"status": True, "result": {"customer_id": "cus_1", "link_url": "http://plain.example/canary-link"}}
        ),
        answer(302, {}, location="https://pay.example.com/portal/canary-link"),
        hang_up,
    ],
)
def test_an_error_shows_no_secret(server: Scripted, response: Callable[..., None]) -> None:
    server.answers = [response]
    with Portal("kwik", max_retries=0, **server.kwik) as portal:
        assert_hidden(all_of(raised(lambda: portal.create_link(customer_id="cus_1", email=EMAIL))))

    async def work() -> None:
        async with AsyncPortal("kwik", max_retries=0, **server.kwik) as portal:
            await portal.create_link(customer_id="cus_1", email=EMAIL)

    assert_hidden(all_of(raised(lambda: asyncio.run(work()))))


@pytest.mark.parametrize("setting", ["api_key", "api_secret", "base_url"])
def test_a_setting_that_is_refused_is_not_repeated(setting: str) -> None:
    settings: dict[str, Any] = {"api_key": "k", "api_secret": "s", setting: "canary-key:canary-secret\n"}
    assert_hidden(all_of(raised(lambda: Portal("kwik", **settings))))


def test_the_sandboxs_journal_shows_neither_key_nor_address_nor_link(portal_sandbox: Sandbox) -> None:
    texts = [*spellings(EMAIL), f"https://my.site/?of={EMAIL}", "https://pay.example.com/portal/canary-link"]
    with portal_sandbox.portal("onlineapp") as portal:
        link = portal.create_link(email=EMAIL, metadata={"all": " ".join(texts)} | {text: text for text in texts})
        portal.create_link(email="other@example.com", metadata={"link": link.url})
    base = f"{portal_sandbox.url}/2.0/"
    wrong = Portal("kwik", api_key="canary-key", api_secret="canary-secret", base_url=base)
    with wrong as portal, pytest.raises(PortalError):
        portal.create_link(customer_id=EMAIL, extra={"note": " ".join(spellings("canary-key:canary-secret"))})
    journal = portal_sandbox.journal()
    assert [entry["status"] for entry in journal] == [200, 200, 401]
    assert '"email": "***@example.com"' in json.dumps(journal)
    assert_hidden(json.dumps(journal))
    assert link.url.rpartition("/")[2] not in json.dumps(journal)
