from pathlib import Path

import pytest

from report import BEGIN, END, Client, Fact, Group, Report, Run, Target, group_table, save


def cost(cpu: float, *, wall: float = 1.0, peak: float | None = 1000) -> Run:
    """A run of ten calls."""
    return {"calls": 10, "wall_s": wall, "cpu_s": cpu, "p50_s": 2e-4, "p99_s": 3e-4, "peak_kib": peak}


def group(*rounds: dict[str, Run], targets: tuple[Target, ...] = (), calls: int | None = 10) -> Group:
    return Group("Calls", [Client(name, [], calls) for name in rounds[0]], list(targets), rounds=list(rounds))


# The ratios of the rounds are 0.5, 0.1 and 0.4; that of the medians is 2 / 8 = 0.25.
ROUNDS = [{"ours": cost(own), "raw": cost(raw), "wire": cost(0.5)} for own, raw in ((1, 2), (2, 20), (3.2, 8))]
TARGETS = (
    Target("CPU time", "raw", "wire", at_most=0.3),
    Target("peak memory", at_most=2000),
    Target("p50", at_least=1),
)


def test_a_figure_is_a_median_and_a_ratio_is_the_median_of_each_rounds_ratio() -> None:
    measured = group(*ROUNDS)
    assert measured.value("ours", "CPU time") == pytest.approx(0.2)
    assert measured.compare("CPU time", "raw", None) == pytest.approx(0.4)
    assert measured.compare("CPU time", None, "wire") == pytest.approx(0.15)
    # (1 - 0.5) / (2 - 0.5) = 1/3, 1.5 / 19.5 = 1/13, 2.7 / 7.5 = 0.36
    assert measured.compare("CPU time", "raw", "wire") == pytest.approx(1 / 3)
    assert measured.compare("CPU time", "absent", None) is None


@pytest.mark.parametrize(
    ("fact", "cells"),
    [
        (Fact("x", "times", 1.5, at_most=1.5), ["x", "≤ 1.50 ×", "1.50 ×", "met"]),
        (Fact("x", "times", 1.51, at_most=1.5), ["x", "≤ 1.50 ×", "1.51 ×", "**NOT met**"]),
        (Fact("x", "share", 0.5, at_least=0.5), ["x", "≥ 50.0 %", "50.0 %", "met"]),
        (Fact("x", "seconds", 0.5, at_least=0.501), ["x", "≥ 501.000 ms", "500.000 ms", "**NOT met**"]),
        (Fact("x", "count", None, at_most=0), ["x", "≤ 0", "–", "not measured"]),
    ],
)
def test_a_target_is_met_at_its_bound_and_missed_beyond_it(fact: Fact, cells: list[str]) -> None:
    assert fact.row() == cells


def test_a_table_has_a_row_for_each_client_in_the_units_of_its_head() -> None:
    calls = group({"ours": cost(1e-3, wall=0.5), "wire": cost(1e-2, peak=None)})
    head, line, *rows = group_table(calls).splitlines()
    assert head == "| Calls | calls/s | CPU µs per call | p50 µs | p99 µs | peak MB |"
    assert (line, rows[0]) == ("|" + " --- |" * 6, "| **ours** | 20 | 100.0 | 200 | 300 | 1.0 |")
    assert rows[1] == "| wire | 10 | 1000.0 | 200 | 300 | – |"
    start: Run = {**cost(0.002, wall=0.0312), "calls": 1}
    assert group_table(group({"bare": start}, calls=None)).endswith("\n| bare | 31.2 | 2.0 | 1.0 |")


def test_a_report_is_saved_between_the_marks_of_its_document(tmp_path: Path) -> None:
    report = Report("a command", "a machine", missing={"build": "no network"})
    report.add(group(*ROUNDS, targets=TARGETS))
    document = tmp_path / "document.md"
    document.write_text(f"before {BEGIN} old {END} after")
    save(report, document)
    made = "Made by `a command` on a machine.\n\nNot measured: `build`: no network.\n\n| what | target | reached |  |\n"
    rows = [
        "| Calls: CPU time against raw, beyond `wire` | ≤ 0.300 × | 0.333 × | **NOT met** |",
        "| Calls: peak memory of ours | ≤ 2.0 MB | 1.0 MB | met |",
        "| Calls: p50 of ours | ≥ 1000.000 ms | 0.200 ms | **NOT met** |",
    ]
    text = made + "| --- | --- | --- | --- |\n" + "\n".join(rows)
    assert document.read_text() == f"before {BEGIN}\n\n{text}\n\n{END} after"
