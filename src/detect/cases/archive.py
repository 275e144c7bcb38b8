"""The nearest earlier cases, with what was done and whether it worked (policy P4.7).

Likeness adds up from the metric, the shape, the category, the segment, the size and the words (tf-idf over Latin words and pairs of
Chinese characters); each part is said, so that a reader sees why a case is shown.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

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
    """The cases that are over, made ready to be asked: their words are weighed once, however many cases ask.

    `words` gives, by case id, what people wrote about a case (notes, lessons), beside its description. Words weigh more the rarer they are
    among the cases that are over (smooth idf, Salton and Buckley 1988).
    """

    def __init__(self, cases: Iterable[Case], words: Mapping[str, str] | None = None) -> None:
        """Take those of `cases` that are over."""
        self._words = words or {}
        self._past = [case for case in cases if case.status in OVER]
        counted = [_tokens(case, self._words) for case in self._past]
        self._seen = Counter(token for tokens in counted for token in tokens)
        self._holders: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)  # token -> (case, weight)
        for number, tokens in enumerate(counted):
            for token, weight in self._weighed(tokens).items():
                self._holders[token].append((number, weight))

    def like(
        self, case: Case, *, limit: int = 3, may_see: Callable[[Case], bool] = lambda case: not case.restricted
    ) -> Similar:
        """Return the earlier cases most like `case`: those detected before it and over by now, that the reader `may_see`."""
        words = self._alike_in_words(case)
        searched, scored = 0, []
        for number, one in enumerate(self._past):
            if one.id == case.id or one.detected_on > case.detected_on or not may_see(one):
                continue
            searched += 1
            parts = _parts(case, one) | {"words": words.get(number, 0.0)}
            score = sum(_WEIGHTS[name] * part for name, part in parts.items()) / sum(_WEIGHTS.values())
            if score >= _ALIKE:
                scored.append((score, one, tuple(name for name, part in parts.items() if part > _SAID)))
        scored.sort(key=lambda found: (-found[0], -found[1].detected_on.toordinal(), found[1].id))
        return Similar(tuple(_resemblance(one, score, alike) for score, one, alike in scored[:limit]), searched)

    def _alike_in_words(self, case: Case) -> dict[int, float]:
        """Return the cosine of each past case's words with those of `case`, where they share any."""
        found: defaultdict[int, float] = defaultdict(float)
        for token, weight in self._weighed(_tokens(case, self._words)).items():
            for number, other in self._holders.get(token, ()):
                found[number] += weight * other
        return found

    def _weighed(self, tokens: Counter[str]) -> dict[str, float]:
        """Weigh tokens by how rare they are, to unit length."""
        size = len(self._past)
        raw = {t: n * (1 + math.log((1 + size) / (1 + self._seen[t]))) for t, n in tokens.items()}
        length = math.sqrt(math.fsum(x * x for x in raw.values())) or 1.0
        return {t: x / length for t, x in raw.items()}


def _parts(a: Case, b: Case) -> dict[str, float]:
    return {
        "metric": float(a.subject == b.subject),
        "kind": float(a.kind is b.kind),
        "category": float(a.category is b.category),
        "segment": float(a.segment == b.segment),
        "size": _size_alike(a, b),
    }


def _size_alike(a: Case, b: Case) -> float:
    """Compare the signed relative changes: 1 for the same, falling with their distance; 0 where one is unknown."""
    first, second = _change(a), _change(b)
    if first is None or second is None or first * second <= 0:
        return 0.0
    return math.exp(-abs(math.log(first / second)))


def _change(case: Case) -> float | None:
    if case.actual is None or case.expected is None or case.expected == 0:
        return None
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
