# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Import a compose project: files in, a stack file with its notes out."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Optional

from .._core.errors import InvalidInputError, ProblemsError
from .._stack.kinds import SHORT_NAME
from .._stack.parse import parse
from .._stack.schema import Problems
from .interpolate import Variables
from .load import Files, Loader, environment_file
from .mapping import map_project
from .notes import Note, Notes
from .read import Reader
from .write import written

_ENVIRONMENT = ".env"


@dataclass(frozen=True)
class Imported:
    """A stack from a compose project.

    Attributes:
        stack: the description, as plain data.
        settings: what an environment must say about it, with examples for values.
        notes: what was decided, and what could not be mapped.
        text: the stack's file, with the notes at its top.
    """

    stack: dict[str, Any]
    settings: dict[str, Any]
    notes: tuple[Note, ...]
    text: str


def import_stack(
    name: str,
    paths: Sequence[str],
    files: Files,
    *,
    variables: Optional[Mapping[str, str]] = None,
    env_file: Optional[str] = None,
    profiles: Collection[str] = (),
) -> Imported:
    """Return the stack that compose files describe.

    Args:
        name: the stack's name.
        paths: the compose files, each put over those before it.
        files: the files of the project.
        variables: values of variables; they count before those of the file.
        env_file: file with variables; ``.env`` beside the first file when there is one.
        profiles: those whose services are imported, too.

    Raises:
        LandfallError: something in the files cannot be read; with its path.
    """
    if len(name) > SHORT_NAME.most or not re.fullmatch(SHORT_NAME.pattern, name):
        raise InvalidInputError("a stack's name does not fit", expected=SHORT_NAME.what, found=name)
    notes = Notes()
    given = _variables(paths, files, variables or {}, env_file, notes)
    sections = Loader(files, notes).load(paths, given)
    project = Reader(files, given, notes, paths[0]).read(sections, profiles)
    mapped = map_project(project, name, files, notes)
    parse(mapped.stack, f"the stack from {paths[0]}")
    found = notes.all()
    return Imported(mapped.stack, mapped.settings, found, written(mapped.stack, paths, found))


def _variables(
    paths: Sequence[str],
    files: Files,
    variables: Mapping[str, str],
    env_file: Optional[str],
    notes: Notes,
) -> Variables:
    given = Variables(variables, notes)
    path = env_file or posixpath.join(posixpath.dirname(paths[0]), _ENVIRONMENT)
    at = Problems(path)
    found = environment_file(files, path, given, at)
    if at.found:
        raise ProblemsError("the variables cannot be read", at.found)
    if found is None and env_file:
        raise InvalidInputError("the file with the variables is not there", on=env_file)
    return given.also(found or {})
