"""Counts a call's instructions, which do not depend on the machine's load; ``cargo xtask instructions`` runs it.

callgrind counts. Home-made around it: `iai-callgrind` needs a runner that is installed by compiling it.
"""

import argparse
import json
import platform
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

Counts = dict[str, int]
"""Instructions per call, by name: ``CLIENT/PROVIDER/WIRE``; ``PART/PROVIDER`` for a part of ours, without a network."""

CLIENTS, PARTS = ["ours", "raw", "hyper-util", "reqwest"], ["engine", "encode", "decode"]
PROVIDERS, WIRES = ["kwik", "onlineapp"], ["plain", "tls"]
NAMES = [f"{client}/{provider}/{wire}" for client in CLIENTS for provider in PROVIDERS for wire in WIRES]
NAMES += [f"{part}/{provider}" for part in PARTS for provider in PROVIDERS]
# A call of ours may cost this many times a call on a bare connection of hyper's.
MOST = 1.6
# A count may exceed its baseline by this many per cent.
TOLERANCE = 3
# The number of calls that are counted, after others that are not.
CALLS = 200
# Counts only inside this function, however its name is mangled.
TOGGLE = "--toggle-collect=*portal_bench*measured*"
# The committed counts of this kind of machine.
BASELINE = Path(__file__).parents[1] / f"instructions/{platform.machine()}-{sys.platform}.txt"


@contextmanager
def server(program: str) -> Iterator[dict[str, str]]:
    """The server of ``portal-bench``; it prints the environment variables of its clients as JSON.

    It is a process of its own, so that it is not measured, and ends when its stdin is closed.
    """
    pipe = subprocess.PIPE
    with subprocess.Popen([program, "serve"], stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout
        yield json.loads(process.stdout.readline())


def count(program: str, valgrind: str) -> Counts:
    folder = Path(program).parents[1] / "instructions"
    folder.mkdir(exist_ok=True)
    counts = {}
    with server(program) as places:
        for name in NAMES:
            profile = f"--callgrind-out-file={folder / name.replace('/', '-')}.out"
            command = [valgrind, "--tool=callgrind", TOGGLE, profile, program, "call", name, str(CALLS)]
            # The machine's environment must make no difference.
            ended = subprocess.run(command, env=places, stderr=subprocess.PIPE, text=True, check=False)
            total = collected(ended.stderr)
            if ended.returncode or total is None:
                sys.exit(f"error: the instructions of `{name}` were not counted: {ended.stderr}")
            counts[name] = total // CALLS
    return counts


def collected(text: str) -> int | None:
    """Reads valgrind's ``==1== Collected : 123``."""
    found = re.search(r"Collected : ([1-9]\d*)$", text, re.MULTILINE)
    return int(found[1]) if found else None


def parse(text: str) -> Counts:
    """Reads the lines of a baseline or of a printed table: a name, its count, and perhaps a ratio."""
    lines = (line.split() for line in text.splitlines())
    is_count = re.compile(r"\S+/\S+ \d+").match
    return {words[0]: int(words[1]) for words in lines if is_count(" ".join(words))}


def ratio(counts: Counts, name: str) -> float:
    """A call's cost, divided by that of a bare connection."""
    return counts[name] / counts["raw/" + name.partition("/")[2]]


def split(counts: Counts, provider: str) -> dict[str, int]:
    """Where the instructions of our call over a plain connection go."""
    encode, decode, whole = (counts[f"{part}/{provider}"] for part in ("encode", "decode", "engine"))
    transport = counts[f"ours/{provider}/plain"] - whole
    return {"encode": encode, "decode": decode, "client": whole - encode - decode, "transport": transport}


def over_their_share(counts: Counts) -> list[str]:
    ratios = {name: ratio(counts, name) for name in counts if name.startswith("ours/")}
    return [f"`{name}` costs {each:.3f} bare calls, over {MOST}" for name, each in ratios.items() if each > MOST]


def compare(counts: Counts, baseline: Counts) -> tuple[list[str], list[str]]:
    """What is worse and what is better than the baseline by more than the tolerance; others' clients are left out."""
    worse, better = [], []
    for name, count in counts.items():
        if name.partition("/")[0] in CLIENTS[1:]:
            continue
        if not (before := baseline.get(name)):
            worse.append(f"`{name}` has no baseline")
            continue
        text = f"`{name}`: {count} after {before} ({(count / before - 1) * 100:+.1f} %)"
        # In integers, so that the tolerance is exact.
        if count * 100 > before * (100 + TOLERANCE):
            worse.append(text)
        elif count * 100 < before * (100 - TOLERANCE):
            better.append(text)
    return worse, better


def version(program: str) -> str:
    return subprocess.run([program, "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("valgrind")
    parser.add_argument("--save", action="store_true")
    given = parser.parse_args()
    counts = count(given.program, given.valgrind)
    print(f"\n{'':28} {'instructions':>12} {'× raw':>6}")
    for name, each in counts.items():
        print(f"{name:28} {each:12}" + (f" {ratio(counts, name):6.2f}" if name.count("/") == 2 else ""))
    heading = "# Instructions per call; written by `cargo xtask instructions --save`\n"
    heading += f"# by {version('rustc')}, {version(given.valgrind)}\n"
    if given.save:
        BASELINE.write_text(heading + "".join(f"{name:28} {each}\n" for name, each in counts.items()))
        print(f"the new baseline is `{BASELINE}`")
        return
    wrong = over_their_share(counts)
    if BASELINE.exists():
        text = BASELINE.read_text()
        # Another compiler generates other instructions.
        if not text.startswith(heading):
            print("the baseline is by other tools than these; counts may differ:", heading.splitlines()[1])
        worse, better = compare(counts, parse(text))
        wrong += worse
        for gain in better:
            print(f"better: {gain}; to keep it: `cargo xtask instructions --save`")
    else:
        print(f"nothing is compared: there is no `{BASELINE}`")
    if wrong:
        where = "`callgrind_annotate --inclusive=yes` with the files in `target/instructions` shows where they go"
        sys.exit("\n".join(["error:", *wrong, f"hint: {where}; if more is meant: `cargo xtask instructions --save`"]))


if __name__ == "__main__":
    main()
