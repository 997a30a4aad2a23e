"""The types of JSON values, for type checkers; nothing imports this at run time."""

from collections.abc import Mapping, Sequence
from typing import Union

JsonValue = Union[str, int, float, bool, None, Sequence["JsonValue"], Mapping[str, "JsonValue"]]
"""What JSON can hold."""
