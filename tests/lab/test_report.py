# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a site that stands, as a page, as JSON and on the terminal."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes import client, config
from kubernetes.client import ApiException

from tests.support.browser import browser
from tests.support.site import ROOT, Run, Site
from tests.support.waiting import eventually

PICTURE = ROOT / "tests/output/report-lab.png"
NODES = ("control1", "worker1", "worker2")
HOSTS = ("operator1", "gateway1")


@pytest.fixture(scope="module")
def reported(site: Site) -> Run:
    """A run that only reports, after metrics-server has looked at each node twice."""
    api = client.CustomObjectsApi(config.new_client_from_config(str(site.state / "kubeconfig")))

    def measured() -> bool:
        found = api.list_cluster_custom_object("metrics.k8s.io", "v1beta1", "nodes")
        return len(found["items"]) == len(NODES)

    eventually(measured, 120, every=1, ignoring=(ApiException,))
    return site.play("report")


@pytest.fixture(scope="module")
def document(site: Site, reported: Run) -> dict[str, Any]:
    """What machines read."""
    assert reported.changed == {}
    found: dict[str, Any] = json.loads((site.state / "report.json").read_text())
    return found


def test_all_that_stands_is_on_the_page(site: Site, document: dict[str, Any]) -> None:
    page = (site.state / "report.html").read_text()
    for name in (*NODES, *HOSTS, f"guestbook-{site.name}", f"http://guestbook.{site.domain}/"):
        assert name in page
    assert [node["name"] for node in document["nodes"]] == list(NODES)
    assert {host["name"]: host["state"] for host in document["hosts"]} == dict.fromkeys(
        HOSTS, "good"
    )


def test_the_guestbook_and_its_release(site: Site, document: dict[str, Any]) -> None:
    (guestbook,) = document["stacks"]
    assert (guestbook["namespace"], guestbook["status"]) == (f"guestbook-{site.name}", "deployed")
    assert guestbook["revision"] >= 1
    assert guestbook["state"] == "good", guestbook["detail"]
    assert set(guestbook["pods"]) <= set(NODES)
    for image in guestbook["images"]:
        assert image["running"] == [image["digest"]], image


def test_nothing_is_amiss_and_nothing_was_left_unread(document: dict[str, Any]) -> None:
    assert document["gaps"] == []
    assert document["drift"] == []
    assert {one["state"] for one in document["versions"]} == {"good"}
    assert all(node["memory"]["used"] for node in document["nodes"])
    found = {one["name"]: one for one in document["certificates"]}
    for name in ("applications", "Kubernetes API", "depot operator1", "etcd control1"):
        assert found[name]["days"] > 30, found[name]
    assert found["administrator"]["state"] == found["kubelet worker1"]["state"] == "good"


def test_the_run_that_made_the_site_is_recorded(document: dict[str, Any]) -> None:
    runs = [run for run in document["runs"] if run["playbook"] == "site"]
    assert runs[0]["outcome"] == "done"
    assert runs[0]["steps"]


def test_status_says_the_same(site: Site) -> None:
    run = site.play("status")
    assert run.changed == {}
    for name in (*NODES, *HOSTS, f"http://guestbook.{site.domain}/"):
        assert name in run.output


def texts(tree: Any) -> Iterator[str]:
    """Yield the texts in the site's store that are no certificates."""
    if isinstance(tree, dict):
        for name, value in tree.items():
            if name != "certificate":
                yield from texts(value)
    elif isinstance(tree, str):
        yield tree.strip()


def secrets(site: Site, core: client.CoreV1Api) -> Iterator[str]:
    """Yield the values that nobody may see: of the site, the administrator and the stack."""
    yield from texts(json.loads(site.on("operator1", "cat", "/etc/landfall/site.json")))
    user = yaml.safe_load((site.state / "kubeconfig").read_text())["users"][0]["user"]
    yield user["client-key-data"]
    for secret in core.list_namespaced_secret(f"guestbook-{site.name}").items:
        for name, value in (secret.data or {}).items():
            if "password" in name.lower():
                yield base64.b64decode(value).decode()


def test_no_secret_is_shown(site: Site, core: client.CoreV1Api, reported: Run) -> None:
    written = [site.state / "report.html", site.state / "report.json"]
    written += (site.state / "runs").iterdir()
    shown = "".join(path.read_text() for path in written) + reported.output
    hidden = list(secrets(site, core))
    assert len(hidden) > 3
    assert not [value[:2] for value in hidden if value in shown]


@pytest.mark.skipif(not shutil.which("chromium"), reason="there is no Chromium")
def test_a_picture_is_kept(site: Site, reported: Run, tmp_path: Path) -> None:
    with browser(tmp_path) as tab:
        tab.open((site.state / "report.html").as_uri())
        tab.wait("document.readyState === 'complete' && document.querySelector('svg .box')")
        tab.screenshot(PICTURE)
    assert PICTURE.stat().st_size > 10_000
