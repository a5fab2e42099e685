# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
    ProblemsError,
)
from ansible_collections.landfall.platform.plugins.module_utils._kube.manifest import (
    Source,
    parse,
    read_all,
)


def test_documents_with_their_places() -> None:
    text = "a: 1\n---\n# nothing\n---\nkind: List\nitems: [{b: 2}, {c: 2026-01-01}]\n"
    placed, problems = parse(text, "f")
    assert placed == [
        ({"a": 1}, "f, line 1 as rendered"),
        ({"b": 2}, "f, line 5 as rendered, items[0]"),
        ({"c": "2026-01-01"}, "f, line 5 as rendered, items[1]"),
    ]
    assert problems == []


def test_many_brackets_are_no_depth() -> None:
    placed, problems = parse("a: [" + "{}, " * 2000 + "]", "f")
    assert (len(placed[0][0]["a"]), problems) == (2000, [])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\nb: [\nc: }\n", ["f, line 3", "c: }"]),
        ("a: 1\na: 2\n", ["a key twice", "line 2"]),
        ("l:\n  - {x: 1, x: 2}\n", ["a key twice", "line 2"]),
        ("a: \x01", ["not YAML"]),
        ("a: !python/object:os.system x", ["not YAML"]),
        ("a:\n  " + "[" * 100_000, ["f, line 2", "nested too deep", "500 levels"]),
        ("- " * 100_000, ["f, line 1", "nested too deep"]),
        ("{a: " * 600 + "}" * 600, ["nested too deep"]),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text: str, words: list[str]) -> None:
    _, problems = parse(text, "f")
    assert len(problems) == 1
    for word in words:
        assert word in str(problems[0])


def test_merge_keys_are_no_double_keys() -> None:
    placed, problems = parse("a: &a {x: 1}\nb: {<<: *a, y: 2}\n", "f")
    assert not problems
    assert placed[0][0]["b"] == {"x": 1, "y": 2}


def test_foreign_files_are_not_searched_for_double_keys() -> None:
    assert parse("a: 1\na: 2\n", "f", own=False)[1] == []


def test_all_sources_are_read_before_an_error() -> None:
    def missing() -> str:
        raise InvalidInputError("template failed", on="x")

    with pytest.raises(ProblemsError) as caught:
        read_all([Source("a", missing), Source("b", lambda: "a: ["), Source("c", lambda: "a: 1")])
    assert len(caught.value.problems) == 2
    assert read_all([Source("c", lambda: "a: 1")]) == [({"a": 1}, "c, line 1 as rendered")]
