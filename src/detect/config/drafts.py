"""A drafted suite as a commented YAML text, for a person to edit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from detect.quality.drafting import Drafted

__all__ = ["suite_text"]

LATER = ("kind", "on", "from_history")


def suite_text(source: str, department: str, heading: Sequence[str], rules: Sequence[Drafted]) -> str:
    """Write a suite; every value is quoted as JSON, which is YAML, so that no name or value of the data can be read as anything else."""
    lines = [f"# {_comment(line)}" for line in heading]
    lines += [f"source: {_flow(source)}", f"department: {_flow(department)}", "expectations:"]
    for drafted in rules:
        rule = drafted.rule
        lines += ["", f"  # Seen: {_comment(drafted.seen)}."]
        lines += [f"  # To decide: {_comment(drafted.unsure)}."] if drafted.unsure else []
        lines += [f"  - id: {rule['id']}", f"    type: {rule['type']}", f"    name: {_flow(rule['name'])}"]
        lines += [
            f"    severity: {rule['severity']}",
            *(f"    {key}: {_flow(rule[key])}" for key in LATER if key in rule),
        ]
        lines.append(f"    kwargs: {_flow(rule['kwargs'])}")
    return "\n".join(lines) + "\n"


def _flow(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _comment(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)
