# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is public, and what is outside of the cluster."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    LandfallError,
    NotReadyError,
)
from ansible_collections.landfall.platform.plugins.module_utils._stack.context import (
    predicted_addresses,
)
from ansible_collections.landfall.platform.plugins.module_utils._stack.settings import Instance
from ansible_collections.landfall.platform.plugins.module_utils._stack.uses import needed_addresses

from .compiled import Objects
from .conftest import Place
from .samples import ADDRESSES, EVERYTHING, EVERYTHING_SETTINGS
from .test_kinds import build, changed


@pytest.fixture
def everything(place: Place) -> Instance:
    """The sample in an environment."""
    return place(EVERYTHING, **EVERYTHING_SETTINGS)


@pytest.fixture
def objects(everything: Instance) -> Objects:
    """The sample's objects."""
    return build(everything)


# what is public ---------------------------------------------------------------------------------


def test_published_components(objects: Objects) -> None:
    public = objects["Service", "api-public"]
    assert public["metadata"]["annotations"] == {"landfall.dev/wait": "true"}
    assert public["spec"]["type"] == "LoadBalancer"
    assert public["spec"]["ports"] == [
        {"name": "http", "port": 80, "targetPort": "http"},
        {"name": "dns", "port": 53, "targetPort": "dns", "protocol": "UDP"},
    ]
    shared = objects["Service", "agent-public"]
    assert shared["metadata"]["annotations"]["landfall.dev/address"] == "shared"
    assert shared["spec"]["ports"][0]["port"] == 5140


def test_addresses(everything: Instance) -> None:
    assert needed_addresses(everything.stack) == ("api",)
    with pytest.raises(NotReadyError, match="no external address yet: api in all-lab"):
        build(everything, {})
    predicted = predicted_addresses(everything.stack, {})
    assert build(everything, predicted)["ConfigMap", "web"]["data"]["HOST"] == (
        "address-of-api.invalid"
    )
    assert predicted_addresses(everything.stack, ADDRESSES) == ADDRESSES
    six = build(everything, {"api": "fd00::7"})
    assert six["ConfigMap", "web"]["data"]["BACK"] == "http://[fd00::7]"


def test_an_address_needs_nobody_to_run_first(place: Place, minimal: dict[str, Any]) -> None:
    minimal["components"] = {
        "front": {
            "type": "service", "image": "f:1", "ports": {"http": 80}, "publish": {},
            "environment": {"SERVER_URI": "${back.url}"},
        },
        "back": {
            "type": "service", "image": "b:1", "ports": {"http": 8080}, "publish": {},
            "environment": {"ALLOWED": "${front.url}"},
        },
    }  # fmt: skip
    made = build(place(minimal), {"front": "10.0.0.1", "back": "10.0.0.2"})
    assert made["ConfigMap", "front"]["data"] == {"SERVER_URI": "http://10.0.0.2:8080"}
    assert made["ConfigMap", "back"]["data"] == {"ALLOWED": "http://10.0.0.1"}


def test_nobody_is_sent_to_a_wildcard(place: Place) -> None:
    hosts = {"web": ["*.web.test", "www.web.test"], "api": "api.test"}
    made = build(place(EVERYTHING, **{**EVERYTHING_SETTINGS, "hosts": hosts}))
    assert made["ConfigMap", "shared"]["data"]["SITE"] == "https://www.web.test"


def test_routes_by_scheme(objects: Objects) -> None:
    def parents(name: str) -> list[dict[str, str]]:
        found: list[dict[str, str]] = objects["HTTPRoute", name]["spec"]["parentRefs"]
        return found

    gateway = {"name": "landfall", "namespace": "ingress"}
    assert parents("api") == parents("web") == [{**gateway, "sectionName": "https"}]
    assert parents("web-redirect") == [{**gateway, "sectionName": "http"}]
    (rule,) = objects["HTTPRoute", "web-redirect"]["spec"]["rules"]
    assert rule["filters"][0]["requestRedirect"] == {"scheme": "https", "statusCode": 301}


# what is outside --------------------------------------------------------------------------------


def test_a_proxy(objects: Objects) -> None:
    text = objects["ConfigMap", "db-outside"]["data"]["haproxy.cfg"]
    assert "  server target db1.example.org:13306\n" in text
    assert "  server target db1.example.org:80\n" in text
    assert "monitor fail if { nbsrv(mysql) lt 1 }" in text
    spec = objects["Deployment", "db-outside"]["spec"]
    assert spec["replicas"] == 2
    (made,) = spec["template"]["spec"]["containers"]
    assert made["image"] == "landfall.internal/haproxy:1.0.0"
    listening = {port["name"]: port["containerPort"] for port in made["ports"]}
    assert listening == {"mysql": 20000, "admin": 20001}
    for number in (20000, 20001):
        assert f"  bind :::{number} v4v6\n" in text
    ports = {
        port["name"]: port["port"] for port in objects["Service", "db-outside"]["spec"]["ports"]
    }
    assert ports == {"mysql": 3306, "admin": 80}


@pytest.mark.parametrize(
    ("field", "value", "words", "there"),
    [
        ("wait", True, "nbsrv", True),
        ("wait", False, "nbsrv", False),
        ("target", {"host": "fd00::1"}, "  server target [fd00::1]:3306\n", True),
    ],
)
def test_the_proxys_configuration(
    place: Place, field: str, value: Any, words: str, there: bool
) -> None:
    made = build(place(changed("db-outside", field, value=value), **EVERYTHING_SETTINGS))
    assert (words in made["ConfigMap", "db-outside"]["data"]["haproxy.cfg"]) is there


@pytest.mark.skipif(not shutil.which("haproxy"), reason="haproxy is not installed")
@pytest.mark.parametrize("host", ["db.test", "10.0.0.1", "fd00::1"])
def test_haproxy_takes_its_configuration(place: Place, tmp_path: Path, host: str) -> None:
    raw = changed("db-outside", "target", value={"host": host})
    made = build(place(raw, **EVERYTHING_SETTINGS))["ConfigMap", "db-outside"]["data"]
    (tmp_path / "haproxy.cfg").write_text(made["haproxy.cfg"])
    argv = ["haproxy", "-c", "-f", str(tmp_path / "haproxy.cfg")]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "[ALERT]" not in done.stderr


def test_straight_to_an_address(objects: Objects) -> None:
    assert objects["Service", "log-sink"]["spec"] == {
        "ports": [{"name": "syslog", "port": 514, "targetPort": 1514, "protocol": "UDP"}]
    }
    endpoints = objects["EndpointSlice", "log-sink"]
    assert endpoints["metadata"]["labels"]["kubernetes.io/service-name"] == "log-sink"
    assert endpoints["addressType"] == "IPv4"
    assert endpoints["endpoints"] == [{"addresses": ["10.1.2.3"], "conditions": {"ready": True}}]
    assert endpoints["ports"] == [{"name": "syslog", "port": 1514, "protocol": "UDP"}]


def test_what_was_not_rendered_is_named(everything: Instance) -> None:
    with pytest.raises(LandfallError, match=r"not rendered: components\.cache"):
        build(replace(everything, rendered={}))
