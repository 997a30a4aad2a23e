"""The plots of docs/benchmarks."""

from pathlib import Path

import matplotlib

from report import Group, costs, rates

matplotlib.use("svg")
matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "portal", "font.size": 9, "figure.figsize": (8, 5)})

from matplotlib import pyplot  # noqa: E402  (the settings above must come first)

OURS, PEERS = "#1f6feb", "#8c959f"


def save(groups: list[Group], levels: dict[int, Group], folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    bars(groups, folder / "calls.svg")
    lines(levels, folder / "concurrency.svg")


def bars(groups: list[Group], path: Path) -> None:
    figure, axes = pyplot.subplots(len(groups), squeeze=False)
    for group, axis in zip(groups, axes[:, 0], strict=True):
        values = rates(group)
        colours = [OURS if name == "ours" else PEERS for name in values]
        drawn = axis.barh(list(values), list(values.values()), color=colours)
        axis.bar_label(drawn, fmt="{:,.0f}", padding=3)
        axis.set_title(f"{group.title}: calls per second", loc="left")
        axis.invert_yaxis()
        axis.margins(x=0.12)
        axis.xaxis.set_visible(False)
        axis.spines[["top", "right", "bottom"]].set_visible(False)
    write(figure, path)


def lines(levels: dict[int, Group], path: Path) -> None:
    figure, axis = pyplot.subplots()
    for name, cost in costs(levels).items():
        axis.plot(list(levels), cost, label=name, marker="o", color=OURS if name == "ours" else None)
    axis.set_xscale("log")
    axis.set_xticks(list(levels), [f"{level:,}" for level in levels])
    axis.minorticks_off()
    axis.set_ylim(bottom=0)
    axis.set_xlabel("calls in flight")
    axis.set_title("CPU µs per call in Rust", loc="left")
    axis.legend(frameon=False)
    axis.spines[["top", "right"]].set_visible(False)
    write(figure, path)


def write(figure: "pyplot.Figure", path: Path) -> None:
    figure.tight_layout()
    # Without a date, equal figures give equal files.
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
