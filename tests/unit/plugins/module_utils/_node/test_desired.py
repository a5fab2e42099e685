# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parameters in, desired state or all problems out."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import ProblemsError
from ansible_collections.landfall.platform.plugins.module_utils._node.desired import (
    Desired,
    Ownership,
    Unit,
    parents,
)

SHA = "a" * 64


def problems(params: dict[str, Any], *, check: bool = False) -> str:
    with pytest.raises(ProblemsError) as info:
        Desired.from_params(params, check=check)
    return str(info.value)


def test_nothing_declared_is_nothing_desired():
    assert Desired.from_params({}) == Desired()
    assert Desired.from_params({"files": None, "sysctls": None, "artifact_ca": None}) == Desired()


def test_defaults_and_conversions():
    wanted = Desired.from_params(
        {
            "files": [{"path": "/etc/x", "content": "text", "mode": "600", "owner": None}],
            "kernel_modules": ["overlay", "overlay"],
            "sysctls": {"net.ipv4.ip_forward": True, "net.ipv4.tcp_rmem": "4096\t 8192  9000"},
            "sysctls_file": "90-x.conf",
        }
    )
    assert wanted.files[0].ownership == Ownership("0600", "root", "root")
    assert wanted.files[0].content == b"text"
    assert wanted.kernel_modules == ("overlay",)
    assert wanted.sysctls == {"net.ipv4.ip_forward": "1", "net.ipv4.tcp_rmem": "4096 8192 9000"}
    assert [file.path for file in wanted.all_files()] == [
        "/etc/x",
        "/etc/modules-load.d/landfall-overlay.conf",
        "/etc/sysctl.d/90-x.conf",
    ]
    assert b"net.ipv4.tcp_rmem = 4096 8192 9000\n" in wanted.sysctl_files[0].content


def test_contents_in_base64_and_apart():
    encoded = base64.b64encode(b"\0\xff").decode()
    wanted = Desired.from_params(
        {
            "files": [
                {"path": "/a", "content_base64": encoded},
                {"path": "/b", "secret": True},
            ],
            "secret_contents": {"/b": base64.b64encode(b"hush").decode()},
        }
    )
    assert [file.content for file in wanted.files] == [b"\0\xff", b"hush"]


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"file": []}, "did you mean files?"),
        ({"files": [{"path": "/x", "contents": ""}]}, "did you mean content?"),
        ({"files": {}}, "wrong type: files; expected: a list"),
        ({"files": ["x"]}, "wrong type: files[0]; expected: a mapping; found: str"),
        ({"packages": [[]]}, "wrong type: packages[0]; expected: a single value"),
        ({"sysctls": []}, "wrong type: sysctls; expected: a mapping"),
        ({"files": [{"path": "/x", "content": {}}]}, "wrong type: files[0].content"),
        ({"files": [{"content": ""}]}, "missing parameter: files[0]; expected: path"),
        ({"artifacts": [{"name": "x"}]}, "missing parameter: artifacts[0]; expected: directory"),
        ({"files": [{"path": "x", "content": ""}]}, "invalid path: x"),
        ({"files": [{"path": "/", "content": ""}]}, "invalid path: /"),
        ({"files": [{"path": "/a/../b", "content": ""}]}, "invalid path: /a/../b"),
        ({"directories": [{"path": "/a/"}]}, "invalid path: /a/"),
        ({"directories": [{"path": "/a", "mode": 420}]}, "found: 420"),
        ({"directories": [{"path": "/a", "mode": "0888"}]}, "found: '0888'"),
        ({"directories": [{"path": "/a", "owner": "a b"}]}, "invalid name"),
        ({"files": [{"path": "/x"}]}, "one of content, template, source"),
        ({"files": [{"path": "/x", "content": "", "state": "absent"}]}, "as its state is absent"),
        ({"files": [{"path": "/x", "content": "", "state": "gone"}]}, "invalid state: /x"),
        ({"files": [{"path": "/x", "template": "t"}]}, "only the action plugin"),
        ({"files": [{"path": "/x", "content_base64": "?"}]}, "invalid content_base64"),
        ({"files": [{"path": "/x", "content": "", "validate": ["true"]}]}, "invalid validate"),
        ({"packages": ["Not A Package"]}, "invalid name: packages"),
        ({"kernel_modules": ["a b"]}, "invalid name: kernel_modules"),
        ({"sysctls": {"a.b": 1}}, "invalid sysctls_file"),
        ({"sysctls": {"a.b": 1}, "sysctls_file": "x/y.conf"}, "invalid sysctls_file"),
        ({"units": [{"name": "sshd"}]}, "invalid unit: sshd"),
        ({"units": [{"name": "a.service", "state": "restarted"}]}, "invalid state: a.service"),
        ({"units": [{"name": "a.service", "masked": True, "enabled": True}]}, "contradiction"),
        ({"units": [{"name": "a.service"}] * 2}, "unit declared more than once: a.service"),
        ({"users": [{"name": "a"}] * 2}, "user declared more than once: a"),
        ({"groups": [{"name": "a"}] * 2}, "group declared more than once: a"),
        (
            {"files": [{"path": "/x", "content": ""}], "links": [{"path": "/x", "target": "y"}]},
            "path declared more than once: /x",
        ),
        ({"artifacts": [{"name": "a", "directory": "/b"}]}, "the artifact index is empty"),
    ],
)
def test_what_is_wrong_is_named(params, message):
    assert message in problems(params)


def test_all_problems_are_reported_together():
    text = problems(
        {"directories": [{"path": "x", "mode": "9"}], "units": [{"name": "y"}, {"name": "z"}]}
    )
    assert text.startswith("invalid parameters of node_state (4):")


def test_users_and_links_and_units():
    wanted = Desired.from_params(
        {
            "users": [{"name": "a", "group": "b", "home": "/c", "shell": "/bin/sh"}],
            "links": [{"path": "/l", "target": "t"}],
            "units": [{"name": "a@b.service", "reload_on": ["/d"]}],
        }
    )
    assert wanted.users[0].home == "/c"
    assert wanted.links[0].target == "t"
    assert wanted.units[0].reload_on == ("/d",)


def test_artifacts_in_an_empty_index_pass_in_check_mode_alone():
    wanted = Desired.from_params(
        {"artifacts": [{"name": "a", "directory": "/b", "files": ["c"]}]}, check=True
    )
    assert wanted.artifacts[0].path == "/b/c"
    assert wanted.artifacts[0].file.sha256 == ""


@pytest.mark.parametrize(
    ("name", "path", "owns"),
    [
        ("a.service", "/etc/systemd/system/a.service", True),
        ("a.service", "/etc/systemd/system/b.service", False),
        ("a.service", "/etc/systemd/system/a.service.d/x.conf", True),
        ("a.service", "/etc/systemd/system/a.service.d/x.txt", False),
        ("a.service", "/etc/systemd/a.service", False),
        ("a.service", "/etc/a.service.d/x.conf", False),
        ("a@1.service", "/usr/lib/systemd/system/a@.service", True),
        ("a@1.service", "/etc/systemd/system/a@.service.d/x.conf", True),
        ("a@1.service", "/etc/systemd/system/a@2.service", False),
    ],
)
def test_which_files_are_a_units_own(name, path, owns):
    assert Unit(name, None, None, None, (), ()).owns(path) is owns


def test_parents_are_sorted_from_the_outside():
    assert parents(["/a/b/c", "/a/d"]) == ["/a", "/a/b"]
