# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables of compose files."""

from __future__ import annotations

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._compose.dotenv import parse
from ansible_collections.landfall.platform.plugins.module_utils._compose.interpolate import (
    Variables,
    expand,
    interpolated,
)
from ansible_collections.landfall.platform.plugins.module_utils._compose.notes import Notes
from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
    LandfallError,
)
from ansible_collections.landfall.platform.plugins.module_utils._stack.schema import Problems

from .samples import component, noted, take

GIVEN = {"X": "x", "EMPTY": "", "NUMBER_1": "1"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("$X-$NUMBER_1", "x-1"),
        ("a ${X} b", "a x b"),
        ("$$X $${X}", "$X ${X}"),
        ("${X:-y}${EMPTY:-y}${NONE:-y}", "xyy"),
        ("${X-y}${EMPTY-y}${NONE-y}", "xy"),
        ("${X:+y}${EMPTY:+y}${NONE:+y}", "y"),
        ("${X+y}${EMPTY+y}${NONE+y}", "yy"),
        ("${X:?no}${EMPTY?no}", "x"),
        ("${NONE:-${OTHER:-${X}}}!", "x!"),
        ("${NONE:-a:b-c?d}", "a:b-c?d"),
        ("${NONE:-}", ""),
        ("${EMPTY}", ""),
    ],
)
def test_forms(text: str, expected: str) -> None:
    at = Problems("f")
    assert expand(text, Variables(GIVEN, Notes()), at) == expected
    assert at.found == []


@pytest.mark.parametrize("text", ["$", "a$ b", "$1", "${", "${X", "${}", "${1}", "${X!y}", "${X:}"])
def test_what_cannot_be_read_is_reported_with_its_place(text: str) -> None:
    at = Problems("f")
    interpolated({"a": [text]}, Variables(GIVEN, Notes()), at)
    assert [one.on for one in at.found] == ["f: a[0]"]


def test_a_required_variable_is_reported() -> None:
    at = Problems("f").at("image")
    expand("${TAG:?which version}${TAG:?}", Variables({}, Notes()), at)
    assert [(one.on, one.expected) for one in at.found] == [
        ("f: image", "TAG: which version"),
        ("f: image", "TAG"),
    ]


def test_a_missing_variable_is_empty_and_noted() -> None:
    notes = Notes()
    assert expand("a${TAG}b", Variables({}, notes), Problems("f").at("image")) == "ab"
    (note,) = notes.found
    assert (note.path, "TAG" in note.what) == ("image", True)


def test_a_missing_secret_stays_recognisable() -> None:
    notes = Notes()
    variables = Variables({"API_TOKEN": "t0ken"}, notes)
    assert expand("${DB_PASSWORD:?x} $API_TOKEN", variables, Problems("f")) == "<DB_PASSWORD> t0ken"
    assert variables.secrets == {"<DB_PASSWORD>", "t0ken"}
    assert notes.found == []


def test_the_environment_of_the_process_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FROM_OUTSIDE", "1")
    found = take({"a": {"image": "a:1", "environment": ["V=${FROM_OUTSIDE}", "FROM_OUTSIDE"]}})
    assert component(found)["environment"] == {"V": ""}
    assert "FROM_OUTSIDE is not set" in noted(found, "services.a.environment[0]")
    assert "FROM_OUTSIDE is not set" in noted(found, "services.a.environment.FROM_OUTSIDE")


# .env files -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("A=1", ("A", "1")),
        ("export A = b c  # comment", ("A", "b c")),
        ("A=b#c", ("A", "b#c")),
        ("A=", ("A", "")),
        ("A=# nothing", ("A", "")),
        ("A: yaml", ("A", "yaml")),
        ("A", ("A", None)),
        ("A # nothing", ("A", None)),
        ("A='$X \\n' # c", ("A", "$X \\n")),
        ('A="b\\n\\"$X"', ("A", 'b\n"[X]')),
        ('A="two\nlines"', ("A", "two\nlines")),
        ("A=$X", ("A", "[X]")),
        ("A.B-C=1\r", ("A.B-C", "1")),
    ],
)
def test_lines_of_env_files(line: str, expected: tuple[str, str | None]) -> None:
    text = f"\n# comment\n{line}\n\nLAST=1"
    found = list(parse(text, ".env", lambda value, _: value.replace("$X", "[X]")))
    assert found == [expected, ("LAST", "1")]


@pytest.mark.parametrize("line", ["=1", "A B", "A='x", 'A="x', "A='x' y", "?", "A b # c"])
def test_lines_that_cannot_be_read(line: str) -> None:
    with pytest.raises(InvalidInputError) as error:
        list(parse(f"OK=1\n{line}\n", ".env", lambda value, _: value))
    assert error.value.on == ".env:2"


def test_a_secret_is_not_shown_in_an_error() -> None:
    with pytest.raises(InvalidInputError) as error:
        list(parse("PASSWORD='hidden", ".env", lambda value, _: value))
    assert "hidden" not in str(error.value)


def test_env_files_of_services_count_before_the_environment() -> None:
    files = {
        "one.env": "A=1\nB=$X/${A}\nC\nD",
        "two.env": "B=$raw",
        ".env": "X=from-env-file\nC=c",
    }
    service = {
        "image": "a:1",
        "env_file": [
            "one.env",
            {"path": "two.env", "format": "raw"},
            "none.env",
            {"path": "optional.env", "required": False},
        ],
        "environment": {"A": "2", "E": None},
    }
    found = take({"a": service}, files, variables={"X": "given", "E": "e"})
    expected = {"A": "2", "B": "$raw", "C": "c", "D": "", "E": "e"}
    assert component(found)["environment"] == expected
    assert "none.env" in noted(found, "services.a.env_file[2]")
    assert not noted(found, "services.a.env_file[3]")


def test_the_env_file_that_is_asked_for_must_be_there() -> None:
    with pytest.raises(LandfallError, match="not there"):
        take({"a": {"image": "a:1"}}, env_file="other.env")
    with pytest.raises(LandfallError, match=r"\.env:1"):
        take({"a": {"image": "a:1"}}, {".env": "A=${"})
