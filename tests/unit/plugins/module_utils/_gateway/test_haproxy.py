# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of HAProxy's configuration, and what the real program says of it."""

from __future__ import annotations

import datetime
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._gateway import haproxy
from ansible_collections.landfall.platform.plugins.module_utils._gateway.model import Gateway
from ansible_collections.landfall.platform.plugins.module_utils._site.secret_spec import (
    CertificateSpec,
)
from ansible_collections.landfall.platform.plugins.module_utils._site.x509 import CryptographyMaker

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", ["single", "double"])
def test_configuration_is_the_golden_one(name: str, request: pytest.FixtureRequest) -> None:
    text = haproxy.render(Gateway.from_params(request.getfixturevalue(name)))
    assert text == (GOLDEN / f"haproxy-{name}.cfg").read_text()


@pytest.mark.parametrize("name", ["single", "double"])
@pytest.mark.skipif(not shutil.which("haproxy"), reason="haproxy is not installed")
def test_haproxy_accepts_it(name: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    maker = CryptographyMaker(lambda: datetime.datetime.now(datetime.timezone.utc))
    pair = maker.certificate(CertificateSpec("ca", "kubernetes", ca=True, usages=()), None)
    (tmp_path / "ca.crt").write_text(pair.certificate)
    params = {**request.getfixturevalue(name), "ca_file": str(tmp_path / "ca.crt")}
    path = tmp_path / "haproxy.cfg"
    path.write_text(haproxy.render(Gateway.from_params(params)))
    done = subprocess.run(
        ["haproxy", "-c", "-f", str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr


def test_order_of_the_inventory_does_not_matter(single: dict[str, Any]) -> None:
    turned = {**single, "ingress": dict(reversed(single["ingress"].items()))}
    assert haproxy.render(Gateway.from_params(turned)) == haproxy.render(
        Gateway.from_params(single)
    )


def test_sessions_fit_the_open_files(single: dict[str, Any]) -> None:
    gateway = Gateway.from_params({**single, "descriptors": 20000})
    assert 2 * gateway.sessions < gateway.descriptors
