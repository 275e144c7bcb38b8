"""A metric as a picture: what was, what was expected, where it departed. No words in it, so it needs no font for any language."""

from __future__ import annotations

import io
import math
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from detect.model import History

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["drawn_line", "png", "sparkline", "svg"]

_INK, _MUTED, _BAND, _DASHES, _MARK, _HOLIDAY = "#1f2a37", "#5b6776", "#d6e4f2", "#6f8fb0", "#b3261e", "#eceae4"
_SHARES = {"%", "percent", "ratio", "share"}
_BLOCKS = "▁▂▃▄▅▆▇█"
_GAP = "·"
_MONTHS_SAID = 150
_COLOURS = 48  # enough for smooth edges, a third of the bytes
_COMPRESSED = 7  # of 9, which takes four times as long for 3 % fewer bytes


def png(history: History, *, days: int = 60, width: float = 5.2, height: float = 2.0) -> bytes:
    """Draw the last `days` days as PNG, sharp at twice its size; the same history gives the same bytes."""
    from PIL import Image  # noqa: PLC0415 - arrives with matplotlib, slow to import

    drawn, small = io.BytesIO(), io.BytesIO()
    figure = _drawn(_last(history, days), width, height)
    figure.savefig(drawn, format="raw")
    picture = Image.frombytes("RGBA", figure.canvas.get_width_height(), drawn.getvalue()).convert("RGB")
    few_colours = picture.quantize(_COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few_colours.save(small, format="PNG", compress_level=_COMPRESSED)
    return small.getvalue()


def svg(history: History, *, days: int = 90, width: float = 5.4, height: float = 2.0) -> bytes:
    """Draw the last `days` days as SVG, for pages and print; the same history gives the same bytes."""
    import matplotlib as mpl

    file = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "yujing", "svg.fonttype": "path"}):
        figure = _drawn(_last(history, days), width, height)
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    return file.getvalue()


def sparkline(history: History, *, days: int = 30) -> str:
    """Draw the last `days` days as a line of block characters; a day without a figure is a dot."""
    values = _finite(_last(history, days).actual)
    known = values[np.isfinite(values)]
    if not known.size:
        return _GAP * values.size
    low, spread = float(known.min()), float(known.max() - known.min()) or 1.0
    return "".join(_GAP if math.isnan(v) else _BLOCKS[round((v - low) / spread * 7)] for v in values)


def _last(history: History, days: int) -> History:
    cut = slice(-days, None)
    kept = history.days[cut]
    first = kept[0].astype(date) if kept.size else date.min
    return History(
        days=kept,
        actual=history.actual[cut],
        expected=history.expected[cut],
        lower=history.lower[cut],
        upper=history.upper[cut],
        flagged=history.flagged[cut],
        holidays={day: name for day, name in history.holidays.items() if day >= first},
        unit=history.unit,
    )


def _drawn(history: History, width: float, height: float) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=200, facecolor="white")
    axes = figure.add_axes((0.095, 0.16, 0.86, 0.79))
    if history.days.size:
        _draw_holidays(axes, history)
        _draw_lines(axes, history)
        _draw_marks(axes, history)
        _set_scales(axes, history)
    _set_frame(axes)
    return figure


def drawn_line(days: np.ndarray, values: np.ndarray, unit: str, width: float, height: float) -> Figure:
    """Draw one line (days,) on the scales of the other charts, for a part of a series."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=200, facecolor="white")
    axes = figure.add_axes((0.06, 0.24, 0.9, 0.7))
    nothing = np.full(len(days), np.nan)
    shown = History(days, values, nothing, nothing, nothing, np.zeros(len(days), bool), {}, unit)
    if len(days):
        finite = _finite(values)
        if np.nanmin(finite, initial=0.0) < 0:
            axes.axhline(0, color="#b8c0ca", linewidth=0.7, zorder=1)
        known = np.isfinite(finite)
        axes.plot(_positions(shown)[known], finite[known], color=_INK, linewidth=1.0, zorder=3)
        _set_scales(axes, shown)
    _set_frame(axes)
    return figure


def _draw_holidays(axes: Axes, history: History) -> None:
    start = history.days[0]
    for day in sorted(history.holidays):
        at = float((np.datetime64(day, "D") - start).astype(int))
        axes.axvspan(at - 0.5, at + 0.5, color=_HOLIDAY, linewidth=0, zorder=0)


def _draw_lines(axes: Axes, history: History) -> None:
    """Draw band, expectation and figures; a day on which nothing was due breaks no line, a missing figure does."""
    x, actual, expected = _positions(history), _finite(history.actual), _finite(history.expected)
    due = np.isfinite(actual) | np.isfinite(expected)
    if not due.any():
        due[:] = True
    lower, upper = _finite(history.lower), _finite(history.upper)
    axes.fill_between(x[due], lower[due], upper[due], color=_BAND, linewidth=0, zorder=1)
    axes.plot(x[due], expected[due], color=_DASHES, linewidth=0.9, linestyle=(0, (4, 2)), zorder=2)
    axes.plot(
        x[due], actual[due], color=_INK, linewidth=1.2, solid_joinstyle="round", zorder=3,
        marker="o", markersize=1.3, markeredgewidth=0,
    )  # fmt: skip
    _limit_height(axes, np.concatenate([actual, expected]), np.concatenate([lower, upper]))


def _limit_height(axes: Axes, lines: np.ndarray, bands: np.ndarray) -> None:
    """Let the lines set the height: a band that is very wide on a few days (a holiday seen once) must not flatten all the others."""
    known, wide = lines[np.isfinite(lines)], bands[np.isfinite(bands)]
    if not known.size or not wide.size:
        return
    low, high = float(known.min()), float(known.max())
    room = 0.6 * ((high - low) or abs(high) or 1.0)
    if wide.max() > high + room or wide.min() < low - room:
        axes.set_ylim(max(float(wide.min()), low - room), min(float(wide.max()), high + room))


def _draw_marks(axes: Axes, history: History) -> None:
    """Put a filled dot where the figure departed, a hollow one at the expected value where the figure is missing."""
    x, actual, expected = _positions(history), _finite(history.actual), _finite(history.expected)
    flagged = np.asarray(history.flagged, dtype=bool)
    seen = flagged & np.isfinite(actual)
    absent = flagged & ~np.isfinite(actual)
    for at in x[flagged]:
        axes.axvspan(at - 0.5, at + 0.5, color=_MARK, alpha=0.08, linewidth=0, zorder=0.5)
    axes.scatter(x[seen], actual[seen], s=30, color=_MARK, edgecolors="white", linewidths=0.8, zorder=5)
    heights = np.where(np.isfinite(expected), expected, np.nanmean(actual) if np.isfinite(actual).any() else 0.0)
    axes.scatter(x[absent], heights[absent], s=22, facecolors="white", edgecolors=_MARK, linewidths=1.1, zorder=5)


def _set_scales(axes: Axes, history: History) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    share = history.unit in _SHARES
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, min_n_ticks=2))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _short(value, share=share)))
    count = history.days.size
    axes.set_xlim(-0.8, count - 0.2)
    step = max(1, math.ceil(count / 6))
    ticks = list(range(count - 1, -1, -step))[::-1]
    axes.set_xticks(ticks)
    cut = slice(0, 7) if count > _MONTHS_SAID else slice(5, 10)
    axes.set_xticklabels([str(history.days[tick])[cut] for tick in ticks])


def _set_frame(axes: Axes) -> None:
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color("#b8c0ca")
    axes.spines["bottom"].set_linewidth(0.7)
    axes.grid(axis="y", color="#e6e9ed", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(axis="both", colors=_MUTED, labelsize=8.5, length=0, pad=3, labelfontfamily="DejaVu Sans")


def _positions(history: History) -> np.ndarray:
    """Give the days as numbers from 0, shape (days,)."""
    return np.asarray((history.days - history.days[0]).astype(float))


def _finite(values: np.ndarray) -> np.ndarray:
    """Give a float copy in which everything that is not a number is NaN, which no line is drawn through."""
    numbers = np.asarray(values, dtype=float)
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _short(value: float, *, share: bool) -> str:
    """Give a label that fits the axis: 1.2k, 3M, 5%."""
    if share:
        return f"{value * 100:.3g}%"
    for size, letter in ((1e9, "bn"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.3g}"
