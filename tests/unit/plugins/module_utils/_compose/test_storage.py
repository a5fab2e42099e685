# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Volumes, files and directories that services mount."""

from __future__ import annotations

from typing import Any

import pytest

from .samples import component, noted, one, take


@pytest.mark.parametrize(
    ("mount", "files", "expected", "note"),
    [
        ("./f:/f", {"f": "a ${x}"}, {"/f": "a $${x}"}, ""),
        ("./f:/f", {"f": "#!/bin/sh"}, {"/f": {"content": "#!/bin/sh", "mode": "0555"}}, ""),
        ("./f:/f", {"f": b"\xff"}, None, "not text"),
        ("./f:/f", {"f": "x" * 200_000}, None, "too large"),
        ("./f:/f", {}, None, "is not there"),
        ("./d:/etc/d", {"d/a": "1", "d/b": "2"}, {"/etc/d/a": "1", "/etc/d/b": "2"}, ""),
        ("./d:/d:ro", {"d/a": "1"}, {"/d/a": "1"}, ""),
        ("./d:/d", {"d/a.sql": "1"}, {"/d/a.sql": "1"}, ""),
        ("./d:/d", {"d/a.py": "1"}, None, "directory"),
        ("./d:/d:ro", {"d/e/a": "1"}, None, "directory"),
        ("./d:/d:ro", {f"d/{n}": "1" for n in range(30)}, None, "directory"),
        ("./d:/d:ro", {"d/a b": "1"}, None, "does not fit"),
        ("./f:/a b", {"f": "1"}, None, "cannot have"),
        ("/etc/passwd:/p", {}, None, "of the host"),
        ("../f:/f", {"../f": "x"}, None, "of the host"),
        ("/etc/localtime:/etc/localtime", {}, None, "TZ"),
        ("/var/run/docker.sock:/var/run/docker.sock", {}, None, "nodes"),
        ("other:/x", {}, None, "belongs to b"),
        ({"type": "image", "source": "x", "target": "/x"}, {}, None, "type image"),
    ],
)
def test_mounts(mount: Any, files: Any, expected: Any, note: str) -> None:
    services = one("nginx", volumes=[mount])
    services["b"] = {"image": "mysql:8", "volumes": ["other:/var/lib/mysql"]}
    found = take({"services": services, "volumes": {"other": {}}}, files)
    assert component(found).get("files") == expected
    assert note in noted(found, "services.a.volumes[0]")
    assert bool(note) == bool(noted(found, "services.a.volumes[0]"))


def test_a_volume_at_two_places() -> None:
    volumes = ["d:/one", "d:/two", "e:/two", {"type": "tmpfs", "target": "/t"}]
    found = take({"services": one(volumes=volumes, shm_size="64m"), "volumes": {"d": {}, "e": {}}})
    assert component(found)["volumes"] == {
        "d": {"path": "/one", "size": "10Gi"},
        "d-2": {"path": "/two", "size": "10Gi"},
    }
    assert component(found)["scratch"] == [
        {"path": "/t", "memory": True},
        {"path": "/dev/shm", "size": "64Mi", "memory": True},  # noqa: S108
    ]


def test_daemons_and_jobs_have_no_claims() -> None:
    services = one(volumes=["d:/d"], deploy={"mode": "global"})
    found = take({"services": services, "volumes": {"d": {}}})
    assert "volumes" not in component(found)
    assert "has no volumes" in noted(found, "services.a.volumes")


def test_configs_and_secrets_are_files() -> None:
    text = """
        services:
          a:
            image: a:1
            environment: {TEXT: from-variable}
            configs: [inline, file, tls, {source: variable, target: /v, mode: 0440}, gone, outside]
            secrets: [db_password, {source: key, target: k.pem, mode: 0400}]
          b: {image: "mysql:8", secrets: [db_password]}
        configs:
          inline: {content: "a $$b"}
          tls: {file: ./tls.key}
          file: {file: ./f}
          variable: {environment: TEXT}
          gone: {file: ./none}
          outside: {external: true}
        secrets:
          db_password: {file: ./never.txt}
          key: {environment: KEY}
    """
    found = take(text, {"f": "file", "never.txt": "hunter22", "tls.key": "hunter2"})
    assert "hunter" not in found.text
    assert component(found)["files"] == {
        "/inline": "a $b",
        "/file": "file",
        "/tls": {"content": "${secret.tls.value}", "mode": "0444"},
        "/v": {"content": "from-variable", "mode": "0440"},
        "/run/secrets/db_password": {"content": "${secret.db-password.value}", "mode": "0444"},
        "/run/secrets/k.pem": {"content": "${secret.key.value}", "mode": "0400"},
    }
    assert found.stack["secrets"] == {
        "db-password": {"value": "generate"},
        "key": {"value": "environment"},
        "tls": {"value": "environment"},
    }
    assert "gone" in noted(found, "services.a.configs[4]")
    assert "outside" in noted(found, "services.a.configs[5]")


def test_a_file_with_a_password_is_a_secret() -> None:
    services = one(volumes=["./f:/f"], environment={"A_PASSWORD": "hunter22"})
    found = take(services, {"f": "password = hunter22"})
    assert component(found)["files"]["/f"]["content"] == "${secret.f.value}"
    assert "hunter" not in found.text


def test_two_things_at_one_path() -> None:
    services = one(
        volumes=["./f:/f"],
        configs=[{"source": "c", "target": "/f"}],
        secrets=[{"source": "s", "target": "/f"}],
    )
    sections = {"configs": {"c": {"content": "c"}}, "secrets": {"s": {"file": "s"}}}
    found = take({"services": services, **sections}, {"f": "f"})
    assert component(found)["files"] == {"/f": "f"}
    assert noted(found, "services.a.configs[0]")
    assert noted(found, "services.a.secrets[0]")
