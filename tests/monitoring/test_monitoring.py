# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prometheus on a site: what it reads, who else may, and an alert that comes and goes."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from tests.support.waiting import eventually

from .conftest import NAMESPACE, WatchedSite

NODES, EVERYWHERE = 3, ("kubelet", "cadvisor", "node", "coredns")
ONCE = ("apiserver", "etcd", "kube-state-metrics", "gateway", "prometheus")
TARGETS = Counter({**dict.fromkeys(EVERYWHERE, NODES), **dict.fromkeys(ONCE, 1)})
# What each source must have told: an expression that has a result.
FIGURES = [
    "node_memory_MemAvailable_bytes > 0",
    "node_filesystem_avail_bytes > 0",
    "rate(node_cpu_seconds_total[2m]) > 0",
    "etcd_server_has_leader == 1",
    "etcd_mvcc_db_total_size_in_bytes / etcd_server_quota_backend_bytes < 0.8",
    'apiserver_request_total{code="200"} > 0',
    "apiserver_client_certificate_expiration_seconds_bucket",
    "kubelet_certificate_manager_server_ttl_seconds > 604800",
    "kubelet_certificate_manager_client_ttl_seconds > 604800",
    'container_memory_working_set_bytes{namespace="monitoring",container="prometheus"} > 0',
    "coredns_dns_requests_total",
    'kube_node_status_condition{condition="Ready",status="true"} == 1',
    'kube_deployment_status_condition{condition="Progressing",status="true"} == 1',
    'haproxy_backend_active_servers{proxy="api"} == 1',
    'haproxy_server_status{proxy="api",state="UP"} == 1',
]
# Asks without a certificate or token, and says what became of it.
STRANGER = """
import ssl, sys, urllib.error, urllib.request
context = ssl._create_unverified_context()
try:
    with urllib.request.urlopen(sys.argv[1], timeout=10, context=context) as answer:
        print(answer.status)
except urllib.error.HTTPError as error:
    print(error.code)
except OSError as error:
    print(type(error).__name__, error)
"""
STUCK = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "stuck", "namespace": "default"},
    "spec": {
        "progressDeadlineSeconds": 10,
        "selector": {"matchLabels": {"app": "stuck"}},
        "template": {
            "metadata": {"labels": {"app": "stuck"}},
            "spec": {
                # No node has this label.
                "nodeSelector": {"landfall.dev/none": "here"},
                "containers": [{"name": "none", "image": "landfall.internal/none:1"}],
            },
        },
    },
}


def address(site: WatchedSite, name: str) -> str:
    """Return the address of a pod of monitoring."""
    selector = f"--selector=app.kubernetes.io/name={name}"
    what = ["get", "pods", selector, "--output=jsonpath={.items[0].status.podIP}"]
    return site.kubectl("--namespace", NAMESPACE, *what).strip()


def stranger(site: WatchedSite, url: str) -> str:
    """Return what somebody on a worker gets who has nothing to show."""
    return site.on("worker1", "python3", "-c", STRANGER, url).strip()


def test_everything_is_read(site: WatchedSite) -> None:
    def up() -> bool:
        return Counter(one.labels["job"] for one in site.ask("up == 1")) == TARGETS

    eventually(up, 180, every=3)
    assert Counter(one.labels["job"] for one in site.ask("up")) == TARGETS
    nodes = {one.labels["node"] for one in site.ask('up{job="node"}')}
    assert nodes == {"control1", "worker1", "worker2"}


@pytest.mark.parametrize("expression", FIGURES)
def test_each_source_tells(site: WatchedSite, expression: str) -> None:
    eventually(lambda: site.ask(expression), 180, every=3)


def test_a_sound_site_has_no_alert_and_all_rules_work(site: WatchedSite) -> None:
    assert site.ask("sum(prometheus_rule_group_rules) > 20")
    assert not site.ask("prometheus_rule_evaluation_failures_total > 0")
    assert site.firing() == set()


def test_who_shows_nothing_gets_nothing(site: WatchedSite) -> None:
    for host in (30, 41):
        refused = stranger(site, f"https://{site.address(host)}:9100/node")
        assert "alert" in refused or "reset" in refused.lower(), refused
    assert "refused" in stranger(site, f"http://{address(site, 'prometheus')}:9090/api/v1/targets")
    state = address(site, "kube-state-metrics")
    assert stranger(site, f"https://{state}:8443/metrics") == "401"
    assert stranger(site, f"https://{state}:8443/healthz") == "200"


def test_a_second_run_changes_nothing(site: WatchedSite) -> None:
    uid = ["get", "pod", "prometheus-0", "--output=jsonpath={.metadata.uid}"]
    before = site.kubectl("--namespace", NAMESPACE, *uid)
    assert site.play("site").changed == {}
    assert site.kubectl("--namespace", NAMESPACE, *uid) == before


def test_an_alert_comes_and_goes(site: WatchedSite) -> None:
    site.on("control1", "sh", "-c", f"cat > /tmp/stuck.json <<'END'\n{json.dumps(STUCK)}\nEND\n")
    site.kubectl("apply", "--filename=/tmp/stuck.json")
    stuck = 'ALERTS{alertname="RolloutStuck",alertstate="firing",namespace="default"}'
    (alert,) = eventually(lambda: site.ask(stuck), 300, every=5)
    assert (alert.labels["deployment"], alert.labels["severity"]) == ("stuck", "warning")
    site.kubectl("delete", "--filename=/tmp/stuck.json")
    eventually(lambda: not site.ask(stuck), 300, every=5)


def test_memory_is_within_its_limits(site: WatchedSite) -> None:
    used = site.ask(
        f'sum by (container) (container_memory_working_set_bytes{{namespace="{NAMESPACE}"}})'
    )
    for one in used:
        print(f"{one.labels.get('container', '(pods)')}: {one.value / 2**20:.0f} MiB")  # noqa: T201
    series = site.ask("prometheus_tsdb_head_series")[0].value
    print(f"{series:.0f} series")  # noqa: T201
    restarts = site.ask(f'kube_pod_container_status_restarts_total{{namespace="{NAMESPACE}"}} > 0')
    assert restarts == []
