# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every host must be before it is changed; all that is wrong is found at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Optional

from .._core.errors import InvalidInputError, LandfallError

LOOPBACK = ("127.", "::1")
LEAST_PYTHON = (3, 9)


@dataclass(frozen=True)
class Host:
    """A host: its groups, its address, and what ``node_info`` found on it.

    Attributes:
        before, after: the controller's clock around the look at the host.
    """

    name: str
    groups: frozenset[str]
    address: str
    facts: Mapping[str, Any]
    before: float = 0.0
    after: float = 0.0

    def fact(self, name: str, default: Any = None) -> Any:
        """Return what was found, or a default."""
        return self.facts.get(name, default)

    @property
    def in_use(self) -> bool:
        """Whether the host is part of a cluster already."""
        return bool(self.fact("cluster_traces"))

    @property
    def in_cluster(self) -> bool:
        """Whether the host shall be part of the cluster."""
        return bool(self.groups & {"control_planes", "workers"})


@dataclass(frozen=True)
class Minimum:
    """What a host of a group needs: memory and free space in MiB, number of processors."""

    memory: int = 0
    free: int = 0
    cpus: int = 1


@dataclass(frozen=True)
class Port:
    """A TCP port that a group's hosts need, and whose processes may have it already.

    Attributes:
        external: only the host's own addresses are listened on, so a program that listens on the
            loopback address is in nobody's way.
    """

    group: str
    port: int
    processes: tuple[str, ...]
    external: bool = False


@dataclass(frozen=True)
class Rules:
    """What is checked. ``ignore`` holds names of checks, see :data:`CHECKS`."""

    systems: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    architectures: tuple[str, ...] = ()
    minimums: Mapping[str, Minimum] = field(default_factory=dict)
    ports: tuple[Port, ...] = ()
    max_skew: float = 2.0
    cluster_ca: str = ""
    ignore: frozenset[str] = frozenset()

    @classmethod
    def from_params(cls, params: Mapping[str, Any], cluster_ca: str) -> Rules:
        """Build them from the options of the action ``preflight_check``."""
        ignore = frozenset(params["ignore"])
        unknown = sorted(ignore - set(CHECKS))
        if unknown:
            raise InvalidInputError(
                "unknown check",
                on="preflight_ignore",
                expected=", ".join(sorted(CHECKS)),
                found=", ".join(unknown),
            )
        return cls(
            {name: tuple(map(str, versions)) for name, versions in params["systems"].items()},
            tuple(params["architectures"]),
            {
                group: Minimum(**{name: int(value) for name, value in least.items()})
                for group, least in params["minimums"].items()
            },
            tuple(
                Port(
                    str(port["group"]),
                    int(port["port"]),
                    tuple(port["processes"]),
                    bool(port.get("external", False)),
                )
                for port in params["ports"]
            ),
            float(params["max_skew"]),
            cluster_ca,
            ignore,
        )


def check(hosts: Iterable[Host], rules: Rules) -> list[LandfallError]:
    """Return all that is wrong, with host, what was expected and found, and a remedy."""
    known = list(hosts)
    return [
        problem
        for name, find in CHECKS.items()
        if name not in rules.ignore
        for problem in find(known, rules)
    ]


Check = Callable[[list[Host], Rules], Iterator[LandfallError]]


def _problem(
    host: str, what: str, check_name: str, *, expected: str, found: str, remedy: str
) -> LandfallError:
    return InvalidInputError(
        what,
        on=f"host {host}",
        expected=expected,
        found=found,
        remedy=f"{remedy} (or add {check_name} to preflight_ignore)",
    )


def _system(hosts: list[Host], rules: Rules) -> Iterator[LandfallError]:
    supported = ", ".join(
        f"{name} {version}" for name, versions in rules.systems.items() for version in versions
    )
    for host in hosts:
        name, version = host.fact("system", ""), host.fact("system_version", "")
        if version not in rules.systems.get(name, ()):
            yield _problem(
                host.name,
                "unsupported operating system",
                "system",
                expected=supported,
                found=f"{name} {version}",
                remedy="install a supported one",
            )
        if host.fact("architecture") not in rules.architectures:
            yield _problem(
                host.name,
                "unsupported architecture",
                "system",
                expected=" or ".join(rules.architectures),
                found=str(host.fact("architecture")),
                remedy="use another machine",
            )


def _software(hosts: list[Host], _rules: Rules) -> Iterator[LandfallError]:
    for host in hosts:
        python = tuple(int(part) for part in str(host.fact("python", "0.0")).split(".")[:2])
        if python < LEAST_PYTHON:
            yield _problem(
                host.name,
                "Python is too old",
                "software",
                expected="3.9 or newer",
                found=str(host.fact("python")),
                remedy="set ansible_python_interpreter to a newer one",
            )
        if not host.fact("systemd"):
            yield _problem(
                host.name,
                "systemd does not run",
                "software",
                expected="systemd as the first process",
                found="another one",
                remedy="use a machine that is started by systemd",
            )


def _kernel(hosts: list[Host], _rules: Rules) -> Iterator[LandfallError]:
    for host in hosts:
        missing = host.fact("missing_modules", ())
        if host.in_cluster and missing:
            yield _problem(
                host.name,
                "the kernel lacks modules",
                "kernel",
                expected="overlay and vxlan",
                found=f"{host.fact('kernel')} without {', '.join(missing)}",
                remedy="install the kernel's full package and restart the host",
            )


def _size(hosts: list[Host], rules: Rules) -> Iterator[LandfallError]:
    for host in hosts:
        for group in sorted(host.groups & set(rules.minimums)):
            least = rules.minimums[group]
            space = host.fact("free", {}).get("/var/lib")
            for noun, needed, found, unit in (
                ("memory", least.memory, host.fact("memory"), " MiB"),
                ("processors", least.cpus, host.fact("cpus"), ""),
                # Images fill a host that is in use, and the kubelet looks after them.
                ("free space", 0 if host.in_use else least.free, space, " MiB in /var/lib"),
            ):
                if found is not None and found < needed:
                    yield _problem(
                        host.name,
                        f"too little {noun} for group {group}",
                        "size",
                        expected=f"at least {needed}{unit}",
                        found=f"{found}{unit}",
                        remedy="use a bigger host, or lower preflight_minimums",
                    )


def _swap(hosts: list[Host], _rules: Rules) -> Iterator[LandfallError]:
    for host in hosts:
        if host.in_cluster and host.fact("swap", 0):
            yield _problem(
                host.name,
                "swap is on",
                "swap",
                expected="none, so that memory limits hold",
                found=f"{host.fact('swap')} MiB",
                remedy="swapoff -a, and remove it from /etc/fstab",
            )


def _address(hosts: list[Host], _rules: Rules) -> Iterator[LandfallError]:
    for host in hosts:
        if not host.fact("interface"):
            found = [each for of in host.fact("addresses", {}).values() for each in of]
            found = [each for each in found if not each.startswith(("127.", "::1", "fe80:"))]
            yield _problem(
                host.name,
                "no interface carries the host's address",
                "address",
                expected=f"node_address {host.address}",
                found=", ".join(found) or "no address",
                remedy="correct node_address in the inventory",
            )


def _ports(hosts: list[Host], rules: Rules) -> Iterator[LandfallError]:
    for host in hosts:
        for port in rules.ports:
            for taken in host.fact("listening", ()) if port.group in host.groups else ():
                local = str(taken["address"]).startswith(LOOPBACK)
                if taken["port"] != port.port or (port.external and local):
                    continue
                if not _allowed(taken["process"], port.port, host, rules):
                    yield _problem(
                        host.name,
                        f"port {port.port} is occupied",
                        "ports",
                        expected=f"nobody, or {' or '.join(port.processes)}",
                        found=f"{taken['process'] or 'an unknown process'} on {taken['address']}",
                        remedy="stop it, or choose another port",
                    )


def _allowed(process: str, number: int, host: Host, rules: Rules) -> bool:
    """A process may have a port when any of its host's groups gives it to it."""
    return any(
        process == name[:15]  # all that the kernel keeps of a name
        for port in rules.ports
        if port.port == number and port.group in host.groups
        for name in port.processes
    )


def _identity(hosts: list[Host], _rules: Rules) -> Iterator[LandfallError]:
    for fact, noun, remedy in (
        ("machine_id", "machine id", "rm /etc/machine-id; systemd-machine-id-setup; restart"),
        ("hostname", "host name", "hostnamectl set-hostname"),
    ):
        same = defaultdict(list)
        for host in hosts:
            same[host.fact(fact, "")].append(host.name)
        for value, names in same.items():
            if value and len(names) > 1:
                yield _problem(
                    ", ".join(sorted(names)),
                    f"hosts with the same {noun}",
                    "identity",
                    expected="one of its own for each",
                    found=str(value),
                    remedy=remedy,
                )


def offset(host: Host) -> Optional[tuple[float, float]]:
    """Return between which seconds a host's clock is ahead of the controller's."""
    epoch = host.fact("epoch")
    if epoch is None:
        return None
    return float(epoch) - host.after, float(epoch) - host.before


def _clock(hosts: list[Host], rules: Rules) -> Iterator[LandfallError]:
    """Only what is certain counts: a slow answer tells less about a clock, and not that it is off.

    The controller's own clock may be off, too: hosts are compared with each other.
    """
    offsets = {host.name: found for host in hosts if (found := offset(host)) is not None}
    if not offsets:
        return
    first = max(offsets, key=lambda name: offsets[name][0])
    last = min(offsets, key=lambda name: offsets[name][1])
    spread = offsets[first][0] - offsets[last][1]
    if spread <= rules.max_skew:
        return
    middle = median((low + high) / 2 for low, high in offsets.values())
    far = {
        name
        for name, (low, high) in offsets.items()
        if max(low - middle, middle - high) > rules.max_skew / 2
    }
    yield _problem(
        ", ".join(sorted(far or {first, last})),
        "the clock differs from that of other hosts",
        "clock",
        expected=f"at most {rules.max_skew:g} s between any two",
        found=f"{first} is at least {spread:.1f} s ahead of {last}",
        remedy="let the hosts synchronise their time",
    )


def _traces(hosts: list[Host], rules: Rules) -> Iterator[LandfallError]:
    for host in hosts:
        authority = host.fact("cluster_ca", "")
        foreign = host.fact("foreign_traces", ())
        if authority and rules.cluster_ca and authority != rules.cluster_ca:
            yield _problem(
                host.name,
                "the host belongs to another cluster",
                "traces",
                expected="no cluster, or this site's",
                found="another authority in /etc/kubernetes/pki/ca.crt",
                remedy="remove that cluster from it (playbooks/reset.yml), or supply that "
                "cluster's authority as certificates.kubernetes_ca of site_supplied",
            )
        elif host.in_use and not host.in_cluster:
            yield _problem(
                host.name,
                "the host is part of a cluster, and of no group of the cluster",
                "traces",
                expected="the host in control_planes or workers, or without a cluster",
                found=", ".join(host.fact("cluster_traces")),
                remedy="put it into its group again, or reset it while it is there "
                f"(playbooks/reset.yml --limit {host.name}) and then take it out",
            )
        if host.in_cluster and foreign:
            yield _problem(
                host.name,
                "another container runtime or cluster is installed",
                "traces",
                expected="none",
                found=", ".join(foreign),
                remedy="remove it",
            )


CHECKS: Mapping[str, Check] = {
    "system": _system,
    "software": _software,
    "kernel": _kernel,
    "size": _size,
    "swap": _swap,
    "address": _address,
    "ports": _ports,
    "identity": _identity,
    "clock": _clock,
    "traces": _traces,
}
