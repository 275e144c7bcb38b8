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

from detect.model import Case, Cause, Status, Verdict

__all__ = ["Resemblance", "Similar", "similar"]

_WEIGHTS = {"metric": 3.0, "kind": 2.0, "category": 1.0, "segment": 1.0, "size": 1.0, "words": 2.0}
_ALIKE = 0.4  # a stranger that shares category and segment alone stays below
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


@dataclass(frozen=True)
class Similar:
    """The nearest earlier cases, best first; none means: nothing like it before, out of `searched`."""

    found: tuple[Resemblance, ...]
    searched: int

    @property
    def nothing_like_it(self) -> bool:
        """Whether the archive knows nothing of the kind."""
        return not self.found


def similar(
    case: Case,
    past: Sequence[Case],
    *,
    words: Mapping[str, str] | None = None,
    limit: int = 3,
    may_see: Callable[[Case], bool] = lambda case: not case.restricted,
) -> Similar:
    """Return the earlier cases most like `case`: those over before it was detected, and that the reader `may_see`.

    `words` gives, by case id, what people wrote about a case (notes, lessons), beside its description.
    """
    searched = [
        one
        for one in past
        if one.id != case.id
        and one.status in {Status.CLOSED, Status.ARCHIVED}
        and one.detected_on <= case.detected_on
        and may_see(one)
    ]
    notes = words or {}
    vectors = _tfidf([_tokens(one, notes) for one in (case, *searched)])
    scored = []
    for one, vector in zip(searched, vectors[1:], strict=True):
        parts = _parts(case, one) | {"words": _cosine(vectors[0], vector)}
        score = sum(_WEIGHTS[name] * part for name, part in parts.items()) / sum(_WEIGHTS.values())
        if score >= _ALIKE:
            scored.append(_resemblance(one, score, tuple(name for name, part in parts.items() if part > 1 / 2)))
    scored.sort(key=lambda r: (-r.score, -r.case.detected_on.toordinal(), r.case.id))
    return Similar(tuple(scored[:limit]), len(searched))


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
    worked = "verified" in case.milestones and not handling.get("relapses") if case.milestones.get("resolved") else None
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
        worked,
        days,
    )


def _tokens(case: Case, notes: Mapping[str, str]) -> Counter[str]:
    text = " ".join([case.description.en, case.description.zh, notes.get(case.id, "")]).lower()
    pairs = (run[i : i + 2] for run in _CHINESE.findall(text) for i in range(max(len(run) - 1, 1)))
    return Counter([*_LATIN.findall(text), *pairs])


def _tfidf(documents: Sequence[Counter[str]]) -> list[dict[str, float]]:
    """Weigh tokens by how rare they are, to unit length; smooth idf as in Salton and Buckley 1988."""
    seen = Counter(token for document in documents for token in document)
    vectors = []
    for document in documents:
        raw = {t: n * (1 + math.log((1 + len(documents)) / (1 + seen[t]))) for t, n in document.items()}
        length = math.sqrt(math.fsum(x * x for x in raw.values())) or 1.0
        vectors.append({t: x / length for t, x in raw.items()})
    return vectors


def _cosine(a: Mapping[str, float], b: Mapping[str, float]) -> float:
    shared: Iterable[str] = a.keys() & b.keys()
    return math.fsum(a[t] * b[t] for t in shared)
