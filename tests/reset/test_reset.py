# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster is given up and made anew on the same hosts. The tests run in their order."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
import requests
import yaml

from tests.support.site import ROOT, Run, Site

NAME = "test-reset"
CONFIRM = f"-ereset_confirm={NAME}"
NODES = ("control1", "worker1")
EMPTY = ("/etc/kubernetes", "/var/lib/etcd", "/var/lib/kubelet", "/etc/cni/net.d", "/var/lib/cni")
VOLUMES = "/var/lib/landfall/volumes"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The lab with one worker, standing."""
    folder = tmp_path_factory.mktemp("inventory") / "lab"
    shutil.copytree(ROOT / "inventories/lab", folder)
    hosts = yaml.safe_load((folder / "hosts.yml").read_text(encoding="utf-8"))
    groups = hosts["all"]["children"]
    del groups["lab"]["hosts"]["worker2"]
    del groups["kubernetes"]["children"]["workers"]["hosts"]["worker2"]
    (folder / "hosts.yml").write_text(yaml.safe_dump(hosts), encoding="utf-8")
    state = {"site_state": str(ROOT / "state" / NAME)}
    (folder / "group_vars/all/state.yml").write_text(yaml.safe_dump(state), encoding="utf-8")
    one = Site(str(folder), NAME, "10.83.0")
    one.play("destroy")
    try:
        one.play("site")
        yield one
    finally:
        one.play("destroy")


def serves(site: Site) -> bool:
    """Tell whether the guestbook's back end answers."""
    try:
        answer = site.request("GET", f"http://guestbook.{site.domain}/api/entries")
    except requests.RequestException:
        return False
    return answer.status_code == 200


def cluster_id(site: Site) -> str:
    """Return what tells clusters of one authority apart."""
    return site.on("control1", "cat", "/var/lib/landfall/kubeadm/marker.json")


@pytest.fixture(scope="module")
def first(site: Site) -> str:
    """The cluster before the reset."""
    assert serves(site)
    return cluster_id(site)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "must be confirmed: control1, worker1; expected: -e reset_confirm=test-reset"),
        (("-ereset_confirm=lab",), "found: reset_confirm=lab; remedy: give the site's name"),
        ((CONFIRM, "--limit=control1"), "take the quorum from a cluster that works: control1"),
    ],
)
def test_what_is_refused_changes_nothing(
    site: Site, first: str, arguments: tuple[str, ...], message: str
) -> None:
    run = site.play("reset", *arguments, expect=2)
    assert message in run.output
    assert run.changed == {}
    assert serves(site)


def test_check_mode_predicts_and_leaves_all(site: Site, first: str) -> None:
    assert set(site.play("reset", "--check", "--diff", CONFIRM).changed) == set(NODES)
    assert serves(site)


@pytest.fixture(scope="module")
def reset(site: Site, first: str) -> Run:
    """The run that gives the cluster up."""
    return site.play("reset", CONFIRM)


def test_nothing_of_the_cluster_is_left(site: Site, reset: Run) -> None:
    assert set(reset.changed) == set(NODES)
    for host in NODES:
        for folder in EMPTY:
            assert site.on(host, "find", folder, "-mindepth", "1") == ""
        assert "cni0" not in site.on(host, "ip", "link")
        assert "flannel" not in site.on(host, "ip", "link")
        assert site.on(host, "crictl", "pods", "--quiet") == ""
        assert "kube" not in site.on(host, "nft", "list", "ruleset").lower()
        assert "KUBE" not in site.on(host, "iptables-save")
        assert site.on(host, "sh", "-c", "mount | grep /var/lib/kubelet/ || true") == ""
    assert not serves(site)


def test_data_of_volumes_stays_and_is_named(site: Site, reset: Run) -> None:
    assert f"The data of persistent volumes stays in {VOLUMES}" in reset.output
    assert site.on("worker1", "find", VOLUMES, "-name", "ibdata1") != ""


def test_a_second_reset_changes_nothing(site: Site, reset: Run) -> None:
    assert site.play("reset", CONFIRM).changed == {}
    assert site.play("reset", "--check", CONFIRM).changed == {}


def test_the_next_run_sets_it_up_anew(site: Site, reset: Run, first: str) -> None:
    site.play("site")
    assert serves(site)
    assert cluster_id(site) != first
    assert site.play("site").changed == {}


def test_a_worker_is_made_anew_alone(site: Site, reset: Run) -> None:
    assert set(site.play("reset", CONFIRM, "--limit=worker1").changed) == {"worker1"}
    site.play("site")
    assert serves(site)


def test_data_of_volumes_goes_when_asked(site: Site, reset: Run) -> None:
    site.play("reset", CONFIRM, "-ereset_volumes=true")
    assert site.on("worker1", "find", VOLUMES, "-mindepth", "1") == ""
