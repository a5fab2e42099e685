# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole projects of public shapes: what is imported is what is expected, byte for byte.

``UPDATE_EXPECTED=1 pytest …`` writes the expected files anew; look at the difference.
"""

from __future__ import annotations

import os

import pytest
import yaml

from ansible_collections.landfall.platform.plugins.module_utils._stack.load import Loader
from ansible_collections.landfall.platform.plugins.module_utils._stack.parse import content
from tests.support.compose import FIXTURES, PROJECTS, imported
from tests.unit.plugins.module_utils._stack.samples import FakeRenderer

# Every value of a secret in the fixtures.
SECRETS = (
    *("sumasa-root", "wordpress-pw", "changeme", "s3cr3tredis", "never-in-a-stack"),
    *("nextcloud-db-pw", "given-by-hand", "rabbit-pass", "insecure-development-key"),
    *("mail-password-1", "not a real key"),
)


@pytest.mark.parametrize("project", PROJECTS)
def test_the_import_is_the_expected_one(project: str) -> None:
    found = imported(project)
    path = FIXTURES / project / "expected.yml"
    if os.environ.get("UPDATE_EXPECTED"):
        path.write_text(found.text)
    assert found.text == path.read_text()
    assert imported(project) == found, "the same files give the same stack"
    assert content(found.text, "text") == found.stack, "the file says what the stack is"
    assert not [secret for secret in SECRETS if secret in found.text + str(found)]


@pytest.mark.parametrize("project", PROJECTS)
def test_stack_and_settings_are_enough_for_an_environment(project: str) -> None:
    found = imported(project)
    entry = {**found.settings, "definition": found.stack}
    (placed,) = Loader(FIXTURES, "test", dict, FakeRenderer()).all([entry])
    assert set(placed.images) == set(found.stack["components"])
    assert yaml.safe_load(yaml.safe_dump(entry)) == entry
