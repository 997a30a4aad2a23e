"""Runs the README's examples against a sandbox: ``python readme.py README.md``, wherever the package is installed."""

import os
import re
import sys
from pathlib import Path

from portal_py.testing import Sandbox


def examples(readme: Path) -> list[str]:
    text = readme.read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def run(readme: Path, sandbox: Sandbox) -> None:
    """Runs each example, where the environment connects to the sandbox; both providers must have been asked."""
    found = examples(readme)
    for example in found:
        exec(compile(example, str(readme), "exec"), {"__name__": "readme"})
    asked = {str(entry["provider"]) for entry in sandbox.journal()}
    assert (len(found) >= 3, asked) == (True, {"kwik", "onlineapp"}), asked


if __name__ == "__main__":
    with Sandbox() as sandbox:
        os.environ.update(sandbox.environment())
        run(Path(sys.argv[1]), sandbox)
        print(f"{len(examples(Path(sys.argv[1])))} examples ran on Python {sys.version.split()[0]}")
