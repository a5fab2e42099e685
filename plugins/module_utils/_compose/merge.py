# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Put one part of a compose file over another, as its specification says for each field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .document import Replace

# Replaced as a whole; every other list is joined.
_WHOLE = frozenset({"command", "entrypoint", "test"})
# Lists whose entries have an identity.
_KEYS: Mapping[str, tuple[str, ...]] = {
    "ports": ("target", "published", "host_ip", "protocol"),
    "volumes": ("target",),
    "secrets": ("source",),
    "configs": ("source",),
}


def merged(base: Any, over: Any, field: str = "") -> Any:
    """Return ``over`` put on ``base``, both in their long form; ``field`` is their name."""
    if isinstance(over, Replace):
        return over
    if isinstance(base, Replace):
        return Replace(merged(base.value, over, field))
    if isinstance(base, dict) and isinstance(over, dict):
        found = dict(base)
        for name, value in over.items():
            found[name] = merged(found[name], value, name) if name in found else value
        return found
    if isinstance(base, list) and isinstance(over, list) and field not in _WHOLE:
        return _joined(base, over, _KEYS.get(field, ()))
    # An override that says nothing does not take away.
    return base if over is None and not isinstance(base, str) else over


def _joined(base: list[Any], over: list[Any], keys: tuple[str, ...]) -> list[Any]:
    if not keys:
        return base + [one for one in over if one not in base]
    found = {_identity(one, keys): one for one in base}
    for one in over:
        found[_identity(one, keys)] = one
    return list(found.values())


def _identity(one: Any, keys: tuple[str, ...]) -> tuple[str, ...]:
    if not isinstance(one, Mapping):
        return (str(one),)
    return tuple(str(one.get(key)) for key in keys)


def settled(value: Any) -> Any:
    """Return merged data without marks: what is reset is gone, what overrides is in its place."""
    if isinstance(value, dict):
        return {
            name: settled(one)
            for name, one in value.items()
            if not (isinstance(one, Replace) and one.reset)
        }
    if isinstance(value, list):
        return [settled(one) for one in value if not (isinstance(one, Replace) and one.reset)]
    return settled(value.value) if isinstance(value, Replace) else value
