# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program that makes a driver known: its messages, byte by byte, and what it does with them."""

from __future__ import annotations

import importlib.util
import socket
import threading
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[3]
NAME = "cinder.csi.openstack.org"


@pytest.fixture(scope="module")
def program() -> ModuleType:
    path = ROOT / "images/csi-registrar/csi_registrar.py"
    spec = importlib.util.spec_from_file_location("csi_registrar", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_who_it_is(program: ModuleType) -> None:
    assert program.info("d", "/e.sock") == b"\x0a\x09CSIPlugin\x12\x01d\x1a\x07/e.sock\x22\x051.0.0"
    long = "x" * 300
    assert dict(program.fields(program.texts(2, long))) == {2: long.encode()}


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (b"\x08\x01", ""),
        (b"\x12\x03why", "why"),
        (b"\x08\x00\x12\x03why", "why"),
        (b"", "no reason"),
        (b"\x08\x01\x1d\x00\x00\x00\x00\x21\x00\x00\x00\x00\x00\x00\x00\x00", ""),
    ],
)
def test_what_the_kubelet_says(program: ModuleType, status: bytes, reason: str) -> None:
    assert program.refusal(status) == reason


@pytest.mark.parametrize("message", [b"\x12\x05why", b"\x08", b"\x08\xff", b"\x0b"])
def test_what_is_no_message(program: ModuleType, message: bytes) -> None:
    with pytest.raises(ValueError, match=r"cut off|unknown kind"):
        program.refusal(message)


def test_a_refused_driver_is_tried_again(
    program: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    registrar = program.Registrar(NAME, "/e.sock")
    assert registrar.who(b"", None).startswith(b"\x0a\x09CSIPlugin")
    assert registrar.outcome(b"\x08\x01", None) == b""
    assert not registrar.ended.is_set()
    assert registrar.outcome(b"\x12\x03why", None) == b""
    assert (registrar.ended.is_set(), registrar.code) == (True, 1)
    assert f"the kubelet refuses {NAME}: why" in capsys.readouterr().out


def test_the_end_of_the_pod_is_no_failure(program: ModuleType) -> None:
    registrar = program.Registrar(NAME, "/e.sock")
    registrar.end()
    assert (registrar.ended.is_set(), registrar.code) == (True, 0)


def test_the_driver_is_waited_for(program: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "csi.sock"
    program.PAUSE_S = 0.01
    waiting = threading.Thread(target=program.await_driver, args=(str(path),))
    waiting.start()
    with socket.socket(socket.AF_UNIX) as driver:
        driver.bind(str(path))
        driver.listen()
        waiting.join(30)
    assert not waiting.is_alive()


def test_wrong_usage(program: ModuleType) -> None:
    assert program.main(["only"]) == 2
