"""The pytest plugin: the fixture ``portal_sandbox``. It imports the sandbox when a test asks for it."""

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .testing import Sandbox


@pytest.fixture(scope="session")
def _portal_sandbox_server() -> "Iterator[Sandbox]":
    from .testing import Sandbox

    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def portal_sandbox(_portal_sandbox_server: "Sandbox") -> "Sandbox":
    """Both providers' servers in this process, reset for this test; see ``portal_py.testing.Sandbox``."""
    _portal_sandbox_server.reset()
    return _portal_sandbox_server
