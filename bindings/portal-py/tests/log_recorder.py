"""Records log messages for tests."""

import logging
from collections.abc import Callable
from typing import Any


class LogRecorder(logging.Handler):
    """Stores every record of the logger ``portal_py``, and calls a test's function with it."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []
        self.also: Callable[[logging.LogRecord], object] = lambda record: None

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)
        self.also(record)

    def messages(self) -> list[str]:
        """Return the messages, in order."""
        return [message_of(record) for record in self.records]

    def fields(self) -> list[dict[str, Any]]:
        """Return each record's fields, with its level."""
        return [{**vars(record)["portal"], "level": record.levelname} for record in self.records]


def message_of(record: logging.LogRecord) -> str:
    """Return a record's message without its fields."""
    return record.getMessage().split(":")[0]
