"""A link with each provider, from real requests to the sandbox."""

import threading
import urllib.request
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler

import pytest

from portal_py import (
    AsyncPortal,
    ConfigurationError,
    Customer,
    Portal,
    PortalLink,
    ProtocolError,
    Settings,
    UnavailableError,
    UnsupportedError,
    capabilities,
    plan,
)
from portal_py.testing import Sandbox
from scripted import PATIENCE, Scripted, hang_up, link


def test_a_kwik_link_opens_the_customers_portal(portal_sandbox: Sandbox) -> None:
    with portal_sandbox.portal("kwik") as portal:
        link = portal.create_link(customer_id="cus_demo_active", subscription_id="sub_demo_active")
    assert isinstance(link, PortalLink)
    assert (link.provider, link.customer, link.subscription_id) == (
        "kwik",
        Customer(id="cus_demo_active"),
        "sub_demo_active",
    )
    assert str(link.id).startswith("cpl_")
    assert str(link.session_id).startswith("ses_")
    assert link.expires_at is not None
    assert link.expires_at.utcoffset() == timedelta(0)
    with urllib.request.urlopen(link.url) as page:
        assert page.status == 200


def test_an_onlineapp_link_opens_the_customers_portal(portal_sandbox: Sandbox) -> None:
    with portal_sandbox.portal("onlineapp") as portal:
        link = portal.create_link(email="a@example.com", metadata={"utm_source": "facebook"})
    assert (link.provider, link.id, link.expires_at) == ("onlineapp", None, None)
    assert link.customer == Customer(email="a@example.com")
    with urllib.request.urlopen(link.url) as page:
        assert page.status == 200
    assert portal_sandbox.journal()[0]["body"] == {
        "email": "***@example.com",
        "userMeta": {"utm_source": "facebook"},
    }


def test_every_setting_reaches_the_provider(portal_sandbox: Sandbox) -> None:
    settings = Settings(
        page_title="My SaaS",
        show_invoices=True,
        show_billing_info=True,
        allow_update_billing_info=False,
        allow_cancel=True,
        cancel_type="after-billing-period",
        allow_switch_plan=False,
        products=["pro_demo_basic_monthly", "pro_demo_plus_monthly"],
    )
    with portal_sandbox.portal("kwik") as portal:
        portal.create_link(
            customer=Customer(id="cus_demo_active", email="a@example.com"),
            settings=settings,
            return_url="https://my.site/account",
            extra={"settings": {"theme": "dark"}, "note": 1},
        )
    assert portal_sandbox.journal()[0]["body"] == {
        "customer_id": "cus_demo_active",
        "note": 1,
        "settings": {
            "page_title": "My SaaS",
            "show_invoices": True,
            "show_billing_info": True,
            "allow_update_billing_info": False,
            "allow_cancel": True,
            "cancel_type": "AFTER_BILLING_PERIOD",
            "allow_switch_plan": False,
            "products_ids": ["pro_demo_basic_monthly", "pro_demo_plus_monthly"],
            "redirect_url": "https://my.site/account",
            "theme": "dark",
        },
    }


def test_best_effort_lists_the_omitted_options(portal_sandbox: Sandbox) -> None:
    with portal_sandbox.portal("onlineapp") as portal:
        with pytest.raises(UnsupportedError) as refusal:
            portal.create_link(email="a@example.com", settings=Settings(allow_cancel=False))
        link = portal.create_link(email="a@example.com", settings=Settings(allow_cancel=False), best_effort=True)
    assert refusal.value.field == "allow_cancel"
    assert link.omitted == ("allow_cancel",)
    assert len(portal_sandbox.journal()) == 1


def test_unknown_fields_of_the_answer_are_kept(server: Scripted) -> None:
    server.answers = [link(new_field={"a": [1, 2.5, None, True, "x"]}, big=2**63)]
    with Portal("kwik", **server.kwik) as portal:
        made = portal.create_link(customer_id="cus_1")
    assert made.raw == {"result": {"new_field": {"a": [1, 2.5, None, True, "x"]}, "big": 2**63}}
    assert made.expires_at == datetime(2026, 3, 13, 12, 30, tzinfo=timezone.utc)


def test_the_environment_configures_settings_that_are_not_arguments(
    portal_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, value in portal_sandbox.environment().items():
        monkeypatch.setenv(variable, value)
    with Portal("kwik") as portal:
        portal.create_link(customer_id="cus_demo_active")
    with pytest.raises(ConfigurationError) as refusal:
        Portal("kwik", api_key="with:colon")
    assert refusal.value.field == "api_key"


def test_a_closed_portal_says_so(portal_sandbox: Sandbox) -> None:
    portal = portal_sandbox.portal("kwik")
    portal.close()
    portal.close()
    with pytest.raises(RuntimeError, match="the portal is closed; hint: "):
        portal.create_link(customer_id="cus_demo_active")


def test_calls_of_one_thread_share_a_connection(server: Scripted) -> None:
    with Portal("kwik", **server.kwik) as portal:
        for _ in range(20):
            portal.create_link(customer_id="cus_1")
    assert server.connections == 1


def test_warming_up_opens_the_connection_that_the_next_link_uses(server: Scripted) -> None:
    with Portal("kwik", **server.kwik) as portal:
        portal.warm_up()
        portal.warm_up()
        assert server.bodies == []
        portal.create_link(customer_id="cus_1")
    assert server.connections == 1


def test_warming_up_without_a_server_raises_the_error_of_a_call() -> None:
    with (
        Portal("kwik", api_key="k", api_secret="s", base_url="http://127.0.0.1:1") as portal,
        pytest.raises(UnavailableError) as info,
    ):
        portal.warm_up()
    assert (info.value.delivery, info.value.operation) == ("not_sent", "warm_up")
    with pytest.raises(RuntimeError):
        portal.warm_up()


def test_a_connection_that_the_server_closed_meanwhile_is_not_used_again(server: Scripted) -> None:
    gone = threading.Semaphore(0)

    def answer_then_leave(handler: BaseHTTPRequestHandler) -> None:
        link()(handler)
        hang_up(handler)
        gone.release()

    server.answers = [answer_then_leave]
    with Portal("kwik", max_retries=0, **server.kwik) as portal:
        for _ in range(20):
            portal.create_link(customer_id="cus_1")
            assert gone.acquire(timeout=PATIENCE)
    assert server.connections == 20


def test_a_connection_that_the_server_closed_after_a_slow_answer_is_not_used_again(server: Scripted) -> None:
    # Waiting calls look for Ctrl-C every 50 ms: some of these answers arrive at the same moment.
    delays = [0.05 + step * 1e-4 for step in range(30)]
    returned, gone = threading.Semaphore(0), threading.Semaphore(0)

    def answer_then_leave(handler: BaseHTTPRequestHandler) -> None:
        threading.Event().wait(delays[server.connections - 1])
        link()(handler)
        assert returned.acquire(timeout=PATIENCE)
        hang_up(handler)
        gone.release()

    server.answers = [answer_then_leave]
    with Portal("kwik", max_retries=0, **server.kwik) as portal:
        for _ in delays:
            portal.create_link(customer_id="cus_1")
            returned.release()
            assert gone.acquire(timeout=PATIENCE)
    assert server.connections == len(delays)


def test_threads_share_a_portal_and_do_not_wait_for_each_other(server: Scripted) -> None:
    together = threading.Barrier(8, timeout=30)

    def answer_when_all_are_here(handler: BaseHTTPRequestHandler) -> None:
        together.wait()
        link()(handler)

    server.answers = [answer_when_all_are_here]
    links: list[PortalLink] = []
    with Portal("kwik", **server.kwik) as portal:

        def work() -> None:
            links.append(portal.create_link(customer_id="cus_1"))

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(links) == 8


def test_a_plan_lists_missing_unneeded_and_unsupported_options() -> None:
    planned = plan("onlineapp", customer_id="cus_1", settings=Settings(show_invoices=True))
    assert planned.missing == ("email",)
    assert planned.unneeded == ("customer_id",)
    assert planned.unsupported == ("show_invoices",)
    assert not planned.ok
    assert plan("kwik", customer_id="cus_1").ok
    assert plan("kwik", customer_id="cus_1") == plan("kwik", customer=Customer(id="cus_1"))


def test_capabilities_need_no_request() -> None:
    kwik, onlineapp = capabilities("kwik"), capabilities("onlineapp")
    assert (kwik.creates_customer, onlineapp.creates_customer) == (False, True)
    assert (kwik.expiry_known, onlineapp.expiry_known) == (True, False)
    assert kwik.rate_per_second == 100
    assert kwik.fields["customer_id"] == "required"
    assert onlineapp.fields["allow_cancel"] == "unsupported"
    assert kwik.variables["api_secret"] == "KWIK_API_SECRET"


def test_both_portals_name_their_provider(portal_sandbox: Sandbox) -> None:
    with portal_sandbox.portal("kwik") as portal:
        assert (portal.provider, repr(portal)) == ("kwik", "Portal('kwik')")
    assert repr(AsyncPortal("kwik", api_key="k", api_secret="s")) == "AsyncPortal('kwik')"


def test_a_link_that_never_expires_has_no_expiry_and_a_year_that_no_calendar_has_is_an_error(server: Scripted) -> None:
    with Portal("kwik", **server.kwik) as portal:
        server.answers = [link(expires_at="9999-12-31T23:59:59Z")]
        assert portal.create_link(customer_id="cus_1").expires_at is None
        server.answers = [link(expires_at="0001-01-01T00:00:00Z")]
        assert portal.create_link(customer_id="cus_1").expires_at == datetime.min.replace(tzinfo=timezone.utc)
        for year_zero in ("0000-01-01T00:00:00Z", "0001-01-01T00:00:00+02:00"):
            server.answers = [link(expires_at=year_zero)]
            with pytest.raises(ProtocolError):
                portal.create_link(customer_id="cus_1")
