"""Configuration files that are hostile or of another shape: faults with file, line and key, never a traceback."""

import re
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detect.config import load, start
from detect.errors import ConfigError

FILES = (
    "config/company.yaml",
    "config/policy.yaml",
    "config/tables.yaml",
    "config/events.yaml",
    "config/metrics/sales.yaml",
    "config/playbooks/data.yaml",
    "expectations/orders.yaml",
)
HOSTILE = [
    "no",
    "12:30",
    "~",
    "[]",
    "{}",
    "{a: b}",
    "[[1]]",
    "&x 1",
    "*x",
    "!t 1",
    "'",
    "-1",
    "1e999",
    ".nan",
    "${NO_SUCH}",
    "a: b",
    "'2011-02-30'",
    "999999999999999999999",
    '"\\0"',
    "file:/nowhere",
    "sum(",
    "日本",
    "true",
    "://",
    "*",
    "&",
    "@x",
    "%",
]


@pytest.mark.parametrize("content", ["", "- a\n", "text\n", "metrics: 3\n", "metrics: [a, 3, null, [x]]\n", "[" * 5000])
@pytest.mark.parametrize("file", FILES)
def test_a_file_of_another_shape_is_told(company, faults, file, content):
    """A list, a word or nothing where keys belong: faults that name the file, no traceback."""
    (company / file).write_text(content, encoding="utf-8")
    assert any(f.file == file for f in faults())


def test_a_list_where_a_rule_names_its_type_is_told(company, faults):
    """A rule whose type is a list is a fault of its file, no traceback."""
    path = company / "expectations" / "orders.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("    type: freshness\n", "    type: []\n", 1), encoding="utf-8"
    )
    assert any(f.file == "expectations/orders.yaml" for f in faults())


def test_a_list_where_a_department_names_its_head_is_told(company, faults):
    """A department whose head is a list is a fault of its file, no traceback."""
    path = company / "config" / "company.yaml"
    path.write_text(re.sub(r"head: \w+", "head: []", path.read_text(encoding="utf-8"), count=1), encoding="utf-8")
    assert any(f.file == "config/company.yaml" for f in faults())


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_value_of_any_line_ends_in_a_book_or_in_faults(tmp_path_factory, data):
    """Lines of every file with hostile values: the configuration loads, or every fault names file, line and key."""
    folder: Path = tmp_path_factory.mktemp("hostile") / "company"
    start(folder)
    path = data.draw(st.sampled_from(sorted(folder.rglob("*.yaml"))))
    lines = path.read_text(encoding="utf-8").splitlines()
    live = [i for i, line in enumerate(lines) if ":" in line and not line.lstrip().startswith("#")]
    for number in data.draw(st.lists(st.sampled_from(live), min_size=1, max_size=3, unique=True)):
        lines[number] = f"{lines[number].partition(':')[0]}: {data.draw(st.sampled_from(HOSTILE))}"
    path.write_text("\n".join(lines), encoding="utf-8")
    told = []
    try:
        load(folder, {})
    except ConfigError as error:
        told = error.faults
    finally:
        shutil.rmtree(folder)
    assert all(f.file and f.line >= 1 and f.key and f.found for f in told)
