"""What the package promises about itself."""

import inspect
import subprocess
import sys
import tarfile
from email.parser import Parser
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest

import portal_py
import portal_py.testing
import readme
from portal_py import PROVIDERS, AsyncPortal, Portal, capabilities
from scripted import PATIENCE

HEAVY = (
    "asyncio",
    "datetime",
    "decimal",
    "inspect",
    "json",
    "logging",
    "pathlib",
    "re",
    "socket",
    "ssl",
    "threading",
    "typing",
    "urllib",
)


def python(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}; {program}"],
        timeout=PATIENCE,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_importing_it_and_making_a_client_imports_nothing_heavy() -> None:
    program = (
        "before = set(sys.modules); import portal_py;"
        " portal_py.Portal('kwik', api_key='k', api_secret='s', base_url='http://127.0.0.1:1');"
        f" print([name for name in {HEAVY!r} if name in sys.modules and name not in before])"
    )
    assert python(program) == "[]"


def test_asyncio_is_imported_with_the_async_portal_only() -> None:
    program = (
        "import portal_py; print('asyncio' in sys.modules); portal_py.AsyncPortal; print('asyncio' in sys.modules);"
        " print('AsyncPortal' in vars(portal_py))"
    )
    assert python(program).split() == ["False", "True", "True"]


def test_the_pytest_plugin_imports_no_sandbox_until_a_test_uses_it() -> None:
    assert python("import portal_py._pytest_plugin; print('portal_py.testing' in sys.modules)") == "False"


def test_every_promised_name_exists_and_is_documented() -> None:
    for name in portal_py.__all__:
        thing = getattr(portal_py, name)
        if callable(thing):
            assert thing.__doc__, name
            public = (
                [(key, value) for key, value in vars(thing).items() if not key.startswith("_")]
                if isinstance(thing, type)
                else []
            )
            for key, value in public:
                if callable(value) or isinstance(value, property) or inspect.isgetsetdescriptor(value):
                    assert value.__doc__, f"{name}.{key}"
    assert dir(portal_py) == sorted(portal_py.__all__)
    with pytest.raises(AttributeError, match="'Gateway'"):
        _ = portal_py.Gateway


def test_every_setting_of_every_provider_is_a_keyword_of_both_portals() -> None:
    required = {provider: capabilities(provider).variables for provider in PROVIDERS}
    assert all(required.values())
    for provider, variables in required.items():
        settings: Any = {name: "1" for name in variables if name not in ("base_url", "webhook_secret")}
        for portal in (Portal, AsyncPortal):
            assert portal(provider, base_url="http://127.0.0.1:1", **settings).provider == provider


@pytest.mark.parametrize("portal", [Portal, AsyncPortal])
def test_an_unknown_setting_is_a_type_error_with_a_suggestion(portal: Any) -> None:
    with pytest.raises(TypeError, match=r"unexpected keyword argument 'api_kye'\. Did you mean 'api_key'\?"):
        portal("kwik", api_kye="canary")
    with pytest.raises(TypeError, match=r"unexpected keyword argument 'colour'$"):
        portal("kwik", colour="canary")


def test_both_portals_take_the_same_arguments() -> None:
    assert inspect.signature(Portal).parameters.keys() == inspect.signature(AsyncPortal).parameters.keys()
    sync = list(inspect.signature(Portal.create_link).parameters.values())
    waited = list(inspect.signature(AsyncPortal.create_link).parameters.values())
    assert [str(one) for one in sync] == [str(one.replace(annotation=one.empty)) for one in waited]


def test_the_readmes_examples_run_against_the_sandbox(
    portal_sandbox: "portal_py.testing.Sandbox", monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, value in portal_sandbox.environment().items():
        monkeypatch.setenv(variable, value)
    readme.run(Path(__file__).parents[1] / "README.md", portal_sandbox)


ROOT = Path(__file__).parents[3]
LICENCES = ("LICENSE-APACHE", "LICENSE-MIT")


def test_the_wheels_metadata_has_version_licence_and_description() -> None:
    wheel = distribution("portal-py")
    metadata = wheel.metadata
    assert metadata["Requires-Python"] == ">=3.10"
    assert metadata["License-Expression"] == "MIT OR Apache-2.0"
    assert metadata.get_all("License-File") == ["LICENSE-MIT", "LICENSE-APACHE"]
    for name in LICENCES:
        assert wheel.read_text(f"licenses/{name}") == (ROOT / name).read_text(encoding="utf-8")
    assert metadata["Description-Content-Type"].startswith("text/markdown")
    assert (
        metadata["Description"].strip() == (ROOT / "bindings/portal-py/README.md").read_text(encoding="utf-8").strip()
    )
    assert wheel.requires is None
    assert metadata["Version"] == portal_py.__version__
    assert {entry.name for entry in wheel.entry_points.select(group="pytest11")} == {"portal_py"}
    assert any(str(file) == "portal_py/py.typed" for file in wheel.files or ())


def test_the_package_claims_only_tested_versions() -> None:
    claims = distribution("portal-py").metadata.get_all("Classifier") or []
    assert [claim for claim in claims if "Free Threading" in claim] == [
        "Programming Language :: Python :: Free Threading :: 1 - Unstable"
    ]
    assert [claim for claim in claims if "Operating System" in claim] == ["Operating System :: POSIX :: Linux"]
    # The package has no URL until a site exists, because a wrong URL is worse than none.
    assert distribution("portal-py").metadata.get_all("Project-URL") is None


def test_the_source_distribution_has_all_that_building_needs_and_nothing_of_this_machine(tmp_path: Path) -> None:
    maturin = Path(sys.executable).parent / "maturin"
    manifest = f"--manifest-path={ROOT / 'bindings/portal-py/Cargo.toml'}"
    subprocess.run(
        [maturin, "sdist", manifest, "--out", tmp_path], check=True, capture_output=True, timeout=10 * PATIENCE
    )
    [archive] = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as files:
        texts = {file.name.partition("/")[2]: files.extractfile(file) for file in files if file.isfile()}
        read = {name: text.read() for name, text in texts.items() if text}
    for name in (*LICENCES, "README.md", "Cargo.lock", "pyproject.toml", "PKG-INFO", "python/portal_py/_native.pyi"):
        assert read[name], name
    for name in LICENCES:
        assert read[name] == (ROOT / name).read_bytes()
    assert read["Cargo.lock"] == (ROOT / "Cargo.lock").read_bytes()
    metadata = Parser().parsestr(read["PKG-INFO"].decode())
    for name in ("Name", "Version", "Requires-Python", "License-Expression"):
        assert metadata[name] == distribution("portal-py").metadata[name]
    assert {name.partition("/")[0] for name in read if "/" in name} == {"bindings", "crates", "python"}
    assert [name for name, text in read.items() if str(ROOT).encode() in text] == []
