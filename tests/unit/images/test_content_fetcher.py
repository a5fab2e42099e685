# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program that unpacks content: against a real server, also one that breaks off."""

from __future__ import annotations

import hashlib
import http.server
import importlib.util
import io
import random
import re
import tarfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

NOISE = random.Random(1).randbytes(1 << 20)  # noqa: S311 (it only must not compress)
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The program, which does not pause."""
    path = ROOT / "images/content-fetcher/content_fetcher.py"
    spec = importlib.util.spec_from_file_location("content_fetcher", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "MOST_PAUSE_S", 0.0)
    return module


class Site:
    """What a server serves, and how it misbehaves."""

    def __init__(self) -> None:
        self.content = b""
        self.breaks = 0
        self.statuses: list[int] = []
        self.asked: list[str] = []
        self.wrong_place = False
        self.url = ""


class _Handler(http.server.BaseHTTPRequestHandler):
    site: Site

    def do_GET(self) -> None:
        site = self.site
        wanted = self.headers.get("Range", "")
        site.asked.append(wanted)
        if site.statuses:
            self.send_error(site.statuses.pop(0))
            return
        found = re.match(r"bytes=(\d+)-", wanted)
        start = int(found[1]) if found else 0
        body = site.content[start:]
        self.send_response(206 if found else 200)
        if found:
            shown = 0 if site.wrong_place else start
            self.send_header("Content-Range", f"bytes {shown}-{len(site.content)}/*")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if site.breaks:
            site.breaks -= 1
            body = body[: len(body) // 2]
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[Site]:
    """A server on the loopback interface."""
    made = Site()
    handler = type("Handler", (_Handler,), {"site": made})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    made.url = f"http://127.0.0.1:{server.server_port}/content.tar.gz"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


def entry(name: str, text: bytes = b"x", **more: Any) -> tuple[tarfile.TarInfo, bytes]:
    made = tarfile.TarInfo(name)
    made.size = len(text) if more.get("type", tarfile.REGTYPE) == tarfile.REGTYPE else 0
    for field, value in {"mode": 0o600, **more}.items():
        setattr(made, field, value)
    return made, text


def tarball(*entries: tuple[tarfile.TarInfo, bytes], mode: str = "w:gz") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for made, text in entries:
            archive.addfile(made, io.BytesIO(text))
    return out.getvalue()


def digest(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def go(program: ModuleType, site: Site, into: Path, *more: str) -> int:
    code: int = program.main([f"--url={site.url}", f"--into={into}", *more])
    return code


@pytest.mark.parametrize("mode", ["w:gz", "w:xz", "w:bz2", "w"])
def test_a_tarball_is_unpacked(program: ModuleType, site: Site, tmp_path: Path, mode: str) -> None:
    site.content = tarball(
        entry("top/", type=tarfile.DIRTYPE, mode=0o700),
        entry("top/index.html", b"hello"),
        entry("top/run", mode=0o700),
        entry("./top/link", type=tarfile.SYMTYPE, linkname="index.html"),
        entry("top/same", type=tarfile.LNKTYPE, linkname="top/index.html"),
        mode=mode,
    )
    into = tmp_path / "content"
    assert go(program, site, into, "--strip=1", f"--digest={digest(site.content)}") == 0
    assert sorted(path.name for path in into.iterdir()) == ["index.html", "link", "run", "same"]
    assert (into / "index.html").read_text() == "hello"
    assert (into / "link").read_text() == "hello"
    assert (into / "same").read_text() == "hello"
    assert (into / "index.html").stat().st_mode & 0o777 == 0o644
    assert (into / "run").stat().st_mode & 0o777 == 0o755


def test_without_strip_the_paths_stay(program: ModuleType, site: Site, tmp_path: Path) -> None:
    site.content = tarball(entry("a/b/c"))
    assert go(program, site, tmp_path) == 0
    assert (tmp_path / "a/b/c").read_text() == "x"


def test_a_download_goes_on_where_it_broke_off(
    program: ModuleType, site: Site, tmp_path: Path
) -> None:
    site.content = tarball(entry("f", NOISE))
    site.breaks = 2
    assert go(program, site, tmp_path, f"--digest={digest(site.content)}") == 0
    half = len(site.content) // 2
    assert site.asked[:2] == ["", f"bytes={half}-"]
    assert len(site.asked) == 3


@pytest.mark.parametrize("statuses", [[503, 500], [429], [408]])
def test_a_server_in_trouble_is_asked_again(
    program: ModuleType, site: Site, tmp_path: Path, statuses: list[int]
) -> None:
    site.content, site.statuses = tarball(entry("f")), list(statuses)
    assert go(program, site, tmp_path) == 0
    assert len(site.asked) == len(statuses) + 1


def test_a_server_that_continues_elsewhere_is_not_believed(
    program: ModuleType, site: Site, tmp_path: Path
) -> None:
    site.content = tarball(entry("f", NOISE))
    site.breaks, site.wrong_place = 1, True
    assert go(program, site, tmp_path, f"--digest={digest(site.content)}") == 0
    assert site.asked[2] == "", "it begins anew"


def test_what_was_there_of_a_killed_run_is_of_no_harm(
    program: ModuleType, site: Site, tmp_path: Path
) -> None:
    site.content = tarball(entry("f"))
    site.statuses = [416]
    (tmp_path / "old").mkdir()
    (tmp_path / "old/f").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "old")
    (tmp_path / ".landfall-download").write_bytes(b"longer than everything" * 1000)
    assert go(program, site, tmp_path, f"--digest={digest(site.content)}") == 0
    assert [path.name for path in tmp_path.iterdir()] == ["f"]


def test_only_web_addresses_are_taken(program: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        program.main(["--url=file:///etc/passwd", f"--into={tmp_path}"])


@pytest.mark.parametrize(
    ("statuses", "content", "words"),
    [
        ([404], lambda: b"", "HTTP 404"),
        ([500] * 8, lambda: b"", "HTTP 500"),
        ([], lambda: b"no tarball", "cannot be unpacked"),
        ([], lambda: tarball(entry("f", b"x" * 9999))[:-30], "cannot be unpacked"),
        ([], lambda: tarball(entry("f")), "is empty"),
        ([], lambda: tarball(entry("a/../../f")), "is refused"),
        ([], lambda: tarball(entry("a/b", type=tarfile.CHRTYPE)), "is refused"),
        ([], lambda: tarball(entry("a/b", type=tarfile.SYMTYPE, linkname="/etc")), "is refused"),
        (
            [],
            lambda: tarball(entry("a/b", type=tarfile.SYMTYPE, linkname="../../etc")),
            "is refused",
        ),
        ([], lambda: tarball(entry("a/b", type=tarfile.LNKTYPE, linkname="../c")), "is refused"),
    ],
)
def test_what_is_refused(
    program: ModuleType,
    site: Site,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    statuses: list[int],
    content: Callable[[], bytes],
    words: str,
) -> None:
    site.content, site.statuses = content(), statuses
    into = tmp_path / "inner" / "content"
    assert go(program, site, into, "--strip=1") == 1
    assert words in capsys.readouterr().err
    assert list(into.iterdir()) == []
    assert list(tmp_path.iterdir()) == [tmp_path / "inner"]
    assert list((tmp_path / "inner").iterdir()) == [into]


def test_an_absolute_path_stays_below(program: ModuleType, site: Site, tmp_path: Path) -> None:
    site.content = tarball(entry("/etc/landfall-test/f"))
    assert go(program, site, tmp_path, "--strip=1") == 0
    assert (tmp_path / "landfall-test/f").read_text() == "x"


def test_another_digest_is_refused(
    program: ModuleType, site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site.content = tarball(entry("f"))
    assert go(program, site, tmp_path, f"--digest={digest(b'')}") == 1
    assert "another digest" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
