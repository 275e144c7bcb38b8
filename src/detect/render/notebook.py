"""What a notebook shows: tables, cases and charts as HTML that needs nothing beside it, and the page made of a run notebook."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from detect.model import History
from detect.notices.catalogue import labels
from detect.render.chart import svg
from detect.render.escape import environment, plain
from detect.render.view import CaseView

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["Block", "CasePage", "Fragment", "Page", "cases", "page", "picture", "rendered", "strips", "style"]

HIDDEN = "note"  # the tag of cells that speak to whoever sits at the notebook


@dataclass(frozen=True)
class Fragment:
    """A piece of HTML of ours, which a notebook shows as it is."""

    html: Markup
    words: str = ""

    def __add__(self, other: Fragment) -> Fragment:
        return Fragment(self.html + other.html, "\n".join(words for words in (self.words, other.words) if words))

    def _repr_html_(self) -> str:
        return str(self.html)

    def __repr__(self) -> str:
        return self.words


@dataclass(frozen=True)
class Block:
    """Something that can be folded away: sentences, a table, a piece of code."""

    title: str
    lines: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    numeric: tuple[int, ...] = ()
    code: str = ""
    open: bool = True


@dataclass(frozen=True)
class Page:
    """A titled part of a notebook; `lead` makes its first sentence large."""

    title: str
    lines: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    numeric: tuple[int, ...] = ()
    blocks: tuple[Block, ...] = ()
    picture: str = ""
    alt: str = ""
    lead: bool = False


@dataclass(frozen=True)
class CasePage:
    """A case with everything that helps to judge it."""

    view: CaseView
    blocks: tuple[Block, ...]


def style() -> Fragment:
    """Return the style that the other fragments need, once a notebook."""
    css = environment().get_template("notebook.css").render()
    return Fragment(Markup("<style>{}</style>").format(Markup(css)))  # noqa: S704 - a file of ours


def page(one: Page) -> Fragment:
    """Return one part."""
    words = "\n".join((plain(one.title), *(plain(line) for line in one.lines)))
    return Fragment(_macro("page")(one), words)


def cases(pages: Sequence[CasePage], language: str) -> Fragment:
    """Return cases one below the other."""
    make, say = _macro("case"), labels(language)
    words = "\n".join(f"{one.view.id}  {plain(one.view.description)}" for one in pages)
    return Fragment(Markup("").join(make(one, say) for one in pages), words)


def strips(title: str, pictures: Sequence[tuple[str, str]]) -> Fragment:
    """Return pictures one below the other, each under its name."""
    return Fragment(
        _macro("strips")(title, pictures), "\n".join((plain(title), *(plain(name) for name, _ in pictures)))
    )


def picture(history: History, *, days: int, width: float = 8.6, height: float = 2.4) -> str:
    """Return a chart as an address that holds it."""
    return "data:image/svg+xml;base64," + b64encode(svg(history, days=days, width=width, height=height)).decode("ascii")


def rendered(notebook: NotebookNode, *, title: str, subtitle: str, language: str) -> str:
    """Return a run notebook's outputs as one page: no code, no script, no address of any host."""
    body = Markup("\n").join(_outputs(notebook))
    template = environment().get_template("notebook_page.html.j2")
    return template.render(body=body, title=title, subtitle=subtitle, language="zh-Hant" if language == "zh" else "en")


def _outputs(notebook: NotebookNode) -> Iterable[Markup]:
    """Yield the outputs as nbconvert writes them; the style stands in the page's head already."""
    from nbconvert import HTMLExporter  # noqa: PLC0415 - slow, and only this page needs it
    from traitlets.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.TagRemovePreprocessor.enabled = True
    config.TagRemovePreprocessor.remove_cell_tags = (HIDDEN,)
    config.HTMLExporter.preprocessors = ["nbconvert.preprocessors.TagRemovePreprocessor"]
    exporter = HTMLExporter(  # type: ignore[no-untyped-call]  # ships no types
        config=config, template_name="basic", exclude_input=True, exclude_input_prompt=True, exclude_output_prompt=True
    )
    html, _ = exporter.from_notebook_node(notebook)
    yield Markup(html)  # noqa: S704 - nbconvert escapes text; what is HTML came from `Fragment`


def _macro(name: str) -> Any:
    return getattr(environment().get_template("notebook_parts.html.j2").module, name)
