# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All that can be known to be wrong with an inventory before a host is asked anything."""

from __future__ import annotations

import fnmatch
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .._core.errors import InvalidInputError, LandfallError
from .._core.names import nearest
from .argspec import LIKENESS, Specs, mismatches

GROUPS = ("operator", "depot", "gateways", "control_planes", "workers", "kubernetes")
_UNDEFINED = re.compile(r"'(\w+)' is undefined")
# What tasks register, what roles keep to themselves, and what Ansible itself knows of a task.
_LATER = ("landfall_", "__", "ansible_", "role_")
_SENSITIVE = re.compile("password|secret|supplied|certificate|token|_keys?$")


class Problem(NamedTuple):
    """Something that is wrong on a host; the same on several hosts is reported once."""

    host: str
    variable: str
    what: str
    expected: str = ""
    found: str = ""
    remedy: str = ""


@dataclass(frozen=True)
class Inventory:
    """An inventory and what is known of the project that uses it.

    Attributes:
        groups: names of hosts by group.
        variables: by host, the values of variables that are options of roles or look like it.
        unreadable: host, variable and message where a value cannot be evaluated.
        own: names of variables that other variables are made of.
        specs: the options of all roles.
        foreign: patterns of variables that are not Landfall's.
        find_version: returns why a version of Kubernetes cannot be used; empty if it can.
        undefined: host, variable and the name in its template that nothing defines.
    """

    groups: Mapping[str, tuple[str, ...]]
    variables: Mapping[str, Mapping[str, Any]]
    specs: Specs
    unreadable: tuple[tuple[str, str, str], ...] = ()
    own: frozenset[str] = frozenset()
    foreign: tuple[str, ...] = ()
    find_version: Callable[[str], str] = field(default=lambda _version: "")
    undefined: tuple[tuple[str, str, str], ...] = ()

    def members(self, group: str) -> tuple[str, ...]:
        """Return the hosts of a group."""
        return tuple(self.groups.get(group, ()))

    def value(self, host: str, variable: str) -> Any:
        """Return a variable of a host, or the default of the option of that name."""
        found = self.variables.get(host, {}).get(variable)
        if found is None and variable in self.specs.options:
            return self.specs.options[variable].default
        return found

    def address(self, host: str) -> str:
        """Return the address of a host in the site's network."""
        values = self.variables.get(host, {})
        return str(values.get("node_address") or values.get("ansible_host") or host)

    def common(self, variable: str) -> Any:
        """Return a variable that is the same everywhere, as the first host has it."""
        return next((self.value(host, variable) for host in self.variables), None)


def combine(problems: Iterable[Problem]) -> list[LandfallError]:
    """Return the errors to report: each once, with all hosts that have it."""
    hosts: dict[Problem, list[str]] = defaultdict(list)
    for problem in problems:
        hosts[problem._replace(host="")].append(problem.host)
    return [_error(problem, list(dict.fromkeys(names))) for problem, names in hosts.items()]


def variable_problems(inventory: Inventory) -> Iterator[Problem]:
    """Yield unknown variables, values of a wrong type, and values that cannot be evaluated."""
    for host, variable, message in inventory.unreadable:
        yield Problem(
            host,
            variable,
            "the value cannot be evaluated",
            found=message,
            remedy="correct the template",
        )
    for host, variable, name in inventory.undefined:
        yield Problem(
            host,
            variable,
            "the value refers to a variable that nothing defines",
            expected=nearest(name, inventory.variables.get(host, {}), LIKENESS),
            found=name,
            remedy=f"correct the name, or set {name} in the inventory",
        )
    for host, values in inventory.variables.items():
        for variable, value in values.items():
            option = inventory.specs.options.get(variable)
            if option is None:
                yield from _unknown(inventory, host, variable)
                continue
            # Nothing is the same as not being set; what is required is checked for itself.
            for path, expected, found in mismatches(option, value) if value is not None else ():
                yield Problem(
                    host,
                    variable + path,
                    "the value is not what the variable asks for",
                    expected,
                    "(not shown)" if _SENSITIVE.search(variable) else found,
                    "correct it; docs/ and the role's argument specs describe it",
                )


def never_defined(message: str, specs: Specs) -> str:
    """Return the name that a template lacks; empty if a later task of the run may define it.

    Args:
        message: of the template engine, such as ``'name' is undefined``.
        specs: the options of all roles, whose defaults are not known here.
    """
    found = _UNDEFINED.search(message)
    name = found.group(1) if found else ""
    later = name in specs.options or name == "item" or name.startswith(_LATER)
    return "" if later else name


def _unknown(inventory: Inventory, host: str, variable: str) -> Iterator[Problem]:
    if not inventory.specs.claims(variable) or variable in inventory.own:
        return
    if any(fnmatch.fnmatchcase(variable, pattern) for pattern in inventory.foreign):
        return
    near = inventory.specs.nearest(variable)
    yield Problem(
        host,
        variable,
        "no role knows this variable",
        expected=near and f"{near}?",
        remedy="correct its name; if it is not Landfall's, add it to site_foreign_variables",
    )


def _error(problem: Problem, hosts: list[str]) -> LandfallError:
    names = [host for host in hosts if host]
    shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    parts = [
        f"host{'s' if len(names) > 1 else ''} {shown}" if names else "",
        f"variable {problem.variable}" if problem.variable else "",
    ]
    return InvalidInputError(
        problem.what,
        on=", ".join(part for part in parts if part),
        expected=problem.expected,
        found=problem.found,
        remedy=problem.remedy,
    )
