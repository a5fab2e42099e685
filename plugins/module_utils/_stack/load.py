# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All stacks of a site: each from its file and its settings, with all problems in one error."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Optional

from .._core.errors import InvalidInputError, LandfallError, ProblemsError
from .merge import instance, needs_catalogue
from .parse import content, parse, parse_settings
from .render import ProgramRenderer, Renderer, rendered
from .settings import Instance

_REFERS = "${catalogue."


def read_file(path: Path) -> Any:
    """Return the content of a stack's file.

    Raises:
        InvalidInputError: it cannot be read or is not YAML.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(
            "a stack's file cannot be read",
            on=str(path),
            found=getattr(error, "strerror", None) or "not UTF-8",
            remedy="correct the stack's name or definition, or the directory of stacks",
        ) from error
    return content(text, str(path))


class Loader:
    """Makes instances of stacks from what an inventory says.

    Args:
        directory: where ``<name>.yml`` of each stack is.
        environment: the environment of stacks that name none.
        catalogue: returns the project's images, name to full reference; asked only when needed.
        renderer: renders charts and kustomizations.
    """

    def __init__(
        self,
        directory: Path,
        environment: str,
        catalogue: Callable[[], Mapping[str, str]],
        renderer: Optional[Renderer] = None,
    ) -> None:
        self._directory = directory
        self._environment = environment
        self._catalogue = catalogue
        self._renderer = renderer or ProgramRenderer()
        self._files: dict[Path, Any] = {}

    def file(self, path: Path) -> Any:
        """Return the content of a stack's file, read once for all entries that mean it.

        Raises:
            InvalidInputError: it cannot be read or is not YAML.
        """
        if path not in self._files:
            self._files[path] = read_file(path)
        return self._files[path]

    def all(self, entries: Iterable[Any]) -> list[Instance]:
        """Return the instance of each entry: a stack's name or definition, and its settings.

        Raises:
            ProblemsError: with everything that is wrong with any of them.
        """
        found: dict[str, Instance] = {}
        problems: list[LandfallError] = []
        for number, entry in enumerate(entries):
            try:
                one = self._one(entry, f"stacks[{number}]")
            except ProblemsError as error:
                problems += error.problems
                continue
            except LandfallError as error:
                problems.append(error)
                continue
            if one.namespace in found:
                problems.append(_double(one, found[one.namespace]))
            found[one.namespace] = one
        if problems:
            raise ProblemsError("the stacks are not valid, nothing was changed", problems)
        return list(found.values())

    def _one(self, entry: Any, where: str) -> Instance:
        if not isinstance(entry, Mapping):
            raise InvalidInputError(
                "a stack is not a mapping", on=where, expected="name, and settings"
            )
        settings = {"environment": self._environment, **entry}
        name, definition = settings.pop("name", None), settings.pop("definition", None)
        raw, file, base = self._definition(name, definition, where)
        stack = parse(raw, file)
        if name is not None and name != stack.name:
            raise InvalidInputError(
                "a stack has another name than its file says",
                on=f"{where}: name",
                expected=stack.name,
                found=str(name),
            )
        label = f"{where} ({stack.name})"
        read = parse_settings(settings, label)
        needed = _REFERS in str(raw) + str(entry) or needs_catalogue(stack, read)
        one = instance(stack, read, self._catalogue() if needed else {}, label)
        return rendered(one, base, self._renderer)

    def _definition(self, name: Any, definition: Any, where: str) -> tuple[Any, str, Path]:
        if isinstance(definition, Mapping):
            return definition, f"{where}.definition", self._directory
        wanted: Optional[str] = definition if definition is not None else name
        if not isinstance(wanted, str) or not wanted or "\x00" in wanted:
            raise InvalidInputError(
                "a stack has no name", on=where, expected="name, or definition (a path or mapping)"
            )
        path = Path(definition) if definition else self._directory / f"{name}.yml"
        return self.file(path), str(definition or path), path.parent


def _double(one: Instance, other: Instance) -> InvalidInputError:
    return InvalidInputError(
        "two stacks are to be in one namespace",
        on=one.namespace,
        found=f"{other.stack.name} and {one.stack.name}",
        remedy="give one another environment or namespace",
    )
