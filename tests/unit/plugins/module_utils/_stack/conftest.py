# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stacks that the tests of this area share."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from ansible_collections.landfall.platform.plugins.module_utils._stack.merge import instance
from ansible_collections.landfall.platform.plugins.module_utils._stack.parse import (
    content,
    parse,
    parse_settings,
)
from ansible_collections.landfall.platform.plugins.module_utils._stack.render import rendered
from ansible_collections.landfall.platform.plugins.module_utils._stack.settings import Instance

from .samples import FakeRenderer

# A busy machine is no failure.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

ROOT = Path(__file__).resolve().parents[5]
NAMED = {
    name
    for path in (ROOT / "stacks").glob("*.yml")
    for name in re.findall(r"\$\{catalogue\.([-a-z0-9]+)\}", path.read_text(encoding="utf-8"))
}
CATALOGUE = {
    name: f"landfall.internal/{name}:1.0.0"
    for name in {*NAMED, "guestbook-ui", "guestbook-db", "haproxy", "content-fetcher"}
}

Place = Callable[..., Instance]


@pytest.fixture
def minimal() -> dict[str, Any]:
    """The smallest stack there is, as a file holds it."""
    return {"name": "s", "components": {"a": {"type": "service", "image": "r.test/a:1"}}}


@pytest.fixture
def place() -> Place:
    """Make an instance of a stack's content with settings."""

    def make(raw: Mapping[str, Any], **settings: Any) -> Instance:
        stack = parse(raw, "s.yml")
        read = parse_settings({"environment": "lab", **settings}, "settings")
        return rendered(instance(stack, read, CATALOGUE, "settings"), ROOT, FakeRenderer())

    return make


@pytest.fixture
def guestbook(place: Place) -> Instance:
    """The project's own guestbook in the lab."""
    path = ROOT / "stacks/guestbook.yml"
    return place(content(path.read_text(), str(path)), hosts={"web": "guestbook.lab.test"})
