# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Kubernetes API over HTTP; see :class:`.api.Api` for what each method means."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Optional, Union

from .._core.errors import UnreachableError
from .api import ApiError, ConflictError, Resource
from .objects import Gvk, Key, Object, key_of
from .transport import Response, Transport

_MANAGER = re.compile(r'conflict with "([^"]+)"')
_DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"
_METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
_PAGE = "500"


def resources_from(discovery: Mapping[str, Any]) -> dict[Gvk, Resource]:
    """Return what a server serves, from the answer of its aggregated discovery.

    The entry with an empty version is the one that the server prefers (it lists it first).
    """
    found: dict[Gvk, Resource] = {}
    for group in discovery.get("items") or ():
        name = (group.get("metadata") or {}).get("name", "")
        for version in group.get("versions") or ():
            for entry in version.get("resources") or ():
                kind = (entry.get("responseKind") or {}).get("kind")
                if not kind or "patch" not in (entry.get("verbs") or ()):
                    continue
                gvk = Gvk(name, version["version"], kind)
                resource = Resource(gvk, entry["resource"], entry.get("scope") == "Namespaced")
                found[gvk] = resource
                found.setdefault(Gvk(name, "", kind), resource)
    return found


def path_of(resource: Resource, namespace: str = "", name: str = "") -> str:
    """Return the path of a kind's collection, or of one object."""
    gvk = resource.gvk
    parts = ["", "apis", gvk.group, gvk.version] if gvk.group else ["", "api", gvk.version]
    if resource.namespaced and namespace:
        parts += ["namespaces", namespace]
    parts.append(resource.name)
    if name:
        parts.append(name)
    return "/".join(parts)


def error_of(response: Response, on: str) -> ApiError:
    """Return the error that a refused request means."""
    body = response.body if isinstance(response.body, Mapping) else {"message": response.body}
    message = str(body.get("message") or "no message").strip()
    causes = (body.get("details") or {}).get("causes") or ()
    conflicts = [c for c in causes if c.get("reason") == "FieldManagerConflict"]
    if response.status == 409 and conflicts:
        managers = {m for c in conflicts for m in _MANAGER.findall(c.get("message", ""))}
        fields = ", ".join(
            f"{c.get('field', '?')} ({', '.join(_MANAGER.findall(c.get('message', '')))})"
            for c in conflicts
        )
        return ConflictError(on=on, found=fields, managers=frozenset(managers))
    remedy = ""
    if "field is immutable" in message:
        remedy = "the field cannot change in place: give the object another name, or delete it"
    if response.status in {401, 403}:
        remedy = "see what the kubeconfig's user may do (kubectl auth can-i)"
    return ApiError(
        "the Kubernetes API refused a request",
        status=response.status,
        on=on,
        found=f"HTTP {response.status}: {message}",
        remedy=remedy,
    )


class KubeClient:
    """An :class:`.api.Api` over HTTP; a context manager that closes its connections."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._resources: dict[Gvk, Resource] = {}
        self._lock = threading.Lock()

    @classmethod
    def connect(cls, kubeconfig: Union[str, Mapping[str, Any]]) -> KubeClient:
        """Return a client for a kubeconfig, given as a path or as its content."""
        return cls(Transport(kubeconfig))

    def __enter__(self) -> KubeClient:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self._transport.close()

    def _call(self, method: str, path: str, on: str, **options: Any) -> Response:
        response = self._transport.request(method, path, **options)
        if response.status >= 400:
            raise error_of(response, on)
        return response

    def healthy(self) -> bool:
        """Tell whether the server says that it is ready to serve."""
        try:
            return self._transport.request("GET", "/readyz", retry=False).status == 200
        except UnreachableError:
            return False

    def resource(self, gvk: Gvk, *, fresh: bool = False) -> Optional[Resource]:
        """Return where objects of a kind are; the server's answer is kept."""
        with self._lock:
            if fresh or not self._resources:
                for path in ("/api", "/apis"):
                    answer = self._call("GET", path, "discovery", accept=_DISCOVERY)
                    self._resources.update(resources_from(answer.body))
        return self._resources.get(gvk)

    def list(
        self,
        resource: Resource,
        *,
        selector: str = "",
        fields: str = "",
        namespace: str = "",
        metadata_only: bool = False,
    ) -> list[Object]:
        """Return all objects of a kind, page by page."""
        query = {"limit": _PAGE}
        if selector:
            query["labelSelector"] = selector
        if fields:
            query["fieldSelector"] = fields
        identity = {"apiVersion": resource.gvk.api_version, "kind": resource.gvk.kind}
        found: list[Object] = []
        while True:
            on = f"list of {resource.name}"
            accept = _METADATA if metadata_only else "application/json"
            body = self._call(
                "GET", path_of(resource, namespace), on, query=query, accept=accept
            ).body
            found += [{**item, **identity} for item in body.get("items") or ()]
            query["continue"] = (body.get("metadata") or {}).get("continue") or ""
            if not query["continue"]:
                return found

    def get(self, resource: Resource, key: Key) -> Optional[Object]:
        """Return one object."""
        path = path_of(resource, key.namespace, key.name)
        response = self._transport.request("GET", path)
        if response.status == 404:
            return None
        if response.status >= 400:
            raise error_of(response, str(key))
        body: Object = response.body
        return body

    def apply(
        self,
        resource: Resource,
        obj: Object,
        *,
        manager: str,
        force: bool = False,
        dry_run: bool = False,
    ) -> Object:
        """Apply one object on the server's side."""
        key = key_of(obj)
        query = {"fieldManager": manager, "force": str(force).lower(), "fieldValidation": "Strict"}
        if dry_run:
            query["dryRun"] = "All"
        body: Object = self._call(
            "PATCH",
            path_of(resource, key.namespace, key.name),
            str(key),
            query=query,
            body=obj,
            content_type="application/apply-patch+yaml",
        ).body
        return body

    def merge(self, resource: Resource, key: Key, patch: Object, *, manager: str) -> Object:
        """Set single fields of an object."""
        body: Object = self._call(
            "PATCH",
            path_of(resource, key.namespace, key.name),
            str(key),
            query={"fieldManager": manager, "fieldValidation": "Strict"},
            body=patch,
            content_type="application/merge-patch+json",
        ).body
        return body

    def token(self, namespace: str, account: str, seconds: int) -> tuple[str, str]:
        """Return a new token of a service account."""
        status = self._call(
            "POST",
            f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token",
            f"ServiceAccount {namespace}/{account}",
            body={
                "apiVersion": "authentication.k8s.io/v1",
                "kind": "TokenRequest",
                "spec": {"expirationSeconds": seconds},
            },
            content_type="application/json",
        ).body["status"]
        return str(status["token"]), str(status["expirationTimestamp"])

    def delete(self, resource: Resource, obj: Object) -> bool:
        """Delete an object by its uid; its dependents go in the background."""
        key = key_of(obj)
        options: dict[str, Any] = {
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "propagationPolicy": "Background",
            "preconditions": {"uid": obj["metadata"]["uid"]},
        }
        response = self._transport.request(
            "DELETE",
            path_of(resource, key.namespace, key.name),
            body=options,
            content_type="application/json",
        )
        # 409: the uid is another one, so the object that was meant is gone.
        if response.status in {404, 409}:
            return False
        if response.status >= 400:
            raise error_of(response, str(key))
        return True

    def log(self, namespace: str, pod: str, container: str, *, previous: bool, lines: int) -> str:
        """Return the last lines of a container's log."""
        response = self._transport.request(
            "GET",
            f"/api/v1/namespaces/{namespace}/pods/{pod}/log",
            accept="*/*",
            retry=False,
            query={
                "container": container,
                "previous": str(previous).lower(),
                "tailLines": str(lines),
            },
        )
        return str(response.body).strip() if response.status == 200 else ""
