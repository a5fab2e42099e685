# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an empty project to a serving site with one command, and back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests
from openstack.connection import Connection

from tests.support.load import Load, steady
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


def get(path: str) -> requests.Response:
    """Ask the guestbook, by a connection of its own."""
    with requests.Session() as session:
        session.trust_env = False
        headers = {"Host": "guestbook.qa.example.com"}
        return session.get(f"http://{GATEWAY}{path}", headers=headers, timeout=10)


def test_the_application_answers(first: Run) -> None:
    assert get("/").status_code == 200


@contextmanager
def users() -> Iterator[Load]:
    """Users of the guestbook, of whom none may notice anything."""
    with steady([lambda: get("/"), lambda: get("/api/entries")]) as load:
        yield load
    print(f"{load.sent} requests, {len(load.failures)} failed")  # noqa: T201 (shown with -s)
    assert load.sent > 100
    assert load.failures == []


def nodes(site: Site) -> dict[str, bool]:
    """Return the cluster's nodes, and whether each is ready and gets pods."""
    return {
        one.metadata.name: not one.spec.unschedulable
        and any(each.type == "Ready" and each.status == "True" for each in one.status.conditions)
        for one in site.core().list_node().items
    }


def servers(project: Connection) -> dict[str, str]:
    return {each.name: each.id for each in project.compute.servers()}


def workers(site: Site) -> tuple[str, str]:
    """Return the worker that has the database's volume, and the other one."""
    (volume,) = site.core().list_persistent_volume().items
    term = volume.spec.node_affinity.required.node_selector_terms[0]
    (holder,) = term.match_expressions[0].values
    return holder, next(name for name in ("worker1", "worker2") if name != holder)


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


def test_one_worker_more(project: Connection, site: Site, first: Run) -> None:
    before = servers(project)
    site.count("workers", 3)
    predicted = site.play("site", "--check")
    assert predicted.changed == {"localhost": 1}
    assert servers(project) == before
    with users():
        site.play("site")
    assert nodes(site)["worker3"]
    assert servers(project) == {**before, "worker3": servers(project)["worker3"]}


def test_one_worker_fewer(project: Connection, site: Site, first: Run) -> None:
    site.count("workers", 2)
    refused = site.play("site", expect=2)
    assert "server worker3 would be deleted" in refused.output
    assert nodes(site)["worker3"], "what is refused is not drained either"
    named = ("-e", "openstack_removable=worker3")
    assert "localhost" in site.play("site", "--check", *named).changed
    assert nodes(site)["worker3"]
    with users():
        site.play("site", *named)
    assert set(nodes(site)) == {"control1", "worker1", "worker2"}
    assert "worker3" not in servers(project)
    assert site.play("site").changed == {}


def test_a_server_is_made_anew(project: Connection, site: Site, first: Run) -> None:
    holder, other = workers(site)
    before = servers(project)
    refused = site.play("site", "-e", f"openstack_replace={holder}", expect=2)
    assert "volumes have their data on these nodes alone" in refused.output
    assert servers(project) == before
    assert all(nodes(site).values())
    with users():
        site.play("site", "-e", f"openstack_replace={other}")
    after = servers(project)
    assert {name for name, one in after.items() if before[name] != one} == {other}
    assert nodes(site) == dict.fromkeys(("control1", "worker1", "worker2"), True)
    assert site.play("site").changed == {}


def test_a_node_leaves_and_comes_back(site: Site, first: Run) -> None:
    _, other = workers(site)
    for name, found in (
        ("control1", "no control plane would stay"),
        ("gateway1", "not name nodes"),
    ):
        assert found in site.play("remove_node", "-e", f"removal_nodes={name}", expect=2).output
    named = ("-e", f"removal_nodes={other}")
    assert other in site.play("remove_node", "--check", *named).changed
    assert nodes(site)[other]
    with users():
        run = site.play("remove_node", *named)
    assert f"Take {other} out of the inventory" in run.output
    assert other not in nodes(site)
    with users():
        site.play("site")
    assert nodes(site)[other]


def test_deleting_leaves_nothing(project: Connection, site: Site, first: Run) -> None:
    refused = site.play("destroy", expect=2)
    assert "would be deleted" in refused.output
    site.play("destroy", "-e", f"openstack_removable={NAME}")
    assert not [each.name for each in project.orchestration.stacks(name=NAME)]
    assert "worker1" not in {each.name for each in project.compute.servers()}
    assert not [each.name for each in project.network.networks(name=NAME)]
    owners = [each.name for each in project.network.security_groups()]
    assert not [each for each in owners if each.startswith(NAME)]
