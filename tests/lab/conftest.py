# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The site of the end-to-end tests: stood up once, looked at by all, always removed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from kubernetes import client, config

from tests.support.site import Run, Site


@pytest.fixture(scope="session")
def hosts() -> Iterator[Site]:
    """Hosts with nothing on them but SSH."""
    site = Site("inventories/lab", "test-site", "10.87.0")
    site.play("destroy")
    site.play("lab")
    yield site
    site.play("destroy")


@pytest.fixture(scope="session")
def virgin_check(hosts: Site) -> Run:
    """A run in check mode before anything was installed."""
    return hosts.play("site", "--check")


@pytest.fixture(scope="session")
def first_run(hosts: Site, virgin_check: Run) -> Run:
    """The run that stands the site up."""
    assert virgin_check.changed
    return hosts.play("site")


@pytest.fixture(scope="session")
def site(hosts: Site, first_run: Run) -> Site:
    """A site that stands."""
    assert first_run.changed
    return hosts


@pytest.fixture
def core(site: Site) -> client.CoreV1Api:
    """The API of the cluster, through the gateway, with the cached kubeconfig."""
    return client.CoreV1Api(config.new_client_from_config(str(site.state / "kubeconfig")))
