# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The project's catalogue for action plugins, read once for a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from ansible_collections.landfall.platform.plugins.module_utils._bundle import catalogue
from ansible_collections.landfall.platform.plugins.module_utils._core.errors import LandfallError

ROOT = Path(__file__).resolve().parents[2]


@cache
def project() -> catalogue.Catalogue:
    """Return the catalogue.

    Raises:
        InvalidInputError: it is not well-formed.
    """
    return catalogue.load(ROOT / "catalogue")


def load_view(versions: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return the catalogue's images and versions, as templates see it.

    Args:
        versions: versions other than the default ones, by name.

    Raises:
        InvalidInputError: the catalogue does not have one of them.
    """
    return catalogue.template_view(project(), versions)


def site_view(
    variables: Mapping[str, Any], evaluate: Callable[[Any], Any]
) -> dict[str, dict[str, str]]:
    """Return the catalogue's images and versions for a site.

    Args:
        variables: variables of a host; ``<name>_version`` says which version of a name it has.
        evaluate: returns the value of a variable that may be a template.

    Raises:
        InvalidInputError: the catalogue does not have one of the versions.
    """
    named = {name: f"{name}_version" for name in project().versions}
    return load_view(
        {name: str(evaluate(variables[key])) for name, key in named.items() if key in variables}
    )


# Ansible imports an action before it forks a process for each host: read here, it is there for all
# of them. What is wrong with it is said where it is needed.
with suppress(LandfallError):
    project()
