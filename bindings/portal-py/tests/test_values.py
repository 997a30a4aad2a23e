"""Any value that JSON and the request can hold comes through unchanged."""

import copy
import json
import pickle
from collections import OrderedDict
from decimal import Decimal
from enum import IntEnum
from types import MappingProxyType
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal_py import Customer, Portal, PortalError, Settings
from scripted import Scripted, raw_answer

text = st.text(st.characters(codec="utf-8"), max_size=20)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**200), 2**200)
    | st.floats(allow_nan=False, allow_infinity=False)
    | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=12,
)
maybe = st.none() | st.booleans()
some_settings = st.builds(
    Settings,
    page_title=st.none() | text,
    show_invoices=maybe,
    show_billing_info=maybe,
    allow_update_billing_info=maybe,
    allow_cancel=maybe,
    cancel_type=st.none() | st.sampled_from(["now", "after-billing-period"]),
    allow_switch_plan=maybe,
    products=st.none() | st.lists(text, max_size=3),
)
shared_server = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)


@shared_server
@given(metadata=st.dictionaries(text, json_values, max_size=5))
def test_metadata_arrives_as_it_was_given_and_comes_back(server: Scripted, metadata: dict[str, Any]) -> None:
    from scripted import answer

    server.answers = [answer(200, {"url": "https://x.example/1", "echo": metadata})]
    with Portal("onlineapp", **server.onlineapp) as portal:
        link = portal.create_link(email="a@example.com", metadata=metadata)
    assert server.bodies.pop() == {"email": "a@example.com", "userMeta": metadata}
    assert link.raw == {"echo": metadata}


@shared_server
@given(numbers=st.lists(st.decimals(allow_nan=False, allow_infinity=False)))
def test_a_decimal_is_sent_with_its_digits_and_comes_back_with_its_value(
    server: Scripted, numbers: list[Decimal]
) -> None:
    server.texts.clear()
    server.answers = [raw_answer('{"url": "https://x.example/1"}')]
    with Portal("onlineapp", **server.onlineapp) as portal:
        portal.create_link(email="a@example.com", metadata={"n": numbers}, extra={"n": numbers})
        sent = json.loads(server.texts.pop(), parse_int=Decimal, parse_float=Decimal)
        expected = [number.as_tuple() for number in numbers]
        assert [number.as_tuple() for number in sent["userMeta"]["n"]] == expected
        assert [number.as_tuple() for number in sent["n"]] == expected
        digits = ",".join(str(number) for number in numbers)
        server.answers = [raw_answer(f'{{"url": "https://x.example/1", "n": [{digits}]}}')]
        link = portal.create_link(email="a@example.com")
    received: Any = link.raw["n"]
    assert [Decimal(repr(number)) if isinstance(number, float) else number for number in received] == numbers


def test_a_number_is_an_int_or_a_float_unless_it_would_lose_digits(server: Scripted) -> None:
    class Level(IntEnum):
        HIGH = 2**70

    with Portal("onlineapp", **server.onlineapp) as portal:
        server.answers = [raw_answer('{"url": "https://x.example/1"}')]
        portal.create_link(email="a@example.com", metadata={"n": [Level.HIGH, 0.1, 1e300]})
        assert server.bodies.pop()["userMeta"] == {"n": [2**70, 0.1, 1e300]}
        digits = "[18446744073709551616, 1.10, 2.5e3, 9007199254740993.0, 1e400, 1e-400, -0.0]"
        server.answers = [raw_answer(f'{{"url": "https://x.example/1", "n": {digits}}}')]
        received: Any = portal.create_link(email="a@example.com").raw["n"]
    exact = Decimal("9007199254740993.0")
    assert received == [2**64, 1.1, 2500.0, exact, Decimal("1e400"), Decimal("1e-400"), 0.0]
    assert [type(number) for number in received] == [int, float, float, Decimal, Decimal, Decimal, float]


def test_a_number_beyond_every_range_of_python_is_no_error(server: Scripted) -> None:
    long = "1" * 5000
    server.answers = [raw_answer(f'{{"url": "https://x.example/1", "n": [{long}, 1e{long}, 1e-{long}]}}')]
    with Portal("onlineapp", **server.onlineapp) as portal:
        received: Any = portal.create_link(email="a@example.com").raw["n"]
    assert received == [Decimal(long), float("inf"), 0.0]


def test_any_mapping_and_tuples_will_do(server: Scripted) -> None:
    with Portal("kwik", **server.kwik) as portal:
        portal.create_link(customer_id="cus_1", extra=MappingProxyType({"a": (1, OrderedDict(b=2))}))
    assert server.bodies == [{"customer_id": "cus_1", "a": [1, {"b": 2}]}]


@settings(deadline=None)
@given(one=some_settings, other=some_settings)
def test_settings_are_values(one: Settings, other: Settings) -> None:
    names = [name for name in dir(Settings) if not name.startswith("_")]
    values = {name: getattr(one, name) for name in names}
    assert Settings(**values) == one == eval(repr(one)) == pickle.loads(pickle.dumps(one)) == copy.deepcopy(one)
    assert hash(Settings(**values)) == hash(one)
    assert (one == other) == (values == {name: getattr(other, name) for name in names})


@settings(deadline=None)
@given(id=st.none() | text, email=st.none() | text)
def test_customers_are_values(id: str | None, email: str | None) -> None:
    one = Customer(id=id, email=email)
    assert (one.id, one.email) == (id, email)
    assert one == pickle.loads(pickle.dumps(one)) == copy.copy(one)
    assert one != Customer(id="another", email=email)


@shared_server
@given(id=text, email=text, url=text)
def test_any_text_makes_a_link_or_an_error_and_never_a_crash(server: Scripted, id: str, email: str, url: str) -> None:
    with Portal("kwik", **server.kwik) as portal:
        try:
            portal.create_link(customer_id=id, email=email, return_url=url)
        except PortalError as error:
            assert error.kind == "invalid"
        else:
            assert server.bodies.pop()["customer_id"] == id
