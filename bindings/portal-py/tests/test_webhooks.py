"""A webhook is an event, or it is refused."""

import hashlib
import hmac
import json
import queue
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_values import json_values, text

from portal_py import (
    AuthenticationError,
    ConfigurationError,
    PortalError,
    ProtocolError,
    UnsupportedError,
    WebhookEvent,
    verify_webhook,
)
from portal_py.testing import Sandbox
from scripted import PATIENCE

SECRET = "whsec_canary"
EVENT: dict[str, Any] = {
    "id": "evt_1",
    "type": "payment.completed",
    "created_at": "2024-01-15T12:30:45.123456Z",
    "occurred_at": "2024-01-15T14:30:44+02:00",
    "data": {
        "price": {"unit_amount": 999, "interval": "month"},
        "customer": {"id": "cus_1", "email": "canary@example.com"},
        "user": {"id": "7", "metadata": {"utm_source": "canary", "visits": 3}},
        "new": [1, 2.5, None, True],
    },
}

untimed = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)


def sign(body: bytes, secret: str = SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def event(**changes: object) -> WebhookEvent:
    body = json.dumps({**EVENT, **changes}).encode()
    return verify_webhook("onlineapp", body=body, signature=sign(body), secret=SECRET)


def test_a_signed_event_is_read() -> None:
    read = event()
    assert (read.provider, read.id, read.type) == ("onlineapp", "evt_1", "payment.completed")
    assert read.created_at == datetime(2024, 1, 15, 12, 30, 45, 123456, tzinfo=timezone.utc)
    assert read.occurred_at == datetime(2024, 1, 15, 12, 30, 44, tzinfo=timezone.utc)
    assert read.created_at.utcoffset() == timedelta(0)
    assert read.data == EVENT["data"]
    assert read.metadata == {"utm_source": "canary", "visits": 3}
    assert read.unread == ()


def test_an_event_of_an_unknown_type_is_kept() -> None:
    assert event(type="invoice.sent").type == "invoice.sent"


def test_missing_parts_of_an_event_are_none_or_empty() -> None:
    read = event(data=None, occurred_at=None)
    assert (read.data, read.metadata, read.occurred_at) == ({}, {}, None)
    odd = event(data={"user": {"metadata": "odd"}})
    assert (odd.metadata, odd.unread) == ({}, ("data.user.metadata",))


@pytest.mark.parametrize(
    "at", ["1969-12-31T23:59:59.5Z", "1901-01-01T00:00:00Z", "9999-12-30T00:00:00Z", "2024-01-15T12:30:45.999999999Z"]
)
def test_a_time_has_microseconds(at: str) -> None:
    whole, _, fraction = at.removesuffix("Z").partition(".")
    expected = datetime.fromisoformat(whole + "+00:00").replace(microsecond=int(fraction[:6].ljust(6, "0")))
    assert event(created_at=at).created_at == expected


def test_metadata_has_the_digits_that_were_sent_and_half_a_character_loses_no_event() -> None:
    metadata = r'{"big": 18446744073709551616, "exact": 9007199254740993.0, "far": 1e400, "name": "Ad\ud83d"}'
    user = f'{{"user": {{"metadata": {metadata}}}}}'
    body = f'\ufeff{{"id": "evt_1", "type": "x", "created_at": "2024-01-15T12:30:45Z", "data": {user}}}'.encode()
    read = verify_webhook("onlineapp", body=body, signature=sign(body), secret=SECRET)
    expected = {"big": 2**64, "exact": Decimal("9007199254740993.0"), "far": Decimal("1e400"), "name": "Ad\ufffd"}
    assert read.metadata == read.data["user"]["metadata"] == expected


def test_a_year_that_no_calendar_has_is_a_protocol_error() -> None:
    with pytest.raises(ProtocolError) as caught:
        event(created_at="0000-01-01T00:00:00Z")
    assert caught.value.field == "created_at"
    assert event(occurred_at="0000-01-01T00:00:00Z").unread == ("occurred_at",)
    assert event(occurred_at="9999-12-31T23:59:59Z").unread == ()


@untimed
@given(data=st.dictionaries(text, json_values, max_size=5))
def test_data_is_what_was_sent(data: dict[str, Any]) -> None:
    assert event(data=data).data == data


@untimed
@given(body=st.binary() | json_values.map(lambda value: json.dumps(value).encode()), secret=st.text(max_size=5))
def test_any_signed_body_is_an_event_or_a_portal_error(body: bytes, secret: str) -> None:
    with pytest.raises(PortalError) as caught:
        verify_webhook("onlineapp", body=body, signature=sign(body, "sec" + SECRET), secret="sec" + SECRET)
    assert isinstance(caught.value, ProtocolError)
    with pytest.raises((AuthenticationError, ConfigurationError)):
        verify_webhook("onlineapp", body=body, signature=sign(body), secret=secret)


def test_an_event_cannot_be_changed() -> None:
    read = event()
    with pytest.raises(AttributeError):
        read.id = "evt_2"  # type: ignore[misc]
    read.data["price"]["unit_amount"] = 0
    assert read.data == EVENT["data"]
    with pytest.raises(TypeError):
        WebhookEvent()


def test_repr_of_an_event_shows_id_and_type_and_nothing_personal() -> None:
    read = event()
    for shown in (repr(read), str(read), f"{read}", "%s %r" % (read, read), ascii([read])):
        assert "canary" not in shown
        assert "evt_1" in shown
    with pytest.raises(TypeError, match="__dict__"):
        vars(read)


@pytest.mark.parametrize(
    "signature",
    [None, "", "sha256=00", "nonsense", "\xe9", "\udcff", sign(b"{}"), sign(json.dumps(EVENT).encode(), "other")],
)
def test_a_signature_that_is_not_this_bodys_is_refused(signature: str | None) -> None:
    with pytest.raises(AuthenticationError) as caught:
        verify_webhook("onlineapp", body=json.dumps(EVENT).encode(), signature=signature, secret=SECRET)
    error = caught.value
    assert (error.field, error.provider, error.operation) == ("signature", "onlineapp", "verify_webhook")
    assert error.hint
    assert "canary" not in str(error) + repr(vars(error))


@pytest.mark.parametrize("secret", ["", " \n", "canary\udc80", "'canary'", "canary\r", "\ufeffcanary", "Bearer canary"])
def test_a_secret_that_is_none_is_a_configuration_error(secret: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        verify_webhook("onlineapp", body=b"{}", signature=sign(b"{}"), secret=secret)
    assert caught.value.field == "webhook_secret"
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("body", [b"", b"\xff", b"canary", b"[]", b"{}", b'{"id": "evt_1", "type": "canary"}'])
def test_a_signed_body_that_is_no_event_is_a_protocol_error(body: bytes) -> None:
    with pytest.raises(ProtocolError) as caught:
        verify_webhook("onlineapp", body=body, signature=sign(body), secret=SECRET)
    assert "canary" not in str(caught.value)


def test_a_provider_that_documents_no_signature_is_unsupported() -> None:
    with pytest.raises(UnsupportedError) as caught:
        verify_webhook("kwik", body=b"{}", signature="", secret=SECRET)
    assert caught.value.provider == "kwik"


def test_an_unknown_provider_is_an_error_that_lists_the_known_ones() -> None:
    with pytest.raises(ConfigurationError, match="`kwik`, `onlineapp`"):
        verify_webhook("stripe", body=b"{}", signature="", secret=SECRET)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("provider", 1),
        ("body", "{}"),
        ("body", {}),
        ("body", 3),
        ("body", [1]),
        ("body", None),
        ("signature", b"00"),
        ("secret", b"canary"),
        ("headers", 1),
        ("headers", "canary"),
        ("headers", {"canary": 1}),
        ("headers", [("canary",)]),
    ],
)
def test_a_wrong_type_is_a_type_error_that_names_the_argument(name: str, wrong: object) -> None:
    arguments: dict[str, Any] = {"provider": "onlineapp", "body": b"{}", "signature": "", "secret": SECRET}
    arguments[name] = wrong
    if name == "headers":
        del arguments["signature"]
    with pytest.raises(TypeError, match=f"'{name}'") as caught:
        verify_webhook(**arguments)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("name", ["X-Monetize-Signature", "x-monetize-signature", "X-MONETIZE-SIGNATURE"])
def test_headers_are_read_as_frameworks_have_them(name: str) -> None:
    body = json.dumps(EVENT).encode()
    signed = sign(body)
    message = Message()
    message[name] = signed
    raw = [(b"host", b"shop.example"), (name.encode(), signed.encode()), (b"x-odd", b"\xff")]
    for headers in ({"host": "shop.example", name: signed}, message, [(name, signed)], raw, iter(raw)):
        read = verify_webhook("onlineapp", body=body, headers=headers, secret=SECRET)
        assert read.id == "evt_1"


@pytest.mark.parametrize("headers", [{}, {"X-Other": "canary"}, {"X-Monetize-Signature": ""}, [("\n", "\udcff")]])
def test_headers_without_a_signature_are_refused(headers: Any) -> None:
    with pytest.raises(AuthenticationError) as caught:
        verify_webhook("onlineapp", body=b"{}", headers=headers, secret=SECRET)
    assert caught.value.field == "signature"
    assert "canary" not in str(caught.value)


def test_a_header_that_comes_twice_is_refused() -> None:
    body = json.dumps(EVENT).encode()
    headers = [("x-monetize-signature", sign(body)), ("X-Monetize-Signature", sign(body))]
    with pytest.raises(AuthenticationError, match="more than one"):
        verify_webhook("onlineapp", body=body, headers=headers, secret=SECRET)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_a_body_may_be_any_bytes_like_object(kind: Callable[[bytes], Any]) -> None:
    body = json.dumps(EVENT).encode()
    assert verify_webhook("onlineapp", body=kind(body), signature=sign(body), secret=SECRET).id == "evt_1"


def test_headers_and_a_signature_together_are_a_type_error() -> None:
    with pytest.raises(TypeError, match="'headers' or 'signature'"):
        verify_webhook("onlineapp", body=b"{}", headers={}, signature="", secret=SECRET)


class Receiver(BaseHTTPRequestHandler):
    """What an application would have: it puts what arrives where the test can take it."""

    arrived: "queue.Queue[tuple[str | None, bytes]]"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.arrived.put((self.headers["x-monetize-signature"], body))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


class Hooks:
    def __init__(self, url: str) -> None:
        self.url = url

    def take(self) -> tuple[str | None, bytes]:
        return Receiver.arrived.get(timeout=PATIENCE)


@pytest.fixture
def hooks() -> Iterator[Hooks]:
    Receiver.arrived = queue.Queue()
    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        hooks = Hooks(f"http://127.0.0.1:{server.server_port}/hooks")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield hooks
        server.shutdown()
        thread.join()


def test_a_webhook_of_the_sandbox_is_verified_and_one_changed_byte_is_refused(
    portal_sandbox: Sandbox, hooks: Hooks
) -> None:
    portal_sandbox.webhooks(hooks.url, SECRET)
    sent = portal_sandbox.trigger("payment.completed")
    signature, body = hooks.take()
    read = verify_webhook("onlineapp", body=body, signature=signature, secret=SECRET)
    assert (read.id, read.type) == (sent, "payment.completed")
    assert read.data["subscription"]["id"] == "sub_sandbox_active"
    assert read.unread == ()
    for at in range(len(body)):
        changed = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
        with pytest.raises(AuthenticationError):
            verify_webhook("onlineapp", body=changed, signature=signature, secret=SECRET)


def test_an_unsigned_webhook_of_the_sandbox_is_refused(portal_sandbox: Sandbox, hooks: Hooks) -> None:
    portal_sandbox.webhooks(hooks.url)
    portal_sandbox.trigger("payment.completed")
    signature, body = hooks.take()
    assert signature is None
    with pytest.raises(AuthenticationError, match="no signature"):
        verify_webhook("onlineapp", body=body, signature=signature, secret=SECRET)
