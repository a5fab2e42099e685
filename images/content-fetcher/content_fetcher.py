# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unpack a tarball from an address into a directory; what was there before is removed.

A download that breaks off goes on where it stopped. What a tarball may hold is what Python's
``data`` filter lets through: nothing outside of the directory, no devices, no links that lead out.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import re
import shutil
import sys
import tarfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

TRIES = 8
PAUSE_S = 1.0
MOST_PAUSE_S = 15.0
TIMEOUT_S = 30.0
_CHUNK = 1 << 18
_PART = ".landfall-download"
# Whoever serves the content may be another user than this one.
_READABLE, _PASSABLE = 0o444, 0o555


class FetchError(Exception):
    """The content could not be had; the text says why."""


def say(text: str) -> None:
    """Write a line to the log."""
    sys.stderr.write(text + "\n")


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Return the arguments."""
    parser = argparse.ArgumentParser(description="Unpack a tarball into a directory.")
    parser.add_argument("--url", required=True)
    parser.add_argument("--into", required=True, type=Path)
    parser.add_argument("--digest", default="", help="sha256:<hexadecimal digits>")
    parser.add_argument("--strip", type=int, default=0, help="leading steps to drop from paths")
    wanted = parser.parse_args(argv)
    if not wanted.url.startswith(("http://", "https://")):
        parser.error("the address is neither http nor https")
    return wanted


def download(url: str, part: Path, pause_s: float = PAUSE_S) -> None:
    """Have the content of ``url`` in ``part``; tries again, and goes on where it stopped.

    Raises:
        FetchError: it is not there, or cannot be had after several tries.
    """
    last = ""
    for number in range(TRIES):
        try:
            _once(url, part)
        except urllib.error.HTTPError as error:
            last = f"HTTP {error.code}"
            if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                part.unlink(missing_ok=True)
            elif error.code < 500 and error.code not in (408, 425, 429):
                break
        except (OSError, http.client.HTTPException) as error:
            last = str(error) or type(error).__name__
        else:
            return
        say(f"try {number + 1} of {TRIES}: {last}")
        time.sleep(min(pause_s * 2**number, MOST_PAUSE_S))
    raise FetchError(f"{url}: {last}")


def _once(url: str, part: Path) -> None:
    have = part.stat().st_size if part.exists() else 0
    # Compression on the way would make positions mean something else.
    headers = {"Accept-Encoding": "identity", "User-Agent": "landfall-content-fetcher"}
    if have:
        headers["Range"] = f"bytes={have}-"
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 (parse() took the URL)
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
        goes_on = answer.status == http.HTTPStatus.PARTIAL_CONTENT
        if goes_on and _start(answer.headers.get("Content-Range", "")) != have:
            part.unlink()
            raise OSError("the server continues at another place")
        with part.open("ab" if goes_on else "wb") as out:
            while chunk := answer.read(_CHUNK):
                out.write(chunk)
            # read() tells an early end only of answers without a length by an exception
            if answer.length:
                raise OSError(f"the answer ended {answer.length} bytes early")


def _start(content_range: str) -> int:
    found = re.match(r"bytes (\d+)-", content_range)
    return int(found[1]) if found else -1


def verify(part: Path, digest: str) -> None:
    """Check the content of a file.

    Raises:
        FetchError: its digest is another one.
    """
    with part.open("rb") as content:
        found = "sha256:" + hashlib.file_digest(content, "sha256").hexdigest()
    if digest and found != digest:
        raise FetchError(f"the tarball has another digest; expected: {digest}; found: {found}")
    say(found)


def members(archive: tarfile.TarFile, strip: int, into: str) -> Iterator[tarfile.TarInfo]:
    """Yield what is to be unpacked, without the leading steps of its paths.

    Raises:
        FetchError: something would be outside of the directory, or is no file.
    """
    for member in archive:
        try:
            safe = tarfile.data_filter(member, into)
        except tarfile.FilterError as error:
            raise FetchError(f"the tarball is refused: {error}") from error
        kept = _stripped(safe, strip)
        if kept is None:
            continue
        mode = (kept.mode or 0) | (_PASSABLE if kept.isdir() or (kept.mode or 0) & 0o100 else 0)
        kept.mode = mode | _READABLE | (0o200 if kept.isdir() else 0)
        try:
            # Once more: a hard link's target has lost steps, too.
            yield tarfile.data_filter(kept, into)
        except tarfile.FilterError as error:
            raise FetchError(f"the tarball is refused: {error}") from error


def _stripped(member: tarfile.TarInfo, strip: int) -> tarfile.TarInfo | None:
    if not strip:
        return member
    name = _without(member.name, strip)
    if not name:
        return None
    if member.islnk():
        target = _without(member.linkname, strip)
        return member.replace(name=name, linkname=target, deep=False) if target else None
    return member.replace(name=name, deep=False)


def _without(path: str, strip: int) -> str:
    steps = [step for step in path.split("/") if step not in ("", ".")]
    return "/".join(steps[strip:])


def clear(into: Path, part: Path) -> None:
    """Remove what a run that was cut off left; the directory itself may be a mount point."""
    for path in into.iterdir():
        if path == part:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def unpack(part: Path, into: Path, strip: int) -> int:
    """Unpack a tarball; returns how many files and directories it had.

    Raises:
        FetchError: it is damaged, or holds what may not be unpacked.
    """
    number = 0
    try:
        with tarfile.open(part) as archive:
            for member in members(archive, strip, str(into)):
                archive.extract(member, into, set_attrs=not member.issym(), filter="data")
                number += 1
    except (tarfile.TarError, EOFError, OSError) as error:
        raise FetchError(f"the tarball cannot be unpacked: {error}") from error
    if not number:
        raise FetchError(f"the tarball is empty after dropping {strip} steps of its paths")
    return number


def main(argv: Sequence[str]) -> int:
    """Fetch, verify and unpack."""
    wanted = parse(argv)
    wanted.into.mkdir(parents=True, exist_ok=True)
    part = wanted.into / _PART
    begin = time.monotonic()
    try:
        download(wanted.url, part)
        verify(part, wanted.digest)
        clear(wanted.into, part)
        number = unpack(part, wanted.into, wanted.strip)
    except FetchError as error:
        say(f"content-fetcher: {error}")
        return 1
    finally:
        part.unlink(missing_ok=True)
    say(f"{number} entries in {wanted.into} after {time.monotonic() - begin:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
