"""A case's dossier: one HTML page that needs nothing beside it, for the screen and for paper."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from detect.model import Text
from detect.notices.case_words import DOSSIER
from detect.notices.catalogue import label, labels
from detect.notices.draft import Item
from detect.render.escape import environment
from detect.render.view import CaseView, instant, view

__all__ = ["build"]


@dataclass(frozen=True)
class _Dossier:
    """Everything the page says, in one language; texts are not escaped yet."""

    language: str
    company: str
    title: str
    restricted: str
    case: CaseView
    sections: Sequence[tuple[str, Sequence[str]]]
    measures: Sequence[tuple[str, str, str, str]]
    times: Sequence[tuple[str, str]]
    history: Sequence[tuple[str, str, str, str]]
    parts: Sequence[str]
    footer: str


def build(
    item: Item,
    language: str,
    *,
    company: Text,
    currency: str,
    now: datetime,
    chart: bytes | None,
    rule: str,
    restricted: str,
    sections: Sequence[tuple[str, Sequence[str]]],
    measures: Sequence[tuple[str, str, str, str]],
    times: Sequence[tuple[str, str]],
    history: Sequence[tuple[str, str, str, str]],
    parts: Sequence[str],
) -> str:
    """Return the page. `chart` is a PNG, None for a case without a series; `sections` are titles with their sentences.

    `measures` are rows of (what, who, due, done), `history` of (when, what, who, note).
    """
    picture = f"data:image/png;base64,{b64encode(chart).decode('ascii')}" if chart else ""
    case = replace(view(item, language, currency=currency, picture=picture), rule=rule)
    said = {name: text[language] for name, text in DOSSIER.items()}
    dossier = _Dossier(
        language="zh-Hant" if language == "zh" else "en",
        company=company[language],
        title=said["title"].replace("{id}", case.id),
        restricted=restricted,
        case=case,
        sections=sections,
        measures=measures,
        times=times,
        history=history,
        parts=parts,
        footer=said["printed"].replace("{now}", instant(now)).replace("{events}", str(len(history))),
    )
    template = environment().get_template("dossier.html.j2")
    return template.render(
        dossier=dossier, case=case, say=labels(language), said=said, none=label("none_said", language)
    )
