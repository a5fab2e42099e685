# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a stack's file: its notes as comments, then its description."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, Optional

import yaml

from .._core.errors import RefusedError
from .._core.plan import Change, Plan
from .notes import Note

_WIDTH = 100
# Beside the ordinary ones these end a line in YAML; only a quoted text can have them escaped.
_ENDS = re.compile("[\x85\u2028\u2029]")
_UNFIT = re.compile(r"[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd]+")


class _Dumper(yaml.SafeDumper):
    """Indents lists, writes texts of several lines as blocks, and never refers to a value twice."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        """Go one level deeper."""
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        """Tell that no value is referred to."""
        return True


def _text(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    style = '"' if _ENDS.search(value) else "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def written(stack: Mapping[str, Any], paths: Sequence[str], notes: Sequence[Note]) -> str:
    """Return a stack's file: the notes as comments, then the description."""
    head = [f"Imported from {', '.join(paths)} by stack_import."]
    if notes:
        head.append("What was decided, and what is not in the stack:")
    lines = [f"# {line}" for line in head]
    for note in notes:
        text = _UNFIT.sub(" ", str(note))
        lines += textwrap.wrap(
            text,
            _WIDTH,
            initial_indent="# - ",
            subsequent_indent="#   ",
            break_long_words=False,
            break_on_hyphens=False,
        )
    body = yaml.dump(dict(stack), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)
    return "\n".join(["---", *lines, body])


def plan_file(path: str, present: Optional[str], text: str, *, force: bool) -> Plan[Change]:
    """Return what must be done so that a stack's file holds a text.

    Args:
        path: the file.
        present: what it holds now, None when it is not there.
        text: what it shall hold.
        force: replace what is different.

    Raises:
        RefusedError: the file is there and different, and shall not be replaced.
    """
    if present == text:
        return Plan()
    if present is None:
        return Plan((Change(f"file {path}", "create", after=text),))
    if not force:
        raise RefusedError(
            "the stack's file is there already, and different",
            on=path,
            remedy="name another output, or set force (-e force=true) to lose what it holds",
        )
    return Plan((Change(f"file {path}", "update", present, text),))
