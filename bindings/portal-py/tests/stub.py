"""Copies the docstrings of the compiled half and the providers' settings into its stub, where editors read them.

Run it from the package's folder, where the package is installed: ``python tests/stub.py``.
"""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import portal_py
from portal_py import _native

STUB = Path(__file__).parents[1] / "python" / "portal_py" / "_native.pyi"
SETTINGS = STUB.parent / "_settings.py"


def declared(text: str) -> Iterator[tuple[str, ast.ClassDef | ast.FunctionDef, str | None]]:
    """Each public class, function, method and property of the stub ``text``, with its run-time docstring."""
    for one in ast.parse(text).body:
        if isinstance(one, ast.ClassDef | ast.FunctionDef) and one.name in portal_py.__all__:
            thing = getattr(_native, one.name)
            yield one.name, one, inspect.getdoc(thing)
            for member in one.body if isinstance(one, ast.ClassDef) else ():
                if isinstance(member, ast.FunctionDef) and not member.name.startswith("__"):
                    yield f"{one.name}.{member.name}", member, inspect.getdoc(getattr(thing, member.name))


def documented(text: str) -> str:
    """The stub ``text`` with the run time's docstrings in place of its own."""
    lines = text.splitlines()
    for _, node, doc in sorted(declared(text), key=lambda each: each[1].lineno, reverse=True):
        first = node.body[0]  # the old docstring, or `...`, or a class's first member
        start = min(one.lineno for one in [first, *getattr(first, "decorator_list", [])]) - 1
        end = first.end_lineno if isinstance(first, ast.Expr) else start
        head = lines[start][: first.col_offset].rstrip()
        lines[start:end] = ([head] if head else []) + quoted(doc or "", " " * (node.col_offset + 4))
    return "\n".join(lines) + "\n"


def with_settings(text: str) -> str:
    """The module ``text`` with the settings that the providers declare."""
    head, _ = text.split("    api_key: ", 1)
    variables = (portal_py.capabilities(provider).variables for provider in portal_py.PROVIDERS)
    names = sorted({name for names in variables for name in names if name != "webhook_secret"})
    return head + "".join(f"    {name}: str | None\n" for name in names)


def quoted(doc: str, indent: str) -> list[str]:
    first, *rest = doc.splitlines() or [""]
    if not rest:
        return [f'{indent}"""{first}"""']
    return [f'{indent}"""{first}', *[indent + line if line else "" for line in rest], f'{indent}"""']


if __name__ == "__main__":
    STUB.write_text(documented(STUB.read_text(encoding="utf-8")), encoding="utf-8")
    SETTINGS.write_text(with_settings(SETTINGS.read_text(encoding="utf-8")), encoding="utf-8")
