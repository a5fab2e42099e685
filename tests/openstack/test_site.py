# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an empty project to a serving site with one command, and back."""

from __future__ import annotations

import json
import re

import pytest
import requests
from openstack.connection import Connection

from tests.support.site import Run

from .conftest import NAME, Site

GATEWAY = "10.60.0.20"
LINE = re.compile(r"OpenStack · .*?create stack", re.DOTALL)


@pytest.fixture(scope="module")
def predicted(site: Site) -> Run:
    """A check of the whole run, before there is anything."""
    return site.play("site", "--check", "--diff")


@pytest.fixture(scope="module")
def first(site: Site, predicted: Run) -> Run:
    """The run that makes it all."""
    return site.play("site")


def test_a_check_makes_nothing(project: Connection, predicted: Run) -> None:
    assert LINE.search(predicted.output)
    assert predicted.changed == {"localhost": 1}
    assert "create stack" in predicted.output


def test_everything_is_made(project: Connection, first: Run) -> None:
    names = {each.name for each in project.compute.servers()}
    assert {"operator1", "gateway1", "control1", "worker1", "worker2"} <= names
    assert not any(counts.failed or counts.unreachable for counts in first.recap.values())


def test_the_application_answers(site: Site, first: Run) -> None:
    with requests.Session() as session:
        session.trust_env = False
        headers = {"Host": "guestbook.qa.example.com"}
        answer = session.get(f"http://{GATEWAY}/", headers=headers, timeout=10)
    assert answer.status_code == 200


def test_a_second_run_changes_nothing(site: Site, first: Run) -> None:
    again = site.play("site")
    assert again.changed == {}


def test_a_check_of_a_site_that_stands_predicts_nothing(site: Site, first: Run) -> None:
    assert site.play("site", "--check").changed == {}


def test_ssh_knows_every_server(site: Site, first: Run) -> None:
    found = site.hosts()["_meta"]["hostvars"]
    for host in found.values():
        text = json.dumps(host)
        assert "StrictHostKeyChecking=yes" in text
        assert "KnownHostsCommand=/bin/echo %H ssh-ed25519 " in text


def test_deleting_leaves_nothing(project: Connection, site: Site, first: Run) -> None:
    refused = site.play("destroy", expect=2)
    assert "would be deleted" in refused.output
    site.play("destroy", "-e", f"openstack_removable={NAME}")
    assert not [each.name for each in project.orchestration.stacks(name=NAME)]
    assert "worker1" not in {each.name for each in project.compute.servers()}
    assert not [each.name for each in project.network.networks(name=NAME)]
    owners = [each.name for each in project.network.security_groups()]
    assert not [each for each in owners if each.startswith(NAME)]
