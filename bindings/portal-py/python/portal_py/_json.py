"""The types of JSON values, for type checkers; nothing imports this at run time."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Union

JsonValue = Union[str, int, float, Decimal, bool, None, Sequence["JsonValue"], Mapping[str, "JsonValue"]]
"""What JSON can hold; a number that no ``float`` holds exactly is a ``Decimal``."""
