"""What the configuration says about feedback: the topics, their words and examples, and how long texts are kept."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from detect.model import Frozen, Text

__all__ = ["OTHER", "FeedbackSettings", "Topic"]

OTHER = "other"  # the topic of what fits no other


class Topic(Frozen):
    """One thing that customers speak about; a text that holds any of `words` may be about it, `examples` show how people put it."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: Text
    words: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()


class FeedbackSettings(Frozen):
    """The topics in the order in which they are preferred, and how many days the texts are kept."""

    retention_days: int = Field(default=730, ge=1)
    topics: tuple[Topic, ...] = ()

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        ids = [topic.id for topic in self.topics]
        repeated = sorted({i for i in ids if ids.count(i) > 1} | ({OTHER} & set(ids)))
        if repeated:
            raise ValueError(f"topic ids used twice or reserved: {', '.join(repeated)}")
        return self
