# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of the service, as the role ``balancer`` writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from .._core.errors import InvalidInputError
from .._gateway.model import RESERVED_DESCRIPTORS, Timing, address, whole
from .._gateway.pool import pool_addresses
from .allocation import Pool


@dataclass(frozen=True)
class Settings:
    """All that the service is told.

    Attributes:
        name: of this gateway, for events.
        pool: what there is to give.
        api_host, api_port: where the Kubernetes API answers.
        timing: how fast dead nodes are noticed, and how long connections may do nothing.
        descriptors: limit of open files of HAProxy and of nginx.
        threads: of HAProxy; 0 leaves it to HAProxy.
        log_connections: log every connection.
        health_port: port of every node on which kube-proxy says that it is well.
        udp_idle: seconds without a packet after which a client of UDP counts as gone.
        classless: Services that name no class are served; otherwise a cloud does that.
        credentials: directory of ``ca.crt``, ``client.crt`` and ``client.key``.
        state: directory of the configurations.
        runtime: directory of sockets.
    """

    name: str
    pool: Pool
    api_host: str
    api_port: int = 6443
    timing: Timing = field(default_factory=Timing)
    descriptors: int = 20000
    threads: int = 0
    log_connections: bool = False
    health_port: int = 10256
    udp_idle: int = 60
    classless: bool = True
    credentials: str = "/etc/landfall-balancer"
    state: str = "/var/lib/landfall-balancer"
    runtime: str = "/run/landfall-balancer"

    @property
    def sessions(self) -> int:
        """The number of connections at once that the limit of open files allows."""
        return (self.descriptors - RESERVED_DESCRIPTORS) // 2

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Settings:
        """Build it from plain data.

        Raises:
            InvalidInputError: an option is missing or unknown, or its value cannot be meant.
        """
        options = {each.name for each in fields(cls)} - {"pool"} | {*_POOL}
        unknown = sorted(set(params) - options)
        missing = [name for name in ("name", "shared", "api_host") if not params.get(name)]
        if unknown:
            raise InvalidInputError("unknown option", on="balancer", found=", ".join(unknown))
        if missing:
            raise InvalidInputError("missing option", on="balancer", expected=", ".join(missing))
        rest: dict[str, Any] = {k: v for k, v in params.items() if k not in _POOL}
        for name, limits in _NUMBERS.items():
            if name in rest:
                rest[name] = whole(rest[name], f"balancer, {name}", *limits)
        rest["api_host"] = address(rest["api_host"])
        rest["timing"] = Timing.from_params(rest.get("timing", {}))
        return cls(pool=_pool(params), **rest)


_POOL = ("shared", "addresses", "reserved", "udp")
_NUMBERS = {
    "api_port": (1, 65535),
    "health_port": (1, 65535),
    "descriptors": (2 * RESERVED_DESCRIPTORS, 10_000_000),
    "threads": (0, 64),
    "udp_idle": (1, 86400),
}


def _pool(params: Mapping[str, Any]) -> Pool:
    return Pool(
        shared=address(params["shared"]),
        addresses=pool_addresses(params.get("addresses", ())),
        reserved={
            whole(port, "balancer, reserved", 1, 65535): str(purpose)
            for port, purpose in params.get("reserved", {}).items()
        },
        udp=bool(params.get("udp", True)),
    )
