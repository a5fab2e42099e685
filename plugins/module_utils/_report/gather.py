# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a site: one LIST of each kind from the API, all at once; what cannot be read is a gap."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from .._core.errors import LandfallError, UnreachableError
from .._kube.api import Api, Resource
from .._kube.objects import Gvk, Object
from .._release.model import History
from .._release.store import ReleaseStore
from . import facts as f
from .nodes import amount

_KINDS: Mapping[str, Gvk] = {
    f.NODES: Gvk("", "v1", f.NODES),
    f.PODS: Gvk("", "v1", f.PODS),
    f.DEPLOYMENTS: Gvk("apps", "v1", f.DEPLOYMENTS),
    f.STATEFUL_SETS: Gvk("apps", "v1", f.STATEFUL_SETS),
    f.DAEMON_SETS: Gvk("apps", "v1", f.DAEMON_SETS),
    f.SERVICES: Gvk("", "v1", f.SERVICES),
    f.CLAIMS: Gvk("", "v1", f.CLAIMS),
    f.ROUTES: Gvk("gateway.networking.k8s.io", "", f.ROUTES),
}
# Discovery leaves it out: nothing of it can be changed.
_METRICS = Resource(Gvk("metrics.k8s.io", "v1beta1", "NodeMetrics"), "nodes", namespaced=False)


@dataclass
class Read:
    """What the API told."""

    objects: dict[str, list[Object]] = field(default_factory=dict)
    histories: dict[str, History] = field(default_factory=dict)
    usage: dict[str, tuple[float, float]] = field(default_factory=dict)
    gaps: list[str] = field(default_factory=list)
    reached: bool = True


def read_cluster(api: Api) -> Read:
    """Return what the cluster says of itself.

    It never fails: what it does not answer is named in ``gaps``.
    """
    found = Read()
    try:
        api.resource(_KINDS[f.NODES])
    except LandfallError as error:
        found.reached = False
        found.gaps.append(str(error))
        return found
    work = _work(api, found)
    with ThreadPoolExecutor(len(work)) as pool:
        for name, future in [(name, pool.submit(call)) for name, call in work.items()]:
            try:
                future.result()
            except LandfallError as error:  # noqa: PERF203 - a dozen of them
                found.gaps.append(f"{name}: {error}")
                found.reached = found.reached and not isinstance(error, UnreachableError)
    return found


def _work(api: Api, found: Read) -> dict[str, Callable[[], None]]:
    """Return what is to be read, by name; each call writes to a place of its own."""

    def listed(name: str, **options: Any) -> Callable[[], None]:
        def read() -> None:
            resource = api.resource(_KINDS.get(name) or Gvk("", "v1", name))
            if resource:
                found.objects[name] = api.list(resource, **options)

        return read

    def histories() -> None:
        found.histories.update(ReleaseStore(api).histories())

    def usage() -> None:
        for one in api.list(_METRICS):
            used = one.get("usage") or {}
            figures = amount(used.get("cpu", 0)), amount(used.get("memory", 0))
            found.usage[str(one["metadata"]["name"])] = figures

    return {
        **{name: listed(name) for name in _KINDS},
        f.NAMESPACES: listed(f.NAMESPACES, metadata_only=True),
        f.EVENTS: listed(f.EVENTS, fields="type=Warning"),
        "releases": histories,
        "use of nodes (metrics-server)": usage,
    }
