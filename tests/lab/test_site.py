# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From nothing to a serving application, and what a run does to a site that stands."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

import requests
from kubernetes import client

from tests.support.site import ROOT, Run, Site, unit_starts

UNITS = {
    "operator1": ["landfall-depot.service", "landfall-depot-push.service"],
    "gateway1": ["haproxy.service"],
    "control1": ["containerd.service", "kubelet.service"],
    "worker1": ["containerd.service", "kubelet.service"],
    "worker2": ["containerd.service", "kubelet.service"],
}


def pods(core: client.CoreV1Api) -> dict[str, str]:
    """Return the UIDs of all pods by namespace and name."""
    return {
        f"{p.metadata.namespace}/{p.metadata.name}": p.metadata.uid
        for p in core.list_pod_for_all_namespaces().items
    }


def entries(site: Site) -> list[dict[str, str]]:
    """Return the guestbook's entries."""
    answer = site.request("GET", f"http://guestbook.{site.domain}/api/entries")
    answer.raise_for_status()
    found: list[dict[str, str]] = answer.json()["entries"]
    return found


def test_check_mode_on_virgin_hosts_predicts(virgin_check: Run) -> None:
    assert set(virgin_check.changed) >= set(UNITS)
    assert not any(c.failed or c.unreachable for c in virgin_check.recap.values())


def test_first_run_reaches_every_host(first_run: Run) -> None:
    assert set(first_run.recap) >= set(UNITS)
    assert not any(c.failed or c.unreachable for c in first_run.recap.values())
    assert "http://guestbook." in first_run.output


def test_all_nodes_are_ready(core: client.CoreV1Api) -> None:
    ready = {
        node.metadata.name: next(c.status for c in node.status.conditions if c.type == "Ready")
        for node in core.list_node().items
    }
    assert ready == {"control1": "True", "worker1": "True", "worker2": "True"}


def test_unknown_host_name_gets_404(site: Site) -> None:
    assert site.request("GET", f"http://nobody.{site.domain}/").status_code == 404


def test_https_verifies_with_the_site_ca(site: Site) -> None:
    answer = site.request(
        "GET", f"https://guestbook.{site.domain}/", verify=str(site.state / "ca.crt")
    )
    assert answer.status_code == 200
    assert "Guestbook" in answer.text


def test_second_run_changes_nothing(site: Site, core: client.CoreV1Api) -> None:
    before = (pods(core), unit_starts(site, UNITS))
    run = site.play("site")
    assert run.changed == {}
    assert (pods(core), unit_starts(site, UNITS)) == before
    assert "Nothing changed" in run.output


def test_check_mode_on_a_standing_site_predicts_nothing(site: Site) -> None:
    assert site.play("site", "--check", "--diff").changed == {}


def test_another_checkout_without_state_changes_nothing(site: Site, tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(checkout)], check=True)
    links = checkout / ".collections/ansible_collections/landfall"
    links.mkdir(parents=True)
    (links / "platform").symlink_to("../../..")
    shutil.rmtree(site.state)
    assert Site(site.inventory, site.name, site.octets, checkout).play("site").changed == {}
    assert site.play("site").changed == {}


def test_limit_touches_one_host(site: Site) -> None:
    run = site.play("site", "--limit", "worker2")
    assert set(run.recap) == {"worker2"}
    assert run.changed == {}


def test_second_run_at_the_same_time_says_who_holds_the_lock(site: Site) -> None:
    first = site.start("site")
    try:
        assert first.stdout
        for line in first.stdout:
            if "Make and read the site's secrets" in line:  # the task after the lock was taken
                break
        second = site.play("site", expect=2)
    finally:
        output = first.communicate()[0]
    assert "another run is at work on this site" in second.output
    assert f"process {first.pid}" in second.output
    assert first.returncode == 0, output


def test_an_entry_outlives_every_pod(site: Site, core: client.CoreV1Api) -> None:
    entry = {"name": "Ada", "text": f"written at {time.time()}"}
    answer = site.request("POST", f"http://guestbook.{site.domain}/api/entries", json=entry)
    assert answer.status_code == 201, answer.text
    core.delete_collection_namespaced_pod(f"guestbook-{site.name}", grace_period_seconds=5)
    deadline = time.monotonic() + 120
    seen: object = None
    while time.monotonic() < deadline:
        try:
            seen = entries(site)
            if any(e["text"] == entry["text"] for e in entries(site)):
                return
        except requests.RequestException as error:
            seen = error
        time.sleep(1)
    raise AssertionError(f"the entry is not there after 120 s; last seen: {seen}")
