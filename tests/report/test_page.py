# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report in a browser: on a desk and a phone, light, dark and printed. Pictures are kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._report import page
from ansible_collections.landfall.platform.plugins.module_utils._report.build import build
from ansible_collections.landfall.platform.plugins.module_utils._report.facts import Facts
from tests.support import cluster
from tests.support.browser import Page, browser
from tests.support.site import ROOT

PICTURES = ROOT / "tests" / "output"
TEMPLATES = ROOT / "roles/report/templates"
DESK, PHONE = (1100, 900), (390, 844)
# What a script of a stranger would do, and what it would fetch.
HOSTILE = "<script>document.title='mine'</script><img src=http://127.0.0.1:1/x onerror=mine()>"


def hostile() -> Facts:
    """Return a site with a stack whose name is an attack, a lost node, and old certificates."""
    facts = cluster.site(6, 4, 24)
    objects = {kind: list(found) for kind, found in facts.objects.items()}
    labels = {"landfall.dev/stack": HOSTILE, "landfall.dev/environment": HOSTILE}
    objects["Namespace"][1] = {
        **objects["Namespace"][1],
        "metadata": {**objects["Namespace"][1]["metadata"], "labels": labels},
    }
    lost = cluster.node("worker2", "10.77.0.32")
    lost["status"]["conditions"] = [{"type": "Ready", "status": "Unknown", "message": HOSTILE}]
    objects["Node"][2] = lost
    return replace(facts, objects=objects, gaps=(HOSTILE,))


SITES = {"small": cluster.site(), "hostile": hostile(), "large": cluster.site(100, 50, 2000)}


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """One tab for all."""
    with browser(tmp_path_factory.mktemp("browser")) as found:
        yield found


def show(
    tab: Page, folder: Path, name: str, size: tuple[int, int], scheme: str, media: str
) -> None:
    """Open the report of a site as a screen or a printer has it, and keep a picture."""
    path = folder / f"{name}.html"
    path.write_text(page.render(build(SITES[name]), TEMPLATES), encoding="utf-8")
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    tab.send("Emulation.setEmulatedMedia", media=media, features=features)
    mobile = size == PHONE
    screen = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": mobile}
    tab.send("Emulation.setDeviceMetricsOverride", **screen)
    tab.open(path.as_uri())
    tab.wait(f"document.readyState === 'complete' && location.href === '{path.as_uri()}'")
    height = min(int(tab.evaluate("document.documentElement.scrollHeight")), 6000)
    tab.send("Emulation.setDeviceMetricsOverride", **{**screen, "height": height})
    kind = "phone" if mobile else media or "desk"
    tab.screenshot(PICTURES / f"report-{name}-{kind}-{scheme}.png")


LOOKS = [
    (DESK, "light", ""),
    (DESK, "dark", ""),
    (PHONE, "light", ""),
    (PHONE, "dark", ""),
    ((780, 1100), "dark", "print"),
]


@pytest.mark.parametrize("name", SITES)
@pytest.mark.parametrize(("size", "scheme", "media"), LOOKS)
def test_it_can_be_read_everywhere(
    tab: Page, tmp_path: Path, name: str, size: tuple[int, int], scheme: str, media: str
) -> None:
    show(tab, tmp_path, name, size, scheme, media)
    facts = SITES[name]
    # nobody has to scroll sideways, but within the drawing and wide tables
    assert tab.evaluate("document.documentElement.scrollWidth") <= size[0]
    # paper is white, whatever the screen is
    light = scheme == "light" or media == "print"
    colour = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, colour[4:-1].split(","))) > 600) == light, colour
    assert tab.evaluate("document.querySelectorAll('svg .box').length") == 4 + len(facts.of("Node"))
    shown = tab.text()
    for node in facts.of("Node"):
        assert node["metadata"]["name"] in shown


@pytest.mark.parametrize("name", SITES)
def test_names_stay_in_their_boxes(tab: Page, tmp_path: Path, name: str) -> None:
    show(tab, tmp_path, name, DESK, "light", "")
    outside = tab.evaluate(
        """[...document.querySelectorAll('svg g')].flatMap(group => {
             const box = group.querySelector(':scope > rect').getBBox();
             return [...group.querySelectorAll(':scope > text')].filter(text => {
               const found = text.getBBox();
               return found.x < box.x || found.x + found.width > box.x + box.width;
             }).map(text => text.textContent);
           })"""
    )
    assert outside == []


def test_nothing_runs_and_nothing_is_fetched(tab: Page, tmp_path: Path) -> None:
    show(tab, tmp_path, "hostile", DESK, "light", "")
    assert HOSTILE in tab.text()
    assert tab.evaluate("document.title").startswith("lab: ")
    assert tab.evaluate("document.querySelectorAll('script, img, link, iframe').length") == 0
    assert tab.evaluate("performance.getEntriesByType('resource').length") == 0
