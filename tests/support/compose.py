# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The compose projects among the tests' fixtures, and what their imports need."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible_collections.landfall.platform.plugins.module_utils._compose.files import DirectoryFiles
from ansible_collections.landfall.platform.plugins.module_utils._compose.importer import (
    Imported,
    import_stack,
)

FIXTURES = Path(__file__).parents[1] / "unit/plugins/module_utils/_compose/fixtures"
# Compose files beyond the first one, and what users give.
_MORE: dict[str, dict[str, Any]] = {
    "django-celery": {"variables": {"DB_PASSWORD": "given-by-hand"}},
    "includes": {"paths": ["compose.yaml", "compose.override.yaml"]},
}
PROJECTS = sorted(path.name for path in FIXTURES.iterdir())


def imported(project: str) -> Imported:
    """Return the import of a fixture."""
    folder = FIXTURES / project
    more = dict(_MORE.get(project, {}))
    found = [name for name in ("compose.yaml", "docker-compose.yml") if (folder / name).exists()]
    paths = more.pop("paths", found)
    return import_stack(project[:24], paths, DirectoryFiles(folder), **more)
