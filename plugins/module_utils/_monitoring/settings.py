# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an inventory says about metrics (``landfall_monitoring``), with what it need not say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Optional
from urllib.parse import urlsplit

from .._core.errors import InvalidInputError, LandfallError
from .._logs.units import size, whole

ON = "landfall_monitoring"
RESOURCES: Mapping[str, Any] = {
    "requests": {"cpu": "100m", "memory": "256Mi"},
    "limits": {"memory": "1Gi"},
}
# Prometheus wants room for what it is just writing.
_SHARE = 0.8


@dataclass(frozen=True)
class Settings:
    """How a site is watched.

    Attributes:
        replicas: Prometheus, each with all data.
        storage: of each, as Kubernetes writes it.
        storage_class: of the claims; the default one when empty.
        days: so long figures are kept, as far as there is room.
        size: bytes that they may take.
        resources: requests and limits of Prometheus.
        alertmanagers: as the configuration of Prometheus has them below ``alerting``.
        remote_write: as the configuration of Prometheus has it.
        rules: further groups of rules.
    """

    replicas: int
    storage: str
    storage_class: str
    days: int
    size: int
    resources: Mapping[str, Any]
    alertmanagers: tuple[Mapping[str, Any], ...]
    remote_write: tuple[Mapping[str, Any], ...]
    rules: tuple[Mapping[str, Any], ...]

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Settings:
        """Build it from the variable; what is missing has its default.

        Raises:
            InvalidInputError: a value cannot be meant.
        """
        given = {key: value for key, value in params.items() if value is not None}
        storage = str(given.get("storage", "10Gi"))
        retention = _mapping(given, "retention", {})
        written = _listed(given, "remote_write", "url")
        for one in written:
            _address(one, f"{ON}.remote_write")
        return cls(
            whole(given.get("replicas", 1), f"{ON}.replicas", 1),
            storage,
            str(given.get("class", "")),
            whole(retention.get("days") or 15, f"{ON}.retention.days", 1),
            int(_SHARE * size(storage, f"{ON}.storage")),
            _mapping(given, "resources", RESOURCES),
            tuple(_alertmanager(one) for one in _listed(given, "alertmanagers", "url")),
            written,
            _listed(given, "rules", "name"),
        )


def problem(params: object, workers: int) -> Optional[LandfallError]:
    """Return what is wrong with the variable of an inventory, if anything is.

    Args:
        params: the value of ``landfall_monitoring``.
        workers: how many nodes there are for Prometheus.
    """
    if not isinstance(params, Mapping):
        return None  # its type is complained about where all variables' are
    try:
        settings = Settings.from_params(params)
    except LandfallError as error:
        return error
    if settings.replicas <= workers:
        return None
    return InvalidInputError(
        "there are more replicas of Prometheus than workers",
        on=f"{ON}.replicas",
        expected=f"{workers} at most: each is on a worker of its own",
        found=str(settings.replicas),
        remedy="add workers, or ask for fewer",
    )


def _alertmanager(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return an Alertmanager as Prometheus wants it: its address in parts, the rest as it is."""
    scheme, host, path = _address(said, f"{ON}.alertmanagers")
    rest = {key: value for key, value in said.items() if key != "url"}
    return {
        "scheme": scheme,
        "path_prefix": path or "/",
        "static_configs": [{"targets": [host]}],
        **rest,
    }


def _address(said: Mapping[str, Any], on: str) -> tuple[str, str, str]:
    parts = urlsplit(str(said["url"]))
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
        raise InvalidInputError(
            "not a usable address",
            on=f"{on}: url",
            expected="http:// or https:// and a host; users and passwords in basic_auth",
            found=f"{parts.scheme}://{parts.hostname or ''}{parts.path}",
        )
    return parts.scheme, parts.netloc, parts.path


def _listed(given: Mapping[str, Any], name: str, key: str) -> tuple[Mapping[str, Any], ...]:
    value = given.get(name, ())
    listed = isinstance(value, Sequence) and not isinstance(value, str)
    if not listed or not all(isinstance(one, Mapping) and one.get(key) for one in value):
        raise InvalidInputError(
            "not a list of dictionaries",
            on=f"{ON}.{name}",
            expected=f"a list, each with its {key}",
            found=type(value).__name__ if not listed else f"one without {key}",
        )
    return tuple(value)


def _mapping(given: Mapping[str, Any], name: str, default: Mapping[str, Any]) -> Mapping[str, Any]:
    value = given.get(name, default)
    if not isinstance(value, Mapping):
        raise InvalidInputError(
            "not a dictionary", on=f"{ON}.{name}", expected="a dictionary", found=str(value)
        )
    return value
