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
    """Run each example with the environment of the sandbox. Both providers must have received a request."""
    found = examples(readme)
    for example in found:
        exec(compile(example, str(readme), "exec"), {"__name__": "readme"})
    providers = {str(entry["provider"]) for entry in sandbox.journal()}
    assert (len(found) >= 3, providers) == (True, {"kwik", "onlineapp"}), providers


if __name__ == "__main__":
    with Sandbox() as sandbox:
        os.environ.update(sandbox.environment())
        run(Path(sys.argv[1]), sandbox)
        print(f"{len(examples(Path(sys.argv[1])))} examples ran on Python {sys.version.split()[0]}")
