# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole runs on a machine that is a directory: prediction, repetition, and runs that are killed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    CommandError,
    LandfallError,
    NotReadyError,
    ProblemsError,
)
from ansible_collections.landfall.platform.plugins.module_utils._node.desired import Desired
from ansible_collections.landfall.platform.plugins.module_utils._node.node import transfers

UNIT = "/etc/systemd/system/app.service"


def prepare(machine: Any) -> None:
    """Make packages and units known that the tests use."""
    machine.package_files["haproxy"] = {
        "/usr/lib/systemd/system/haproxy.service": "[Service]\nExecStart=haproxy\n",
        "/etc/haproxy/haproxy.cfg": "default of the package\n",
        "/usr/sbin/haproxy": "program 1",
    }
    machine.package_files["unwanted"] = {
        "/usr/lib/systemd/system/unwanted.service": "[Service]\nExecStart=unwanted\n",
    }
    machine.reads = {
        "haproxy.service": ["/etc/haproxy/haproxy.cfg"],
        "app.service": ["/etc/app", "/opt/app/tool"],
    }


def params(machine: Any, **changed: Any) -> dict[str, Any]:
    index = machine.depot.index(tool=b"tool " * 300_000, small=b"small")
    return {
        "packages": ["haproxy", "unwanted"],
        "groups": [{"name": "app", "system": True}],
        "users": [{"name": "app", "system": True, "group": "app", "home": "/opt/app"}],
        "directories": [{"path": "/opt/app", "mode": "0750", "owner": "root"}],
        "files": [
            {"path": "/etc/haproxy/haproxy.cfg", "content": "ours\n", "validate": ["ok", "{file}"]},
            {"path": "/etc/app/app.conf", "content": "one\n"},
            {"path": "/etc/app/key", "content": "hush\n", "mode": "0600", "secret": True},
            {"path": UNIT, "content": "[Service]\nExecStart=app\n"},
            {"path": "/etc/systemd/system/haproxy.service.d/x.conf", "content": "[Unit]\n"},
            {"path": "/etc/app/old.conf", "state": "absent"},
        ],
        "links": [{"path": "/usr/local/bin/tool", "target": "../../../opt/app/tool"}],
        "artifacts": [{"name": "tools", "directory": "/opt/app"}],
        "artifact_index": index,
        "kernel_modules": ["overlay", "br_netfilter"],
        "sysctls": {"net.bridge.bridge-nf-call-iptables": 1},
        "sysctls_file": "90-app.conf",
        "units": [
            {
                "name": "haproxy.service",
                "enabled": True,
                "state": "started",
                "reload_on": ["/etc/haproxy/haproxy.cfg"],
            },
            {
                "name": "app.service",
                "enabled": True,
                "state": "started",
                "restart_on": ["/etc/app", "/opt/app/tool"],
            },
            {"name": "unwanted.service", "enabled": False, "state": "stopped"},
            {"name": "other.timer", "masked": True},
        ],
        **changed,
    }


def desired(machine: Any, **changed: Any) -> Desired:
    return Desired.from_params(params(machine, **changed))


def changed_files(machine: Any) -> list[dict[str, Any]]:
    """Return the files of the second version: other content, one file gone, a unit edited."""
    files = [dict(file) for file in params(machine)["files"]]
    files[0]["content"] = "ours, new\n"
    files[1]["content"] = "two\n"
    files[3]["content"] = "[Service]\nExecStart=app --new\n"
    files[5] = {"path": "/etc/app/old.conf", "content": "back again\n"}
    return files


def test_first_run_does_what_check_said_and_the_second_nothing(machine):
    prepare(machine)
    wanted = desired(machine)
    predicted = machine.check(wanted)
    before = machine.state()
    assert machine.check(wanted) == predicted
    assert machine.state() == before
    assert machine.run(wanted).summary() == predicted.summary()
    after = machine.state()
    assert not machine.check(wanted)
    machine.log.clear()
    assert not machine.run(wanted)
    assert machine.log == []
    assert machine.state() == after
    assert machine.text("/etc/haproxy/haproxy.cfg") == "ours\n"
    assert machine.running["haproxy.service"] == machine.configuration("haproxy.service")
    assert "unwanted.service" not in machine.running
    assert machine.text("/proc/sys/net/bridge/bridge-nf-call-iptables") == "1\n"
    assert machine.users["app"]["home"] == "/opt/app"


def test_order_of_the_steps_is_fixed(machine):
    prepare(machine)
    kinds = [str(change).split()[1] for change in machine.check(desired(machine))]
    kinds = [kind for kind in kinds if kind != "file"]  # they come before what needs them
    order = list(dict.fromkeys(kinds))
    assert order == [
        "packages", "group", "user", "directory", "artifact", "link", "kernel", "sysctl", "systemd",
        "unit",
    ]  # fmt: skip


def test_changed_files_restart_and_reload_their_units(machine):
    prepare(machine)
    machine.run(desired(machine))
    made = machine.run(desired(machine, files=changed_files(machine))).summary()
    assert made == [
        "update file /etc/haproxy/haproxy.cfg",
        "update file /etc/app/app.conf",
        f"update file {UNIT}",
        "create file /etc/app/old.conf",
        "reload systemd unit files",
        "reload unit haproxy.service",
        "restart unit app.service",
    ]


@pytest.mark.parametrize("start", ["virgin", "converged", "tampered"])
def test_killed_after_any_change_and_repeated_it_ends_the_same(new_machine, killer, start):
    def make() -> Any:
        machine = new_machine()
        prepare(machine)
        if start != "virgin":
            machine.run(desired(machine))
        if start == "tampered":
            # Somebody tried the second version by hand and started the unit with it.
            machine.put("/etc/app/app.conf", "by hand\n")
            machine.put("/etc/app/old.conf", "by hand\n")
            machine._start("app.service")
        return machine

    def target(machine: Any) -> Desired:
        if start == "converged":
            return desired(machine, files=changed_files(machine))
        return desired(machine)

    undisturbed = make()
    undisturbed.fuse = 1_000_000
    killer(undisturbed)
    undisturbed.run(target(undisturbed))
    steps = 1_000_000 - undisturbed.fuse
    assert steps > 10
    fresh = undisturbed.running["app.service"]
    assert fresh == undisturbed.configuration("app.service")
    for fuse in range(steps):
        machine = make()
        killer(machine)
        machine.fuse = fuse
        with pytest.raises(BaseException, match=r"^$"):
            machine.run(target(machine))
        machine.fuse = -1
        machine.run(target(machine))
        assert machine.state() == undisturbed.state(), f"killed after {fuse} of {steps} changes"
        assert not machine.check(target(machine))


POOL = st.fixed_dictionaries(
    {
        "packages": st.sets(st.sampled_from(["haproxy", "unwanted"])),
        "conf": st.sampled_from(["one\n", "two\n", None]),
        "key": st.sampled_from(["k1\n", "k2\n", None]),
        "tool": st.sampled_from([b"1", b"2", None]),
        "unit": st.sampled_from(["[Service]\nA=1\n", "[Service]\nA=2\n"]),
        "drop_in": st.sampled_from(["[Unit]\n", None]),
        "mode": st.sampled_from(["0644", "0600"]),
        "state": st.sampled_from(["started", "stopped", None]),
        "enabled": st.sampled_from([True, False, None]),
        "masked": st.sampled_from([False, None]),
        "reload": st.booleans(),
    }
)


def from_pool(machine: Any, drawn: dict[str, Any]) -> Desired:
    files: list[dict[str, Any]] = [{"path": UNIT, "content": drawn["unit"]}]
    for name in ("conf", "key"):
        item = {"path": f"/etc/app/{name}", "secret": name == "key"}
        body = drawn[name]
        more = {"state": "absent"} if body is None else {"content": body, "mode": drawn["mode"]}
        files.append({**item, **more})
    drop_in = f"{UNIT}.d/x.conf"
    gone = drawn["drop_in"] is None
    files.append(
        {"path": drop_in, "state": "absent"}
        if gone
        else {"path": drop_in, "content": drawn["drop_in"]}
    )
    tool = drawn["tool"]
    depends = ["/etc/app", "/opt/app/tool"]
    return Desired.from_params(
        {
            "packages": sorted(drawn["packages"]),
            "files": files,
            "artifacts": [] if tool is None else [{"name": "tools", "directory": "/opt/app"}],
            "artifact_index": {} if tool is None else machine.depot.index(tool=tool),
            "units": [
                {
                    "name": "app.service",
                    "enabled": drawn["enabled"],
                    "masked": drawn["masked"],
                    "state": drawn["state"],
                    "reload_on" if drawn["reload"] else "restart_on": depends,
                }
            ],
        }
    )


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(POOL, POOL, st.integers(0, 60), st.booleans())
def test_any_two_states_and_a_kill_between(new_machine, killer, first, second, fuse, tamper):
    machine, straight = new_machine(), new_machine()
    for each in (machine, straight):
        prepare(each)
        each.run(from_pool(each, first))
        if tamper:
            each.put("/etc/app/conf", "by hand\n")
    killer(machine)
    machine.fuse = fuse
    try:
        machine.run(from_pool(machine, second))
    except BaseException as error:
        if type(error).__name__ != "Killed":
            raise
    machine.fuse = -1
    predicted = machine.check(from_pool(machine, second)).summary()
    assert machine.run(from_pool(machine, second)).summary() == predicted
    predicted = straight.check(from_pool(straight, second)).summary()
    assert straight.run(from_pool(straight, second)).summary() == predicted
    assert not machine.run(from_pool(machine, second))
    killed, undisturbed = machine.state(), straight.state()
    assert killed == undisturbed
    if second["state"] == "started":
        assert machine.running["app.service"] == machine.configuration("app.service")


def test_a_surprise_of_a_package_is_dealt_with_in_the_same_run(machine):
    prepare(machine)
    machine.package_files["tuning"] = {"/usr/sbin/haproxy": "program 1", "/etc/app/old.conf": "x"}
    unit = {"name": "app.service", "state": "started", "restart_on": ["/etc/app"]}
    files = [{"path": UNIT, "content": "[Service]\n"}]
    machine.run(Desired.from_params({"files": files, "units": [unit]}))
    wanted = Desired.from_params({"packages": ["tuning"], "files": files, "units": [unit]})
    assert machine.run(wanted).summary() == ["install packages tuning", "restart unit app.service"]
    assert not machine.run(wanted)


def test_a_unit_started_by_others_is_restarted_once(machine):
    machine.put("/usr/lib/systemd/system/sshd.service", "[Service]\n")
    machine._start("sshd.service")
    wanted = Desired.from_params({"units": [{"name": "sshd.service", "state": "started"}]})
    assert machine.run(wanted).summary() == ["restart unit sshd.service"]
    assert not machine.run(wanted)


def test_a_unit_is_stopped_and_disabled_before_its_file_is_removed(machine):
    def wanted(unit: dict[str, Any], file: dict[str, Any]) -> Desired:
        return Desired.from_params(
            {"files": [{"path": UNIT, **file}], "units": [{"name": "app.service", **unit}]}
        )

    machine.run(wanted({"enabled": True, "state": "started"}, {"content": "[Service]\n"}))
    gone = wanted({"enabled": False, "state": "stopped"}, {"state": "absent"})
    predicted = machine.check(gone).summary()
    assert predicted == [
        "disable unit app.service",
        "stop unit app.service",
        f"remove file {UNIT}",
        "reload systemd unit files",
    ]
    assert machine.run(gone).summary() == predicted
    assert not machine.run(gone)


def test_a_unit_that_fails_names_itself_with_its_last_messages(machine):
    machine.broken.add("app.service")
    wanted = Desired.from_params(
        {
            "files": [{"path": UNIT, "content": "[Service]\n"}],
            "units": [{"name": "app.service", "state": "started"}],
        }
    )
    with pytest.raises(
        CommandError, match=r"restart of a unit failed: unit app\.service.*"
    ) as info:
        machine.run(wanted)
    assert "last words" in str(info.value)
    machine.broken.clear()
    assert machine.run(wanted).summary() == ["start unit app.service"]


def test_a_unit_that_dies_after_its_start_is_an_error(machine):
    wanted = Desired.from_params(
        {
            "files": [{"path": UNIT, "content": "[Service]\n"}],
            "units": [{"name": "app.service", "state": "started"}],
        }
    )
    machine.dying.add("app.service")
    with pytest.raises(NotReadyError, match="does not keep running"):
        machine.run(wanted)


def test_an_error_of_the_system_names_the_change(machine, monkeypatch):
    def full(*_args: Any) -> None:
        raise OSError(28, "No space left on device", "/etc/x")

    monkeypatch.setattr("os.fsync", full)
    wanted = Desired.from_params({"files": [{"path": "/etc/x", "content": ""}]})
    with pytest.raises(LandfallError, match="create failed: file /etc/x; found: No space left"):
        machine.run(wanted)


def test_missing_unit_is_refused_before_anything_is_changed_but_passes_check(machine):
    wanted = Desired.from_params(
        {
            "files": [{"path": "/etc/x", "content": ""}],
            "units": [{"name": "none.service", "state": "started", "enabled": True}],
        }
    )
    with pytest.raises(ProblemsError, match=r"unit does not exist: none\.service"):
        machine.run(wanted)
    assert not (machine.root / "etc/x").exists()
    assert "start unit none.service" in machine.check(wanted).summary()


def test_bundle_artifacts_have_to_be_transferred_first(machine, tmp_path):
    body = tmp_path / "body"
    body.write_bytes(b"registry")
    sha256 = machine.depot.index(registry=b"registry")["tools"]["files"]["registry"]["sha256"]
    item = {
        "name": "registry",
        "directory": "/usr/local/bin",
        "store_path": str(body),
        "sha256": sha256,
    }
    wanted = Desired.from_params({"artifacts": [item]})
    assert transfers(machine.check(wanted)) == [{"sha256": sha256, "store_path": str(body)}]
    staged = Desired.from_params({"artifacts": [item], "staged": {sha256: str(body)}})
    assert transfers(machine.check(staged)) == []
    machine.run(staged)
    assert machine.text("/usr/local/bin/registry") == "registry"
    assert not machine.check(wanted)


def test_check_mode_validates_a_file_that_comes_first(machine, monkeypatch):
    refused = Desired.from_params(
        {"files": [{"path": "/etc/x", "content": "bad\n", "validate": ["refuse", "{file}"]}]}
    )
    predicted = machine.check(refused)
    machine.node().rehearse(predicted)
    monkeypatch.setattr("shutil.which", lambda _name: "/usr/bin/refuse")
    with pytest.raises(CommandError, match="line 1: bad"):
        machine.node().rehearse(predicted)
    later = Desired.from_params(
        {
            "packages": ["haproxy"],
            "files": [{"path": "/etc/x", "content": "bad\n", "validate": ["refuse", "{file}"]}],
        }
    )
    machine.node().rehearse(machine.check(later))
