"""How a notebook draws: still pages for the archive, or tables that sort and charts that answer to the mouse, without a network."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from markupsafe import Markup

from detect.model import History
from detect.render.escape import plain
from detect.render.notebook import Fragment, Page, page, style
from detect.render.tables import Table

__all__ = ["Choice", "Drawing", "Interactive", "Still", "drawing"]

_INK, _BAND, _DASHES, _MARK = "#1f2a37", "rgba(111,143,176,0.22)", "#6f8fb0", "#b3261e"


@dataclass(frozen=True)
class Choice:
    """One position of a slider over a chart: its name, and the days (positions in the history) that are marked then."""

    name: str
    marked: np.ndarray


class Drawing(Protocol):
    """What a notebook asks for."""

    def start(self) -> Fragment:
        """Give what the others need, once a notebook."""
        ...

    def table(self, table: Table) -> Fragment:
        """Show a table."""
        ...

    def history(self, history: History, title: str, choices: Sequence[Choice] = ()) -> Fragment:
        """Show a series; with `choices`, the days that each of them would mark."""
        ...


class Still:
    """For the archive: nothing moves, and no script is needed."""

    def start(self) -> Fragment:
        """Give the style."""
        return style()

    def table(self, table: Table) -> Fragment:
        """Show every row."""
        lines = (*table.lines, *(() if table.rows else (table.empty,)))
        return page(Page(table.title, lines, table.columns, table.rows, numeric=table.numeric))

    def history(self, history: History, title: str, choices: Sequence[Choice] = ()) -> Fragment:  # noqa: ARG002 - as Drawing asks
        """Show nothing: the still picture stands above it."""
        return Fragment(Markup(""))


class Interactive:
    """For an open notebook: plotly and DataTables, whose scripts come out of their packages and reach no network."""

    def start(self) -> Fragment:
        """Give the style and both scripts."""
        from itables.javascript import generate_init_offline_itables_html
        from itables.options import dt_bundle
        from plotly.offline import get_plotlyjs

        scripts = f"<script>{get_plotlyjs()}</script>{generate_init_offline_itables_html(dt_bundle)}"
        return Fragment(style().html + Markup(scripts))  # noqa: S704 - files of two locked packages, no text of ours

    def table(self, table: Table) -> Fragment:
        """Show a table that sorts, searches and turns its pages; every cell is escaped."""
        if not table.rows:
            return Still().table(table)
        import pandas as pd
        from itables import to_html_datatable

        clean = [[plain(value) for value in row] for row in table.rows]
        names = _unlike(table.columns)
        html = to_html_datatable(
            pd.DataFrame(clean, columns=names),
            connected=False,
            showIndex=False,
            show_dtypes=False,
            allow_html=False,
            display_logo_when_loading=False,
            maxBytes=0,
            order=[],
            classes="display compact",
            columnDefs=[
                {"className": "dt-right", "targets": list(table.numeric)},
                {"className": "dt-left", "targets": "_all"},
            ],
        )
        head = page(Page(table.title, table.lines))
        return Fragment(head.html + Markup(html), head.words)  # noqa: S704 - itables escapes every cell

    def history(self, history: History, title: str, choices: Sequence[Choice] = ()) -> Fragment:
        """Show the series with its band; pointing at a day names its figures; a slider moves between the choices."""
        figure = {
            "data": _traces(history, choices),
            "layout": _layout(title, choices),
            "config": {"displaylogo": False},
        }
        name = f"yj-{abs(hash((title, history.days.size, len(choices)))):x}"
        # In a script a JSON text may hold no `</`, whoever wrote it.
        spec = json.dumps(figure, ensure_ascii=True).replace("<", "\\u003c")
        html = f'<div class="yj"><div id="{name}" style="height:{430 if choices else 360}px"></div></div>'
        script = (
            f'<script>(function(){{const s={spec};Plotly.newPlot("{name}",s.data,s.layout,s.config);}})();</script>'
        )
        return Fragment(Markup(html + script))  # noqa: S704 - numbers, and texts inside JSON without any angle bracket


def drawing(*, interactive: bool) -> Drawing:
    """Return the way of drawing that was asked for."""
    return Interactive() if interactive else Still()


def _unlike(columns: Sequence[str]) -> list[str]:
    """Make names differ by blanks at their end, as a frame wants them."""
    return [plain(name) + " " * list(columns[:k]).count(name) for k, name in enumerate(columns)]


def _traces(history: History, choices: Sequence[Choice]) -> list[dict[str, Any]]:
    days = [str(day) for day in history.days]
    upper = _line(days, history.upper, "", hoverinfo="skip", line={"width": 0})
    lower = _line(days, history.lower, "", hoverinfo="skip", line={"width": 0}, fill="tonexty", fillcolor=_BAND)
    expected = _line(days, history.expected, "—", line={"color": _DASHES, "dash": "dash", "width": 1.2})
    actual = _line(days, history.actual, "•", line={"color": _INK, "width": 1.6}, text=_names(history))
    marks = [history.flagged, *(_mask(choice.marked, len(days)) for choice in choices)][1 if choices else 0 :]
    dots = [
        _line(days, np.where(marked, history.actual, np.nan), "!", mode="markers", visible=number == 0,
              marker={"color": _MARK, "size": 9, "line": {"color": "#fff", "width": 1}})
        for number, marked in enumerate(marks)
    ]  # fmt: skip
    return [upper, lower, expected, actual, *dots]


def _names(history: History) -> list[str]:
    return [plain(history.holidays.get(day, "")) for day in history.days.astype(object)]


def _mask(marked: np.ndarray, size: int) -> np.ndarray:
    mask = np.zeros(size, bool)
    mask[marked] = True
    return mask


def _line(days: list[str], values: np.ndarray, name: str, **rest: Any) -> dict[str, Any]:
    numbers = [float(v) if np.isfinite(v) else None for v in np.asarray(values, float)]
    return {"x": days, "y": numbers, "name": name, "mode": "lines", "showlegend": False, **rest}


def _layout(title: str, choices: Sequence[Choice]) -> dict[str, Any]:
    layout: dict[str, Any] = {
        "title": {"text": _escaped(title), "font": {"size": 15}},
        "hovermode": "x unified",
        "margin": {"l": 60, "r": 20, "t": 50, "b": 40},
        "template": None,
        "plot_bgcolor": "#fff",
        "xaxis": {"rangeslider": {"visible": not choices, "thickness": 0.08}},
    }
    if choices:
        still = [True] * 4
        steps = [
            {"label": _escaped(choice.name), "method": "restyle",
             "args": ["visible", [*still, *(k == number for k in range(len(choices)))]]}
            for number, choice in enumerate(choices)
        ]  # fmt: skip
        layout["sliders"] = [{"steps": steps, "active": 0, "pad": {"t": 40}}]
    return layout


def _escaped(text: str) -> str:
    """Escape what plotly would take for its own small HTML."""
    return str(Markup.escape(plain(text)))
