"""Errors name a bad argument, and nothing is sent."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest

from callers import CALLERS, Caller
from portal_py import ConfigurationError, Customer, InvalidRequestError, Portal, Settings, capabilities
from scripted import Scripted

GOOD: dict[str, Any] = {"api_key": "k", "api_secret": "s"}


class Pairs(Mapping[str, Any]):
    """A mapping that may hold a key twice, as those of query strings do."""

    def __init__(self, *pairs: tuple[str, Any]) -> None:
        self.pairs = pairs

    def __getitem__(self, key: str) -> Any:
        return dict(self.pairs)[key]

    def __iter__(self) -> Iterator[str]:
        return iter(dict(self.pairs))

    def __len__(self) -> int:
        return len(dict(self.pairs))

    def items(self) -> Any:
        return self.pairs


cyclic: dict[str, Any] = {}
cyclic["itself"] = cyclic


@pytest.fixture
def portal(server: Scripted) -> Iterator[Portal]:
    with Portal("kwik", **server.kwik) as portal:
        yield portal
    assert server.bodies == []


@pytest.mark.parametrize(
    ("field", "arguments"),
    [
        ("customer_id", {}),
        ("customer_id", {"customer_id": ""}),
        ("customer_id", {"customer_id": "cus\n1"}),
        ("customer_id", {"customer_id": "cus_\udc80"}),
        ("customer_id", {"customer_id": "cus_1\u200b"}),
        ("customer_id", {"customer_id": "\u00a0cus_1"}),
        ("email", {"customer_id": "cus_1", "email": "nonsense"}),
        ("email", {"customer_id": "cus_1", "email": "a@example.com\u202e"}),
        ("email", {"customer": Customer(id="cus_1", email="a b@c.de")}),
        ("subscription_id", {"customer_id": "cus_1", "subscription_id": " "}),
        ("return_url", {"customer_id": "cus_1", "return_url": "javascript:alert(1)"}),
        ("return_url", {"customer_id": "cus_1", "return_url": "/account"}),
        ("page_title", {"customer_id": "cus_1", "settings": Settings(page_title="")}),
        ("products", {"customer_id": "cus_1", "settings": Settings(products=["pro_1", ""])}),
        ("metadata.a", {"customer_id": "cus_1", "metadata": {"a": float("nan")}}),
        ("metadata.a.1.b", {"customer_id": "cus_1", "metadata": {"a": [1, {"b": float("-inf")}]}}),
        ("metadata.a", {"customer_id": "cus_1", "metadata": {"a": Decimal("NaN")}}),
        ("extra.a", {"customer_id": "cus_1", "extra": {"a": Decimal("-Infinity")}}),
        ("metadata.a", {"customer_id": "cus_1", "metadata": {"a": "\ud800"}}),
        ("metadata.a", {"customer_id": "cus_1", "metadata": Pairs(("a", 1), ("a", 1))}),
        ("metadata", {"customer_id": "cus_1", "metadata": cyclic}),
    ],
)
def test_a_bad_value_is_an_invalid_request_that_names_it(portal: Portal, field: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        portal.create_link(**arguments)
    assert (caught.value.field, caught.value.delivery) == (field, "not_sent")
    assert caught.value.hint


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("customer_id", {"customer_id": 1}),
        ("email", {"email": b"a@example.com"}),
        ("customer", {"customer": "cus_1"}),
        ("customer", {"customer": Customer(id="cus_1"), "customer_id": "cus_1"}),
        ("subscription_id", {"customer_id": "cus_1", "subscription_id": object()}),
        ("metadata", {"customer_id": "cus_1", "metadata": "a=b"}),
        ("metadata.a", {"customer_id": "cus_1", "metadata": {"a": object()}}),
        ("metadata", {"customer_id": "cus_1", "metadata": {1: "a"}}),
        ("return_url", {"customer_id": "cus_1", "return_url": 1}),
        ("settings", {"customer_id": "cus_1", "settings": {"allow_cancel": False}}),
        ("extra", {"customer_id": "cus_1", "extra": [1]}),
        ("best_effort", {"customer_id": "cus_1", "best_effort": "yes"}),
        ("unknown", {"customer_id": "cus_1", "unknown": 1}),
    ],
)
def test_a_wrong_type_is_a_type_error_that_names_the_argument(
    portal: Portal, name: str, arguments: dict[str, Any]
) -> None:
    with pytest.raises(TypeError) as caught:
        portal.create_link(**arguments)
    assert f"'{name}'" in str(caught.value)


def test_a_return_url_of_an_origin_that_is_not_allowed_is_not_sent(server: Scripted) -> None:
    origins = ["http://localhost:3000", "https://my.site"]
    with Portal("kwik", **server.kwik, return_origins=origins) as portal:
        with pytest.raises(InvalidRequestError) as caught:
            portal.create_link(customer_id="cus_1", return_url="https://my.site.evil.com/canary")
    assert (caught.value.field, caught.value.delivery) == ("return_url", "not_sent")
    assert "canary" not in repr(caught.value) + str(caught.value)
    assert server.bodies == []


@pytest.mark.parametrize(
    ("around", "why"),
    [
        ("'canary'", "quotes"),
        ('"canary"', "quotes"),
        ("Bearer canary", "`Bearer `"),
        ("canary\u200b", "U+200B"),
        ("\ufeffcanary", "byte order mark"),
        ("canary\r", "line end"),
        ("can ary", "white space"),
    ],
)
def test_a_key_with_copied_characters_is_a_configuration_error_that_names_them(around: str, why: str) -> None:
    wrong: list[dict[str, Any]] = [{"api_key": around, "api_secret": "s"}, {"api_key": "k", "api_secret": around}]
    for settings in wrong:
        with pytest.raises(ConfigurationError) as caught:
            Portal("kwik", **settings)
        assert caught.value.field in ("api_key", "api_secret")
        assert why in str(caught.value)
        assert "canary" not in str(caught.value)


def test_arguments_go_by_keyword(portal: Portal) -> None:
    with pytest.raises(TypeError, match="positional"):
        portal.create_link("cus_1")  # type: ignore[call-arg, arg-type]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("api_key", {"api_key": 1}),
        ("timeout", {"timeout": "soon"}),
        ("max_retries", {"max_retries": 1.5}),
        ("rate", {"rate": 1.5}),
        ("rate", {"rate": True}),
        ("ca", {"ca": 1}),
        ("return_origins", {"return_origins": "https://my.site"}),
        ("return_origins", {"return_origins": [1]}),
        ("unknown", {"unknown": "x"}),
        ("webhook_secret", {"webhook_secret": "x"}),
    ],
)
def test_a_wrong_setting_of_a_portal_is_a_type_error_that_names_it(name: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(TypeError) as caught:
        Portal("kwik", **{**GOOD, **arguments})
    assert f"'{name}'" in str(caught.value)


@pytest.mark.parametrize(
    ("field", "arguments"),
    [
        ("paywall_id", {"paywall_id": "547"}),
        ("api_key", {"api_key": "with:colon"}),
        ("api_key", {"api_key": "canary\udc80"}),
        ("base_url", {"base_url": "http://api.example.com"}),
        ("base_url", {"base_url": "nonsense"}),
        ("timeout", {"timeout": 0}),
        ("timeout", {"timeout": -1.0}),
        ("timeout", {"timeout": float("nan")}),
        ("max_retries", {"max_retries": -1}),
        ("max_retries", {"max_retries": 2**40}),
        ("rate", {"rate": 0}),
        ("rate", {"rate": -1}),
        ("rate", {"rate": 2**80}),
        ("rate", {"rate": "fast"}),
        ("rate", {"rate": "canary"}),
        ("ca", {"ca": "/nowhere/ca.pem"}),
        ("return_origins", {"return_origins": []}),
        ("return_origins", {"return_origins": ["https://my.site", "canary"]}),
    ],
)
def test_a_bad_setting_of_a_portal_is_a_configuration_error_that_names_it(
    field: str, arguments: dict[str, Any]
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Portal("kwik", **{**GOOD, **arguments})
    assert (caught.value.field, caught.value.provider) == (field, "kwik")
    assert caught.value.hint
    assert "canary" not in repr(caught.value) + str(caught.value)


def test_an_unknown_provider_is_an_error_that_lists_the_known_ones() -> None:
    for ask in (Portal, capabilities):
        with pytest.raises(ConfigurationError, match="`kwik`, `onlineapp`"):
            ask("stripe")


def test_an_unknown_setting_of_the_page_is_refused_when_it_is_written() -> None:
    with pytest.raises(InvalidRequestError) as caught:
        Settings(cancel_type="tomorrow")  # type: ignore[arg-type]
    assert caught.value.field == "cancel_type"
    with pytest.raises(TypeError, match="'products'"):
        Settings(products="pro_1")
    with pytest.raises(TypeError, match="'allow_cancel'"):
        Settings(allow_cancel="no")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="'allow_everything'"):
        Settings(allow_everything=True)  # type: ignore[call-arg]


@CALLERS
def test_an_unknown_option_is_a_type_error_with_a_suggestion(server: Scripted, caller: Caller) -> None:
    for option, suggestion in [
        ("custmer_id", r"Did you mean 'customer_id'\?"),
        ("allow_cancel", r"Did you mean settings=Settings\(allow_cancel=…\)\?"),
        ("colour", "'colour'$"),
    ]:
        with pytest.raises(TypeError, match=suggestion):
            caller(server.kwik, {option: "canary"})
    with pytest.raises(
        TypeError, match=r"Settings\(\) got an unexpected keyword argument 'allow_cancels'.*'allow_cancel'"
    ):
        Settings(allow_cancels=True)  # type: ignore[call-arg]
