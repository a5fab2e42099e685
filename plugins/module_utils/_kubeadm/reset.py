# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a cluster may be taken from its hosts, and what is to be removed from one of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .._core.errors import InvalidInputError, RefusedError
from .._core.plan import Change, Plan
from .cluster import Node, Role
from .observation import Kind, Observation

UNITS = ("kubelet.service", "landfall-serving-approver.service")
"""What runs for the cluster; the container runtime stays."""
VOLUMES = "/var/lib/landfall/volumes"
FOLDERS = (
    "/etc/kubernetes",
    "/var/lib/etcd",
    "/var/lib/kubelet",
    "/etc/cni/net.d",
    "/var/lib/cni",
    "/run/flannel",
    "/var/log/pods",
    "/var/log/containers",
)
"""Folders whose content is the cluster's; they stay themselves, for they may be mount points."""
LINKS = ("cni0", "flannel.1")
TABLES = (
    "ip kube-proxy",
    "ip6 kube-proxy",
    "ip flannel-ipv4",
    "ip6 flannel-ipv6",
    "inet cni_hostport",
)
"""Tables of nftables that kube-proxy, flannel and the port mapper of CNI make."""
_CHAINS = ("KUBE-", "FLANNEL-", "CNI-")


@dataclass(frozen=True)
class Remains:
    """What is on a node of its cluster.

    Attributes:
        kubeadm: kubeadm is installed, and there is something for it to reset.
        marker: Landfall's note is there.
        units: those of ``UNITS`` that run or are enabled.
        pods: number of pods in the container runtime.
        mounts: mount points below the kubelet's folder, deepest first.
        folders: those of ``FOLDERS`` that are not empty.
        links: those of ``LINKS`` that exist.
        tables: those of ``TABLES`` that exist.
        chains: for iptables and ip6tables, what restores their tables without the cluster's
            chains; only where there are some.
        records: those of ``UNITS`` for which it is noted what they were started with.
        volumes: there is data of persistent volumes.
    """

    kubeadm: bool = False
    marker: bool = False
    units: tuple[str, ...] = ()
    pods: int = 0
    mounts: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    chains: tuple[tuple[str, str], ...] = ()
    records: tuple[str, ...] = ()
    volumes: bool = False


@dataclass(frozen=True)
class Removal(Change):
    """One thing that is removed: its kind, which the adapter knows, and its name."""

    kind: str = ""
    name: str = ""


def plan_reset(remains: Remains, *, volumes: str = "") -> Plan[Removal]:
    """Return what is to be removed, in an order that can be cut off anywhere and begun again.

    Args:
        remains: what is there.
        volumes: folder of the persistent volumes' data, when that is to be removed as well.
    """
    found: list[Removal] = [_removal("unit", name, "stop") for name in remains.units]
    if remains.pods:
        found.append(_removal("pods", f"all {remains.pods}"))
    if remains.kubeadm:
        found.append(_removal("kubeadm", "node", "reset"))
    found += [_removal("mount", path) for path in remains.mounts]
    found += [_removal("folder", path, "empty") for path in remains.folders]
    found += [_removal("link", name) for name in remains.links]
    found += [_removal("table", name) for name in remains.tables]
    found += [
        Removal(f"chains of {program}", "remove", before=text, kind="chains", name=program)
        for program, text in remains.chains
    ]
    if volumes and remains.volumes:
        found.append(_removal("folder", volumes, "empty"))
    found += [_removal("record", name) for name in remains.records]
    if remains.marker:
        found.append(_removal("marker", "of the cluster"))
    return Plan(tuple(found))


def _removal(kind: str, name: str, action: str = "remove") -> Removal:
    return Removal(f"{kind} {name}", action, kind=kind, name=name)


def without_chains(saved: str) -> str:
    """Return what ``iptables-restore --noflush`` reads to lose the cluster's chains.

    Args:
        saved: the output of ``iptables-save``.

    Returns:
        The commands; empty when there is no such chain.
    """
    tables: list[str] = []
    for block in saved.split("*")[1:]:
        name, _, body = block.partition("\n")
        lines = body.splitlines()
        chains = [line[1:].split()[0] for line in lines if line.startswith(":")]
        ours = [chain for chain in chains if chain.startswith(_CHAINS)]
        if not ours:
            continue
        leading = [
            line.replace("-A", "-D", 1)
            for line in lines
            if line.startswith("-A") and line.split()[1] not in ours and _leads(line, ours)
        ]
        flush, delete = [f"-F {one}" for one in ours], [f"-X {one}" for one in ours]
        tables += [f"*{name}", *leading, *flush, *delete, "COMMIT"]
    return "".join(f"{line}\n" for line in tables)


def _leads(rule: str, chains: Iterable[str]) -> bool:
    words = rule.split()
    pairs = set(zip(words, words[1:]))
    return any((jump, chain) in pairs for jump in ("-j", "-g") for chain in chains)


def check_reset(
    site: str,
    confirmation: str,
    nodes: Iterable[Node],
    observations: Mapping[str, Observation],
) -> None:
    """Refuse a reset that is not meant, or that takes the quorum from a cluster that shall go on.

    Args:
        site: the site's name.
        confirmation: what was given as ``reset_confirm``.
        nodes: all nodes of the inventory; the selected ones are reset.
        observations: what was seen of the nodes that answered, by name.

    Raises:
        InvalidInputError: the confirmation is not the site's name.
        RefusedError: control planes that stay would be too few.
    """
    known = list(nodes)
    if confirmation != site:
        raise InvalidInputError(
            "a reset removes the cluster from its hosts, so it must be confirmed",
            on=", ".join(node.name for node in known if node.selected),
            expected=f"-e reset_confirm={site}",
            found=f"reset_confirm={confirmation}" if confirmation else "nothing",
            remedy="give the site's name, if these are the hosts that you mean",
        )
    if all(node.selected for node in known):
        return
    for members in _clusters(known, observations):
        _check_quorum(members, known, observations)


def _clusters(
    nodes: Iterable[Node], observations: Mapping[str, Observation]
) -> Iterable[list[Node]]:
    """Return the control planes that are members, those of each cluster together."""
    found: dict[tuple[str, str], list[Node]] = {}
    for node in nodes:
        seen = observations.get(node.name)
        if node.role is Role.CONTROL_PLANE and seen and seen.kind is Kind.MEMBER:
            found.setdefault((seen.cluster_ca, seen.cluster_id), []).append(node)
    return found.values()


def _check_quorum(
    members: list[Node], nodes: Iterable[Node], observations: Mapping[str, Observation]
) -> None:
    """Refuse to take selected members from a working cluster when too few others stay in it."""
    leaving = [node.name for node in members if node.selected]
    if not leaving or not any(observations[node.name].serves for node in members):
        return
    outside = [n for n in nodes if n.role is Role.CONTROL_PLANE and not n.selected]
    # Who does not answer and is not reset may be a member that lives, or one that is dead.
    silent = [node.name for node in outside if node.name not in observations]
    staying = [node for node in members if not node.selected]
    if outside and not staying and not silent:
        return  # a cluster of its own, which the site's other control planes are not in
    stays = [node.name for node in staying if observations[node.name].serves]
    voters = len(members) + len(silent)
    needed = voters // 2 + 1
    if len(stays) >= needed:
        return
    raise RefusedError(
        "the reset would take the quorum from a cluster that works",
        on=", ".join(leaving),
        expected=f"{needed} of {voters} control planes that stay and serve the API",
        found=", ".join(stays) or "none",
        remedy="leave the control planes out of --limit; or run without --limit, to give the whole "
        "cluster up",
    )
