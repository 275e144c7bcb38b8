"""What the program refuses and what a night could not judge, in Chinese."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from detect.cases import decide
from detect.notices.translated import in_language
from detect.pipeline import answering, ledger

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def sentences(module):
    """Give the texts of every refusal that a module makes, their places filled with an x."""
    for node in ast.walk(ast.parse(Path(module.__file__).read_text("utf-8"))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in {"_refuse", "CaseError", "UsageError"}
        ):
            texts = [_filled(argument) for argument in node.args if isinstance(argument, ast.Constant | ast.JoinedStr)]
            if node.func.id == "_refuse":
                texts[0] = f"case x: 'x' {texts[0]}"
            yield from texts


def _filled(text):
    if isinstance(text, ast.Constant):
        return text.value
    return "".join(part.value if isinstance(part, ast.Constant) else "x" for part in text.values)


@pytest.mark.parametrize("module", [decide, answering])
def test_every_refusal_has_its_chinese(module):
    """No sentence by which a step is refused stays English on a Chinese page; commands to copy stay commands."""
    said = [text for text in sentences(module) if not text.startswith(("`", "case x: x x"))]
    assert len(said) > 5
    assert [text for text in said if not CHINESE.search(in_language(text, "zh"))] == []


def test_every_cause_that_the_ledger_gives_has_its_chinese():
    """What a night could not judge is said with its reason in the reader's language."""
    causes = [*ledger._CAUSES.values(), "no figures of this metric were ever seen", "orders could not be pulled"]
    assert [cause for cause in causes if not CHINESE.search(in_language(cause, "zh"))] == []


def test_what_a_sentence_was_filled_with_is_said_too():
    """Names stay, words of the program's own are translated, in English nothing changes, and what is not known stays as it is."""
    text = "case c-1 is closed; 'ack' is not possible now. Possible now: archive, reopen, comment."
    assert in_language(text, "zh") == "異常 c-1 目前狀態為「已結案」，不能「確認收到」。目前可以：歸檔、重啟、備註。"
    assert in_language("case c-1: 'close' is not for ida. It is for the management group or audit.", "zh") == (
        "異常 c-1：ida 無權「結案」。應由異常管理小組、審計處理。"
    )
    assert in_language(text, "en") == text
    assert in_language("OperationalError: no such table: orders", "zh") == "OperationalError: no such table: orders"
