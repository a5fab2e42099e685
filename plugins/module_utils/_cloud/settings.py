# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an inventory says of what OpenStack does for the cluster (``landfall_cloud``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Optional

from .._core.errors import InvalidInputError, LandfallError

ON = "landfall_cloud"
RETAIN = "Retain"
_NODES = ("control_planes", "workers")
# Roles that let their owner do more than what a project's own load balancers and volumes need.
_MIGHTY = frozenset({"admin", "manager", "cloud_admin", "load-balancer_admin"})


@dataclass(frozen=True)
class Settings:
    """What OpenStack shall do for the cluster.

    Attributes:
        balancers: Octavia serves Services of type LoadBalancer.
        provider: of Octavia; empty leaves it to what the cloud has.
        volumes: Cinder gives claims their volumes.
        volume_type: as Cinder knows it, empty for its default type.
        volume_policy: what becomes of a volume whose claim was deleted.
        roles: of the application credential; empty for the least ones that the login has.
        credential: id of an application credential that exists; empty to have one made.
        secret: of that one.
    """

    balancers: bool = True
    provider: str = ""
    volumes: bool = True
    volume_type: str = ""
    volume_policy: str = "Delete"
    roles: tuple[str, ...] = ()
    credential: str = ""
    secret: str = field(default="", repr=False)

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Settings:
        """Build it from the variable; what is missing has its default.

        Raises:
            InvalidInputError: values do not go together.
        """
        given = params.get("credential") or {}
        settings = cls(
            balancers=bool(params.get("balancers", True)),
            provider=str(params.get("balancer_provider") or ""),
            volumes=bool(params.get("volumes", True)),
            volume_type=str(params.get("volume_type") or ""),
            volume_policy=str(params.get("volume_policy") or "Delete"),
            roles=tuple(str(role) for role in params.get("roles") or ()),
            credential=str(given.get("id") or ""),
            secret=str(given.get("secret") or ""),
        )
        if bool(settings.credential) != bool(settings.secret):
            raise InvalidInputError(
                "half an application credential",
                on=f"{ON}.credential",
                expected="id and secret",
                found="secret alone" if settings.secret else "id alone",
                remedy="give both, or none: then the run makes one",
            )
        mighty = sorted(_MIGHTY & set(settings.roles))
        if mighty:
            raise InvalidInputError(
                "a role that the controllers of a cluster must not have",
                on=f"{ON}.roles",
                expected="roles that act in the project alone, such as member",
                found=", ".join(mighty),
            )
        return settings


def problem(value: Any, stack: str, servers: Any = None) -> Optional[LandfallError]:
    """Return what is wrong with the variable; None when nothing is, or its type alone.

    Args:
        value: of the variable.
        stack: name of the Heat stack, empty for a site without one.
        servers: ``openstack_servers``.
    """
    if not isinstance(value, Mapping):
        return None
    if not stack:
        return InvalidInputError(
            "a cloud that the site is not on",
            on=ON,
            expected="openstack_stack, whose servers are the cluster's nodes",
            found="no openstack_stack",
            remedy=f"take {ON} away, or describe the servers with the role openstack",
        )
    for role in _NODES:
        one = servers.get(role) if isinstance(servers, Mapping) else None
        if isinstance(one, Mapping) and one.get("floating"):
            # With it, their kubelets would ask for certificates that no node is granted.
            return InvalidInputError(
                "nodes with floating addresses of their own",
                on=f"openstack_servers.{role}.floating",
                expected=f"false, as long as there is {ON}",
                found="true",
                remedy="have Services of type LoadBalancer lead to what they serve",
            )
    try:
        Settings.from_params(value)
    except LandfallError as error:
        return error
    return None
