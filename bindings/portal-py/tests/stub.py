"""Copies docstrings of the compiled half into its stub, and writes the types that follow from tables.

Run it from the package's folder, where the package is installed: ``python tests/stub.py``.
"""

import ast
import inspect
import json
from collections.abc import Iterator
from pathlib import Path

import portal_py
from portal_py import _native

STUB = Path(__file__).parents[1] / "python" / "portal_py" / "_native.pyi"
GENERATED = STUB.parent / "_generated.py"


def declared(text: str) -> Iterator[tuple[str, ast.ClassDef | ast.FunctionDef, str | None]]:
    """Yield each public class, function, method and property of the stub ``text`` with its docstring."""
    for one in ast.parse(text).body:
        if isinstance(one, ast.ClassDef | ast.FunctionDef) and one.name in portal_py.__all__:
            thing = getattr(_native, one.name)
            yield one.name, one, inspect.getdoc(thing)
            for member in one.body if isinstance(one, ast.ClassDef) else ():
                if isinstance(member, ast.FunctionDef) and not member.name.startswith("__"):
                    yield f"{one.name}.{member.name}", member, inspect.getdoc(getattr(thing, member.name))


def documented(text: str) -> str:
    """Return the stub ``text`` with the docstrings of the module."""
    lines = text.splitlines()
    for _, node, doc in sorted(declared(text), key=lambda each: each[1].lineno, reverse=True):
        first = node.body[0]  # the old docstring, or `...`, or a class's first member
        start = min(one.lineno for one in [first, *getattr(first, "decorator_list", [])]) - 1
        end = first.end_lineno if isinstance(first, ast.Expr) else start
        head = lines[start][: first.col_offset].rstrip()
        lines[start:end] = ([head] if head else []) + quoted(doc or "", " " * (node.col_offset + 4))
    return "\n".join(lines) + "\n"


KINDS = {
    "Text": "str",
    "Flag": "bool",
    "List": "Sequence[str]",
    "Object": "Mapping[str, JsonValue]",
}
# What a property returns where that is not what the keyword takes.
RETURNED = {"List": "tuple[str, ...]", "Object": "dict[str, JsonValue]"}


def generated() -> str:
    """Return the module of types that follow from the declarations of providers and the table of options."""
    variables = (portal_py.capabilities(provider).variables for provider in portal_py.PROVIDERS)
    settings = sorted({name for names in variables for name in names if name != "webhook_secret"})
    dicts = {"ProviderSettings": dict.fromkeys(settings, "str"), "LinkOptions": {}, "PageOptions": {}}
    properties = HEADING.format("PageProperties", "", "Properties of ``Settings``.")
    for name, group, kind, words in _native.OPTIONS:
        choice = f"Literal[{', '.join(json.dumps(word) for word in words)}]"
        annotation = KINDS.get(kind, choice)
        dicts["PageOptions" if group == "Page" else "LinkOptions"][name] = annotation
        if group == "Page":
            doc = inspect.getdoc(getattr(_native.Settings, name)) or ""
            properties += f"\n    @property\n    def {name}(self) -> {RETURNED.get(kind, annotation)} | None:\n"
            properties += "".join(f"{line}\n" for line in quoted(doc, " " * 8))
    text = HEAD
    for (title, doc), members in zip(TITLES, dicts.values(), strict=True):
        text += HEADING.format(title, "(TypedDict, total=False)", doc) + "\n"
        text += "".join(f"    {name}: {kind} | None\n" for name, kind in members.items())
    return text + properties


TITLES = [
    ("ProviderSettings", "Settings of all providers; ``capabilities(provider).variables`` lists those of one."),
    ("LinkOptions", "Options of ``create_link`` and ``plan``."),
    ("PageOptions", "Options of ``Settings``."),
]

HEADING = '''

class {}{}:
    """{}"""
'''

HEAD = '''"""Types that tests/stub.py writes, from the declarations of providers and the table of options."""

from collections.abc import Mapping, Sequence
from typing import Literal, TypedDict

from ._json import JsonValue
'''


def quoted(doc: str, indent: str) -> list[str]:
    first, *rest = doc.splitlines() or [""]
    if not rest:
        return [f'{indent}"""{first}"""']
    return [f'{indent}"""{first}', *[indent + line if line else "" for line in rest], f'{indent}"""']


if __name__ == "__main__":
    STUB.write_text(documented(STUB.read_text(encoding="utf-8")), encoding="utf-8")
    GENERATED.write_text(generated(), encoding="utf-8")
