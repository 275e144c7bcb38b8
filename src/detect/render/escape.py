"""The one escape layer: whatever a warehouse holds, here it becomes harmless for the place where it is shown.

HTML: `environment()` (autoescape, no undefined names, no control characters). Terminal, log and plain text: `plain`, `one_line`.
Mail headers: `header`. Spreadsheet cells: `cell`.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from html import escape as escape_html
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["cell", "environment", "header", "link", "one_line", "plain"]

# C0 (but newline), DEL, C1, bidirectional controls, line and paragraph separators, soft hyphen, BOM, tags, lone surrogates, non-characters.
_CONTROLS = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_WWW = re.compile(r"(?i)\bwww\.")
_SPACES = {"\t", "\x0b", "\x0c", "\r", "\x85", "\u2028", "\u2029"}
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "|", "%")
_HEADER_LENGTH = 150
_CELL_LENGTH = 32_000  # Excel refuses longer cells


def plain(text: object) -> str:
    """Text for a terminal, a log or a plain mail: lines stay, every other control and every reordering mark goes."""
    return _CONTROLS.sub(_replacement, str(text).replace("\r\n", "\n"))


def one_line(text: object) -> str:
    """Like `plain`, folded into a single line, with no address that a mail program would turn into a link."""
    return _unlinked(" ".join(plain(text).split()))


def header(text: object) -> str:
    """Text for a mail header: one line of at most 150 characters that no mail library takes for an encoded word."""
    line = one_line(text).replace("=?", "= ?")
    return line if len(line) <= _HEADER_LENGTH else line[: _HEADER_LENGTH - 1].rstrip() + "…"


def cell(value: object) -> object:
    """Keep numbers and dates as they are; text that a spreadsheet might run as a formula gets an apostrophe in front."""
    if not isinstance(value, str):
        return value
    return "\n".join(_no_formula(line) for line in plain(value)[:_CELL_LENGTH].split("\n"))


def link(address: str) -> Markup:
    """Address of a page of ours, as `notices.links` made it: the only links that a notice holds."""
    return Markup(escape_html(address))  # noqa: S704 - escaped here


@cache
def environment() -> Environment:
    """Return the environment that makes every HTML of this program."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("detect.render", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalized,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _finalized(value: object) -> object:
    """Make what a template prints: markup of ours as it is, text without controls and without addresses that become links."""
    return _harmless(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@lru_cache(maxsize=8192)
def _harmless(text: str) -> str:
    """Do it once for what stands in the pages of many readers."""
    return _unlinked(plain(text))


def _unlinked(text: str) -> str:
    """Mail programs make links of bare addresses; a space in front of the slashes keeps them readable and dead."""
    return _WWW.sub("www .", text.replace("://", ": //"))


def _no_formula(line: str) -> str:
    return f"'{line}" if line.lstrip("\u00a0\u3000 '\"").startswith(_FORMULA) else line


def _replacement(match: re.Match[str]) -> str:
    return " " if match.group() in _SPACES else ""
