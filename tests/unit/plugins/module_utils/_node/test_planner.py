# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts in, steps out."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import ProblemsError
from ansible_collections.landfall.platform.plugins.module_utils._node.desired import Desired
from ansible_collections.landfall.platform.plugins.module_utils._node.observed import (
    Observed,
    PathFact,
    SysctlFact,
    UserFact,
)
from ansible_collections.landfall.platform.plugins.module_utils._node.planner import plan

SHA = "ab" * 32
OWN = {"mode": "0644", "owner": "root", "uid": 0, "group": "root", "gid": 0}
ETC = {"/etc": PathFact("directory", **{**OWN, "mode": "0755"})}


def file(sha256: str = "", text: str | None = None, **changed: Any) -> PathFact:
    return PathFact("file", **{**OWN, "sha256": sha256, "text": text, "size": 3, **changed})


def summary(params: dict[str, Any], check: bool = False, **observed: Any) -> list[str]:
    paths = {**ETC, **observed.pop("paths", {})}
    wanted = Desired.from_params(params, check=check)
    return plan(wanted, Observed(paths=paths, **observed), check=check).summary()


def diff(params: dict[str, Any], **paths: PathFact) -> dict[str, str]:
    facts = {**ETC, **{f"/etc/{name}": fact for name, fact in paths.items()}}
    return plan(Desired.from_params(params), Observed(paths=facts)).diff()[0]


X = {"files": [{"path": "/etc/x", "content": "new\n"}]}
X_SHA = Desired.from_params(X).files[0].sha256
GONE = {"files": [{"path": "/etc/x", "state": "absent"}]}
LINK = {"links": [{"path": "/etc/l", "target": "t"}]}
DIRECTORY = {"directories": [{"path": "/etc/d", "mode": "0700", "owner": "0"}]}
ARTIFACT = {
    "artifacts": [{"name": "a", "directory": "/etc", "mode": "0755"}],
    "artifact_index": {"a": {"files": {"a": {"sha256": SHA, "size": 9, "url": "https://d"}}}},
}
VIRGIN = {"artifacts": ARTIFACT["artifacts"]}
USER = {"users": [{"name": "u", "home": "/h"}]}
MODULE = {"kernel_modules": ["dummy"]}
LOADED_AT_BOOT = {
    "/etc/modules-load.d": PathFact("directory"),
    "/etc/modules-load.d/landfall-dummy.conf": file(
        Desired.from_params(MODULE).module_files[0].sha256
    ),
}


@pytest.mark.parametrize(
    ("params", "facts", "steps"),
    [
        ({"packages": ["aa", "bb"]}, {"packages": frozenset({"aa"})}, ["install packages bb"]),
        ({"groups": [{"name": "g"}]}, {}, ["create group g"]),
        ({"groups": [{"name": "g"}]}, {"groups": frozenset({"g"})}, []),
        (USER, {}, ["create user u"]),
        (USER, {"users": {"u": UserFact("g", "/other", "/bin/sh")}}, ["update user u"]),
        (USER, {"users": {"u": UserFact("g", "/h", "/bin/sh")}}, []),
        (DIRECTORY, {}, ["create directory /etc/d"]),
        (
            DIRECTORY,
            {"paths": {"/etc/d": PathFact("directory", **{**OWN, "mode": "0755"})}},
            ["update directory /etc/d"],
        ),
        (DIRECTORY, {"paths": {"/etc/d": PathFact("directory", **{**OWN, "mode": "0700"})}}, []),
        (
            DIRECTORY,
            {
                "paths": {
                    "/etc/d": PathFact("link", **{**OWN, "mode": "0700"}, leads_to_directory=True)
                }
            },
            [],
        ),
        (X, {}, ["create file /etc/x"]),
        (X, {"paths": {"/etc/x": file("other")}}, ["update file /etc/x"]),
        (X, {"paths": {"/etc/x": file(X_SHA)}}, []),
        (X, {"paths": {"/etc/x": file(X_SHA, mode="0600")}}, ["update file /etc/x"]),
        (X, {"paths": {"/etc/x": file(X_SHA, owner="u", uid=7)}}, ["update file /etc/x"]),
        (X, {"paths": {"/etc/x": PathFact("link", target="y")}}, ["update file /etc/x"]),
        (GONE, {}, []),
        (GONE, {"paths": {"/etc/x": file()}}, ["remove file /etc/x"]),
        (GONE, {"paths": {"/etc/x": PathFact("link", target="y")}}, ["remove file /etc/x"]),
        (LINK, {}, ["create link /etc/l"]),
        (LINK, {"paths": {"/etc/l": PathFact("link", target="t")}}, []),
        (LINK, {"paths": {"/etc/l": PathFact("link", target="u")}}, ["update link /etc/l"]),
        (ARTIFACT, {}, ["install artifact /etc/a"]),
        (ARTIFACT, {"paths": {"/etc/a": file("cd")}}, ["update artifact /etc/a"]),
        (ARTIFACT, {"paths": {"/etc/a": file(SHA, mode="0755")}}, []),
        (ARTIFACT, {"paths": {"/etc/a": file(SHA)}}, ["update artifact /etc/a"]),
        (
            MODULE,
            {"paths": LOADED_AT_BOOT, "kernel_modules": frozenset()},
            ["load kernel module dummy"],
        ),
        (MODULE, {"paths": LOADED_AT_BOOT, "kernel_modules": frozenset({"dummy"})}, []),
        (MODULE, {"paths": LOADED_AT_BOOT, "kernel_modules": None}, []),
    ],
)
def test_steps(params, facts, steps):
    assert summary(params, **facts) == steps


def test_missing_parents_are_created_from_the_outside():
    params = {"files": [{"path": "/a/b/c", "content": ""}]}
    assert summary(params) == [
        "create directory /a",
        "create directory /a/b",
        "create file /a/b/c",
    ]
    declared = {**params, "directories": [{"path": "/a/b", "mode": "0700"}]}
    assert summary(declared)[1] == "create directory /a/b"


def test_an_implied_parent_is_not_changed_and_none_is_made_for_what_is_absent():
    odd = {"/a": PathFact("directory", mode="0700", owner="u", group="u")}
    assert summary({"files": [{"path": "/a/b", "content": ""}]}, paths=odd) == ["create file /a/b"]
    assert summary({"files": [{"path": "/none/b", "state": "absent"}]}) == []


@pytest.mark.parametrize(
    ("params", "path", "kind"),
    [
        (X, "/etc/x", "directory"),
        (LINK, "/etc/l", "file"),
        (DIRECTORY, "/etc/d", "file"),
        (ARTIFACT, "/etc/a", "other"),
    ],
)
def test_something_else_is_never_replaced(params, path, kind):
    with pytest.raises(ProblemsError, match=f"something else is there: {path}.*found: {kind}"):
        summary(params, paths={path: PathFact(kind)})


def test_artifacts_of_a_virgin_site_in_check_mode():
    assert summary(VIRGIN, check=True) == ["install artifact /etc/a"]
    assert summary(VIRGIN, check=True, paths={"/etc/a": file(SHA, mode="0755")}) == []


SYSCTL = {"sysctls": {"a.b": "1"}, "sysctls_file": "x.conf"}


def sysctl_steps(fact: SysctlFact | None, **options: Any) -> list[str]:
    steps = summary(SYSCTL, sysctls={"a.b": fact} if fact else {}, **options)
    return [step for step in steps if "sysctl a" in step]


def test_sysctls():
    assert sysctl_steps(SysctlFact("1")) == []
    assert sysctl_steps(SysctlFact("0", writable=True)) == ["set sysctl a.b"]
    assert sysctl_steps(SysctlFact("0"), check=True) == ["set sysctl a.b"]
    assert sysctl_steps(None, check=True) == ["set sysctl a.b"]
    with pytest.raises(ProblemsError, match=r"read-only kernel parameter: sysctl a\.b.*found: 0"):
        sysctl_steps(SysctlFact("0"))
    with pytest.raises(ProblemsError, match=r"the kernel has no such parameter: sysctl a\.b"):
        sysctl_steps(None)


def test_a_sysctl_may_come_with_a_module():
    steps = summary({**SYSCTL, **MODULE}, kernel_modules=frozenset())
    assert steps[-2:] == ["create file /etc/sysctl.d/x.conf", "set sysctl a.b"]


def test_diff_of_text_binary_and_secret():
    text = diff(X, x=file("other", "old\n"))
    assert (text["before"], text["after"]) == ("old\n", "new\n")
    binary = {"files": [{"path": "/etc/x", "content_base64": "/wA="}]}
    shown = diff(binary, x=file("cd" * 32))
    assert shown["before"] == f"sha256:{'cd' * 32} (3 bytes)\n"
    assert shown["after"].startswith("sha256:")
    assert shown["after"].endswith(" (2 bytes)\n")
    invalid = {"files": [{"path": "/etc/x", "content_base64": "/w=="}]}
    assert diff(invalid)["after"].endswith(" (1 bytes)\n")
    secret = {"files": [{"path": "/etc/x", "content": "hush", "secret": True}]}
    assert "hush" not in str(diff(secret, x=file("other", "psst")))
    assert "psst" not in str(diff(secret, x=file("other", "psst")))


def test_diff_of_artifact_and_ownership():
    shown = diff(ARTIFACT, a=file("cd" * 32))
    assert shown["before"] == f"sha256:{'cd' * 32} (3 bytes)\n"
    assert shown["after"] == f"sha256:{SHA} (9 bytes)\n"
    assert diff(X, x=file(X_SHA, mode="0600")) == {
        "before_header": "file /etc/x",
        "after_header": "file /etc/x (update)",
        "before": "mode 0600, owner root, group root\n",
        "after": "mode 0644, owner root, group root\n",
    }
