"""Figures, their targets, and the report in Markdown and JSON."""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

Run = dict[str, float | None]
"""One run of one client: ``calls``, ``wall_s``, ``cpu_s``, and where known ``p50_s``, ``p99_s``, ``peak_kib``."""

METRICS: dict[str, Callable[[Any], float | None]] = {
    "calls per CPU second": lambda run: run["calls"] / run["cpu_s"],
    "calls per second": lambda run: run["calls"] / run["wall_s"],
    "CPU time": lambda run: run["cpu_s"] / run["calls"],
    "wall time": lambda run: run["wall_s"] / run["calls"],
    "p50": lambda run: run["p50_s"],
    "p99": lambda run: run["p99_s"],
    "peak memory": lambda run: run["peak_kib"],
}

UNITS: dict[str, Callable[[float], str]] = {
    "times": lambda value: f"{value:.{3 if value < 1 else 2}f} ×",
    "share": lambda value: f"{value * 100:.1f} %",
    "seconds": lambda value: f"{value * 1e3:.3f} ms",
    "per second": lambda value: f"{value:,.0f}/s",
    "bytes": lambda value: f"{value / 1024:.1f} KiB",
    "KiB": lambda value: f"{value * 1024 / 1e6:.1f} MB",
    "count": lambda value: f"{value:,.0f}",
}


@dataclass
class Fact:
    """One figure with its target."""

    what: str
    unit: str
    reached: float | None
    at_least: float | None = None
    at_most: float | None = None

    def row(self) -> list[str]:
        show = UNITS[self.unit]
        bound, sign = (self.at_most, "≤") if self.at_least is None else (self.at_least, "≥")
        assert bound is not None, self
        if self.reached is None:
            return [self.what, f"{sign} {show(bound)}", "–", "not measured"]
        is_met = self.reached <= bound if sign == "≤" else self.reached >= bound
        return [self.what, f"{sign} {show(bound)}", show(self.reached), "met" if is_met else "**NOT met**"]


@dataclass
class Target:
    """A bound for our client: on its own figure, or on its ratio to ``against``, both less the figure of ``beyond``."""

    metric: str
    against: str | None = None
    beyond: str | None = None
    at_least: float | None = None
    at_most: float | None = None

    def fact(self, group: "Group") -> Fact:
        against = f"against {self.against}" if self.against else "of ours"
        beyond = f", beyond `{self.beyond}`" if self.beyond else ""
        own_unit = "KiB" if self.metric == "peak memory" else "seconds"
        return Fact(
            f"{group.title}: {self.metric} {against}{beyond}",
            "times" if self.against else own_unit,
            group.compare(self.metric, self.against, self.beyond),
            self.at_least,
            self.at_most,
        )


@dataclass
class Client:
    """A program to measure. Its argument ``COUNT`` is replaced by the number of calls; ``None`` measures one start."""

    name: str
    command: list[str]
    calls: int | None = None


@dataclass
class Group:
    """Clients that do the same work, ours first, and their runs round by round."""

    title: str
    clients: list[Client]
    targets: list[Target] = field(default_factory=list)
    # Short or noisy groups take a multiple of the usual rounds.
    rounds_factor: int = 1
    rounds: list[dict[str, Run]] = field(default_factory=list)

    def value(self, client: str, metric: str, beyond: str | None = None) -> float | None:
        return _median([_difference(runs, client, metric, beyond) for runs in self.rounds])

    def compare(self, metric: str, against: str | None, beyond: str | None) -> float | None:
        """The median of our figures, or of each round's ratio of ours to the peer's."""
        ours = self.clients[0].name
        if against is None:
            return self.value(ours, metric, beyond)
        pairs = [[_difference(runs, name, metric, beyond) for name in (ours, against)] for runs in self.rounds]
        return _median([own / peer if own is not None and peer else None for own, peer in pairs])


def _difference(runs: dict[str, Run], client: str, metric: str, beyond: str | None) -> float | None:
    value, base = (METRICS[metric](runs[name]) if name in runs else None for name in (client, beyond))
    return value - (base or 0) if value is not None and (beyond is None or base is not None) else None


def _median(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def bold(client: str) -> str:
    return "**ours**" if client == "ours" else client


def group_table(group: Group) -> str:
    columns: list[tuple[str, str, float, int]]
    if any(client.calls for client in group.clients):
        columns = [("calls/s", "calls per second", 1, 0), ("CPU µs per call", "CPU time", 1e6, 1)]
        columns += [(f"{percentile} µs", percentile, 1e6, 0) for percentile in ("p50", "p99")]
    else:
        columns = [("wall ms", "wall time", 1e3, 1), ("CPU ms", "CPU time", 1e3, 1)]
    columns.append(("peak MB", "peak memory", 1024 / 1e6, 1))

    def cell(client: str, metric: str, factor: float, digits: int) -> str:
        value = group.value(client, metric)
        return "–" if value is None else f"{value * factor:.{digits}f}"

    rows = [
        [bold(client.name), *(cell(client.name, metric, factor, digits) for _, metric, factor, digits in columns)]
        for client in group.clients
    ]
    return table([group.title, *(name for name, *_ in columns)], rows)


@dataclass
class Report:
    command: str
    machine: str
    facts: list[Fact] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)

    def add(self, group: Group) -> None:
        self.groups.append(group)
        self.facts += [target.fact(group) for target in group.targets]

    def markdown(self) -> str:
        targets = table(["what", "target", "reached", ""], [fact.row() for fact in self.facts])
        missing = [f"Not measured: `{part}`: {why}." for part, why in self.missing.items()]
        return "\n\n".join([f"Made by `{self.command}` on {self.machine}.", *missing, targets, *self.tables])

    def json(self) -> str:
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"


def machine(python_versions: dict[str, str]) -> str:
    def first_line(*command: str) -> str:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.partition("\n")[0]

    models = (line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name"))
    processor = next(models, ":unknown").partition(":")[2].strip()
    versions = [f"{name} {version}" for name, version in python_versions.items()]
    curl = first_line("/usr/bin/curl", "--version").partition(" (")[0]
    tools = ", ".join([first_line("rustc", "--version"), curl, *versions])
    return f"{processor}, {len(os.sched_getaffinity(0))} cores, Linux {platform.release()}; {tools}"


BEGIN = "<!-- measured: written by `cargo xtask bench --save` -->"
END = "<!-- measured: end -->"


def save(report: Report, document: Path) -> None:
    """Writes the tables between the two marks of a document."""
    text = document.read_text()
    if BEGIN not in text or END not in text:
        sys.exit(f"error: {document} lacks the line `{BEGIN}` or `{END}`")
    before, rest = text.split(BEGIN)
    document.write_text(f"{before}{BEGIN}\n\n{report.markdown()}\n\n{END}{rest.partition(END)[2]}")
