"""Keyword arguments. Written by tests/stub.py from the provider's declarations and the table of options."""

from collections.abc import Mapping, Sequence
from typing import Literal, TypedDict

from ._json import JsonValue


class ProviderSettings(TypedDict, total=False):
    """Settings of all providers; ``capabilities(provider).variables`` lists those of one."""

    api_key: str | None
    api_secret: str | None
    base_url: str | None
    paywall_id: str | None


class LinkOptions(TypedDict, total=False):
    """Options of ``create_link`` and ``plan``."""

    customer_id: str | None
    email: str | None
    external_id: str | None
    subscription_id: str | None
    metadata: Mapping[str, JsonValue] | None
    return_url: str | None


class PageOptions(TypedDict, total=False):
    """Options of ``Settings``."""

    locale: str | None
    page_title: str | None
    show_invoices: bool | None
    show_billing_info: bool | None
    allow_update_billing_info: bool | None
    allow_cancel: bool | None
    cancel_type: Literal["now", "after-billing-period"] | None
    allow_switch_plan: bool | None
    products: Sequence[str] | None
