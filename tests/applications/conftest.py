# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One site with the to-do application and the publishing site, and what lies outside of them."""

from __future__ import annotations

import base64
import hashlib
import io
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes import client, config

from ansible_collections.landfall.platform.plugins.module_utils._bundle import images
from ansible_collections.landfall.platform.plugins.module_utils._bundle.bundle import (
    Bundle,
    Request,
)
from tests.support.site import ROOT, Site

NAME, OCTETS = "test-applications", "10.79.0"
DATABASE = f"{OCTETS}.60"
SERVED = "/srv/content"
PICTURES = ROOT / "tests" / "output"
WORDPRESS = {"username": "wordpress", "password": "a-password"}
TODO: dict[str, Any] = {"name": "todo"}


@dataclass
class Stacks:
    """A site, and the stacks that its inventory has.

    Attributes:
        site: where they run.
        folder: of the inventory.
        publishing: the publishing site's settings.
    """

    site: Site
    folder: Path
    publishing: dict[str, Any]

    def write(self) -> None:
        """Write what differs from the lab's inventory."""
        variables = {
            "site_state": str(self.site.state),
            "gateway_pool": [f"{OCTETS}.100-{OCTETS}.105"],
            "stack_list": [TODO, self.publishing],
            "stack_timeout": 900,
        }
        path = self.folder / "group_vars" / "all" / "test.yml"
        path.write_text(yaml.safe_dump(variables), encoding="utf-8")

    def deploy_publishing(self, component: str, **settings: Any) -> None:
        """Deploy the publishing site with other settings of a component."""
        self.publishing["components"].setdefault(component, {}).update(settings)
        self.write()
        self.site.play("deploy", "-e", "stack_name=publishing")

    def namespace(self, stack: str) -> str:
        """Return a stack's namespace."""
        return f"{stack}-{NAME}"


@dataclass(frozen=True)
class Store:
    """Where the content comes from: files that one of the hosts serves by HTTP.

    Attributes:
        site: whose operator host serves them.
        folder: of this machine, where they are made.
    """

    site: Site
    folder: Path

    @property
    def url(self) -> str:
        """The address of the files."""
        return f"http://{self.site.address(10)}:8000"

    def serve(self) -> None:
        """Begin to serve."""
        self.site.on("operator1", "mkdir", "-p", SERVED)
        server = ("python3", "-m", "http.server", "8000", "--directory", SERVED)
        self.site.on("operator1", "systemd-run", "--unit=content", *server)

    def publish(self, name: str, text: str) -> dict[str, Any]:
        """Have a tarball with one file, as a stack's content."""
        data, packed = text.encode(), io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz") as tar:
            member = tarfile.TarInfo("site/edition.txt")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
        path = self.folder / name
        path.write_bytes(packed.getvalue())
        target = f"{self.site.container('operator1')}:{SERVED}/{name}"
        subprocess.run(["podman", "cp", str(path), target], check=True, timeout=60)
        digest = hashlib.sha256(packed.getvalue()).hexdigest()
        return {
            "url": f"{self.url}/{name}",
            "digest": f"sha256:{digest}",
            "path": "/var/www/content",
            "strip": 1,
        }


@pytest.fixture(scope="session")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Path]]:
    """The lab's hosts and its network."""
    folder = tmp_path_factory.mktemp("inventory") / "lab"
    shutil.copytree(ROOT / "inventories/lab", folder)
    site = Site(str(folder), NAME, OCTETS)
    state = {"site_state": str(site.state)}
    (folder / "group_vars" / "all" / "test.yml").write_text(yaml.safe_dump(state))
    site.play("destroy")
    try:
        site.play("lab")
        yield site, folder
    finally:
        subprocess.run(
            ["podman", "rm", "--force", "--volumes", site.container("database")], check=False
        )
        site.play("destroy")


@pytest.fixture(scope="session")
def database(hosts: tuple[Site, Path]) -> str:
    """A MariaDB that is no part of the cluster."""
    bundle = Bundle(ROOT, Request(names=("image/mariadb",)))
    with bundle.store.locked():
        bundle.apply(bundle.plan(), lambda *_: None)
    (entry,) = bundle.entries
    record = bundle.record(entry)
    assert record
    images.load_into_podman(bundle.store, record, entry)
    variables = {
        "MYSQL_DATABASE": "wordpress",
        "MYSQL_USER": WORDPRESS["username"],
        "MYSQL_PASSWORD": WORDPRESS["password"],
        "MYSQL_ROOT_PASSWORD": "another-password",
    }
    site = hosts[0]
    command = ["podman", *images.detect_runtime(), "run", "--detach", "--tmpfs=/tmp"]
    command += [f"--network=landfall-{NAME}", f"--ip={DATABASE}"]
    command += [f"--name={site.container('database')}"]
    command += ["--ulimit=nofile=20000:20000", "--ulimit=nproc=30000:30000"]
    command += [f"--env={name}={value}" for name, value in variables.items()]
    subprocess.run([*command, entry.reference], check=True, capture_output=True, timeout=120)
    return DATABASE


@pytest.fixture(scope="session")
def content(hosts: tuple[Site, Path], tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store for tarballs that is no part of the cluster."""
    store = Store(hosts[0], tmp_path_factory.mktemp("content"))
    store.serve()
    return store


@pytest.fixture(scope="session")
def stacks(hosts: tuple[Site, Path], database: str, content: Store) -> Stacks:
    """The site with both stacks deployed."""
    site, folder = hosts
    publishing: dict[str, Any] = {
        "name": "publishing",
        "hosts": {"web": f"news.{site.domain}"},
        "secrets": {"database": WORDPRESS},
        "components": {
            "database": {"target": {"host": database}},
            "wordpress": {"content": [content.publish("first.tar.gz", "first edition\n")]},
        },
    }
    made = Stacks(site, folder, publishing)
    made.write()
    site.play("site")
    return made


@pytest.fixture
def core(stacks: Stacks) -> client.CoreV1Api:
    """The API of the cluster, past Ansible."""
    state = stacks.site.state
    return client.CoreV1Api(config.new_client_from_config(str(state / "kubeconfig")))


def secret(core: client.CoreV1Api, namespace: str, name: str, key: str) -> str:
    """Return a value of a Secret."""
    found: Any = core.read_namespaced_secret(name, namespace)
    return base64.b64decode(found.data[key]).decode()
