# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Templates and files of roles, read on the controller for action plugins."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible.template import trust_as_template

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
)
from ansible_collections.landfall.platform.plugins.plugin_utils.catalogue import site_view


class Renderer:
    """Finds and renders templates for one task on one host.

    Args:
        action: the running action plugin.
        variables: the variables of the task.
    """

    def __init__(self, action: ActionBase, variables: dict[str, Any]) -> None:
        self._action = action
        self._variables = variables
        self._catalogue: dict[str, Any] | None = None

    def template(self, name: str, target: str, extra: Mapping[str, Any] | None = None) -> str:
        """Return a rendered template of the role.

        Args:
            name: the template's file name, searched as ``ansible.builtin.template`` does.
            target: what it is rendered for, for errors.
            extra: variables for this rendering alone.

        Raises:
            InvalidInputError: it does not exist, or rendering failed; names file and target.
        """
        try:
            path = Path(self._action._find_needle("templates", name))
            text = self._action._loader.get_text_file_contents(str(path))
            templar = self._action._templar.copy_with_new_env(
                searchpath=self._search_path(path),
                available_variables={**self._with_catalogue(text), **(extra or {})},
            )
            rendered = templar.template(
                trust_as_template(text),
                escape_backslashes=False,
                overrides={"trim_blocks": True, "lstrip_blocks": False},
            )
        except AnsibleError as error:
            raise InvalidInputError(
                "template failed", on=f"{name} for {target}", found=str(error)
            ) from error
        return "" if rendered is None else str(rendered)

    def source(self, name: str) -> bytes:
        """Return the content of a file of the role; raises InvalidInputError without it."""
        try:
            return Path(self._action._find_needle("files", name)).read_bytes()
        except (AnsibleError, OSError) as error:
            raise InvalidInputError("file cannot be read", on=name, found=str(error)) from error

    def _search_path(self, path: Path) -> list[str]:
        bases = [
            *self._variables.get("ansible_search_path", []),
            self._action._loader.get_basedir(),
            str(path.parent),
        ]
        return [entry for base in bases for entry in (str(Path(base, "templates")), base)]

    def _with_catalogue(self, text: str) -> dict[str, Any]:
        """Return the variables, with the catalogue for a template that names it."""
        if "catalogue" not in text:
            return self._variables
        if self._catalogue is None:
            self._catalogue = self.load_catalogue()
        return {**self._variables, "catalogue": self._catalogue}

    def load_catalogue(self) -> dict[str, Any]:
        """Return images and versions; ``<name>_version`` of the site overrides a version."""
        return site_view(self._variables, self._action._templar.template)
