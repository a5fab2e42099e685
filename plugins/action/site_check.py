# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evaluates the inventory's variables on the controller and reports all that is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Optional

from ansible.errors import AnsibleActionFail, AnsibleError, AnsibleUndefinedVariable
from ansible.module_utils.common.yaml import yaml_load
from ansible.plugins.action import ActionBase

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    LandfallError,
    ProblemsError,
)
from ansible_collections.landfall.platform.plugins.module_utils._heat import planned
from ansible_collections.landfall.platform.plugins.module_utils._site import inventory, site_rules
from ansible_collections.landfall.platform.plugins.module_utils._site.argspec import Specs

ROOT = Path(__file__).resolve().parents[2]
SPEC: dict[str, Any] = {"foreign": {"type": "list", "elements": "str", "default": []}}
_WORD = re.compile(r"[A-Za-z_]\w*")


class ActionModule(ActionBase):
    _supports_check_mode = True
    _requires_connection = False

    def run(
        self, tmp: Optional[str] = None, task_vars: Optional[dict[str, Any]] = None
    ) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _result, params = self.validate_argument_spec(argument_spec=SPEC)  # type: ignore[no-untyped-call]
        variables = task_vars or {}
        site = self._read(variables["groups"], variables["hostvars"], tuple(params["foreign"]))
        site, wrong = planned.with_servers(site)
        problems = wrong or site_rules.check(site)
        if problems:
            raise AnsibleActionFail(
                str(ProblemsError("the inventory does not describe a site", problems))
            )
        return {"changed": False, "hosts": len(site.variables)}

    def _read(
        self, groups: Mapping[str, list[str]], hostvars: Any, foreign: tuple[str, ...]
    ) -> inventory.Inventory:
        specs = Specs.from_roles(dict(_roles(ROOT / "roles")))
        members = {group: tuple(map(str, groups.get(group, ()))) for group in inventory.GROUPS}
        reader = _Reader(specs, self._evaluate)
        hosts = dict.fromkeys(host for group in members.values() for host in group)
        # Servers that are still to be made have the variables that localhost has, too.
        for host in hosts or ("localhost",):
            reader.read(host, hostvars.raw_get(host))
        return inventory.Inventory(
            members,
            reader.known,
            specs,
            tuple(reader.unreadable),
            frozenset(reader.own),
            foreign,
            _find_version,
            tuple(reader.undefined),
        )

    def _evaluate(self, variables: dict[str, Any], value: Any) -> Any:
        if not any(_templates(value)):
            return value
        return self._templar.copy_with_new_env(available_variables=variables).template(value)


class _Reader:
    """Evaluates those variables of hosts that are options of roles or look like it.

    Args:
        specs: the options of all roles.
        evaluate: returns the value of a variable, given all variables of its host.

    Attributes: those of ``inventory.Inventory``; ``known`` are its variables.
    """

    def __init__(self, specs: Specs, evaluate: Callable[[dict[str, Any], Any], Any]) -> None:
        self._specs = specs
        self._evaluate = evaluate
        self.known: dict[str, dict[str, Any]] = {}
        self.unreadable: list[tuple[str, str, str]] = []
        self.undefined: list[tuple[str, str, str]] = []
        self.own: set[str] = set()
        self._looked_at: dict[int, Any] = {}
        self._wanted: dict[str, bool] = {}

    def read(self, host: str, raw: dict[str, Any]) -> None:
        """Evaluate a host's variables; what is wrong with them is noted."""
        self.known[host] = {}
        for name, value in raw.items():
            self._note_references(value)
            if self._is_wanted(name):
                self._take(host, name, raw)

    def _note_references(self, value: Any) -> None:
        # The same object for many hosts, and groups has the names of all of them in it.
        if id(value) not in self._looked_at:
            self._looked_at[id(value)] = value
            self.own.update(_referenced(value))

    def _is_wanted(self, name: str) -> bool:
        if name not in self._wanted:
            self._wanted[name] = name in site_rules.READ or self._specs.claims(name)
        return self._wanted[name]

    def _take(self, host: str, name: str, raw: dict[str, Any]) -> None:
        try:
            self.known[host][name] = self._evaluate(raw, raw[name])
        except AnsibleUndefinedVariable as error:
            # others are known later in the run
            missing = inventory.never_defined(str(error), self._specs)
            if missing:
                self.undefined.append((host, name, missing))
        except AnsibleError as error:
            self.unreadable.append((host, name, str(error).splitlines()[0]))


def _roles(folder: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path in sorted(folder.glob("*/meta/argument_specs.yml")):
        data = yaml_load(path.read_text(encoding="utf-8"))
        yield path.parents[1].name, data.get("argument_specs") or {}


def _templates(value: Any) -> Iterator[str]:
    """Yield the texts in a value that are templates."""
    if isinstance(value, str):
        if "{{" in value or "{%" in value:
            yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _templates(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _templates(inner)


def _referenced(value: Any) -> Iterator[str]:
    for template in _templates(value):
        yield from _WORD.findall(template)


def _find_version(version: str) -> str:
    # Imported late: reading the catalogue needs more than checking the rest.
    from ansible_collections.landfall.platform.plugins.module_utils._bundle.catalogue import load

    try:
        load(ROOT / "catalogue").binary("kubeadm", version)
    except LandfallError as error:
        return error.expected or str(error)
    return ""
