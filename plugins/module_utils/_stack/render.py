# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Charts, kustomizations and manifests of a stack become its objects."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Optional, Protocol

from .._core.errors import InvalidInputError, LandfallError, ProblemsError
from .._core.process import Runner, run
from .._kube.manifest import Placed, parse
from .._kube.objects import check_objects
from .context import Context
from .foreign import adopted
from .model import Component, Foreign, Helm, Kustomize, Manifests
from .programs import find_program
from .settings import Instance

# Charts are fetched from their repositories.
_LIMIT_S = 120.0


@dataclass(frozen=True)
class Chart:
    """A chart that is to be rendered.

    Attributes:
        release: name of the release, which charts put into the names of their objects.
        chart: name in the repository, ``oci://…``, or a directory.
    """

    release: str
    namespace: str
    chart: str
    repository: Optional[str] = None
    version: Optional[str] = None
    values: Mapping[str, Any] = field(default_factory=dict)


class Renderer(Protocol):
    """Renders what is not written as objects; tests pass their own."""

    def chart(self, chart: Chart) -> str:
        """Return the objects of a chart as YAML."""
        ...

    def kustomization(self, directory: Path) -> str:
        """Return the objects of a kustomization as YAML."""
        ...


def helm_argv(program: str, chart: Chart) -> list[str]:
    """Return the command that renders a chart; its values come by standard input."""
    argv = [program, "template", chart.release, chart.chart, "--namespace", chart.namespace]
    argv += ["--include-crds", "--values", "-"]
    if chart.repository:
        argv += ["--repo", chart.repository]
    if chart.version:
        argv += ["--version", chart.version]
    return argv


class ProgramRenderer:
    """Renders with the programs ``helm`` and ``kubectl``.

    Args:
        find: returns the path of a program.
        runner: starts programs.
    """

    def __init__(self, find: Callable[[str], str] = find_program, runner: Runner = run) -> None:
        self._find = find
        self._run = runner

    def chart(self, chart: Chart) -> str:
        """Return the objects of a chart as YAML."""
        argv = helm_argv(self._find("helm"), chart)
        return self._run(argv, timeout=_LIMIT_S, stdin=json.dumps(dict(chart.values))).stdout

    def kustomization(self, directory: Path) -> str:
        """Return the objects of a kustomization as YAML."""
        program = self._find("kubectl")
        return self._run([program, "kustomize", str(directory)], timeout=_LIMIT_S).stdout


def rendered(instance: Instance, base: Path, renderer: Renderer) -> Instance:
    """Return the instance with the objects of its charts, kustomizations and manifests.

    Args:
        instance: a stack in an environment.
        base: the directory of the stack's file.
        renderer: renders charts and kustomizations.

    Raises:
        ProblemsError: with everything that cannot be read or rendered, or may not be there.
    """
    problems: list[LandfallError] = []
    found = {}
    for name, component in instance.stack.components.items():
        if not isinstance(component, Foreign):
            continue
        try:
            placed = _placed(instance, name, component, base, renderer)
            found[name] = adopted(instance, name, check_objects(placed))
        except ProblemsError as error:
            problems += error.problems
        except LandfallError as error:
            problems.append(error)
    if problems:
        raise ProblemsError("components of a stack cannot be used", problems)
    return replace(instance, rendered=found)


def _placed(
    instance: Instance, name: str, component: Component, base: Path, renderer: Renderer
) -> list[Placed]:
    where = f"components.{name}"
    if isinstance(component, Helm):
        text = renderer.chart(_chart(instance, name, component, base))
        return _objects(text, f"{where}: chart {component.chart}", own=False)
    if isinstance(component, Kustomize):
        text = renderer.kustomization(base / component.directory)
        return _objects(text, f"{where}: {component.directory}", own=False)
    placed: list[Placed] = []
    for file in component.files if isinstance(component, Manifests) else ():
        placed += _objects(_read(base / file, where), f"{where}: {file}", own=True)
    return placed


def _chart(instance: Instance, name: str, component: Helm, base: Path) -> Chart:
    local = component.repository is None and "://" not in component.chart
    return Chart(
        name,
        instance.namespace,
        str(base / component.chart) if local else component.chart,
        component.repository,
        component.version,
        _resolved(Context(instance), component.values),
    )


def _resolved(context: Context, value: Any) -> Any:
    if isinstance(value, str):
        return context.text(value)
    if isinstance(value, Mapping):
        return {name: _resolved(context, entry) for name, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_resolved(context, entry) for entry in value]
    return value


def _objects(text: str, where: str, *, own: bool) -> list[Placed]:
    placed, problems = parse(text, where, own=own)
    if problems:
        raise ProblemsError("objects cannot be read", problems)
    return placed


def _read(path: Path, where: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(
            "a file of a stack cannot be read",
            on=f"{where}: {path}",
            found=getattr(error, "strerror", None) or "not UTF-8",
        ) from error
