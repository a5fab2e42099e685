# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import hashlib
import http.server
import threading
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
    LandfallError,
    UnreachableError,
)
from ansible_collections.landfall.platform.plugins.module_utils._kube.artifact import sources

TEXT = b"a: 1\n"
DIGEST = hashlib.sha256(TEXT).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/f" else 404)
        self.end_headers()
        if self.path == "/f":
            self.wfile.write(TEXT)

    def log_message(self, *args: Any) -> None:
        """Stay silent."""


@pytest.fixture
def url() -> Any:
    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def index(**entry: str) -> dict[str, Any]:
    return {"crds": {"files": {"crds.yaml": entry}}}


def test_from_the_store_and_from_the_depot(tmp_path: Path, url: str) -> None:
    (tmp_path / "f").write_bytes(TEXT)
    stored = index(store_path=str(tmp_path / "f"), sha256=DIGEST)
    served = index(url=f"{url}/f", sha256=f"sha256:{DIGEST}")
    for where in (stored, served):
        (source,) = sources(["crds"], where, "")
        assert (source.name, source.own, source.read()) == ("crds.yaml", False, "a: 1\n")


def test_a_wrong_digest_is_refused(url: str) -> None:
    (source,) = sources(["crds"], index(url=f"{url}/f", sha256="0"), "")
    with pytest.raises(LandfallError, match="not what the catalogue says"):
        source.read()


def test_a_missing_file_is_unreachable(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    (source,) = sources(["crds"], index(url=f"{url}/none", sha256=DIGEST), "")
    with pytest.raises(UnreachableError, match="HTTP 404"):
        source.read()


def test_an_unknown_artifact_is_named_with_the_known_ones() -> None:
    with pytest.raises(InvalidInputError, match="the index is empty"):
        sources(["crds"], {}, "")
    with pytest.raises(InvalidInputError, match="one of crds"):
        sources(["other"], index(), "")
