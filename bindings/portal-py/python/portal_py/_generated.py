"""Types that tests/stub.py writes, from the declarations of providers and the table of options."""

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


class PageProperties:
    """Properties of ``Settings``."""

    @property
    def locale(self) -> str | None:
        """The language of the portal page, as a BCP 47 tag."""

    @property
    def page_title(self) -> str | None:
        """The title that the portal page shows."""

    @property
    def show_invoices(self) -> bool | None:
        """Whether the customer may see invoices."""

    @property
    def show_billing_info(self) -> bool | None:
        """Whether the customer sees the billing information."""

    @property
    def allow_update_billing_info(self) -> bool | None:
        """Whether the customer may change the billing information."""

    @property
    def allow_cancel(self) -> bool | None:
        """Whether the customer may cancel."""

    @property
    def cancel_type(self) -> Literal["now", "after-billing-period"] | None:
        """When a cancellation takes effect: `now` or `after-billing-period`."""

    @property
    def allow_switch_plan(self) -> bool | None:
        """Whether the customer may switch to another plan."""

    @property
    def products(self) -> tuple[str, ...] | None:
        """The products that the customer may choose from."""
