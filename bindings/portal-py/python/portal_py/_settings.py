"""The settings of the providers, as keywords of ``Portal``. Written by tests/stub.py from their declarations."""

from typing import TypedDict


class ProviderSettings(TypedDict, total=False):
    """The settings of all providers; ``capabilities(provider).variables`` lists those of one."""

    api_key: str | None
    api_secret: str | None
    base_url: str | None
    paywall_id: str | None
