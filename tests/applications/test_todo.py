# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The to-do application as its user sees it: in a browser, at its external address."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from kubernetes import client

from tests.support.browser import Page, browser

from .conftest import PICTURES, Stacks

PLANTS = "water the plants"
LISTED = f"[...document.querySelectorAll('li span')].some(e => e.textContent === '{PLANTS}')"


def address(core: client.CoreV1Api, namespace: str, component: str) -> str:
    """Return the external address of a component's Service."""
    service: Any = core.read_namespaced_service(f"{component}-public", namespace)
    (ingress,) = service.status.load_balancer.ingress
    return str(ingress.ip)


def listed(page: Page, url: str, seconds: float) -> None:
    """Open the page again and again until the to-do is on it, as a person would."""
    end = time.monotonic() + seconds
    while True:
        try:
            page.open(url)
            page.wait(LISTED, 10)
        except AssertionError:  # noqa: PERF203
            if time.monotonic() > end:
                raise
        else:
            return


def test_a_to_do_outlives_every_pod(stacks: Stacks, core: client.CoreV1Api, tmp_path: Path) -> None:
    namespace = stacks.namespace("todo")
    frontend, backend = (address(core, namespace, name) for name in ("frontend", "backend"))
    assert frontend != backend
    with browser(tmp_path) as page:
        page.open(f"http://{frontend}/")
        page.wait("document.querySelector('ul')")
        page.write("#title", PLANTS)
        page.click("form button")
        page.wait(LISTED)
        page.screenshot(PICTURES / "todo-added.png")

        core.delete_collection_namespaced_pod(namespace, grace_period_seconds=5)
        listed(page, f"http://{frontend}/", 240)
        page.screenshot(PICTURES / "todo-after-all-pods-were-deleted.png")

        page.click("li input[type=checkbox]")
        page.wait("document.querySelector('li.done')")
        page.click("li .delete")
        page.wait("!document.querySelector('li')")


def test_a_second_deployment_changes_nothing(stacks: Stacks) -> None:
    assert stacks.site.play("deploy").changed == {}
