# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a gateway is: the typed form of the role's variables."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any

from .._core.errors import InvalidInputError
from .pool import pool_addresses

_NAME = re.compile(r"[A-Za-z0-9_.:-]+")
_PATH = re.compile(r"/[A-Za-z0-9_./-]+")
# A connection through a proxy takes two descriptors; listeners, checks and logs need some more.
RESERVED_DESCRIPTORS = 1000


@dataclass(frozen=True)
class Server:
    """A host behind the gateway."""

    name: str
    address: str


@dataclass(frozen=True)
class Timing:
    """How fast a dead server is noticed, and how long connections may do nothing.

    Attributes:
        check_interval: milliseconds between two health checks; a check's connection must stand in
            this time, too.
        check_timeout: milliseconds that a connected server may take to answer a check.
        fall: failed checks until a server is down.
        rise: good checks until it is up again.
        connect: seconds for a connection to a server.
        idle: seconds without a byte in both directions after which a connection is closed; watches
            of the API are quiet for minutes.
        drain: seconds that connections of an old configuration may live on after a reload.
    """

    check_interval: int = 1000
    check_timeout: int = 5000
    fall: int = 2
    rise: int = 1
    connect: int = 3
    idle: int = 3600
    drain: int = 3600

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Timing:
        """Build it from plain data.

        Raises:
            InvalidInputError: an option is unknown, or its value is no number above 0.
        """
        return cls(
            **{
                name: whole(value, f"gateway, timing, {name}", 1)
                for name, value in _known(params, cls, "gateway, timing").items()
            }
        )


@dataclass(frozen=True)
class Gateway:
    """All that the configuration of HAProxy depends on.

    Attributes:
        addresses: to listen on: the site's public address and the gateway's own.
        network: CIDR from which statistics and metrics may be read.
        statistics_address: where they are served.
        control_planes: servers of the API.
        ingress: servers of the ingress' node ports.
        api_port, http_port, https_port, statistics_port: ports on the gateway.
        api_server_port, http_node_port, https_node_port: ports on the servers.
        ca_file: the authority of the cluster, with which health checks verify the API.
        proxy_protocol: send the client's address to the ingress.
        descriptors: limit of open files; a session takes two.
        threads: number of threads; 0 leaves it to HAProxy.
        log_connections: log every connection, and not only those that failed.
    """

    addresses: tuple[str, ...]
    network: str
    statistics_address: str
    control_planes: tuple[Server, ...]
    ingress: tuple[Server, ...]
    ca_file: str
    api_port: int = 6443
    http_port: int = 80
    https_port: int = 443
    statistics_port: int = 8404
    api_server_port: int = 6443
    http_node_port: int = 30080
    https_node_port: int = 30443
    proxy_protocol: bool = False
    descriptors: int = 20000
    threads: int = 0
    log_connections: bool = False
    timing: Timing = Timing()

    @property
    def sessions(self) -> int:
        """The number of sessions at once that the limit of open files allows."""
        return (self.descriptors - RESERVED_DESCRIPTORS) // 2

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Gateway:
        """Build it from plain data.

        Raises:
            InvalidInputError: an option is missing or unknown, or its value cannot be meant.
        """
        known = _known(params, cls, "gateway")
        network = str(known.pop("network", ""))
        timing = Timing.from_params(known.pop("timing", {}))
        numbers = {
            name: whole(known.pop(name), f"gateway, {name}", 1, 65535)
            for name in list(known)
            if name.endswith("_port")
        }
        for name, least in (("descriptors", 2 * RESERVED_DESCRIPTORS), ("threads", 0)):
            if name in known:
                numbers[name] = whole(known.pop(name), f"gateway, {name}", least)
        try:
            ipaddress.ip_network(network)
            return cls(
                addresses=tuple(dict.fromkeys(address(each) for each in known["addresses"])),
                network=network,
                statistics_address=address(known["statistics_address"]),
                control_planes=_servers(known["control_planes"]),
                ingress=_servers(known["ingress"]),
                ca_file=text(known["ca_file"], _PATH, "gateway, ca_file"),
                timing=timing,
                proxy_protocol=bool(known.get("proxy_protocol", False)),
                log_connections=bool(known.get("log_connections", False)),
                **numbers,
            )
        except KeyError as error:
            raise InvalidInputError("missing option", on="gateway", expected=str(error)) from None
        except ValueError:
            raise InvalidInputError("not a network", on="site_network", found=network) from None


@dataclass(frozen=True)
class Pair:
    """All that the configuration of keepalived depends on, for one of the gateways.

    Attributes:
        name: of this gateway.
        gateways: all of them, in the order of their priority; the only one, if it has a pool.
        virtual_address: which one of them holds.
        interface: of this gateway that carries its own address, and the virtual ones.
        router_id: number of the pair, unlike any other's in the network.
        password: at most eight characters count (VRRP).
        pool: further addresses, held together with the virtual one.
    """

    name: str
    gateways: tuple[Server, ...]
    virtual_address: str
    interface: str
    router_id: int
    password: str
    pool: tuple[str, ...] = ()

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Pair:
        """Build it from plain data.

        Raises:
            InvalidInputError: an option is missing or unknown, or its value cannot be meant.
        """
        known = _known(params, cls, "gateway")
        missing = [
            each.name for each in fields(cls) if each.name not in known and each.default is MISSING
        ]
        if missing:
            raise InvalidInputError("missing option", on="gateway", expected=", ".join(missing))
        pair = cls(
            text(known["name"], _NAME, "gateway, name"),
            _servers(known["gateways"]),
            address(known["virtual_address"]),
            text(known["interface"], _NAME, "gateway_interface"),
            whole(known["router_id"], "gateway_router_id", 1, 255),
            # What has spaces or starts a comment would end the word in keepalived's grammar.
            text(known["password"], re.compile(r"[A-Za-z0-9_.:-]{6,8}"), "gateway_password"),
            pool_addresses(known.get("pool", ())),
        )
        needed = 1 if pair.pool else 2
        names = {server.name for server in pair.gateways}
        if pair.name not in names or len(names) < needed:
            raise InvalidInputError(
                "not one of two or more gateways", on=pair.name, remedy="check the group gateways"
            )
        return pair


def address(value: Any) -> str:
    """Return an IP address in its usual form."""
    try:
        return str(ipaddress.ip_address(str(value)))
    except ValueError:
        raise InvalidInputError(
            "not an address", on="gateway", expected="an IP address", found=str(value)
        ) from None


def endpoint(host: str, port: int) -> str:
    """Return address and port as one word."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def text(value: Any, pattern: re.Pattern[str], on: str) -> str:
    """Return a word that has the form of a pattern; the error does not show it."""
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise InvalidInputError("not a usable word", on=on, expected=pattern.pattern)
    return str(value)


def whole(value: Any, on: str, least: int, most: int = 10_000_000) -> int:
    """Return a whole number within limits."""
    try:
        number = int(value)
    except (TypeError, ValueError):
        number = least - 1
    if isinstance(value, bool) or not least <= number <= most:
        raise InvalidInputError(
            "not a usable number", on=on, expected=f"{least} to {most}", found=str(value)
        )
    return number


def _servers(params: Mapping[str, Any]) -> tuple[Server, ...]:
    return tuple(
        Server(text(name, _NAME, "gateway, a host's name"), address(where))
        for name, where in params.items()
    )


def _known(params: Mapping[str, Any], model: Any, on: str) -> dict[str, Any]:
    names = {each.name for each in fields(model)}
    unknown = sorted(set(params) - names)
    if unknown:
        raise InvalidInputError("unknown option", on=on, found=", ".join(unknown))
    return dict(params)
