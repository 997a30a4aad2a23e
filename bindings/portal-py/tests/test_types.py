"""What editors and type checkers see is what exists at run time."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import portal_py
import stub
from portal_py import testing
from portal_py._generated import PageOptions, PageProperties

PACKAGE = Path(portal_py.__file__).parent
SOURCES = sorted(path for path in PACKAGE.iterdir() if path.suffix in (".py", ".pyi"))


def public() -> Iterator[tuple[str, object]]:
    """What people import, and the public members of its classes."""
    for module in (portal_py, testing):
        for name in module.__all__:
            thing = getattr(module, name)
            yield name, thing
            if isinstance(thing, type):
                yield from ((f"{name}.{key}", it) for key, it in vars(thing).items() if not key.startswith("_"))


def test_the_stub_has_the_docstrings_of_the_module() -> None:
    text = stub.STUB.read_text(encoding="utf-8")
    docstrings = {name: ast.get_docstring(node) for name, node, _ in stub.declared(text)}
    assert docstrings == {name: doc for name, _, doc in stub.declared(text)}, "run `python tests/stub.py`"
    assert all(docstrings.values())


def test_the_script_corrects_a_stub_with_another_docstring() -> None:
    text = stub.STUB.read_text(encoding="utf-8")
    line = '"""The provider\'s id of the link, if it gives one."""'
    for wrong in ("...", '"""Something else."""', '"""Something else.\n\n        At length.\n        """'):
        spoilt = text.replace(line, wrong)
        assert spoilt != text
        assert stub.documented(spoilt) == stub.documented(text) == text


def test_the_generated_types_follow_from_the_providers_and_the_table_of_options() -> None:
    assert stub.GENERATED.read_text(encoding="utf-8") == stub.generated(), "run `python tests/stub.py`"


def test_type_checkers_see_a_property_and_a_keyword_for_each_option_of_the_page() -> None:
    def documented(of: type) -> dict[str, str | None]:
        return {name: inspect.getdoc(it) for name, it in vars(of).items() if not name.startswith("_")}

    assert documented(PageProperties) == documented(portal_py.Settings)
    assert documented(PageProperties).keys() == PageOptions.__annotations__.keys()


def test_every_function_with_arguments_documents_its_exceptions() -> None:
    classes = [portal_py.Portal, portal_py.AsyncPortal, portal_py.Customer, portal_py.Settings, testing.Sandbox]
    checked = [*classes, *(thing for _, thing in public() if inspect.isroutine(thing))]
    assert len(checked) > 15
    for thing in checked:
        if set(inspect.signature(thing).parameters) - {"self"}:
            assert re.search(r"\bRaises\s", inspect.getdoc(thing) or ""), thing


def annotated(text: str) -> Iterator[tuple[str, ast.expr]]:
    """The public name of each annotation in a module or stub, with the annotation."""

    def within(node: ast.AST, path: str) -> Iterator[tuple[str, ast.expr]]:
        for child in ast.iter_child_nodes(node):
            match child:
                case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                    if re.fullmatch(r"_(?!_).*", child.name):
                        continue
                    name = f"{path}{child.name}"
                    if not isinstance(child, ast.ClassDef) and child.returns:
                        yield name, child.returns
                    yield from within(child, f"{name}.")
                case ast.arguments():
                    yield from within(child, path)
                case ast.arg(annotation=ast.expr() as annotation) | ast.AnnAssign(annotation=annotation):
                    yield path.rstrip("."), annotation
                case _:
                    yield from within(child, path)

    return within(ast.parse(text), "")


def test_nothing_public_is_any_but_a_webhooks_json() -> None:
    assert [name for name, _ in annotated("class A:\n def b(self, *, c: 'Any') -> D: ...")] == ["A.b", "A.b"]
    found = [each for source in SOURCES for each in annotated(source.read_text(encoding="utf-8"))]
    assert len(found) > 100
    assert {name for name, of in found if "Any" in re.findall(r"\w+", ast.unparse(of))} == {"WebhookEvent.data"}
