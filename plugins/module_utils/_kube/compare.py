# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does a live object already hold what is desired?

The answer "yes" is exact enough to leave the object alone; "perhaps not" is settled by the
server (a dry-run apply), so anything unclear may answer "perhaps not" at the cost of a request.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Optional

from .objects import Object, gvk_of, is_custom

_QUANTITY = re.compile(
    r"^([+-]?(?:\d+\.?\d*|\.\d+))(?:(m|n|u|k|[MGTPE]|[KMGTPE]i)|[eE]([+-]?\d+))?$"
)
_SUFFIX = {
    "": Decimal(1),
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "k": Decimal(10**3),
    "M": Decimal(10**6),
    "G": Decimal(10**9),
    "T": Decimal(10**12),
    "P": Decimal(10**15),
    "E": Decimal(10**18),
    "Ki": Decimal(2**10),
    "Mi": Decimal(2**20),
    "Gi": Decimal(2**30),
    "Ti": Decimal(2**40),
    "Pi": Decimal(2**50),
    "Ei": Decimal(2**60),
}
# Only under these fields is a text a quantity: "1000m" and "1" in a ConfigMap do differ.
_QUANTITY_MAPS = frozenset(
    {
        "limits",
        "requests",
        "capacity",
        "hard",
        "default",
        "defaultRequest",
        "max",
        "min",
        "podFixed",
    }
)
_QUANTITY_FIELDS = frozenset({"sizeLimit", "averageValue", "divisor"})

_SERVER_META = (
    "managedFields",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "uid",
    "selfLink",
)


def quantity(value: Any) -> Optional[Decimal]:
    """Return a Kubernetes quantity as a number, or None when ``value`` is not one.

    The grammar is that of ``k8s.io/apimachinery/pkg/api/resource``.
    """
    if isinstance(value, bool):
        return None
    match = _QUANTITY.match(str(value))
    if not match:
        return None
    number, suffix, exponent = match.groups()
    if exponent:
        return Decimal(number).scaleb(int(exponent))
    return Decimal(number) * _SUFFIX[suffix or ""]


def _same_scalar(desired: Any, live: Any, path: tuple[str, ...]) -> bool:
    if desired == live and isinstance(desired, bool) == isinstance(live, bool):
        return True
    is_quantity = (
        len(path) > 1
        and path[0] == "spec"
        and (path[-2] in _QUANTITY_MAPS or path[-1] in _QUANTITY_FIELDS)
    )
    if not is_quantity:
        return False
    left, right = quantity(desired), quantity(live)
    return left is not None and left == right


def contains(
    live: Any, desired: Any, path: tuple[str, ...] = (), *, keeps_empty: bool = True
) -> bool:
    """Tell whether ``live`` surely holds everything that ``desired`` says.

    Fields that only ``live`` has (defaults, other managers') are allowed. Lists must have the
    same length: a longer one may be another manager's doing, which only the server can tell.

    Args:
        live: what the server returned.
        desired: what is declared.
        path: where the two are in their objects.
        keeps_empty: the server keeps an empty list, so that one that it lacks is to be sent.
    """
    if isinstance(desired, Mapping):
        if not isinstance(live, Mapping):
            return False
        return all(
            contains(live[key], value, (*path, key), keeps_empty=keeps_empty)
            if key in live
            else value == [] and not keeps_empty
            for key, value in desired.items()
            if value is not None
        )
    if isinstance(desired, list):
        return (
            isinstance(live, list)
            and len(live) == len(desired)
            and all(contains(a, b, path, keeps_empty=keeps_empty) for a, b in zip(live, desired))
        )
    return _same_scalar(desired, live, path)


def owned_fields(live: Mapping[str, Any], manager: str) -> Mapping[str, Any]:
    """Return the fields that ``manager`` applied (``fieldsV1``), empty when it never did."""
    for entry in (live.get("metadata") or {}).get("managedFields") or ():
        if (
            entry.get("manager") == manager
            and entry.get("operation") == "Apply"
            and not entry.get("subresource")
        ):
            fields: Mapping[str, Any] = entry.get("fieldsV1") or {}
            return fields
    return {}


def _item_by_key(items: Any, key: Mapping[str, Any]) -> Optional[Mapping[str, Any]]:
    if not isinstance(items, list):
        return None
    for item in items:
        # A field of the key that is not declared was defaulted by the server (a port's protocol).
        if isinstance(item, Mapping) and all(item.get(k, v) == v for k, v in key.items()):
            return item
    return None


def declares(desired: Any, owned: Mapping[str, Any]) -> bool:
    """Tell whether ``desired`` still declares every field in ``owned`` (``fieldsV1`` form).

    https://kubernetes.io/docs/reference/using-api/server-side-apply/ describes the form:
    ``f:name`` is a field, ``k:{…}`` an item found by its keys, ``v:…`` an item of a set.
    """
    for path, below in owned.items():
        if path == ".":
            continue
        kind, rest = path.split(":", 1)
        if kind == "f":
            found = desired.get(rest) if isinstance(desired, Mapping) else None
        elif kind == "k":
            found = _item_by_key(desired, json.loads(rest))
        else:
            items = desired if isinstance(desired, list) else []
            found = True if kind == "v" and json.loads(rest) in items else None
        if found is None or (below and not declares(found, below)):
            return False
    return True


_IDENTITY = {"f:apiVersion", "f:kind"}


def unchanged(desired: Object, live: Object, manager: str) -> bool:
    """Tell whether applying ``desired`` surely changes nothing in ``live``."""
    spec = {k: v for k, v in desired.items() if k not in {"apiVersion", "kind"}}
    # Custom resources are kept as they are sent; of its own kinds the server drops empty lists.
    if not contains(live, spec, keeps_empty=is_custom(gvk_of(desired).group)):
        return False
    owned = {k: v for k, v in owned_fields(live, manager).items() if k not in _IDENTITY}
    return declares(desired, owned)


def shown(obj: Mapping[str, Any]) -> Object:
    """Return ``obj`` without what the server keeps for itself, for a comparison or a diff."""
    meta = {k: v for k, v in (obj.get("metadata") or {}).items() if k not in _SERVER_META}
    result = {k: v for k, v in obj.items() if k != "status"}
    result["metadata"] = meta
    return result
