# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses that a site has for Services of type LoadBalancer."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from typing import Any

from .._core.errors import InvalidInputError

# A gateway holds all of them on its interface.
MOST = 256


def pool_addresses(items: Iterable[Any]) -> tuple[str, ...]:
    """Return the addresses of a pool, each once, in the given order.

    Args:
        items: addresses (``192.0.2.7``), ranges (``192.0.2.100-192.0.2.110``) and networks
            (``192.0.2.128/28``, whose first and last address count too).

    Raises:
        InvalidInputError: something is none of them, or they are too many.
    """
    found: dict[str, None] = {}
    for item in items:
        for address in _addresses(str(item).strip()):
            found[address] = None
            if len(found) > MOST:
                raise InvalidInputError(
                    "too many addresses", on="gateway_pool", expected=f"at most {MOST}"
                )
    return tuple(found)


def _addresses(item: str) -> Iterator[str]:
    try:
        if "/" in item:
            yield from map(str, ipaddress.ip_network(item))
            return
        first, _, last = (part.strip() for part in item.partition("-"))
        start, end = ipaddress.ip_address(first), ipaddress.ip_address(last or first)
    except ValueError:
        raise _refused(item) from None
    if start.version != end.version or int(end) < int(start):
        raise _refused(item)
    for number in range(int(start), int(end) + 1):
        yield str(type(start)(number))


def _refused(item: str) -> InvalidInputError:
    return InvalidInputError(
        "not an address",
        on="gateway_pool",
        expected="an address, a range such as 192.0.2.100-192.0.2.110, or a network",
        found=item,
    )
