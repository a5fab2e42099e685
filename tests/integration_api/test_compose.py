# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is imported from compose files, against a real API server."""

from __future__ import annotations

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._kube.client import KubeClient
from ansible_collections.landfall.platform.plugins.module_utils._stack.compile import compile_stack
from ansible_collections.landfall.platform.plugins.module_utils._stack.load import Loader
from ansible_collections.landfall.platform.plugins.module_utils._stack.secrets import settle
from tests.integration_api.test_stack import accept, routable
from tests.support.compose import FIXTURES, PROJECTS, imported

__all__ = ["routable"]


@pytest.mark.usefixtures("routable")
@pytest.mark.parametrize("project", PROJECTS)
def test_an_imported_stack_is_accepted(api: KubeClient, project: str) -> None:
    found = imported(project)
    entry = {**found.settings, "definition": found.stack, "namespace": "default"}
    (one,) = Loader(FIXTURES, "test", dict).all([entry])
    objects = compile_stack(one, settle(one, {}))
    assert {obj["kind"] for obj in objects} >= {"Namespace", "ServiceAccount"}
    accept(api, objects)
