"""Reading YAML strictly: what is refused is told with file, line and key, and nothing hostile costs more than a fault."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detect.config import loader
from detect.config.document import walk
from detect.config.loader import MAX_BYTES, parse, plain_value

BOMB = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("NO", "NO"),
        ("yes", "yes"),
        ("on", "on"),
        ("12:30", "12:30"),
        ("1:30:00", "1:30:00"),
        ("017", 17),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("2011-01-04", "2011-01-04"),
        (".nan", ".nan"),
        ("1e999", "1e999"),
        ("9" * 400, "9" * 400),
        ("true", True),
        ("~", None),
        ("", None),
        ("1e3", 1000.0),
        ("-.5", -0.5),
        ("'5'", "5"),
    ],
)
def test_plain_words_have_the_types_of_yaml_1_2(text, value):
    """Norway is a word, 12:30 a text and no number; only the core schema's types are given, and only finite ones."""
    document = parse(f"key: {text}\n".encode(), "f.yaml")
    assert document.faults == []
    assert document.data == {"key": value}
    assert type(document.data["key"]) is type(value)


@pytest.mark.parametrize(
    ("text", "line", "key", "found"),
    [
        ("a: 1\nb:\n  c: 2\n  c: 3\n", 4, "b.c", "the key stands twice, first at line 3"),
        ("a: 1\nb: &x 2\n", 2, "b", "an anchor (`&x`)"),
        ("a: 1\nb:\n  - *x\n", 3, "b[1]", "an alias (`*x`)"),
        ("a: !!python/object/apply:os.system [ls]\n", 1, "a", "a tag"),
        ("a:\n  - id: m\n    k: !env X\n", 3, "a[m].k", "a tag"),
        ("a: 1\n---\nb: 1\n", 2, "(file)", "a second document"),
        ("%YAML 1.1\n---\na: no\n", 2, "(file)", "a directive"),
        ("x: 1\na:" + " [" * 5000, 2, "a", "nested deeper than 20"),
        ("x: 1\na:" + " {k:" * 5000, 2, "a.k", "nested deeper than 20"),
        ("- " * 5000, 1, "[1]", "nested deeper than 20"),
        ("a: 1\n? [b]\n: 2\n", 2, "(file)", "a list or mapping as a key"),
        ("a: 1\nb: c: d\n", 2, "b", "not YAML"),
        ("a: 1\nb: [1,\n", 3, "b", "not YAML"),
        ("a:\n\t- b\n", 2, "a", "not YAML"),
        ('a: "x\\0y"\n', 1, "a", "a character that cannot be seen"),
        ('a: "x\\u202Ey"\n', 1, "a", "a character that cannot be seen"),
        ('a: "\\ud800"\n', 1, "a", "a character that cannot be seen"),
    ],
)
def test_what_is_refused_is_told_with_line_and_key(text, line, key, found):
    """Duplicate keys, anchors, aliases, tags, more documents, depth and broken YAML each name their place."""
    faults = parse(text.encode(), "f.yaml").faults
    assert faults, "nothing was told"
    assert (faults[0].file, faults[0].line) == ("f.yaml", line)
    assert faults[0].key.startswith(key)
    assert found in faults[0].found


def test_an_alias_bomb_is_refused_at_once():
    """Aliases are never followed, so a bomb costs no more than its own length."""
    began = time.perf_counter()
    document = parse(BOMB.encode(), "f.yaml")
    assert time.perf_counter() - began < 1
    assert len(document.faults) > 8
    assert sum(1 for _ in walk(document.data)) < 30


def test_a_huge_file_and_a_wrong_encoding_are_refused():
    """Size is looked at before anything is read; text that is not UTF-8 names the line where it begins."""
    assert "bytes" in parse(b"a: 1\n" * MAX_BYTES, "f.yaml").faults[0].found
    assert parse("a: 1\nb: Zürich\n".encode("latin-1"), "f.yaml").faults[0].line == 2


def test_several_faults_of_one_file_are_told_together():
    """A duplicate key, a tag and an anchor do not hide each other."""
    document = parse(b"a: 1\na: 2\nb: !t 3\nc: &x 4\n", "f.yaml")
    assert [fault.line for fault in document.faults] == [2, 3, 4]
    assert document.data == {"a": 1, "b": 3, "c": 4}


@given(st.binary(max_size=200) | st.text("ab:-[]{}&*!|>'\"#%@\n\t 0.~,?", max_size=80).map(str.encode))
@settings(max_examples=400, deadline=None)
def test_no_bytes_end_in_a_traceback(content):
    """Whatever the bytes, there is plain data or a fault that names file and line; never an exception."""
    document = parse(content, "f.yaml")
    assert document.readable or document.faults
    for fault in document.faults:
        assert fault.file == "f.yaml"
        assert fault.line >= 1
        assert fault.key
    for _, value in walk(document.data):
        assert value is None or isinstance(value, str | int | float | bool)


@given(st.text(max_size=30))
def test_values_of_the_environment_are_typed_like_plain_words(text):
    """A variable's text becomes a plain value, and numbers are finite."""
    value = plain_value(text)
    assert not isinstance(value, float) or abs(value) < float("inf")


PIECES = st.sampled_from(
    ["a", "b: ", "c:", "- ", "\n", "\n  ", "\n    ", "{", "}", "[", "]", ", ", ",", ":", " ", "'", '"', "#", " # x", "|\n", ">-\n",
     "?", "!", "&x ", "*x", "12:30", "no", "1", "%", "@", "`", "---", "...", "\\", "\\n", "é", "\r", "\x1b", "<<: ", "=", "~", "\t"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=25).map("".join))
def test_what_is_read_quickly_is_what_is_read_strictly(text):
    """Whatever libyaml is trusted with, the strict parser reads alike: the same values, of the same lines, without a fault."""
    quick = loader._quickly(text, "f.yaml")
    if quick is not None:
        strict = loader._strictly(text, "f.yaml")
        assert (quick.data, quick.lines, quick.readable) == (strict.data, strict.lines, strict.readable)
        assert strict.faults == []
