# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import shutil
import ssl
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._bundle.managers import (
    Managers,
    java_trust_store,
    maven_options,
    npmrc,
)
from ansible_collections.landfall.platform.plugins.module_utils._core.process import Completed

PEM = """\
-----BEGIN CERTIFICATE-----
YWJj
-----END CERTIFICATE-----
text between
-----BEGIN CERTIFICATE-----
ZGVm
-----END CERTIFICATE-----
-----BEGIN CERTIFICATE-----
YWJj
-----END CERTIFICATE-----
"""


@pytest.mark.parametrize(
    ("texts", "environ", "authorities", "expected"),
    [
        ([], {}, False, ""),
        (["registry=https://a.test/\n", "registry=https://b.test/"], {}, False, None),
        (["cafile = /here\nprefix=/there\nfund=false\n"], {}, True, None),
        (["//a.test/:_authToken=${TOKEN}"], {"TOKEN": "t"}, False, "//a.test/:_authToken=t\n"),
        (["//a.test/:_authToken=${NONE}"], {}, False, "//a.test/:_authToken=${NONE}\n"),
        ([], {"npm_config_strict_ssl": "true"}, False, "strict-ssl=true\n"),
        ([], {"NPM_CONFIG__AUTH": "x", "npm_config_cache": "/c"}, False, "_auth=x\n"),
    ],
)
def test_npm_settings(
    texts: list[str], environ: dict[str, str], authorities: bool, expected: str | None
) -> None:
    found = npmrc(texts, environ, authorities)
    if expected is not None:
        assert found == expected
    elif authorities:
        assert found == "fund=false\ncafile=/run/landfall-build/authorities.crt\n"
    else:
        assert found == "registry=https://a.test/\nregistry=https://b.test/\n"


def test_maven_options_are_the_user_s_and_the_authorities_are_ours() -> None:
    assert maven_options({}, False) == "MAVEN_OPTS=''\n"
    assert (
        maven_options({"MAVEN_OPTS": "-Da=it's  -Db"}, False) == "MAVEN_OPTS='-Da=it'\\''s -Db'\n"
    )
    assert maven_options({"MAVEN_OPTS": "-Xmx1g"}, True).startswith(
        "MAVEN_OPTS='-Xmx1g -Djavax.net.ssl.trustStore=/run/landfall-build/authorities.jks "
    )


def test_a_trust_store_has_each_certificate_once() -> None:
    store = java_trust_store(PEM)
    assert store[:12] == bytes.fromhex("FEEDFEED 00000002 00000002")
    assert store.count(b"X.509") == 2
    assert b"\x00\x00\x00\x03abc" in store
    assert b"\x00\x00\x00\x03def" in store
    assert len(java_trust_store("")) == 12 + 20


@pytest.mark.skipif(shutil.which("keytool") is None, reason="there is no Java here")
def test_java_reads_the_trust_store(tmp_path: Path) -> None:
    bundle = ssl.get_default_verify_paths().cafile or "/etc/ssl/certs/ca-certificates.crt"
    if not Path(bundle).is_file():
        pytest.skip("there are no certificates here")
    pem = Path(bundle).read_text(encoding="utf-8").split("-----END CERTIFICATE-----")[:2]
    store = tmp_path / "store"
    store.write_bytes(java_trust_store("-----END CERTIFICATE-----".join([*pem, ""])))
    command = ["keytool", "-list", "-keystore", str(store), "-storepass", "changeit"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert listed.count("trustedCertEntry") == 2


class FakeNpm:
    def __init__(self, settings: Path, code: int = 0) -> None:
        self.settings, self.code = settings, code

    def __call__(self, argv: Sequence[str], **_: Any) -> Completed:
        assert list(argv) == ["npm", "config", "get", "globalconfig"]
        return Completed(self.code, f"{self.settings}\n", "")


def home(tmp_path: Path) -> dict[str, str]:
    (tmp_path / ".m2").mkdir()
    (tmp_path / "ca.crt").write_text(PEM)
    return {"HOME": str(tmp_path), "PATH": "", "SSL_CERT_FILE": str(tmp_path / "ca.crt")}


def test_a_build_is_shown_what_it_uses(tmp_path: Path) -> None:
    environ = home(tmp_path)
    (tmp_path / ".m2" / "settings.xml").write_text("<settings/>")
    (tmp_path / ".npmrc").write_text("registry=https://a.test/\n")
    folder = tmp_path / "build"
    folder.mkdir()
    managers = Managers(environ)
    assert managers.volumes([], folder) == []
    assert managers.volumes(["maven", "npm"], folder) == [
        f"{folder}/mavenrc:/root/.mavenrc",
        f"{tmp_path}/.m2/settings.xml:/root/.m2/settings.xml",
        f"{folder}/authorities.jks:/run/landfall-build/authorities.jks",
        f"{folder}/npmrc:/root/.npmrc",
        f"{tmp_path}/ca.crt:/run/landfall-build/authorities.crt",
    ]
    assert (folder / "npmrc").stat().st_mode & 0o777 == 0o600
    assert "registry=https://a.test/" in (folder / "npmrc").read_text()


def test_a_machine_without_settings(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "PATH": "", "SSL_CERT_FILE": str(tmp_path / "none")}
    assert Managers(environ).volumes(["maven", "npm"], tmp_path) == [
        f"{tmp_path}/mavenrc:/root/.mavenrc",
        f"{tmp_path}/npmrc:/root/.npmrc",
    ]


@pytest.mark.parametrize("code", [0, 1])
def test_the_machine_s_npm_settings_come_before_the_user_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    monkeypatch.setattr("shutil.which", lambda name, path=None: f"/usr/bin/{name}")
    (tmp_path / "global").write_text("a=1\n")
    own = tmp_path / "own"
    own.write_text("a=2\n")
    environ = {"HOME": str(tmp_path), "SSL_CERT_FILE": "/none", "NPM_CONFIG_USERCONFIG": str(own)}
    Managers(environ, FakeNpm(tmp_path / "global", code)).volumes(["npm"], tmp_path)
    lines = (tmp_path / "npmrc").read_text()
    assert lines == ("a=2\n" if code else "a=1\na=2\n")
