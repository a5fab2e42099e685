# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write one page for each role, docs/roles/<role>.md, from its argument specs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]


def paragraphs(description: str | Sequence[str]) -> list[str]:
    """Return a description, which may be one text or several, as several."""
    return [description] if isinstance(description, str) else list(description)


def rows(options: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """Yield a row of the table for each option and, below it, its suboptions."""
    for name, option in options.items():
        kind = option.get("type", "str")
        if "elements" in option:
            kind += f" of {option['elements']}"
        if "choices" in option:
            kind += ": " + ", ".join(f"`{choice}`" for choice in option["choices"])
        default = "**required**" if option.get("required") else ""
        if "default" in option:
            default = f"`{option['default']}`".replace("|", "\\|")
        text = " ".join(paragraphs(option["description"])).replace("|", "\\|")
        yield f"| `{prefix}{name}` | {kind} | {default} | {text} |"
        yield from rows(option.get("options", {}), f"{prefix}{name}.")


def page(role: str, specs: Mapping[str, Any]) -> str:
    """Return the page of a role as Markdown."""
    lines = [f"# Role {role}", "", "Written by `make docs` from the role's argument specs.", ""]
    for entry, spec in specs.items():
        if entry != "main":
            lines += [f"## Entry point {entry}", ""]
        lines += [f"**{spec['short_description']}.**", ""]
        for paragraph in paragraphs(spec.get("description", [])):
            lines += [paragraph.strip(), ""]
        if spec.get("options"):
            lines += ["| variable | type | default | meaning |", "|---|---|---|---|"]
            lines += [*rows(spec["options"]), ""]
    return "\n".join(lines)


def pages(roles: Path = ROOT / "roles") -> dict[str, str]:
    """Return the pages of all roles by file name."""
    found = {}
    for path in sorted(roles.glob("*/meta/argument_specs.yml")):
        role = path.parents[1].name
        specs = yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]
        found[f"{role}.md"] = page(role, specs)
    return found


def main() -> None:
    """Write the pages and remove those of roles that are gone."""
    target = ROOT / "docs/roles"
    target.mkdir(parents=True, exist_ok=True)
    wanted = pages()
    for old in target.glob("*.md"):
        if old.name not in wanted:
            old.unlink()
    for name, text in wanted.items():
        (target / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
