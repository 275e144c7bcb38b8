"""What a category of trouble may do to the business, and what the policy says to do about it (policy P3.5, P4.4a-e)."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field, field_validator

from detect.findings.amounts import money
from detect.model import Category, Cause, Finding, Frozen, Kind, Level, Text

__all__ = ["Playbook", "impact", "measures"]


class Playbook(Frozen):
    """One category's page: `config/playbooks/<category>.yaml`.

    `impacts` and `measures` need all three levels. Those of a kind come before those of the level; once a person has coded the cause,
    the measures that the policy names for it come first of all.
    """

    category: Category
    impacts: dict[Level, Text]
    measures: dict[Level, tuple[Text, ...]]
    kind_impacts: dict[Kind, Text] = Field(default_factory=dict)
    kind_measures: dict[Kind, tuple[Text, ...]] = Field(default_factory=dict)
    cause_measures: dict[Cause, tuple[Text, ...]] = Field(default_factory=dict)

    @field_validator("impacts", "measures")
    @classmethod
    def _every_level(cls, given: dict[Level, object]) -> dict[Level, object]:
        missing = [f"{level:d}" for level in Level if not given.get(level)]
        if missing:
            raise ValueError(f"nothing is said for level {', '.join(missing)}; all of 1, 2, 3 are needed")
        return given


def impact(playbook: Playbook, level: Level, finding: Finding, currency: str = "") -> tuple[Text, ...]:
    """Say the possible impact: of the kind, of the level, and the money at stake where it is known."""
    said = [t for t in (playbook.kind_impacts.get(finding.kind), playbook.impacts[level]) if t is not None]
    if finding.stake:
        amount = money(finding.stake, currency)
        said.append(Text(en=f"At stake so far: {amount}.", zh=f"目前影響金額：{amount}。"))
    return _without_repeats(said)


def measures(playbook: Playbook, level: Level, kind: Kind, cause: Cause | None = None) -> tuple[Text, ...]:
    """Suggest measures: of the cause once it is known, of the kind, of the level; each said once."""
    of_cause = playbook.cause_measures.get(cause, ()) if cause else ()
    return _without_repeats([*of_cause, *playbook.kind_measures.get(kind, ()), *playbook.measures[level]])


def _without_repeats(texts: Iterable[Text]) -> tuple[Text, ...]:
    seen: dict[str, Text] = {}
    for text in texts:
        seen.setdefault(text.en, text)
    return tuple(seen.values())
