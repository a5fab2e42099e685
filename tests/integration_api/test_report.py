# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a cluster, against a real API server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.landfall.platform.plugins.module_utils._kube.apply import apply_objects
from ansible_collections.landfall.platform.plugins.module_utils._kube.client import KubeClient
from ansible_collections.landfall.platform.plugins.module_utils._release.store import ReleaseStore
from tests.support import cluster
from tests.support.site import ROOT, Run

SECRET = "correct-horse-battery"
HOSTILE = "<script>alert(1)</script>"
NAMESPACE = "reported-lab"


@pytest.fixture(scope="module")
def shop(api_kubeconfig: Path) -> None:
    """A stack with a release, a Secret, and what no one should believe.

    It stays: without controllers no namespace ever goes.
    """
    namespace = cluster.namespace(NAMESPACE, "reported", "lab")
    namespace["metadata"]["annotations"] = {"note": HOSTILE}
    web = cluster.deployment("web", NAMESPACE, 2)
    labels = {"app": "web"}
    web["spec"] = {
        "replicas": 2,
        "selector": {"matchLabels": labels},
        "template": {
            "metadata": {"labels": labels},
            "spec": {"containers": [{"name": "web", "image": "x.test/web:1"}]},
        },
    }
    secret = cluster.named("Secret", "password", NAMESPACE, stringData={"key": SECRET})
    release = cluster.release(
        "reported", 3, {"web": "x.test/web:1"}, status="failed", cause=HOSTILE
    )
    with KubeClient.connect(str(api_kubeconfig)) as api:
        apply_objects(api, "test-report", [namespace, web, secret], wait=False)
        ReleaseStore(api).write(release)


def _inventory(state: Path) -> dict[str, Any]:
    """Return an inventory of two nodes on which nothing listens, so that they say so at once."""
    hosts = {name: {"ansible_host": "127.0.0.1"} for name in ("control1", "worker1")}
    variables: dict[str, Any] = {
        "site_name": "lab",
        "site_domain": "lab.test",
        "site_network": "127.0.0.0/8",
        "site_state": str(state),
        "gateway_address": "127.0.0.1",
        "gateway_api_port": 1,
        "gateway_https_port": 1,
        "kubernetes_version": "1.37.1",
        "kubernetes_pod_cidr": "10.244.0.0/16",
        "kubernetes_service_cidr": "10.96.0.0/16",
        "stack_list": [{"name": "reported"}, {"name": "lost"}],
    }
    groups = {
        "control_planes": {"hosts": {"control1": hosts["control1"]}},
        "workers": {"hosts": {"worker1": hosts["worker1"]}},
    }
    return {"all": {"children": groups, "vars": variables}}


def play(folder: Path, kubeconfig: Path, entry: str, *options: str) -> Run:
    """Run an entry of the role against the API server."""
    role = {"name": "landfall.platform.report", "tasks_from": entry}
    task = {"name": "Report", "ansible.builtin.import_role": role}
    plays = [{"name": "Test", "hosts": "all", "gather_facts": False, "tasks": [task]}]
    playbook, inventory, state = (folder / name for name in ("playbook.yml", "hosts.yml", "state"))
    playbook.write_text(yaml.safe_dump(plays))
    inventory.write_text(yaml.safe_dump(_inventory(state)))
    state.mkdir(exist_ok=True)
    # the file names in it are relative to it
    for path in kubeconfig.parent.glob("*.*"):
        if path.suffix in {".crt", ".key"}:
            shutil.copy(path, state / path.name)
    shutil.copy(kubeconfig, state / "kubeconfig")
    program = str(Path(sys.executable).with_name("ansible-playbook"))
    done = subprocess.run(
        [program, "-i", str(inventory), str(playbook), *options],
        cwd=ROOT,
        env={**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_FORCE_COLOR": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    run = Run(done.returncode, done.stdout + done.stderr)
    assert run.returncode == 0, run.output
    assert run.changed == {}
    return run


def test_the_page_and_the_document(api_kubeconfig: Path, shop: None, tmp_path: Path) -> None:
    run = play(tmp_path, api_kubeconfig, "main")
    document = json.loads((tmp_path / "state/report.json").read_text())
    page = (tmp_path / "state/report.html").read_text()
    stacks = {one["namespace"]: one for one in document["stacks"]}
    assert stacks[NAMESPACE]["revision"] == 3
    assert stacks[NAMESPACE]["history"][0]["cause"] == HOSTILE
    assert stacks[NAMESPACE]["workloads"][0]["wanted"] == 2
    assert stacks["lost-lab"]["detail"] == "not in the cluster"
    assert {one["name"] for one in document["nodes"]} == {"control1", "worker1"}
    # there is no metrics-server, and no Gateway API
    assert [gap.partition(":")[0] for gap in document["gaps"]] == ["use of nodes (metrics-server)"]
    for text in (page, json.dumps(document), run.output):
        assert SECRET not in text
    assert HOSTILE not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    for name in ("report.html", "report.json"):
        assert (tmp_path / "state" / name).stat().st_mode & 0o777 == 0o600
    assert "stack lost-lab: not in the cluster" in run.output
    assert str(tmp_path / "state/report.html") in run.output


def test_status(api_kubeconfig: Path, shop: None, tmp_path: Path) -> None:
    run = play(tmp_path, api_kubeconfig, "status")
    assert "!!  reported  lab          3 failed" in run.output
    assert not (tmp_path / "state/report.html").exists()


def test_in_check_mode_no_file_is_written(api_kubeconfig: Path, tmp_path: Path) -> None:
    run = play(tmp_path, api_kubeconfig, "main", "--check", "--diff")
    assert "Report: " not in run.output
    assert not (tmp_path / "state/report.html").exists()


def test_a_cluster_that_does_not_answer_has_a_report_all_the_same(
    api_kubeconfig: Path, tmp_path: Path
) -> None:
    content = api_kubeconfig.read_text()
    address = yaml.safe_load(content)["clusters"][0]["cluster"]["server"]
    other = api_kubeconfig.with_name("nowhere.kubeconfig")
    other.write_text(content.replace(address, "https://127.0.0.1:1"))
    try:
        run = play(tmp_path, other, "main")
    finally:
        other.unlink()
    assert "Kubernetes API: the Kubernetes API does not answer" in run.output
    document = json.loads((tmp_path / "state/report.json").read_text())
    assert document["state"] == "bad"
    assert document["drift"] == []
