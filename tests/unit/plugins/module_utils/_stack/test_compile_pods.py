# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pods of compiled stacks: what they may, what they get, and how they are asked."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._stack.settings import Instance

from .compiled import HOSTS, compiled, container, template
from .conftest import Place
from .test_parse import FULL


def test_pods_are_restricted_by_default(guestbook: Instance) -> None:
    objects = compiled(guestbook)
    for kind, name in (("Deployment", "ui"), ("Deployment", "api"), ("StatefulSet", "db")):
        spec = template(objects, kind, name)["spec"]
        assert spec["automountServiceAccountToken"] is False
        assert spec["serviceAccountName"] == name
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert spec["containers"][0]["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        mounts = {mount["name"]: mount for mount in spec["containers"][0]["volumeMounts"]}
        assert "scratch-0" in mounts
        assert objects["ServiceAccount", name]["automountServiceAccountToken"] is False


@pytest.mark.parametrize(
    ("security", "pod", "own"),
    [
        ({"root": True}, {}, {}),
        ({"writable": True}, {"runAsNonRoot": True}, {"readOnlyRootFilesystem": False}),
        (
            {"user": 5},
            {
                "runAsNonRoot": True,
                "runAsUser": 5,
                "runAsGroup": 5,
                "fsGroup": 5,
                "fsGroupChangePolicy": "OnRootMismatch",
            },
            {},
        ),
        (
            {"group": 6},
            {
                "runAsNonRoot": True,
                "runAsGroup": 6,
                "fsGroup": 6,
                "fsGroupChangePolicy": "OnRootMismatch",
            },
            {},
        ),
        (
            {"capabilities": ["SETUID", "CHOWN"]},
            {"runAsNonRoot": True},
            {"capabilities": {"drop": ["ALL"], "add": ["CHOWN", "SETUID"]}},
        ),
    ],
)
def test_what_a_container_may(
    place: Place, minimal: dict[str, Any], security: dict[str, Any], pod: Any, own: Any
) -> None:
    minimal["components"]["a"]["security"] = security
    objects = compiled(place(minimal))
    spec = template(objects, "Deployment", "a")["spec"]
    assert spec["securityContext"] == {"seccompProfile": {"type": "RuntimeDefault"}, **pod}
    assert container(objects, "Deployment", "a")["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
        **own,
    }


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ({}, {"requests": {"cpu": "50m", "memory": "64Mi"}}),
        (
            {"requests": {"cpu": 1}, "limits": {"memory": "16Mi"}},
            {"requests": {"cpu": "1", "memory": "16Mi"}, "limits": {"memory": "16Mi"}},
        ),
    ],
)
def test_resources(
    place: Place, minimal: dict[str, Any], resources: dict[str, Any], expected: Any
) -> None:
    minimal["components"]["a"]["resources"] = resources
    assert container(compiled(place(minimal)), "Deployment", "a")["resources"] == expected


def timing(period: int, failures: int) -> dict[str, int]:
    return {"periodSeconds": period, "timeoutSeconds": 3, "failureThreshold": failures}


@pytest.mark.parametrize(
    ("ports", "probes", "expected"),
    [
        ({}, {}, {}),
        (
            {"http": 80},
            {"start_within": 5},
            {
                "readinessProbe": {"tcpSocket": {"port": "http"}, **timing(5, 3)},
                "startupProbe": {"tcpSocket": {"port": "http"}, **timing(2, 3)},
            },
        ),
        (
            {},
            {"live": {"command": ["x"], "period": 9, "failures": 2}},
            {
                "livenessProbe": {"exec": {"command": ["x"]}, **timing(9, 2)},
                "startupProbe": {"exec": {"command": ["x"]}, **timing(2, 60)},
            },
        ),
        (
            {"http": 80, "admin": 81},
            {"ready": "/r", "live": {"http": "/l", "port": "admin"}},
            {
                "readinessProbe": {"httpGet": {"path": "/r", "port": "http"}, **timing(5, 3)},
                "livenessProbe": {"httpGet": {"path": "/l", "port": "admin"}, **timing(5, 6)},
                "startupProbe": {"httpGet": {"path": "/l", "port": "admin"}, **timing(2, 60)},
            },
        ),
    ],
)
def test_probes(
    place: Place, minimal: dict[str, Any], ports: Any, probes: Any, expected: Any
) -> None:
    minimal["components"]["a"] |= {"ports": ports, "probes": probes}
    made = container(compiled(place(minimal)), "Deployment", "a")
    assert {name: value for name, value in made.items() if name.endswith("Probe")} == expected


def test_pods_end_gracefully(guestbook: Instance) -> None:
    objects = compiled(guestbook)
    assert template(objects, "Deployment", "ui")["spec"]["terminationGracePeriodSeconds"] == 35
    assert container(objects, "Deployment", "ui")["lifecycle"] == {
        "preStop": {"sleep": {"seconds": 5}}
    }
    assert template(objects, "StatefulSet", "db")["spec"]["terminationGracePeriodSeconds"] == 60
    assert "lifecycle" not in container(objects, "StatefulSet", "db")


def test_a_dead_name_server_does_not_hold_pods_up(guestbook: Instance) -> None:
    assert template(compiled(guestbook), "Deployment", "ui")["spec"]["dnsConfig"] == {
        "options": [{"name": "timeout", "value": "1"}, {"name": "attempts", "value": "3"}]
    }


def test_scratch_directories(place: Place) -> None:
    spec = template(compiled(place(FULL, **HOSTS)), "Deployment", "web")["spec"]
    assert spec["volumes"] == [
        {"name": "scratch-0", "emptyDir": {"sizeLimit": "256Mi"}},
        {"name": "scratch-1", "emptyDir": {"sizeLimit": "1Mi", "medium": "Memory"}},
    ]
