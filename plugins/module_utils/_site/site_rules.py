# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of a site: which hosts, addresses, networks, ports and versions go together."""

from __future__ import annotations

import ipaddress
import itertools
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Union

from .._bundle.own_images import OwnImage, image_problems
from .._cloud import settings as clouds
from .._core.errors import LandfallError
from .._gateway.pool import pool_addresses
from .._logs import settings as logs
from .._monitoring import settings as metrics
from .inventory import Inventory, Problem, combine, variable_problems

Network = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*")
_VERSION = re.compile(r"\d+\.\d+\.\d+")
_CIDRS = ("site_network", "kubernetes_pod_cidr", "kubernetes_service_cidr")

REQUIRED = {
    "site_name": "a short name, for example lab",
    "site_domain": "the DNS suffix of applications, for example lab.example.com",
    "site_network": "the network of the hosts, for example 10.77.0.0/24",
    "gateway_address": "the public address of the site",
    "kubernetes_version": "a version of the catalogue, for example 1.37.1",
}
# Variables that the rules read although no role may have them as an option.
READ = ("node_address", "ansible_host", *REQUIRED, *_CIDRS)
# Ports by group: variables that hold them, and fixed ones with their owners.
PORT_VARIABLES = {
    "gateways": (
        "gateway_api_port",
        "gateway_http_port",
        "gateway_https_port",
        "gateway_statistics_port",
    ),
    "depot": ("depot_port", "depot_push_port"),
}
FIXED_PORTS: Mapping[str, Mapping[int, str]] = {
    "control_planes": {
        6443: "kube-apiserver",
        2379: "etcd",
        2380: "etcd",
        10257: "kube-controller-manager",
        10259: "kube-scheduler",
    },
    "kubernetes": {9100: "metrics of the node", 10250: "kubelet", 10256: "kube-proxy"},
}


def required(inventory: Inventory) -> Iterator[Problem]:
    """Variables that every site needs, with one value for all hosts."""
    for variable, meaning in REQUIRED.items():
        values = {str(values.get(variable)) for values in inventory.variables.values()}
        for host, known in inventory.variables.items():
            reported = inventory.unreadable + inventory.undefined
            unreadable = any(each[:2] == (host, variable) for each in reported)
            if known.get(variable) in (None, "") and not unreadable:
                yield Problem(
                    host,
                    variable,
                    "a variable is missing",
                    expected=meaning,
                    remedy="set it in group_vars/all of the inventory",
                )
        if len(values - {"None", ""}) > 1:
            yield Problem(
                "",
                variable,
                "hosts of one site differ in a variable that is the site's",
                expected="one value",
                found=", ".join(sorted(values - {"None", ""})),
                remedy="set it in group_vars/all alone",
            )


def names(inventory: Inventory) -> Iterator[Problem]:
    """Names that become host, node and DNS names."""
    remedy = "use small letters, digits and hyphens"
    for host in inventory.variables:
        if not _NAME.fullmatch(host):
            yield Problem(host, "", "not a usable host name", "an RFC 1123 name", host, remedy)
    for variable in ("site_name", "site_domain"):
        value = inventory.common(variable)
        dotted = variable == "site_name" and "." in str(value)
        if value and (dotted or not _NAME.fullmatch(str(value))):
            yield Problem("", variable, "not a DNS name", "an RFC 1123 name", str(value), remedy)


def groups(inventory: Inventory) -> Iterator[Problem]:
    """How many hosts each group has, and which belong to two that exclude each other."""
    # A load balancer of Octavia stands where gateways would.
    gateways = (0, 0) if inventory.common("openstack_balancer") == "octavia" else (1, 2)
    for group, (least, most) in (("operator", (1, 1)), ("depot", (1, 1)), ("gateways", gateways)):
        count = len(inventory.members(group))
        if not least <= count <= most:
            wanted = {0: "no host", 1: "1 host"}.get(most, f"{least} or {most} hosts")
            yield Problem(
                "",
                "",
                f"wrong number of hosts in group {group}",
                wanted,
                str(count),
                "correct the group in the inventory",
            )
    planes = inventory.members("control_planes")
    if len(planes) not in (1, 3, 5, 7):
        yield Problem(
            "",
            "",
            "wrong number of hosts in group control_planes",
            "1, 3 or 5: an even number survives no more failures than one less",
            str(len(planes)),
            "add or remove one",
        )
    workers = inventory.members("workers")
    for host in sorted(set(planes) & set(workers)):
        yield _group_problem(host, "a host is in two groups", "control_planes or workers", "both")
    cluster = set(inventory.members("kubernetes"))
    for host in sorted(cluster ^ (set(planes) | set(workers))):
        found = "kubernetes alone" if host in cluster else "not in kubernetes"
        yield _group_problem(
            host,
            "a host is not wholly in the cluster",
            "kubernetes = control_planes + workers",
            found,
        )


def addresses(inventory: Inventory) -> Iterator[Problem]:
    """Every host has an address of its own, in the site's network."""
    network = _network(inventory.common("site_network"))
    owners: dict[str, list[str]] = defaultdict(list)
    for host in inventory.variables:
        text = inventory.address(host)
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            yield Problem(
                host,
                "node_address",
                "not an address",
                "an IP address in site_network",
                text,
                "set node_address for the host",
            )
            continue
        owners[str(address)].append(host)
        if network and address not in network:
            yield Problem(
                host,
                "node_address",
                "an address outside the site's network",
                f"one in {network}",
                text,
                "correct node_address or site_network",
            )
    for text, hosts in owners.items():
        for host in hosts if len(hosts) > 1 else ():
            yield Problem(
                host,
                "node_address",
                "hosts with the same address",
                "one of its own for each",
                text,
                "correct node_address (or ansible_host)",
            )


def virtual_address(inventory: Inventory) -> Iterator[Problem]:
    """The public address is the only gateway's own, or free for two to share."""
    value = inventory.common("gateway_address")
    gateways = inventory.members("gateways")
    if not value or not gateways:
        return
    owners = [host for host in inventory.variables if inventory.address(host) == str(value)]
    network = _network(inventory.common("site_network"))
    expected = ""
    try:
        address = ipaddress.ip_address(str(value))
        if len(gateways) == 1 and list(gateways) != owners:
            expected = f"{inventory.address(gateways[0])}, the only gateway's own address"
        elif len(gateways) > 1 and owners:
            expected = f"an address that no host has; it is that of {', '.join(owners)}"
        elif network and address not in network:
            expected = f"an address in site_network {network}"
        elif network and _reserved(address, network):
            expected = f"an address of a host in site_network {network}"
    except ValueError:
        expected = "an IP address"
    if expected:
        yield Problem(
            "",
            "gateway_address",
            "not a usable address for the gateways",
            expected,
            str(value),
            "correct gateway_address",
        )


def pool(inventory: Inventory) -> Iterator[Problem]:
    """Addresses for Services are free ones of the site's network."""
    network = _network(inventory.common("site_network"))
    owners = {inventory.address(host): host for host in inventory.variables}
    owners[str(inventory.common("gateway_address"))] = "gateway_address"
    try:
        addresses = pool_addresses(inventory.common("gateway_pool") or ())
    except LandfallError as error:
        yield Problem("", "gateway_pool", error.what, error.expected, error.found)
        return
    for text in addresses:
        address = ipaddress.ip_address(text)
        expected = ""
        if text in owners:
            expected = f"an address that nobody has; it is that of {owners[text]}"
        elif network and (address not in network or _reserved(address, network)):
            expected = f"an address of a host in site_network {network}"
        if expected:
            remedy = "correct gateway_pool"
            yield Problem("", "gateway_pool", "not a usable address", expected, text, remedy)


def networks(inventory: Inventory) -> Iterator[Problem]:
    """The networks of hosts, pods and services are three different ones, and big enough."""
    known: dict[str, Network] = {}
    for variable in _CIDRS:
        value = inventory.common(variable)
        network = _network(value)
        if network:
            known[variable] = network
        elif value:
            yield Problem(
                "",
                variable,
                "not a network",
                "a CIDR without host bits, for example 10.244.0.0/16",
                str(value),
                f"correct {variable}",
            )
    for (one, first), (other, second) in itertools.combinations(known.items(), 2):
        if first.version == second.version and first.overlaps(second):
            yield Problem(
                "",
                f"{one}, {other}",
                "networks overlap",
                "networks that have no address in common",
                f"{first} and {second}",
                f"choose another {other}",
            )
    pods = known.get("kubernetes_pod_cidr")
    nodes = len(inventory.members("kubernetes"))
    if pods and pods.version == 4 and nodes > 2 ** max(0, 24 - pods.prefixlen):
        yield Problem(
            "",
            "kubernetes_pod_cidr",
            "the network of pods is too small",
            f"a /24 for each of {nodes} nodes",
            str(pods),
            "choose a bigger one; it cannot be changed later",
        )


def ports(inventory: Inventory) -> Iterator[Problem]:
    """No two programs of the site need the same port on one host."""
    owners: dict[tuple[str, int], list[str]] = defaultdict(list)
    for group, variables in PORT_VARIABLES.items():
        for host, variable in itertools.product(inventory.members(group), variables):
            value = str(inventory.value(host, variable))
            if value.isdigit():
                owners[host, int(value)].append(variable)
    for group, fixed in FIXED_PORTS.items():
        for host, (port, owner) in itertools.product(inventory.members(group), fixed.items()):
            owners[host, port].append(owner)
    for (host, port), users in owners.items():
        if len(users) > 1 or not 0 < port < 65536:
            yield Problem(
                host,
                ", ".join(users),
                "a port that cannot be used",
                "a port of its own for each, below 65536",
                str(port),
                "change one of them, or put them on different hosts",
            )


def version(inventory: Inventory) -> Iterator[Problem]:
    """The version of Kubernetes is in the catalogue."""
    value = inventory.common("kubernetes_version")
    if not value:
        return
    well_formed = _VERSION.fullmatch(str(value))
    reason = inventory.find_version(str(value)) if well_formed else "major.minor.patch"
    if reason:
        yield Problem(
            "",
            "kubernetes_version",
            "a version that cannot be used",
            reason,
            str(value),
            "choose one that is there, or add it to catalogue/",
        )


def logging(inventory: Inventory) -> Iterator[Problem]:
    """What is said about the logs can be meant, and there are workers for the store."""
    value = inventory.common("landfall_logging")
    error = None if value is None else logs.problem(value, len(inventory.members("workers")))
    if error:
        yield _told(error, "correct landfall_logging; docs/logging.md says what it may be")


def images(inventory: Inventory) -> Iterator[Problem]:
    """Images of one's own have names and sources that can be meant."""
    value = inventory.common("depot_images")
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        return  # what is of a wrong type has been told
    given = [OwnImage(str(one.get("name")), str(one.get("source"))) for one in value]
    for error in image_problems(given):
        yield _told(error, "correct it")


def monitoring(inventory: Inventory) -> Iterator[Problem]:
    """What is said about metrics can be meant, and there are workers for Prometheus."""
    value = inventory.common("landfall_monitoring")
    error = None if value is None else metrics.problem(value, len(inventory.members("workers")))
    if error:
        yield _told(error, "correct it; docs/monitoring.md says what it may be")


def cloud(inventory: Inventory) -> Iterator[Problem]:
    """What is said about the cloud of the cluster can be meant, and the site is on it."""
    value = inventory.common("landfall_cloud")
    stack = str(inventory.common("openstack_stack") or "")
    servers = inventory.common("openstack_servers")
    error = None if value is None else clouds.problem(value, stack, servers)
    if error:
        yield _told(error, "correct it; docs/cloud.md says what it may be")


RULES: tuple[Callable[[Inventory], Iterator[Problem]], ...] = (
    required,
    names,
    groups,
    addresses,
    virtual_address,
    pool,
    networks,
    ports,
    version,
    logging,
    monitoring,
    cloud,
    images,
)


def check(inventory: Inventory) -> list[LandfallError]:
    """Return all that is wrong with an inventory."""
    found = list(variable_problems(inventory))
    for rule in RULES:
        found.extend(rule(inventory))
    return combine(found)


def _told(error: LandfallError, remedy: str) -> Problem:
    """Return the error of another area as a problem of the site; its own remedy comes first."""
    return Problem("", error.on, error.what, error.expected, error.found, error.remedy or remedy)


def _group_problem(host: str, what: str, expected: str, found: str) -> Problem:
    return Problem(host, "", what, expected, found, "correct the groups in the inventory")


def _network(value: Any) -> Union[Network, None]:
    try:
        return ipaddress.ip_network(str(value)) if value else None
    except ValueError:
        return None


def _reserved(address: Any, network: Network) -> bool:
    return network.num_addresses > 2 and address in (
        network.network_address,
        network.broadcast_address,
    )
