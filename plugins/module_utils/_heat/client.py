# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Heat's API through openstacksdk's session: one request for each method, none for discovery."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Optional

from keystoneauth1.adapter import Adapter
from openstack.connection import Connection

from .session import explained
from .stack import Content, Event, HeatError, Resource, Stack

SERVICE = "orchestration"


class HeatClient:
    """Heat, for the project of a connection.

    ``calls`` counts the requests besides those for a token.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        config = connection.config
        self._client = Adapter(
            config.get_session(),
            service_type=SERVICE,
            interface=config.get_interface(SERVICE),
            region_name=config.get_region_name(SERVICE),
            endpoint_override=config.get_endpoint(SERVICE),
        )
        self.calls = 0

    def find(self, name: str) -> Optional[Stack]:
        """Return a stack by its name, None when there is none."""
        # Asked by its name alone, Heat would answer with a redirection.
        found = self._get("/stacks", name, name=name)["stacks"]
        return next((_stack(each) for each in found if each["stack_name"] == name), None)

    def template(self, stack: Stack) -> dict[str, Any]:
        """Return its template."""
        found: dict[str, Any] = self._get(f"{_path(stack)}/template", stack.name)
        return found

    def environment(self, stack: Stack) -> dict[str, Any]:
        """Return its environment."""
        found: dict[str, Any] = self._get(f"{_path(stack)}/environment", stack.name)
        return found

    def files(self, stack: Stack) -> dict[str, str]:
        """Return its files."""
        found: dict[str, str] = self._get(f"{_path(stack)}/files", stack.name)
        return found

    def outputs(self, stack: Stack) -> dict[str, Any]:
        """Return its outputs."""
        found = self._get(_path(stack), stack.name)["stack"].get("outputs") or []
        return {each["output_key"]: each.get("output_value") for each in found}

    def preview_create(self, name: str, content: Content) -> Sequence[Resource]:
        """Return what creating it would make."""
        body = {"stack_name": name, **_body(content)}
        found = self._send("POST", "/stacks/preview", name, body)["stack"]["resources"]
        return [_resource(each) for each in _flat(found)]

    def preview_update(self, stack: Stack, content: Content) -> Mapping[str, Sequence[Resource]]:
        """Return what an update would do: added, updated, replaced, deleted, unchanged."""
        found = self._send("PUT", f"{_path(stack)}/preview", stack.name, _body(content))
        return {
            key: [_resource(each) for each in resources]
            for key, resources in found["resource_changes"].items()
        }

    def create(self, name: str, content: Content, minutes: int, adopt: str = "") -> Stack:
        """Begin to create it, or to adopt resources that are there, from an abandoned stack."""
        body = {
            "stack_name": name,
            "disable_rollback": True,
            "timeout_mins": minutes,
            **_body(content),
        }
        if adopt:
            body["adopt_stack_data"] = adopt
        made = self._send("POST", "/stacks", name, body)["stack"]
        return Stack(made["id"], name, "CREATE_IN_PROGRESS")

    def update(self, stack: Stack, content: Content, minutes: int) -> None:
        """Begin to update it."""
        body = {"disable_rollback": True, "timeout_mins": minutes, **_body(content)}
        self._send("PUT", _path(stack), stack.name, body)

    def delete(self, stack: Stack) -> None:
        """Begin to delete it."""
        self._send("DELETE", _path(stack), stack.name, None)

    def mark_unhealthy(self, stack: Stack, resource: str, reason: str) -> None:
        """Let the next update make a resource anew."""
        body = {"mark_unhealthy": True, "resource_status_reason": reason}
        self._send("PATCH", f"{_path(stack)}/resources/{resource}", stack.name, body)

    def events(self, stack: Stack, after: str) -> Sequence[Event]:
        """Return what happened after an event, oldest first; everything without one."""
        query = {"sort_dir": "asc", **({"marker": after} if after else {})}
        found = self._get(f"{_path(stack)}/events", stack.name, **query)["events"]
        return [_event(stack, each) for each in found]

    def last_event(self, stack: Stack) -> str:
        """Return the id of the newest event, empty if there is none."""
        query = {"sort_dir": "desc", "limit": "1"}
        found = self._get(f"{_path(stack)}/events", stack.name, **query)["events"]
        return str(found[0]["id"]) if found else ""

    def resources(self, stack: Stack) -> Sequence[Resource]:
        """Return its resources."""
        found = self._get(f"{_path(stack)}/resources", stack.name)["resources"]
        return [_resource(each) for each in found]

    def fault(self, server: str) -> str:
        """Return what Nova says went wrong with a server, empty if it says nothing."""
        self.calls += 1
        with explained("Nova cannot be asked for a server", server):
            found = self._connection.compute.find_server(server, ignore_missing=True)
        fault = getattr(found, "fault", None) or {}
        return str(fault.get("message") or "")

    def _get(self, path: str, on: str, **query: str) -> Any:
        return self._send("GET", path, on, None, query)

    def _send(
        self,
        method: str,
        path: str,
        on: str,
        body: Optional[Mapping[str, Any]],
        query: Optional[Mapping[str, str]] = None,
    ) -> Any:
        self.calls += 1
        with explained("Heat cannot be asked", f"stack {on}"):
            answer = self._client.request(
                path, method, json=body, params=dict(query or {}), raise_exc=False
            )
        if answer.status_code >= 400:
            raise HeatError(
                "Heat refuses",
                status=answer.status_code,
                on=f"stack {on}, {method} {path.rpartition('/')[2]}",
                found=_message(answer),
            )
        # What is only accepted is answered with a word.
        return answer.json() if "json" in answer.headers.get("Content-Type", "") else {}


def _path(stack: Stack) -> str:
    return f"/stacks/{stack.name}/{stack.id}"


def _body(content: Content) -> dict[str, Any]:
    body: dict[str, Any] = {"template": content.template, "environment": content.environment}
    if content.files:
        body["files"] = dict(content.files)
    return body


def _stack(data: Mapping[str, Any]) -> Stack:
    reason = str(data.get("stack_status_reason") or "")
    return Stack(data["id"], data["stack_name"], data["stack_status"], reason)


def _resource(data: Mapping[str, Any]) -> Resource:
    state = data.get("resource_status") or ""
    # Previews have action and status apart.
    action = data.get("resource_action") or ""
    return Resource(
        str(data.get("resource_name") or ""),
        str(data.get("resource_type") or ""),
        state if not action or state.startswith(action) else f"{action}_{state}",
        str(data.get("resource_status_reason") or ""),
        str(data.get("physical_resource_id") or ""),
    )


def _flat(resources: Any) -> list[Mapping[str, Any]]:
    """Return the resources of a preview; those of a nested stack are a list in the list."""
    found: list[Mapping[str, Any]] = []
    for each in resources:
        found += _flat(each) if isinstance(each, list) else [each]
    return found


def _event(stack: Stack, data: Mapping[str, Any]) -> Event:
    return Event(
        str(data["id"]),
        str(data.get("resource_name") or ""),
        str(data.get("resource_status") or ""),
        str(data.get("resource_status_reason") or ""),
        own=data.get("physical_resource_id") == stack.id,
    )


def _message(answer: Any) -> str:
    try:
        error = answer.json().get("error") or {}
        text = str(error.get("message") or answer.text)
    except ValueError:
        text = answer.text
    return " ".join(text.split())
