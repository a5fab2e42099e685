# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A compose project that is imported, deployed and used; its data outlive its pods."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.stacks.conftest import LifeSite
from tests.support.waiting import eventually

PROJECT = Path(__file__).parent / "guests"
NAMESPACE = "guests-test"
IMAGES = {
    "web": "guestbook-ui",
    "api": "guestbook-api",
    "prepare": "guestbook-api",
    "db": "mariadb",
}
LIMIT_S = 240


@pytest.fixture(scope="module")
def host(site: LifeSite) -> str:
    """The host name of the project's page."""
    return f"guests.{site.domain}"


@pytest.fixture(scope="module")
def imported(site: LifeSite, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The stack that was made of the project."""
    folder = tmp_path_factory.mktemp("compose")
    shutil.copytree(PROJECT, folder / "guests")
    output = folder / "guests.yml"
    files = {"compose": folder / "guests/compose.yaml", "stack": "guests", "output": output}
    arguments = [part for name, value in files.items() for part in ("-e", f"{name}={value}")]
    assert site.play("stack_import", *arguments).changed
    assert not site.play("stack_import", *arguments).changed
    return {"path": output, **yaml.safe_load(output.read_text())}


@pytest.fixture(scope="module")
def running(site: LifeSite, imported: dict[str, Any], host: str) -> Iterator[None]:
    """The stack at work: the environment says where, and which images are the project's own."""
    components: dict[str, Any] = {
        name: {"image": f"${{catalogue.{image}}}"} for name, image in IMAGES.items()
    }
    components["db"]["volumes"] = {"entries": {"size": "1Gi"}}
    entry = {
        "name": "guests",
        "definition": str(imported["path"]),
        "environment": "test",
        "hosts": {"web": host},
        "components": components,
    }
    with site.having(entry):
        # The depot has the images of what the inventory names.
        site.play("site")
        yield


def texts(site: LifeSite, host: str) -> list[str]:
    """Return the entries that the page shows, none while the API or its database is away."""
    answer = site.request("GET", f"http://{host}/api/entries")
    return [one["text"] for one in answer.json()["entries"]] if answer.ok else []


def test_what_is_not_mapped_is_said(imported: dict[str, Any]) -> None:
    text = imported["path"].read_text()
    assert "waiting until another has ended (api for prepare)" in text
    assert imported["components"].keys() == IMAGES.keys()
    assert {name: one["type"] for name, one in imported["components"].items()} == {
        "web": "service",
        "api": "service",
        "prepare": "job",
        "db": "stateful",
    }
    for path in (PROJECT / "secrets").iterdir():
        assert path.read_text().strip() not in text


@pytest.mark.usefixtures("running")
def test_it_works(site: LifeSite, host: str) -> None:
    page = site.request("GET", f"http://{host}/")
    assert "Guestbook" in page.text
    said = {"name": "Ann", "text": "said before the pods went"}
    answer = site.request("POST", f"http://{host}/api/entries", json=said)
    assert answer.status_code == 201, answer.text
    assert texts(site, host) == ["said before the pods went"]
    assert site.play("deploy").changed == {}


@pytest.mark.usefixtures("running")
def test_its_configuration_and_secrets_are_where_compose_puts_them(site: LifeSite) -> None:
    core = site.core()
    found = core.read_namespaced_secret("db-password", NAMESPACE).data["value"]
    generated = base64.b64decode(found).decode()
    assert generated != (PROJECT / "secrets/db-password.txt").read_text().strip()
    kubectl = ("kubectl", "--kubeconfig=/etc/kubernetes/admin.conf", "-n", NAMESPACE)
    inside = (*kubectl, "exec", "db-0", "--", "cat", "/run/secrets/db-password")
    assert site.on("control1", *inside) == generated
    query = 'MYSQL_PWD=$(cat /run/secrets/db-password) mariadb -N -u guests -e "$0"'
    asked = "SHOW VARIABLES LIKE 'max_connections'"
    inside = (*kubectl, "exec", "db-0", "--", "sh", "-c", f"{query} -S /tmp/mysqld.sock", asked)
    assert site.on("control1", *inside).split() == ["max_connections", "77"]


@pytest.mark.usefixtures("running")
def test_its_data_outlive_its_pods(site: LifeSite, host: str) -> None:
    core = site.core()
    before = {pod.metadata.uid for pod in core.list_namespaced_pod(NAMESPACE).items}
    assert before
    core.delete_collection_namespaced_pod(NAMESPACE, grace_period_seconds=5)

    def gone() -> bool:
        return not before & {p.metadata.uid for p in core.list_namespaced_pod(NAMESPACE).items}

    eventually(gone, LIMIT_S, every=1)
    eventually(lambda: texts(site, host) == ["said before the pods went"], LIMIT_S, every=1)
    assert "Guestbook" in site.request("GET", f"http://{host}/").text
    assert site.play("deploy").changed == {}, "the job that has ended is not run again"
