# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The project's own stacks are valid, and consist of what their users asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._bundle.catalogue import (
    load,
    template_view,
)
from ansible_collections.landfall.platform.plugins.module_utils._stack.compile import compile_stack
from ansible_collections.landfall.platform.plugins.module_utils._stack.load import Loader
from ansible_collections.landfall.platform.plugins.module_utils._stack.secrets import settle

ROOT = Path(__file__).resolve().parents[3]
CONTENT = {
    "url": "https://store.test/c.tar.gz",
    "digest": f"sha256:{'0' * 64}",
    "path": "/var/www/content",
}
ENTRIES: dict[str, dict[str, Any]] = {
    "guestbook": {"hosts": {"web": "guestbook.test"}},
    "todo": {},
    "publishing": {
        "hosts": {"web": "news.test"},
        "secrets": {"database": {"username": "wordpress", "password": "p"}},
        "components": {
            "database": {"target": {"host": "db.test"}},
            "wordpress": {"content": [CONTENT]},
        },
    },
}


def compiled(name: str) -> dict[tuple[str, str], dict[str, Any]]:
    """Return a stack's objects by kind and name; those of jobs without their hash."""
    images = template_view(load(ROOT / "catalogue"))["images"]
    loader = Loader(ROOT / "stacks", "test", lambda: images)
    (one,) = loader.all([{"name": name, **ENTRIES[name]}])
    objects = compile_stack(one, settle(one, {}), {"backend": "192.0.2.7"})
    return {(o["kind"], o["metadata"]["name"].removesuffix("-public")): o for o in objects}


def test_every_stack_is_tested() -> None:
    assert {path.stem for path in (ROOT / "stacks").glob("*.yml")} == set(ENTRIES)


@pytest.mark.parametrize("name", ENTRIES)
def test_images_have_versions_and_pods_have_limits(name: str) -> None:
    for (kind, _), found in compiled(name).items():
        if kind not in {"Deployment", "StatefulSet"}:
            continue
        for container in found["spec"]["template"]["spec"]["containers"]:
            assert ":" in container["image"].rpartition("/")[2]
            assert container["resources"]["limits"]["memory"]


def test_the_to_do_application_is_what_was_asked_for() -> None:
    objects = compiled("todo")
    assert {name for kind, name in objects if kind == "Secret"} == {
        "database-root",
        "database-user",
    }
    assert objects["ConfigMap", "database"]["data"] == {"DB_HOST": "db", "DB_NAME": "todo"}
    assert objects["ConfigMap", "server"]["data"] == {"SERVER_URI": "http://192.0.2.7"}
    for name in ("backend", "frontend"):
        assert objects["Deployment", name]["spec"]["replicas"] == 2
        assert objects["Service", name]["spec"]["type"] == "LoadBalancer"
    (claim,) = objects["StatefulSet", "db"]["spec"]["volumeClaimTemplates"]
    assert claim["spec"]["resources"]["requests"] == {"storage": "1Gi"}


def test_the_publishing_site_is_what_was_asked_for() -> None:
    objects = compiled("publishing")
    replicas = {
        name: found["spec"]["replicas"]
        for (kind, name), found in objects.items()
        if kind in {"Deployment", "StatefulSet"}
    }
    assert replicas == {
        "wordpress": 2,
        "database": 2,
        "search": 3,
        "search-page": 2,
        "indexer": 1,
    }
    assert objects["StatefulSet", "search"]["spec"]["podManagementPolicy"] == "Parallel"
    assert ("CronJob", "digest") in objects
    assert len([name for kind, name in objects if kind == "Job"]) == 2
    (route,) = [found for (kind, _), found in objects.items() if kind == "HTTPRoute"]
    assert '"/search"' in json.dumps(route)


def test_the_loader_s_documents_are_some() -> None:
    files = compiled("publishing")["ConfigMap", "loader-files"]["data"]
    (text,) = files.values()
    assert {one["slug"] for one in json.loads(text)} == {"welcome", "lighthouse"}
