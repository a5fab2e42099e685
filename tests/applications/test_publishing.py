# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The publishing site: it installs itself, finds what is published, and is changed under load."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from kubernetes import client

from tests.support.browser import browser
from tests.support.load import Load, steady
from tests.support.waiting import eventually

from .conftest import PICTURES, Stacks, Store, secret

API = "/index.php?rest_route=/wp/v2/posts"


def get(stacks: Stacks, path: str) -> requests.Response:
    """Ask the site as its readers do."""
    return stacks.site.request("GET", f"http://news.{stacks.site.domain}{path}")


def search(stacks: Stacks, words: str) -> dict[str, Any]:
    """Search as readers do."""
    answer = get(stacks, f"/search/results.json?q={words}")
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def publish(stacks: Stacks, core: client.CoreV1Api, title: str) -> None:
    """Publish a post as an editor's program does."""
    password = secret(core, stacks.namespace("publishing"), "wordpress", "loader")
    answer = stacks.site.request(
        "POST",
        f"http://news.{stacks.site.domain}{API}",
        json={"title": title, "content": f"<p>All about {title}.</p>", "status": "publish"},
        auth=("loader", password),
    )
    assert answer.status_code == 201, answer.text


def found(stacks: Stacks, words: str, number: int, limit: float = 60) -> None:
    """Wait until a search finds so many documents."""
    eventually(
        lambda: search(stacks, words)["total"] == number,
        limit,
        every=0.3,
        ignoring=(requests.RequestException,),
    )


def under_load(stacks: Stacks, change: Callable[[], None]) -> Load:
    """Make a change while readers read; returns what they saw."""
    paths = ("/", "/content/edition.txt", "/search/?q=lighthouse", "/wp-login.php")
    with steady([lambda path=path: get(stacks, path) for path in paths]) as load:  # type: ignore[misc]
        time.sleep(3)
        change()
        time.sleep(3)
    print(f"{load.sent} requests, {len(load.failures)} failed")  # noqa: T201
    return load


def test_the_site_installed_itself(stacks: Stacks, tmp_path: Path) -> None:
    assert "Landfall News" in get(stacks, "/").text
    assert get(stacks, "/content/edition.txt").text == "first edition\n"
    assert get(stacks, "/wp-admin/install.php").status_code == 404
    found(stacks, "lighthouse", 1)


def test_a_post_is_found_within_30_s(stacks: Stacks, core: client.CoreV1Api) -> None:
    publish(stacks, core, "Harbour festival")
    begin = time.monotonic()
    found(stacks, "festival", 1, 30)
    print(f"found after {time.monotonic() - begin:.1f} s")  # noqa: T201


def test_no_document_is_lost_with_a_node(stacks: Stacks, core: client.CoreV1Api) -> None:
    namespace = stacks.namespace("publishing")
    for number in range(20):
        publish(stacks, core, f"Tide table {number}")
    found(stacks, "tide", 20)
    core.delete_namespaced_pod("search-1", namespace, grace_period_seconds=0)
    found(stacks, "tide", 20)
    publish(stacks, core, "Storm warning")
    found(stacks, "storm", 1)

    def whole() -> bool:
        pod: Any = core.read_namespaced_pod("search-1", namespace)
        return any(c.type == "Ready" and c.status == "True" for c in pod.status.conditions)

    eventually(whole, 300, every=0.3)
    assert search(stacks, "tide")["total"] == 20


def test_the_indexer_goes_on_where_it_was(stacks: Stacks, core: client.CoreV1Api) -> None:
    namespace = stacks.namespace("publishing")
    selector = "app.kubernetes.io/name=indexer"
    core.delete_collection_namespaced_pod(namespace, label_selector=selector)
    publish(stacks, core, "Written while nobody followed")
    found(stacks, "nobody", 1, 90)


@pytest.mark.parametrize("change", ["content", "configuration", "image", "scale"])
def test_changes_under_load_cost_no_request(
    stacks: Stacks, content: Store, core: client.CoreV1Api, change: str
) -> None:
    changes: dict[str, Callable[[], None]] = {
        "content": lambda: stacks.deploy_publishing(
            "wordpress", content=[content.publish("second.tar.gz", "second edition\n")]
        ),
        "configuration": lambda: stacks.deploy_publishing(
            "wordpress", environment={"WORDPRESS_CHANGED": "1"}
        ),
        "image": lambda: stacks.deploy_publishing("wordpress", image=same_image(stacks)),
        "scale": lambda: scale(stacks, 4, 2),
    }
    load = under_load(stacks, changes[change])
    assert load.failures == []
    assert load.sent > 100
    if change == "content":
        assert get(stacks, "/content/edition.txt").text == "second edition\n"


def scale(stacks: Stacks, *numbers: int) -> None:
    """Let WordPress have other numbers of pods, one after another."""
    for number in numbers:
        stacks.deploy_publishing("wordpress", replicas=number)


def same_image(stacks: Stacks) -> str:
    """Return the image under the other tag that the depot has for it."""
    tags = stacks.site.on(
        "operator1",
        "curl",
        "--silent",
        "--insecure",
        f"https://{stacks.site.address(10)}:5000/v2/wordpress/tags/list",
    )
    tag = next(tag for tag in json.loads(tags)["tags"] if tag.startswith("1.0.0-"))
    return f"landfall.internal/wordpress:{tag}"


def test_readers_search_in_a_browser(stacks: Stacks, tmp_path: Path) -> None:
    address = f"MAP news.{stacks.site.domain} {stacks.site.gateway}"
    with browser(tmp_path, f"--host-resolver-rules={address}") as page:
        page.open(f"http://news.{stacks.site.domain}/")
        page.wait("document.body && document.body.innerText.includes('Landfall News')")
        page.screenshot(PICTURES / "publishing.png")
        page.open(f"http://news.{stacks.site.domain}/?s=lighthouse")
        page.wait("document.querySelector('mark')")
        assert "/search/?q=lighthouse" in page.evaluate("location.href")
        page.screenshot(PICTURES / "publishing-search.png")
