"""Any value that JSON and the request can hold comes through unchanged."""

import copy
import pickle
from collections import OrderedDict
from types import MappingProxyType
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal_py import Customer, Portal, PortalError, Settings
from scripted import Scripted

text = st.text(st.characters(codec="utf-8"), max_size=20)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
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


def test_any_mapping_and_tuples_will_do(server: Scripted) -> None:
    with Portal("kwik", **server.kwik) as portal:
        portal.create_link(customer_id="cus_1", extra=MappingProxyType({"a": (1, OrderedDict(b=2))}))
    assert server.bodies == [{"customer_id": "cus_1", "a": [1, {"b": 2}]}]


@given(one=some_settings, other=some_settings)
def test_settings_are_values(one: Settings, other: Settings) -> None:
    names = [name for name in dir(Settings) if not name.startswith("_")]
    said = {name: getattr(one, name) for name in names}
    assert Settings(**said) == one == eval(repr(one)) == pickle.loads(pickle.dumps(one)) == copy.deepcopy(one)
    assert hash(Settings(**said)) == hash(one)
    assert (one == other) == (said == {name: getattr(other, name) for name in names})


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
