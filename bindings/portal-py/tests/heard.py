"""What is logged, kept, so that tests can look at it."""

import logging
from collections.abc import Callable
from typing import Any


class Heard(logging.Handler):
    """Keeps every record of the logger ``portal_py``, and calls a test's function with it."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []
        self.also: Callable[[logging.LogRecord], object] = lambda record: None

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)
        self.also(record)

    def told(self) -> list[str]:
        """Return what happened, in order."""
        return [happened(record) for record in self.records]

    def fields(self) -> list[dict[str, Any]]:
        """Return each record's fields, with its level."""
        return [{**vars(record)["portal"], "level": record.levelname} for record in self.records]


def happened(record: logging.LogRecord) -> str:
    """Return what a record says without its fields."""
    return record.getMessage().split(":")[0]
