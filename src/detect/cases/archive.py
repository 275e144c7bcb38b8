"""The nearest earlier cases, with what was done and whether it worked (policy P4.7).

Likeness adds up from the metric, the shape, the category, the segment, the size and the words (tf-idf over Latin words and pairs of
Chinese characters); each part is said, so that a reader sees why a case is shown.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from detect.model import Case, Cause, Status, Verdict

__all__ = ["OVER", "Archive", "Resemblance", "Similar", "worked"]

OVER = frozenset({Status.CLOSED, Status.ARCHIVED})
_WEIGHTS = {"metric": 3.0, "kind": 2.0, "category": 1.0, "segment": 1.0, "size": 1.0, "words": 2.0}
_ALIKE = 0.4  # a stranger that shares category and segment alone stays below
_SAID = 1 / 2  # from here on a part is named as one in which two cases are alike
_LATIN, _CHINESE = re.compile(r"[a-z][a-z0-9_]+"), re.compile(r"[\u4e00-\u9fff]+")


@dataclass(frozen=True)
class Resemblance:
    """An earlier case, how like it is (0 to 1) and in what, and how it ended; `worked` is None where nobody verified it."""

    case: Case
    score: float
    alike_in: tuple[str, ...]
    cause: Cause | None
    verdict: Verdict | None
    measures: tuple[str, ...]
    worked: bool | None
    days_to_close: float | None
    lessons: str = ""


@dataclass(frozen=True)
class Similar:
    """The nearest earlier cases, best first; none means: nothing like it before, out of `searched`."""

    found: tuple[Resemblance, ...]
    searched: int

    @property
    def nothing_like_it(self) -> bool:
        """Whether the archive knows nothing of the kind."""
        return not self.found


class Archive:
    """The cases that are over, made ready to be asked: what they are compared by is laid out once, however many cases ask.

    `words` gives, by case id, what people wrote about a case (notes, lessons), beside its description.
    """

    def __init__(self, cases: Iterable[Case], words: Mapping[str, str] | None = None) -> None:
        """Take those of `cases` that are over."""
        self._notes = words or {}
        self._past = [case for case in cases if case.status in OVER]
        self._same = {name: np.array([of(case) for case in self._past], object) for name, of in _SAME.items()}
        self._change = np.array([_change(case) for case in self._past], float)
        self._detected = np.array([case.detected_on.toordinal() for case in self._past], int)
        self._restricted = [number for number, case in enumerate(self._past) if case.restricted]
        self._words = _Words([_tokens(case, self._notes) for case in self._past])

    def like(
        self, case: Case, *, limit: int = 3, may_see: Callable[[Case], bool] = lambda case: not case.restricted
    ) -> Similar:
        """Return the earlier cases most like `case`: those detected before it and over by now.

        A restricted one only where the reader `may_see` it.
        """
        known: NDArray[np.bool_] = self._detected <= case.detected_on.toordinal()
        known &= np.array([one.id != case.id for one in self._past], bool)
        for number in self._restricted:
            known[number] &= may_see(self._past[number])
        parts = self._parts(case)
        # Rounded, so that what is equally like stands in the order of its days however the words were added up.
        score = np.round(
            np.asarray(sum(_WEIGHTS[name] * part for name, part in parts.items())) / sum(_WEIGHTS.values()), 9
        )
        near = np.flatnonzero(known & (score >= _ALIKE))
        best = sorted(near, key=lambda n: (-score[n], -self._detected[n], self._past[n].id))[:limit]
        alike = {n: tuple(name for name, part in parts.items() if part[n] > _SAID) for n in best}
        return Similar(tuple(_resemblance(self._past[n], float(score[n]), alike[n]) for n in best), int(known.sum()))

    def _parts(self, case: Case) -> dict[str, NDArray[np.float64]]:
        """Return how like each past case is in each part, from 0 to 1, arrays of shape (past cases,)."""
        parts = {name: (self._same[name] == of(case)).astype(float) for name, of in _SAME.items()}
        return parts | {"size": self._size_alike(case), "words": self._words.alike(_tokens(case, self._notes))}

    def _size_alike(self, case: Case) -> NDArray[np.float64]:
        """Compare the signed relative changes: 1 for the same, falling with their distance; 0 where one is unknown."""
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = _change(case) / self._change
            return np.where(ratio > 0, np.exp(-np.abs(np.log(ratio))), 0.0)


class _Words:
    """The words of many texts by weight: the more often in a text and the rarer among the texts (smooth idf, Salton and Buckley 1988)."""

    def __init__(self, texts: Sequence[Counter[str]]) -> None:
        """Weigh the words of `texts`, which are how often each word stands in each."""
        self._size = len(texts)
        self._number: dict[str, int] = {}
        words = [self._number.setdefault(word, len(self._number)) for text in texts for word in text]
        self._word = np.array(words, int)
        self._text = np.repeat(np.arange(self._size), [len(text) for text in texts])
        self._seen = np.bincount(self._word, minlength=len(self._number))
        often = np.array([times for text in texts for times in text.values()], float)
        raw = often * self._rarity(self._seen[self._word])
        length = np.sqrt(np.bincount(self._text, raw**2, self._size))
        self._weight = raw / length[self._text]

    def alike(self, text: Counter[str]) -> NDArray[np.float64]:
        """Return the cosine of each text's words with those of `text`."""
        asked = np.zeros(len(self._number))
        length = 0.0
        for word, times in text.items():
            number = self._number.get(word)
            weight = times * float(self._rarity(np.array(0 if number is None else self._seen[number])))
            length += weight**2
            if number is not None:
                asked[number] = weight
        return np.bincount(self._text, self._weight * asked[self._word], self._size) / (math.sqrt(length) or 1.0)

    def _rarity(self, seen: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.asarray(1 + np.log((1 + self._size) / (1 + seen)))


_SAME: Mapping[str, Callable[[Case], str]] = {
    "metric": lambda case: case.subject,
    "kind": lambda case: case.kind.value,
    "category": lambda case: case.category.value,
    "segment": lambda case: case.segment,
}


def _change(case: Case) -> float:
    """Return the signed relative change, NaN where it is unknown."""
    if case.actual is None or case.expected is None or case.expected == 0:
        return math.nan
    return (case.actual - case.expected) / abs(case.expected)


def _resemblance(case: Case, score: float, alike_in: tuple[str, ...]) -> Resemblance:
    handling = case.evidence.get("handling", {})
    days = None
    if "closed" in case.milestones:
        days = (datetime.fromisoformat(case.milestones["closed"]) - case.opened_at).total_seconds() / 86_400
    return Resemblance(
        case,
        score,
        alike_in,
        case.cause,
        case.verdict,
        tuple(m["text"] for m in handling.get("decided", ())),
        worked(case),
        days,
        handling.get("lessons", ""),
    )


def worked(case: Case) -> bool | None:
    """Say whether the measures worked: as somebody signed it off or, of an imported case, as its file says; None where nobody did."""
    handling = case.evidence.get("handling", {})
    if "worked" in handling:
        return None if handling["worked"] is None else bool(handling["worked"])
    if "resolved" not in case.milestones:
        return None
    return "verified" in case.milestones and not handling.get("relapses")


def _tokens(case: Case, notes: Mapping[str, str]) -> Counter[str]:
    said = dict.fromkeys([case.description.en, case.description.zh, notes.get(case.id, "")])
    text = " ".join(said).lower()
    pairs = (run[i : i + 2] for run in _CHINESE.findall(text) for i in range(max(len(run) - 1, 1)))
    return Counter([*_LATIN.findall(text), *pairs])
