# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of records that could not be delivered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._router import rejected
from ansible_collections.landfall.platform.plugins.module_utils._router.record import Record
from ansible_collections.landfall.platform.plugins.module_utils._router.rejected import (
    Undelivered,
    verdict,
)

POST = "".join(
    f'{{"create":{{"_index":"logs-a-b","_id":"{n}"}}}}\n{{"message":"{n}"}}\n' for n in (1, 2, 3)
)
ONE, TWO, THREE = (Record("logs-a-b", str(n), f'{{"message":"{n}"}}'.encode()) for n in (1, 2, 3))


def answered(reply: Any) -> str:
    return json.dumps({"request": {"url": "u", "postdata": POST}, "reply": reply})


def items(*statuses: int) -> dict[str, Any]:
    error = {"type": "t", "reason": "r"}
    every = [{"create": {"status": n, **({"error": error} if n > 299 else {})}} for n in statuses]
    return {"errors": True, "items": every}


@pytest.mark.parametrize(
    ("reply", "again", "aside", "twice"),
    [
        (items(201, 201, 201), [], [], 0),
        (items(409, 201, 409), [], [], 2),
        (items(201, 429, 503), [TWO, THREE], [], 0),
        (items(400, 201, 403), [THREE], [("1", 400)], 0),
        # The whole request was refused: without a manager, full, or with a wrong certificate.
        ({"error": {"type": "cluster_block_exception"}, "status": 503}, [ONE, TWO, THREE], [], 0),
        ({"error": {"type": "door"}, "status": 403}, [ONE, TWO, THREE], [], 0),
        ({"error": {"type": "x"}, "status": 400}, [], [("1", 400), ("2", 400), ("3", 400)], 0),
        ({}, [ONE, TWO, THREE], [], 0),
        ([], [ONE, TWO, THREE], [], 0),
    ],
)
def test_answers(reply: Any, again: list[Record], aside: list[tuple[str, int]], twice: int) -> None:
    found = verdict(answered(reply))
    assert found.again == again
    assert [(json.loads(one["record"])["message"], one["status"]) for one in found.aside] == aside
    assert found.twice == twice


def test_a_failure_without_an_answer() -> None:
    line = {"action": "store", "status": -3, "template0": '{"message":"1"}'}
    found = verdict(json.dumps({**line, "template1": "logs-a-b", "template2": "1"}))
    assert found.again == [ONE]


def test_the_files_are_read_once_and_emptied(tmp_path: Path) -> None:
    found = Undelivered(tmp_path)
    answers = found.files[0]
    answers.write_text(answered(items(400, 409, 429)) + "\n" + '{"half":')
    first = found.collect()
    assert (first.again, first.twice, len(first.aside)) == ([THREE], 1, 1)
    assert found.collect().again == []
    found.forget()
    assert answers.stat().st_size > 0
    answers.write_text(answers.read_text() + " 1}\n")
    assert [one["error"] for one in found.collect().aside] == ["not readable"]
    found.forget()
    assert answers.stat().st_size == 0
    assert len(found.aside.read_text().splitlines()) == 2


def test_files_that_have_grown_are_to_be_emptied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rejected, "FILE_LIMIT", 2000)
    found = Undelivered(tmp_path)
    for path in found.files[:2]:
        path.write_text((answered(items(409, 409, 409)) + "\n") * 3)
    assert not found.full()
    assert found.collect().twice == 18
    assert found.full()
    found.forget()
    assert not found.full()
    assert [path.stat().st_size for path in found.files[:2]] == [0, 0]


def test_what_is_put_aside_has_a_limit(tmp_path: Path) -> None:
    found = Undelivered(tmp_path, limit=2000)
    for _ in range(30):
        with found.files[0].open("a") as file:
            file.write(answered(items(400, 201, 201)) + "\n")
        found.collect()
        assert found.aside.stat().st_size <= 2200
    assert all(json.loads(line)["status"] == 400 for line in found.aside.read_text().splitlines())
