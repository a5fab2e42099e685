# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A control plane or a gateway stops: the API and the application answer again in time."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
import requests
from kubernetes import client, config

from tests.support.outage import Outage, watched
from tests.support.site import Site

Questions = dict[str, Callable[[], bool]]
CONTROL_PLANE_S, GATEWAY_S = 10, 5
"""Seconds without an answer that a stopped control plane, or gateway, may cost a client."""
WATCHED_S = 30
TIMEOUT_S = 2


@pytest.fixture
def api(site: Site) -> client.VersionApi:
    """The API as an operator reaches it, each time by a new connection and without repetitions."""
    settings = client.Configuration()
    config.load_kube_config(str(site.state / "kubeconfig"), client_configuration=settings)
    settings.retries = False
    connection = client.ApiClient(settings)
    connection.set_default_header("Connection", "close")
    return client.VersionApi(connection)


@pytest.fixture
def questions(site: Site, api: client.VersionApi) -> Questions:
    """What clients ask: the API server, and the application, down to its database."""

    def version() -> bool:
        try:
            return bool(api.get_code(_request_timeout=TIMEOUT_S))
        except client.ApiException:
            return False

    def entries() -> bool:
        answer = requests.get(
            f"http://{site.gateway}/api/entries",
            headers={"Host": f"guestbook.{site.domain}"},
            timeout=TIMEOUT_S,
        )
        return answer.status_code == 200

    return {"API": version, "guestbook": entries}


def during_stop(site: Site, host: str, questions: Questions) -> dict[str, Outage]:
    """Stop a host without a warning, watch, start it again."""
    with watched(questions) as outages:
        time.sleep(2)
        site.stop(host)
        time.sleep(WATCHED_S)
    site.restart(host)
    for name, outage in outages.items():
        assert outage.answers > WATCHED_S, f"{name} was hardly asked"
        print(f"{host} stopped: {name} away for {outage.longest:.1f} s")  # noqa: T201
    return outages


def wait_for_member(site: Site, host: str) -> None:
    """Wait until a control plane that came back serves with its own etcd member."""
    command = ["kubectl", "--kubeconfig=/etc/kubernetes/admin.conf", "get", "--raw=/readyz"]
    server = f"--server=https://{site.on(host, 'hostname', '-I').split()[0]}:6443"
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if site.succeeds(host, *command, server):
            return
        time.sleep(1)
    raise AssertionError(f"{host} does not serve 120 s after its start")


@pytest.mark.parametrize("host", ["control1", "control2", "control3"])
def test_a_stopped_control_plane(site: Site, questions: Questions, host: str) -> None:
    outages = during_stop(site, host, questions)
    wait_for_member(site, host)
    assert {n: o.longest for n, o in outages.items() if o.longest > CONTROL_PLANE_S} == {}


def test_the_active_gateway_stopped(site: Site, questions: Questions) -> None:
    before = holders(site)
    assert len(before) == 1
    outages = during_stop(site, before[0], questions)
    assert {n: o.longest for n, o in outages.items() if o.longest > GATEWAY_S} == {}
    time.sleep(5)
    after = holders(site)
    assert len(after) == 1, "the address stays where it is when the other gateway comes back"
    assert after != before


def holders(site: Site) -> list[str]:
    """Return the gateways that have the shared address."""
    wanted = f"{site.gateway}/32"
    return [h for h in ("gateway1", "gateway2") if wanted in site.on(h, "ip", "-o", "address")]


def test_a_run_after_all_that_changes_nothing(site: Site) -> None:
    assert site.play("site").changed == {}
