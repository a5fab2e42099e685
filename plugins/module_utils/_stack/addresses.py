# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""External addresses that other components refer to: known only once their Service has one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Optional

from .._core.plan import Change, Plan
from .._kube.api import Api
from .._kube.concurrent import each
from .._kube.objects import Gvk, Key, Object
from .._kube.ready import WAIT
from .._release.rollback import Ways
from .context import predicted_addresses
from .model import public_name
from .settings import Instance
from .uses import needed_addresses
from .verify import Clock

_SERVICE = Gvk("", "v1", "Service")


def address_of(service: Optional[Mapping[str, Any]]) -> str:
    """Return the external address of a Service, empty when it has none yet."""
    status = ((service or {}).get("status") or {}).get("loadBalancer") or {}
    for entry in status.get("ingress") or ():
        found = entry.get("ip") or entry.get("hostname")
        if found:
            return str(found)
    return ""


class Addresses:
    """The addresses that one stack needs; costs nothing when it refers to none."""

    def __init__(self, api: Api, instance: Instance, ways: Ways, clock: Clock) -> None:
        self._api = api
        self._instance = instance
        self._ways = ways
        self._clock = clock
        self._names = {public_name(one): one for one in needed_addresses(instance.stack)}

    def settle(
        self, compiled: Callable[[Mapping[str, str]], list[Object]]
    ) -> tuple[dict[str, str], Plan[Change]]:
        """Return the address of each component, and what was changed to get it.

        Args:
            compiled: returns the stack's objects for addresses.

        Raises:
            NotReadyError: a Service got no address within the limit.
        """
        known = self._known()
        if len(known) == len(self._names):
            return known, Plan()
        predicted = predicted_addresses(self._instance.stack, known)
        first = [obj for obj in self.awaited(compiled(predicted)) if self._is_first(obj)]
        ways = replace(self._ways, wait=True)
        result = ways.apply(self._api, self._instance.owner, first, self._clock, prune=False)
        if self._ways.check:
            # The whole plan of a check has these changes, too.
            return predicted, Plan()
        return self._known(), Plan(tuple(result.plan))

    def awaited(self, objects: list[Object]) -> list[Object]:
        """Return the objects; Services whose address is needed say that they are waited for."""
        found = []
        for obj in objects:
            if self._is_needed(obj):
                meta = obj["metadata"]
                notes = {**(meta.get("annotations") or {}), WAIT: "true"}
                obj = {**obj, "metadata": {**meta, "annotations": notes}}
            found.append(obj)
        return found

    def _known(self) -> dict[str, str]:
        resource = self._api.resource(_SERVICE)
        if resource is None:
            return {}
        services = each(
            "external addresses cannot be read",
            lambda name: self._api.get(
                resource, Key("", "Service", self._instance.namespace, name)
            ),
            self._names,
        )
        found = {one: address_of(obj) for one, obj in zip(self._names.values(), services)}
        return {one: address for one, address in found.items() if address}

    def _is_needed(self, obj: Mapping[str, Any]) -> bool:
        return obj["kind"] == "Service" and obj["metadata"]["name"] in self._names

    def _is_first(self, obj: Mapping[str, Any]) -> bool:
        return obj["kind"] == "Namespace" or self._is_needed(obj)
