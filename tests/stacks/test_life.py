# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of a stack on real hosts: what users of its page notice of it, and what they do not."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
import yaml
from kubernetes.client.exceptions import ApiException

from tests.stacks.conftest import LifeSite


@dataclass
class Load:
    """Requests that are sent one after another, and what became of them."""

    answered: int = 0
    failed: list[str] = field(default_factory=list)


@contextmanager
def steady(site: LifeSite, host: str) -> Iterator[Load]:
    """Send about 50 requests a second, each by a new connection, as long as the context lasts."""
    load, end = Load(), threading.Event()

    def one() -> None:
        connection = http.client.HTTPConnection(site.gateway, 80, timeout=10)
        try:
            connection.request("GET", "/", headers={"Host": host})
            answer = connection.getresponse()
            body = answer.read()
            if answer.status == 200 and b"Guestbook" in body:
                load.answered += 1
            else:
                load.failed.append(f"{time.time():.1f}: status {answer.status}")
        except (OSError, http.client.HTTPException) as error:
            load.failed.append(f"{time.time():.1f}: {error!r}")
        finally:
            connection.close()

    def send() -> None:
        while not end.wait(0.02):
            one()

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield load
    finally:
        end.set()
        thread.join()
    print(f"{host}: {load.answered} requests answered, {len(load.failed)} failed")  # noqa: T201
    assert load.failed == []
    assert load.answered > 0


def pods(site: LifeSite, environment: str) -> dict[str, str]:
    """Return the digest that runs, by UID of each pod that is not ending."""
    found = site.core().list_namespaced_pod(f"page-{environment}").items
    return {
        pod.metadata.uid: pod.status.container_statuses[0].image_id
        for pod in found
        if not pod.metadata.deletion_timestamp
    }


def day(site: LifeSite, playbook: str, *variables: str, expect: int = 0) -> str:
    """Run a playbook for the page in ``test``."""
    given = ["stack_name=page", "stack_environment=test", *variables]
    arguments = [part for one in given for part in ("-e", one)]
    return site.play(playbook, *arguments, expect=expect).output


def test_a_second_deployment_changes_nothing(site: LifeSite) -> None:
    before = pods(site, "test") | pods(site, "qa")
    assert site.play("deploy").changed == {}
    assert site.play("deploy", "--check", "--diff").changed == {}
    assert pods(site, "test") | pods(site, "qa") == before
    assert "1         " in day(site, "history")


def test_the_kubeconfig_is_had_anew(site: LifeSite) -> None:
    (site.state / "kubeconfig").unlink()
    assert site.play("deploy").changed == {}


def test_a_failing_image_is_rolled_back_and_nobody_notices(site: LifeSite) -> None:
    before, elsewhere = pods(site, "test"), pods(site, "qa")
    site.say(components={"web": {"version": "9.9.9"}})
    try:
        with steady(site, site.host("test")):
            run = site.play("deploy", expect=2)
    finally:
        site.say()
    assert "revision 2 failed and revision 1 was brought back" in run.output
    assert "cause: image" in run.output
    assert pods(site, "test") == before
    assert pods(site, "qa") == elsewhere
    assert "rolled-back" in day(site, "history")
    assert site.play("deploy").changed == {}


def test_an_update_of_one_environment_leaves_the_other(site: LifeSite) -> None:
    before, elsewhere = pods(site, "test"), pods(site, "qa")
    site.say(components={"web": {"environment": {"COLOUR": "blue"}}})
    with steady(site, site.host("test")):
        site.play("deploy")
    updated = pods(site, "test")
    assert not before.keys() & updated.keys()
    assert pods(site, "qa") == elsewhere
    with steady(site, site.host("test")):
        assert "The inventory still says" in day(site, "rollback")
    assert not updated.keys() & pods(site, "test").keys()
    site.say()
    assert site.play("deploy").changed == {}


def test_refreshed_and_scaled_under_load(site: LifeSite) -> None:
    before = pods(site, "test")
    with steady(site, site.host("test")):
        day(site, "refresh", "stack_component=web")
        assert not before.keys() & pods(site, "test").keys()
        day(site, "scale", "stack_component=web", "stack_replicas=4")
        assert len(pods(site, "test")) == 4
        assert "set by hand" in site.play("deploy").output
        assert len(pods(site, "test")) == 4
        day(site, "scale", "stack_component=web", "stack_replicas=declared")
    assert len(pods(site, "test")) == 2
    assert site.play("deploy").changed == {}


def test_what_is_misspelt_is_said(site: LifeSite) -> None:
    assert "did you mean web?" in day(
        site, "scale", "stack_component=wbe", "stack_replicas=2", expect=2
    )
    assert "stack_replicas" in day(
        site, "scale", "stack_component=web", "stack_replica=2", expect=2
    )


def test_credentials_of_an_environment_end_at_its_border(site: LifeSite) -> None:
    for name in ("ci1", "ci2"):
        arguments = ("-e", "stack_name=page", "-e", f"stack_environment={name}")
        quota = '{"stack_ci_quota": {"pods": "10"}}'
        assert site.play("environment", *arguments, "-e", quota).changed
        assert not site.play("environment", *arguments, "-e", quota).changed
    limited = site.core("page-ci1.kubeconfig")
    assert len(limited.list_namespaced_pod("page-ci1").items) == 2
    for other in ("page-ci2", "page-test", "kube-system"):
        for ask in (limited.list_namespaced_pod, limited.list_namespaced_secret):
            with pytest.raises(ApiException) as refused:
                ask(other)
            assert refused.value.status == 403
    with pytest.raises(ApiException) as refused:
        limited.delete_namespaced_service("web", "page-ci2")
    assert refused.value.status == 403
    # As if the time of one were over.
    over = {"metadata": {"annotations": {"landfall.dev/expires": "2026-01-31T12:00:00Z"}}}
    site.core().patch_namespace("page-ci1", over)
    sweep = ("-e", "stack_ci_state=swept")
    for run in (site.play("environment", *sweep, "--check"), site.play("environment", *sweep)):
        assert run.changed
        assert "Removed: page-ci1" in run.output
        assert "Kept: page-ci2 until 20" in run.output
    assert site.play("environment", *sweep).changed == {}
    arguments = ("-e", "stack_name=page", "-e", "stack_environment=ci2")
    site.play("environment", *arguments, "-e", "stack_ci_state=absent")
    assert not list(site.state.glob("page-ci*.kubeconfig"))
    names = {one.metadata.name for one in site.core().list_namespace().items}
    assert not {"page-ci1", "page-ci2"} & names


def test_the_digests_of_one_environment_go_to_another(site: LifeSite) -> None:
    day(site, "promote", "stack_promote_environment=qa")
    path = site.variables / "stack_promoted.yml"
    entry = yaml.safe_load(path.read_text())["stack_promoted"]["page-qa"]
    digest = next(iter(pods(site, "test").values())).rpartition("@")[2]
    assert entry["images"]["web"].endswith(f"@{digest}")
    assert site.play("deploy").changed
    spec = site.core().list_namespaced_pod("page-qa").items[0].spec
    assert spec.containers[0].image == entry["images"]["web"]
    assert site.play("deploy").changed == {}
    path.unlink()
    run = site.play("deploy")
    assert run.changed == {}
    assert "keeps the images that were promoted from test" in run.output


def test_a_removed_stack_is_gone(site: LifeSite) -> None:
    output = day(site, "remove_stack")
    assert "It is still in stack_list" in output
    assert pods(site, "test") == {}
    assert pods(site, "qa")
    assert site.play("deploy").changed
    assert len(pods(site, "test")) == 2
