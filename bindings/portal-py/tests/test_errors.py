"""Every failure is the exception that says what to do."""

import pickle
import socket
from typing import Any

import pytest

import portal_py
from portal_py import (
    ActivePurchaseError,
    AuthenticationError,
    ConfigurationError,
    InvalidRequestError,
    NoPortalError,
    NotFoundError,
    PermissionDeniedError,
    Portal,
    PortalError,
    PortalTimeoutError,
    ProtocolError,
    RateLimitedError,
    Settings,
    UnavailableError,
    UnsupportedError,
)
from portal_py._native import KINDS
from scripted import Answer, Scripted, answer, hang_up

ATTRIBUTES = {
    "kind",
    "message",
    "provider",
    "status",
    "provider_code",
    "field",
    "delivery",
    "retryable",
    "retry_after",
    "attempts",
    "hint",
    "operation",
}


def classes() -> dict[str, type[PortalError]]:
    exported = [getattr(portal_py, name) for name in portal_py.__all__]
    return {
        one.kind: one
        for one in exported
        if isinstance(one, type) and issubclass(one, PortalError) and one is not PortalError
    }


def test_every_kind_has_its_own_exported_class() -> None:
    assert set(classes()) == set(KINDS)
    assert len(KINDS) == 12


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_every_attribute_and_pickles(kind: str) -> None:
    error = classes()[kind]("a `b` is c", hint="give one", field="b", retry_after=7, attempts=2)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert {name: getattr(error, name) for name in ATTRIBUTES} == {name: getattr(again, name) for name in ATTRIBUTES}
    assert str(again) == str(error) == "a `b` is c; hint: give one"


def test_the_builtin_exceptions_catch_theirs() -> None:
    assert issubclass(InvalidRequestError, ValueError)
    assert issubclass(PortalTimeoutError, TimeoutError)


def failure(provider: str, server: Scripted, response: Answer, **options: Any) -> PortalError:
    server.answers = [response]
    credentials = server.kwik if provider == "kwik" else server.onlineapp
    with Portal(provider, max_retries=0, **credentials, **options) as portal, pytest.raises(PortalError) as caught:
        portal.create_link(customer_id="cus_1", email="a@example.com")
    return caught.value


@pytest.mark.parametrize(
    ("provider", "response", "expected", "delivery"),
    [
        ("onlineapp", answer(400, {"error": "Email is required"}), InvalidRequestError, "refused"),
        ("onlineapp", answer(401, {"error": "Invalid API key"}), AuthenticationError, "refused"),
        ("onlineapp", answer(403, {"error": "API key is inactive"}), PermissionDeniedError, "refused"),
        ("onlineapp", answer(403, {"isTest": "1"}), NoPortalError, "refused"),
        ("onlineapp", answer(404, {"error": "Paywall not found"}), NotFoundError, "refused"),
        ("onlineapp", answer(409, {"hasActivePurchase": True}), ActivePurchaseError, "refused"),
        ("onlineapp", answer(429), RateLimitedError, "refused"),
        ("onlineapp", answer(500), UnavailableError, "unknown"),
        ("onlineapp", answer(302, location="https://elsewhere.example"), ProtocolError, "answered"),
        ("onlineapp", answer(200, {"link": "?"}), ProtocolError, "answered"),
        ("onlineapp", answer(200, {"url": "http://plain.example"}), ProtocolError, "answered"),
        ("onlineapp", hang_up, UnavailableError, "unknown"),
        ("kwik", answer(200, {"status": False, "error_code": "001"}), AuthenticationError, "refused"),
        ("kwik", answer(200, {"status": False, "error_code": "005"}), InvalidRequestError, "refused"),
        ("kwik", answer(200, {"status": False, "error_code": "007"}), NotFoundError, "refused"),
    ],
)
def test_an_answer_becomes_its_exception(
    server: Scripted, provider: str, response: Answer, expected: type[PortalError], delivery: str
) -> None:
    error = failure(provider, server, response)
    assert type(error) is expected
    assert (error.provider, error.operation) == (provider, "create_link")
    assert (error.delivery, error.attempts) == (delivery, 1)


def test_an_error_has_the_providers_field_and_code(server: Scripted) -> None:
    details = [{"record": {}, "errors": {"settings.cancel_type": {"message": "no", "rule": "enum"}}}]
    error = failure("kwik", server, answer(200, {"status": False, "error_code": "005", "error_details": details}))
    assert (error.provider_code, error.field, error.status) == ("005", "cancel_type", 200)


def test_retry_after_is_in_seconds(server: Scripted) -> None:
    error = failure("kwik", server, answer(429, retry_after="7"))
    assert (error.retry_after, error.retryable, error.status) == (7, True, 429)


def test_no_answer_in_time_is_a_timeout_with_delivery_unknown(server: Scripted) -> None:
    server.withhold()
    error = failure("kwik", server, server.answers[0], timeout=0.05)
    assert isinstance(error, PortalTimeoutError)
    assert (error.delivery, error.retryable) == ("unknown", False)


def test_no_connection_is_known_to_have_sent_nothing_and_says_why() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        base_url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with Portal("kwik", api_key="k", api_secret="s", base_url=base_url, max_retries=1) as portal:
            with pytest.raises(UnavailableError) as caught:
                portal.create_link(customer_id="cus_1")
    assert (caught.value.delivery, caught.value.retryable, caught.value.attempts) == ("not_sent", True, 2)
    assert "refused" in str(caught.value.__cause__)


def test_unsupported_and_configuration_are_found_before_anything_is_sent(server: Scripted) -> None:
    with Portal("onlineapp", **server.onlineapp) as portal, pytest.raises(UnsupportedError) as caught:
        portal.create_link(email="a@example.com", settings=Settings(show_invoices=True))
    assert (caught.value.field, caught.value.attempts) == ("show_invoices", 0)
    with pytest.raises(ConfigurationError) as missing:
        Portal("kwik")
    assert missing.value.field == "api_key"
    assert "KWIK_API_KEY" in str(missing.value)
    assert server.bodies == []
