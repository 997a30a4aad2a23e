"""Fixtures that the tests share: a scripted server and a log recorder."""

import logging
from collections.abc import Iterator

import pytest
from hypothesis import settings

from log_recorder import LogRecorder
from portal_py import PROVIDERS, capabilities
from scripted import Scripted

# A busy machine is no failure.
settings.register_profile("any_speed", deadline=None)
settings.load_profile("any_speed")


@pytest.fixture
def server() -> Iterator[Scripted]:
    with Scripted() as server:
        yield server


@pytest.fixture
def log() -> Iterator[LogRecorder]:
    logger, handler = logging.getLogger("portal_py"), LogRecorder()
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield handler
    logger.removeHandler(handler)
    logger.setLevel(logging.NOTSET)


@pytest.fixture(autouse=True)
def _no_configuration_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for provider in PROVIDERS:
        for variable in capabilities(provider).variables.values():
            monkeypatch.delenv(variable, raising=False)
            monkeypatch.delenv(f"{variable}_FILE", raising=False)
