"""Copies docstrings of the compiled half into its stub, and writes the types of its keyword arguments.

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
KEYWORDS = STUB.parent / "_keywords.py"


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


KINDS = {
    "Text": "str",
    "Flag": "bool",
    "List": "Sequence[str]",
    "Object": "Mapping[str, JsonValue]",
}


def keywords() -> str:
    """The module of the keyword arguments that follow from the provider's declarations and the table of options."""
    variables = (portal_py.capabilities(provider).variables for provider in portal_py.PROVIDERS)
    settings = sorted({name for names in variables for name in names if name != "webhook_secret"})
    dicts = {"ProviderSettings": dict.fromkeys(settings, "str"), "LinkOptions": {}, "PageOptions": {}}
    for name, group, kind, words in _native.OPTIONS:
        choice = f"Literal[{', '.join(json.dumps(word) for word in words)}]"
        dicts["PageOptions" if group == "Page" else "LinkOptions"][name] = KINDS.get(kind, choice)
    text = HEAD
    for (title, doc), members in zip(TITLES, dicts.values(), strict=True):
        text += f'\n\nclass {title}(TypedDict, total=False):\n    """{doc}"""\n\n'
        text += "".join(f"    {name}: {kind} | None\n" for name, kind in members.items())
    return text


TITLES = [
    ("ProviderSettings", "Settings of all providers; ``capabilities(provider).variables`` lists those of one."),
    ("LinkOptions", "Options of ``create_link`` and ``plan``."),
    ("PageOptions", "Options of ``Settings``."),
]

HEAD = '''"""Keyword arguments. Written by tests/stub.py from the provider's declarations and the table of options."""

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
    KEYWORDS.write_text(keywords(), encoding="utf-8")
