# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as one HTML page that needs nothing else.

Whatever comes from the cluster is text of strangers: the templates escape all of it, no attribute
but ``class``, ``style`` widths (numbers) and links that begin with http is made of it, and the page
says in its policy that nothing in it runs and nothing is fetched.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from .drawing import colours, draw
from .model import Report

_TEMPLATE, _STYLE = "report.html.j2", "report.css"
_BINARY = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_DIGEST = 12


def render(report: Report, templates: Path) -> str:
    """Return the page.

    Args:
        report: what it shows.
        templates: the directory with the templates and the style.
    """
    environment = Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(percent=percent, digest=digest, seconds=seconds)
    environment.globals.update(show_memory=memory, show_processors=processors)
    # The style is the project's own; nothing else is trusted.
    style = Markup((templates / _STYLE).read_text(encoding="utf-8"))  # noqa: S704
    return environment.get_template(_TEMPLATE).render(
        report=report, drawing=draw(report), colours=colours(report.stacks), style=style
    )


def memory(value: float) -> str:
    """Return bytes for people."""
    unit = 0
    while value >= 1024 and unit < len(_BINARY) - 1:
        value, unit = value / 1024, unit + 1
    return (
        f"{value:.0f} {_BINARY[unit]}"
        if value >= 100 or unit == 0
        else f"{value:.1f} {_BINARY[unit]}"
    )


def processors(value: float) -> str:
    """Return a number of processors for people."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def percent(value: Any, of: float) -> float:
    """Return a share as a number from 0 to 100, for a bar."""
    return round(min(100.0, max(0.0, 100.0 * float(value or 0) / of)), 1) if of else 0.0


def digest(value: str) -> str:
    """Return the beginning of a digest: enough to compare by eye."""
    kind, colon, text = value.partition(":")
    return f"{kind}:{text[:_DIGEST]}…" if colon and len(text) > _DIGEST else value


def seconds(value: float) -> str:
    """Return a time for people."""
    return f"{value:.1f} s" if value < 60 else f"{int(value) // 60}:{int(value) % 60:02} min"
