"""Counts by week as stacked bars. No words in the picture, so it needs no font for any language."""

from __future__ import annotations

import io
from base64 import b64encode
from collections.abc import Sequence

from detect.cases.board import Week
from detect.model import Level

__all__ = ["week_bars"]

_COLOURS = {Level.SOME: "#7fa6cf", Level.LARGER: "#d59a3f", Level.MAJOR: "#b3261e"}
_LABELS_AT_MOST = 8


def week_bars(weeks: Sequence[Week], *, width: float = 8.6, height: float = 2.0) -> str:
    """Return the picture as an address that holds it: level 1 lowest, the number of cases on the axis."""
    import matplotlib as mpl
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    file = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "yujing", "svg.fonttype": "path"}):
        figure = Figure(figsize=(width, height), facecolor="white")
        axes = figure.add_axes((0.05, 0.14, 0.93, 0.8))
        places, foot = range(len(weeks)), [0] * len(weeks)
        for level in sorted(_COLOURS):
            heights = [week.levels.get(level, 0) for week in weeks]
            axes.bar(places, heights, bottom=foot, color=_COLOURS[level], width=0.72, zorder=2)
            foot = [a + b for a, b in zip(foot, heights, strict=True)]
        step = max(1, -(-len(weeks) // _LABELS_AT_MOST))
        ticks = list(places)[::step]
        axes.set_xticks(ticks, [weeks[k].monday.isoformat() for k in ticks])
        axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True, min_n_ticks=2))
        axes.set_ylim(0, max([*foot, 1]) * 1.08)
        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
        axes.grid(axis="y", color="#e6e9ed", linewidth=0.6)
        axes.set_axisbelow(True)
        axes.tick_params(axis="both", colors="#5b6776", labelsize=8, length=0)
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    return "data:image/svg+xml;base64," + b64encode(file.getvalue()).decode("ascii")
