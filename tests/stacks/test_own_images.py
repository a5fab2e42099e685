# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An image that podman made here, brought into the depot and deployed from it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.stacks.conftest import PAGE, LifeSite

BASE = "localhost/landfall-test-life:base"
MADE = "localhost/landfall-test-life:made"
NAME = "registry.example.org/team/words:{}"


def podman(*arguments: str) -> None:
    """Run podman for this user."""
    subprocess.run(["podman", *arguments], check=True, capture_output=True, timeout=300)


@pytest.fixture(scope="module")
def folder(site: LifeSite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder to build in; its base is the guestbook's page, out of the depot."""
    folder = tmp_path_factory.mktemp("words")
    (folder / "Containerfile").write_text(f"FROM {BASE}\nCOPY index.html /srv/guestbook/\n")
    authority = site.state / "ca.crt"
    trust = folder / "trust"
    trust.mkdir()
    (trust / "ca.crt").write_text(authority.read_text())
    image = site.core().list_namespaced_pod("page-test").items[0].spec.containers[0].image
    place = image.split("/", 1)[1].split("@")[0]
    source = f"docker://{site.address(10)}:5000/{place}"
    command = ["skopeo", "copy", f"--src-cert-dir={trust}", source, f"containers-storage:{BASE}"]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=300)
        yield folder
    finally:
        for tag in (MADE, BASE):
            subprocess.run(["podman", "rmi", "--force", tag], check=False, capture_output=True)


def build(folder: Path, words: str) -> None:
    """Make the image whose page says these words."""
    (folder / "index.html").write_text(f"<p>{words}</p>\n")
    podman("build", "--tag", MADE, str(folder))


def bring(site: LifeSite, version: str, *arguments: str, expect: int = 0, **more: Any) -> Any:
    """Run the playbook that brings the image into the depot."""
    image = {"name": NAME.format(version), "source": f"containers-storage:{MADE}", **more}
    given = json.dumps({"depot_images": [image]})
    return site.play("push_images", "-e", given, *arguments, expect=expect)


def test_an_image_of_ones_own(site: LifeSite, folder: Path) -> None:
    build(folder, "my own words")
    predicted = bring(site, "1.0.0", "--check")
    assert predicted.changed
    assert bring(site, "1.0.0").changed == predicted.changed
    assert not bring(site, "1.0.0").changed

    host = f"words.{site.domain}"
    web = {**PAGE["components"]["web"], "image": NAME.format("1.0.0")}
    definition = {
        **PAGE,
        "name": "words",
        "components": {"web": web},
        "checks": [{"path": "/", "contains": "my own words"}],
    }
    entry = {"name": "words", "definition": definition, "hosts": {"web": host}}
    with site.having(entry):
        site.play("deploy", "-e", "stack_name=words")
        assert "my own words" in site.request("GET", f"http://{host}/").text


def test_another_image_under_the_same_name_is_refused(site: LifeSite, folder: Path) -> None:
    build(folder, "other words")
    refused = bring(site, "1.0.0", expect=2).output
    assert "the depot has another image of this name" in refused
    assert "another version" in refused
    assert bring(site, "1.0.1").changed
    assert bring(site, "1.0.0", replace=True).changed
    assert not bring(site, "1.0.0").changed


def test_an_image_that_is_nowhere(site: LifeSite) -> None:
    image = {"name": NAME.format("2.0.0"), "source": "containers-storage:localhost/nothing:1"}
    given = json.dumps({"depot_images": [image]})
    refused = site.play("push_images", "-e", given, expect=2).output
    assert "an image is not where it is said to be" in refused
