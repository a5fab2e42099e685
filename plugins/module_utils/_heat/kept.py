# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a stack does not take with it when it is deleted: what stays, and what stands in its way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from .._core.errors import LandfallError, RefusedError
from .needs import needs
from .stack import Content, Resource

NETWORK = "OS::Neutron::Net"
CSI = "cinder.csi.openstack.org/cluster"
"""Metadata of volumes that a cluster's Cinder CSI driver has made; the value is the cluster.

cinder-csi-plugin writes them, pkg/csi/cinder/controllerserver.go.
"""
CLAIM = ("csi.storage.k8s.io/pvc/namespace", "csi.storage.k8s.io/pvc/name")
# What a template names and does not make.
_NAMED = ("image", "key pair", "network", "subnet")
# Ports that Neutron and Octavia make for themselves, and take away again.
_SERVANTS = ("network:dhcp", "network:distributed", "network:floatingip", "network:metadata")
_OCTAVIA = "Octavia"


@dataclass(frozen=True)
class Port:
    """A port in a network of the stack; ``owner`` and ``device`` say what it belongs to."""

    id: str
    name: str = ""
    owner: str = ""
    device: str = ""


@dataclass(frozen=True)
class Balancer:
    """A load balancer in a network of the stack."""

    id: str
    name: str = ""


@dataclass(frozen=True)
class Volume:
    """A volume of the project; ``size`` in GiB, ``servers`` are those that it is attached to."""

    id: str
    name: str = ""
    size: int = 0
    servers: tuple[str, ...] = ()
    bootable: bool = False
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Census:
    """What there is around a stack, made by the stack or by others."""

    ports: tuple[Port, ...] = ()
    balancers: tuple[Balancer, ...] = ()
    volumes: tuple[Volume, ...] = ()


def networks(resources: Sequence[Resource]) -> list[str]:
    """Return the ids of the networks that a stack has made."""
    return [one.physical for one in resources if one.type == NETWORK and one.physical]


def obstacles(resources: Sequence[Resource], census: Census) -> Iterator[LandfallError]:
    """Yield what others have made in the stack's networks, which cannot be deleted with it."""
    own = {one.physical for one in resources if one.physical}
    for balancer in census.balancers:
        if balancer.id not in own:
            yield RefusedError(
                "a load balancer that the stack did not make is in its network",
                on=f"{balancer.name or 'without a name'} ({balancer.id})",
                expected="none",
                remedy="delete the Service of type LoadBalancer that it was made for, or it: "
                f"openstack loadbalancer delete --cascade {balancer.id}",
            )
    for port in census.ports:
        served = port.owner == _OCTAVIA or port.owner in _SERVANTS
        if not (served or port.id in own or port.device in own):
            yield RefusedError(
                "a port that the stack did not make is in its network",
                on=f"{port.name or 'without a name'} ({port.id})",
                expected="none",
                found=" ".join(text for text in (port.owner, port.device) if text) or "unused",
                remedy=f"delete what it belongs to, or it: openstack port delete {port.id}",
            )


def kept(content: Content, resources: Sequence[Resource], census: Census) -> list[str]:
    """Return what stays when the stack is deleted, a line each.

    Volumes that a server was started from go with it. Those that the cluster's CSI driver made for
    claims are data that somebody may want; they stay until their claims, or they, are deleted.
    """
    own = {one.physical for one in resources if one.physical}
    lines = [f"{kind} {name}" for kind, name in sorted(needs(content).names) if kind in _NAMED]
    for volume in census.volumes:
        attached = set(volume.servers) & own and not volume.bootable
        if volume.id not in own and (attached or CSI in volume.metadata):
            lines.append(_volume(volume))
    return lines


def _volume(volume: Volume) -> str:
    cluster, claim = volume.metadata.get(CSI), [volume.metadata.get(key, "") for key in CLAIM]
    origin = f", made by the cluster {cluster}" if cluster is not None else ""
    origin += f" for the claim {'/'.join(claim)}" if all(claim) else ""
    return f"volume {volume.name or volume.id} ({volume.id}, {volume.size} GiB{origin})"
