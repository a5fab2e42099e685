# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The snapshot of the day, and that its records come back when they are lost."""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timezone
from typing import Any

import pytest

from tests.support.waiting import eventually

from .conftest import LoggingSite
from .test_store import count, keep, record, statuses, write

STREAM = "logs-lab-kept"


@pytest.fixture(scope="session")
def kept(site: LoggingSite) -> list[dict[str, Any]]:
    """Records of a stack, with a word that no others have, in a snapshot of today."""
    word = f"kept{uuid.uuid4().hex[:8]}"
    records = [record(f"{word} {number}", stack="kept", release=word) for number in range(30)]
    assert statuses(write(site, *records, stream=STREAM)) == [201] * 30
    # The site's own job may have made the one of today before.
    if state(site):
        site.door("log-keeper").call("DELETE", f"/_snapshot/landfall/{today()}")
    assert f"make snapshot {today()}" in keep(site)
    eventually(lambda: state(site) == "SUCCESS", 180, every=1)
    return records


def today() -> str:
    """Return the name of today's snapshot."""
    return f"logs-{datetime.now(timezone.utc):%Y.%m.%d}"


def state(site: LoggingSite) -> str:
    """Return the state of today's snapshot."""
    found = site.door("log-reader").call("GET", "/_snapshot/landfall/_all")["snapshots"]
    states: dict[str, str] = {one["snapshot"]: one["state"] for one in found}
    return states.get(today(), "")


def shown(site: LoggingSite, word: str, *options: str) -> list[str]:
    """Return the messages that logs.yml finds."""
    asked = [f"logs_text={word}", "logs_format=json", *options]
    output = site.play("logs", *(part for one in asked for part in ("-e", one))).output
    return [json.loads(line)["message"] for line in output.splitlines() if line.startswith('{"')]


def test_there_is_one_of_each_day(site: LoggingSite, kept: list[dict[str, Any]]) -> None:
    reader = site.door("log-reader")
    found = reader.call("GET", f"/_snapshot/landfall/{today()}")["snapshots"][0]
    assert STREAM in found["data_streams"]
    assert f"make snapshot {today()}" not in keep(site)


def test_lost_records_come_back(site: LoggingSite, kept: list[dict[str, Any]]) -> None:
    word, messages = kept[0]["release"], sorted(one["message"] for one in kept)
    assert sorted(shown(site, word, "logs_stack=kept")) == messages
    site.door("log-keeper").call("DELETE", f"/_data_stream/{STREAM}")
    assert count(site, "release", word) == 0
    options = ("-e", "logs_stack=kept", "-e", "logs_environment=lab")
    assert site.play("logs_restore", *options, "--check", "--diff").changed == {"operator1": 1}
    assert count(site, "release", word) == 0
    assert site.play("logs_restore", *options).changed == {"operator1": 1}
    assert count(site, "release", word) == 30
    assert sorted(shown(site, word, "logs_stack=kept", "logs_environment=lab")) == messages
    # What is brought back already is left alone.
    assert site.play("logs_restore", *options).changed == {}
    assert count(site, "release", word) == 30
    # A router that sends something again now has it stored a second time: one is shown.
    assert statuses(write(site, kept[0], stream=STREAM)) == [201]
    eventually(lambda: count(site, "release", word) == 31, 60, every=0.5)
    assert sorted(shown(site, word, "logs_stack=kept")) == messages


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (
            "logs_snapshot=2020-01-01",
            "no such snapshot of the logs: logs_snapshot; expected: logs-2",
        ),
        ("logs_stack=nobody", "the snapshot has no such logs"),
    ],
)
def test_what_cannot_be_brought_back_is_said(
    site: LoggingSite, kept: list[dict[str, Any]], option: str, said: str
) -> None:
    run = site.play("logs_restore", "-e", option, expect=2)
    assert said in " ".join(run.output.split())
