# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the router of a host is told: by a file, and in the cluster by its surroundings."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._core.errors import InvalidInputError
from .record import MASKED
from .rsyslog import Target

_SIZE = re.compile(r"(\d+)(Ki|Mi|Gi|Ti)?B?")
_UNITS = {"": 1, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30, "Ti": 1 << 40}


@dataclass(frozen=True)
class Settings:
    """What the router of a host does.

    Attributes:
        node: name of the host in the inventory, and of the node in the cluster.
        environment: of records that belong to no stack.
        root: directory for everything that must last.
        target: the store.
        buffer: bytes that records may take while the store is away.
        masked: regular expressions of what no record shall have, with those that always hold.
        pods: directory of the containers' logs; none outside of the cluster.
        audit: path of the API server's audit log; none where there is none.
        journals: directories of journals; those that are not there are passed over.
        units: whose messages are read; all when there are none.
    """

    node: str
    environment: str
    root: Path
    target: Target
    buffer: int
    masked: tuple[str, ...] = MASKED
    pods: str = ""
    audit: str = ""
    journals: tuple[str, ...] = ()
    units: tuple[str, ...] = ()

    @classmethod
    def read(cls, path: Path, surroundings: Mapping[str, str]) -> Settings:
        """Read the file; ``NODE_NAME`` of the surroundings names the node when it does not.

        Raises:
            InvalidInputError: something is missing, or cannot be meant.
        """
        try:
            found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            node = str(found.get("node") or surroundings["NODE_NAME"])
            target = Target(**found["target"])
            return cls(
                node,
                str(found["environment"]),
                Path(found["root"]),
                target,
                size(found.get("buffer", "1Gi")),
                (*MASKED, *found.get("masked", ())),
                str(found.get("pods", "")),
                str(found.get("audit", "")),
                tuple(found.get("journals", ())),
                tuple(found.get("units", ())),
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise InvalidInputError(
                "the router's settings cannot be read",
                on=str(path),
                expected="JSON with node, environment, root and target",
                found=f"{type(error).__name__}: {error}",
            ) from error


def size(text: object) -> int:
    """Return bytes from text such as ``512Mi``.

    Raises:
        InvalidInputError: it is no size, or less than 64 MiB.
    """
    match = _SIZE.fullmatch(str(text))
    found = int(match[1]) * _UNITS[match[2] or ""] if match else 0
    if found < 64 << 20:
        raise InvalidInputError(
            "not a usable size",
            on="landfall_logging.buffer",
            expected="at least 64Mi",
            found=str(text),
        )
    return found
