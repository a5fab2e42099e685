# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What this area needs of a Kubernetes API server: a Protocol, its values and its errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Optional, Protocol

from .._core.errors import LandfallError
from .objects import Gvk, Key, Object


@dataclass(frozen=True)
class Resource:
    """Where the objects of one kind are: ``name`` is the plural in the path."""

    gvk: Gvk
    name: str
    namespaced: bool


class ApiError(LandfallError):
    """The API server refused a request; ``status`` is the HTTP status code."""

    def __init__(
        self, what: str, *, status: int, on: str = "", found: str = "", remedy: str = ""
    ) -> None:
        super().__init__(what, on=on, found=found, remedy=remedy)
        self.status = status


class ConflictError(ApiError):
    """Another field manager owns fields that were to be set; ``managers`` names them."""

    def __init__(self, *, on: str, found: str, managers: frozenset[str]) -> None:
        super().__init__(
            "fields of an object belong to another field manager",
            status=409,
            on=on,
            found=found,
            remedy="remove the fields from the manifest, or take them over with force: true",
        )
        self.managers = managers


class Api(Protocol):
    """A connection to one API server; every method may be called by several threads at once."""

    def resource(self, gvk: Gvk, *, fresh: bool = False) -> Optional[Resource]:
        """Return where objects of a kind are, None when the server does not know it.

        An empty version means the one the server prefers. ``fresh`` asks the server again,
        for a definition that was created after the last question.
        """

    def list(
        self,
        resource: Resource,
        *,
        selector: str = "",
        fields: str = "",
        namespace: str = "",
        metadata_only: bool = False,
    ) -> list[Object]:
        """Return all objects of a kind (with ``apiVersion`` and ``kind``), in all namespaces.

        ``metadata_only`` leaves out everything else, also on the wire.
        """

    def get(self, resource: Resource, key: Key) -> Optional[Object]:
        """Return one object, None when it (or its namespace) does not exist."""

    def apply(
        self,
        resource: Resource,
        obj: Object,
        *,
        manager: str,
        force: bool = False,
        dry_run: bool = False,
    ) -> Object:
        """Apply on the server's side and return the object as it then is.

        Raises:
            ConflictError: fields belong to another manager.
            ApiError: the server refused for another reason.
            UnreachableError: the server does not answer.
        """

    def merge(self, resource: Resource, key: Key, patch: Object, *, manager: str) -> Object:
        """Set single fields of an object that exists (a JSON merge patch) and return it."""

    def token(self, namespace: str, account: str, seconds: int) -> tuple[str, str]:
        """Return a new token of a service account, and until when it is valid (RFC 3339).

        The server may grant another time than the ``seconds`` that were asked for.
        """

    def delete(self, resource: Resource, obj: Object) -> bool:
        """Delete this very object (by its uid); False when it was gone already."""

    def log(self, namespace: str, pod: str, container: str, *, previous: bool, lines: int) -> str:
        """Return the last lines of a container's log, empty when there is none."""


Objects = Sequence[Object]
