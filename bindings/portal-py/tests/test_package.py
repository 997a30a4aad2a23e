"""What the package promises about itself."""

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import portal_py
import portal_py.testing
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


def test_asyncio_comes_with_the_first_look_at_the_async_portal() -> None:
    program = (
        "import portal_py; print('asyncio' in sys.modules); portal_py.AsyncPortal; print('asyncio' in sys.modules);"
        " print('AsyncPortal' in vars(portal_py))"
    )
    assert python(program).split() == ["False", "True", "True"]


def test_the_pytest_plugin_imports_no_sandbox_until_it_is_asked_for() -> None:
    assert python("import portal_py._pytest_plugin; print('portal_py.testing' in sys.modules)") == "False"


def test_every_name_that_is_promised_is_there_and_documented() -> None:
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


def test_every_setting_of_every_provider_is_a_keyword_of_both_portals_and_of_the_stub() -> None:
    settings = {name for provider in PROVIDERS for name in capabilities(provider).variables}
    assert settings
    for portal in (Portal, AsyncPortal):
        assert settings <= set(inspect.signature(portal).parameters)
    stub = ast.parse((Path(portal_py.__file__).parent / "_native.pyi").read_text(encoding="utf-8"))
    [declared] = [one for one in stub.body if isinstance(one, ast.ClassDef) and one.name == "Portal"]
    [new] = [one for one in declared.body if isinstance(one, ast.FunctionDef) and one.name == "__new__"]
    assert settings <= {argument.arg for argument in new.args.kwonlyargs}


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
    readme = Path(__file__).parents[1] / "README.md"
    examples = [block.split("```")[0] for block in readme.read_text(encoding="utf-8").split("```python\n")[1:]]
    assert len(examples) >= 3
    for example in examples:
        exec(compile(example, str(readme), "exec"), {"__name__": "readme"})
    assert {str(entry["provider"]) for entry in portal_sandbox.journal()} == {"kwik", "onlineapp"}
