# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a file's text or content to a stack, with every problem in one error."""

from __future__ import annotations

from typing import Any, TypeVar

import yaml

from .._core.errors import InvalidInputError, ProblemsError
from .model import Stack
from .schema import Problems, _Invalid, read
from .settings import Settings
from .validate import check_stack

T = TypeVar("T")


class _Loader(yaml.SafeLoader):
    """Refuses what YAML would silently drop: a name that stands twice in a mapping."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return the mapping."""
        self.flatten_mapping(node)
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(
                    None, None, "a name must be a text", key.start_mark
                )
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{key.value} is there twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def content(text: str, file: str) -> Any:
    """Return what YAML text holds.

    Raises:
        InvalidInputError: it is not YAML, or a name stands twice in a mapping.
    """
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 (a safe loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InvalidInputError(
            "a file is not YAML", on=file, found=" ".join(str(error).split())
        ) from error


def _whole(what: str, value: T | _Invalid, at: Problems) -> T:
    if isinstance(value, _Invalid) or at.found:
        raise ProblemsError(what, at.found)
    return value


def parse(mapping: Any, file: str) -> Stack:
    """Return the stack that a file's content describes.

    Args:
        mapping: the content, as YAML or JSON gives it.
        file: the file's name, for errors.

    Raises:
        ProblemsError: with everything that is wrong, each with file and path.
    """
    at = Problems(file)
    stack = read(Stack, mapping, at)
    if not isinstance(stack, _Invalid):
        check_stack(stack, at)
    return _whole("the stack is not valid", stack, at)


def parse_settings(mapping: Any, where: str) -> Settings:
    """Return an environment's settings; ``where`` names them in errors.

    Raises:
        ProblemsError: with everything that is wrong in their form.
    """
    at = Problems(where)
    return _whole("the settings of a stack are not valid", read(Settings, mapping, at), at)
