"""Pictures of the tables in RESULTS.md: they are read from the page itself, so that picture and table cannot disagree."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import side_by_side

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

__all__ = ["draw"]

_OURS, _PART, _THEIRS = "#1f4e79", "#8fb3d9", "#c8691c"
_WIDE = (8.0, 5.2)
_FALSE = "false episodes per 1,000 series-days"
_TICKS = (0.5, 1, 2, 5, 10, 20, 50, 100)
_LEAST = 0.4  # false episodes: the left edge of a logarithmic axis
Row = Mapping[str, str]


def draw(page: str, folder: Path) -> list[Path]:
    """Draw what the page has tables for into `folder`; return the files."""
    pictures: dict[str, Callable[[str, Axes], bool]] = {
        "quality": _quality,
        "promise": _promise,
        "incidents": _incidents,
    }
    import matplotlib as mpl  # noqa: PLC0415 - slow

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415 - slow

    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    for name, paint in pictures.items():
        figure, axes = plt.subplots(figsize=_WIDE)
        if paint(page, axes):
            axes.spines[["top", "right"]].set_visible(False)
            figure.tight_layout()
            drawn.append(folder / f"{name}.png")
            figure.savefig(drawn[-1], dpi=110, metadata={"Software": None})
        plt.close(figure)
    return drawn


def _quality(page: str, axes: Axes) -> bool:
    """Recall against false episodes, with 95 % intervals, of every way of judging."""
    rows = [row for row in _table(page, "Events found and false alarms") if _numbers(row["recall (95 %)"])]
    for row in rows:
        name = row["way of judging"]
        recall, rate = (_numbers(value) for value in list(row.values())[1:3])
        part = name.startswith("without")
        ours = part or name.startswith((side_by_side.WHOLE, "stl alone", "forest alone"))
        color = _PART if part else _OURS if ours else _THEIRS
        at = max(rate[0], _LEAST)
        axes.plot([max(rate[1], _LEAST), max(rate[2], _LEAST)], [recall[0]] * 2, color=color, linewidth=1, alpha=0.6)
        axes.plot([at] * 2, recall[1:3], color=color, linewidth=1, alpha=0.6)
        axes.plot(at, recall[0], "o", color=color, markersize=4 if part else 7)
        if not part:
            _name(axes, name.partition(",")[0], (at, recall[0]), color)
    if rows:
        axes.plot([], [], "o", color=_PART, markersize=4, label="ours without one part, each in turn")
        axes.plot([], [], "o", color=_OURS, label="ours: everything, and two parts alone")
        axes.plot([], [], "o", color=_THEIRS, label="what one would use instead")
        axes.set(xscale="log", xlabel=_FALSE, ylabel="share of planted events found", ylim=(0, 1.04))
        axes.set_xlim(_LEAST, 200)
        _plain(axes.xaxis, _TICKS)
        axes.legend(loc="lower right", frameon=False, fontsize=8)
    return bool(rows)


def _promise(page: str, axes: Axes) -> bool:
    """Realised against promised false episodes on series without events; the grey band is half to one and a half of the promise."""
    own = [
        ("companies of the benchmark", row) for row in _table(page, "Promised and realised false alarms, clean series")
    ]
    others = _table(page, "Promised and realised false alarms, series of the bench folder without events")
    rows = [*own, *((f"calendar series, kind {row['kind']}", row) for row in others)]
    if not rows:
        return False
    ends = (0.4, 7.0)
    axes.fill_between(
        ends, [0.5 * e for e in ends], [1.5 * e for e in ends], color="0.92", label="0.5 to 1.5 times the promise"
    )
    axes.plot(ends, ends, color="0.5", linewidth=1, label="as promised")
    names = list(dict.fromkeys(name for name, _ in rows))
    for name, color, aside in zip(names, (_OURS, _THEIRS, "#5a8f3c"), (1.0, 0.97, 1.03), strict=False):
        for row in (row for mine, row in rows if mine == name):
            realised = _numbers(row.get("realised (95 %)") or row["realised"])
            at = aside * _numbers(row["promised per 1,000 series-days"])[0]
            axes.plot([at] * 2, realised[1:3] if len(realised) > 1 else realised * 2, color=color, linewidth=1.2)
            axes.plot(at, realised[0], "o", color=color)
        axes.plot([], [], "o", color=color, label=name)
    axes.set(xscale="log", yscale="log", xlim=ends, ylim=(0.2, 9), xlabel=f"promised {_FALSE}", ylabel="realised")
    for axis in (axes.xaxis, axes.yaxis):
        _plain(axis, (0.5, 1, 2, 5))
    axes.legend(loc="upper left", frameon=False, fontsize=8)
    return True


def _incidents(page: str, axes: Axes) -> bool:
    """Skill against false episodes on real incidents: a small point for each set, a large one for their mean."""
    rows = _table(page, "Real incidents by detector")
    ways = list(dict.fromkeys(row["way of judging"] for row in rows))
    for way, color in zip(ways, (_THEIRS, "#d9a441", _OURS, _PART, "#5a8f3c", "#8b5a9e"), strict=False):
        for row in (row for row in rows if row["way of judging"] == way):
            mean = row["set"].startswith("all ")
            at = (max(_numbers(row["false"])[0], _LEAST), float(row["skill"]))
            axes.plot(*at, "o", color=color, markersize=10 if mean else 4, alpha=1.0 if mean else 0.6)
        axes.plot([], [], "o", color=color, label=way.partition(",")[0])
    if rows:
        axes.axhline(0, color="0.7", linewidth=1)
        axes.set(xscale="log", xlabel="false episodes per 1,000 subject-days (0 stands at the left edge)")
        axes.set(ylabel="skill on real incidents", ylim=(-0.18, 1.05), xlim=(0.8 * _LEAST, 200))
        _plain(axes.xaxis, _TICKS)
        axes.legend(
            loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize=8, title="large: mean of the sets"
        )
    return bool(rows)


def _name(axes: Axes, text: str, at: tuple[float, float], color: str) -> None:
    """Write a name beside its point: to the left at the right edge or of a neighbour, below where another's stands above."""
    left, below = at[0] > 50 or text.startswith(("statsforecast", "PyOD")), text.startswith("STL in")
    aside, side = (-7, "right") if left else (6, "left")
    axes.annotate(
        text, at, fontsize=8, color=color, xytext=(aside, -12 if below else 5), textcoords="offset points", ha=side
    )


def _plain(axis: Axis, ticks: Iterable[float]) -> None:
    """Label a logarithmic axis with numbers as one says them."""
    some = list(ticks)
    axis.set_ticks(some, [f"{tick:g}" for tick in some])
    axis.set_ticks([], minor=True)


def _table(page: str, heading: str) -> list[Row]:
    """Return the rows of the first table below a heading, by column name; none where there is no such section."""
    _, found, rest = f"\n{page}".partition(f"\n## {heading}\n")
    lines = [line for line in rest.partition("\n## ")[0].split("\n") if line.startswith("|")] if found else []
    head, *body = (list(_cells(line)) for line in lines) if lines else ([],)
    return [dict(zip(head, cells, strict=False)) for cells in body[1:]]


def _cells(line: str) -> Iterable[str]:
    return (cell.strip() for cell in line.strip().strip("|").split("|"))


def _numbers(text: str) -> list[float]:
    """Return a value and the two ends of its interval, from `0.91 (0.88-0.93)`; nothing from a text without numbers."""
    return [float(number) for number in re.findall(r"(?<![\d.])\d+(?:\.\d+)?", text.replace(",", ""))]
