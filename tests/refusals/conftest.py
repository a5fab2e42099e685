# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts with nothing on them but SSH, and ways to see and to spoil what is on them."""

from __future__ import annotations

import datetime
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.landfall.platform.plugins.module_utils._site.secret_spec import (
    CertificateSpec,
)
from ansible_collections.landfall.platform.plugins.module_utils._site.x509 import CryptographyMaker
from tests.support.site import ROOT, Site

NAME = "test-refusals"
SNAPSHOT = """
dpkg-query -W
systemctl list-unit-files --plain --no-legend
find /etc /opt /usr /home /root /var /run/landfall -type f \
  ! -path '*/__pycache__/*' ! -path '/home/*/.ansible/*' ! -path '/var/log/*' \
  ! -path '/var/lib/systemd/*' -printf '%p %s %T@ %m %U\\n' 2>&- || true
"""
"""Packages, units, and all files that a run could change, with size, time, mode and owner."""


def inventory(folder: Path, hosts: Mapping[str, Any], **variables: Any) -> str:
    """Write an inventory that is laid over the lab's; return its path."""
    (folder / "group_vars/all").mkdir(parents=True)
    (folder / "hosts.yml").write_text(yaml.safe_dump({"all": hosts}), encoding="utf-8")
    (folder / "group_vars/all/all.yml").write_text(yaml.safe_dump(variables), encoding="utf-8")
    return str(folder)


def put(site: Site, host: str, path: str, content: str, mode: str = "0644") -> None:
    """Write a file on a host, past SSH."""
    script = 'mkdir -p "${1%/*}" && cat > "$1" && chmod "$2" "$1"'
    subprocess.run(
        ["podman", "exec", "-i", site.container(host), "sh", "-c", script, "sh", path, mode],
        input=content,
        text=True,
        check=True,
        timeout=60,
    )


def snapshot(site: Site, host: str) -> set[str]:
    """Return what is on a host; two of them are equal when nothing was changed between them."""
    return set(site.on(host, "sh", "-c", SNAPSHOT).splitlines())


def authority() -> str:
    """Return the certificate of an authority that nobody knows, PEM."""
    maker = CryptographyMaker(lambda: datetime.datetime.now(datetime.timezone.utc))
    spec = CertificateSpec("kubernetes", "kubernetes", ca=True)
    return maker.certificate(spec, None).certificate


@pytest.fixture(scope="session")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The hosts of the lab and a third worker."""
    folder = tmp_path_factory.mktemp("more")
    worker = {"worker3": {"ansible_host": "{{ lab_octets }}.43"}}
    more = inventory(
        folder / "more",
        {"children": {"lab": {"hosts": worker}, "workers": {"hosts": {"worker3": {}}}}},
        site_state=str(ROOT / "state" / NAME),
    )
    site = Site("inventories/lab", NAME, "10.84.0", more=(more,))
    site.play("destroy")
    site.play("lab")
    yield site
    site.play("destroy")
