# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A headless Chromium that tests drive as a person would, through its DevTools protocol."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import requests
import websocket

# It speaks to the page alone: nothing in the background, no proxy.
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
    "--remote-debugging-port=0",
    "--remote-allow-origins=*",
    "--window-size=1000,760",
)


class PageError(AssertionError):
    """A script in the page failed, or the page never came to what was waited for."""


class Page:
    """One tab."""

    def __init__(self, url: str) -> None:
        self._socket = websocket.create_connection(url, timeout=60, http_no_proxy=["*"])
        self._number = 0

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command of the protocol and return its result."""
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self._socket.recv())
            if answer.get("id") == self._number:
                break
        if "error" in answer:
            raise PageError(f"{method}: {answer['error']}")
        result: dict[str, Any] = answer["result"]
        return result

    def open(self, url: str) -> None:
        """Go to an address."""
        result = self.send("Page.navigate", url=url)
        if result.get("errorText"):
            raise PageError(f"{url}: {result['errorText']}")

    def evaluate(self, script: str) -> Any:
        """Return the value of an expression in the page."""
        answer = self.send(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in answer:
            raise PageError(f"{script}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def wait(self, script: str, seconds: float = 30.0) -> None:
        """Wait until an expression is true; an element counts as true.

        Raises:
            PageError: it is not in time; says what the page shows.
        """
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.evaluate(f"!!({script})"):
                return
            time.sleep(0.1)
        raise PageError(f"not in {seconds} s: {script}; the page shows: {self.text()}")

    def text(self) -> str:
        """Return what a person reads on the page."""
        return str(self.evaluate("document.body ? document.body.innerText : ''"))

    def write(self, selector: str, text: str) -> None:
        """Write into a field, key by key as far as the page can tell."""
        self.evaluate(f"document.querySelector({json.dumps(selector)}).focus()")
        self.send("Input.insertText", text=text)

    def click(self, selector: str) -> None:
        """Click on an element."""
        self.evaluate(f"document.querySelector({json.dumps(selector)}).click()")

    def screenshot(self, path: Path) -> None:
        """Keep a picture of the page."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(self.send("Page.captureScreenshot")["data"]))

    def close(self) -> None:
        """Leave the tab."""
        self._socket.close()


@contextmanager
def browser(folder: Path, *flags: str) -> Iterator[Page]:
    """Run a browser with an empty profile for the time of the block.

    Args:
        folder: an empty directory for its profile.
        flags: further ones for Chromium.
    """
    program = shutil.which("chromium") or shutil.which("chromium-browser") or "chromium"
    arguments = [*_FLAGS, *flags, f"--user-data-dir={folder / 'profile'}", "about:blank"]
    with TemporaryDirectory() as home, (folder / "chromium.log").open("wb") as log:
        # It leaves sockets and records of crashes behind.
        environment = {**os.environ, "HOME": home, "TMPDIR": home}
        process = subprocess.Popen([program, *arguments], stdout=log, stderr=log, env=environment)
        try:
            with closing(Page(_tab(folder, process))) as page:
                yield page
        finally:
            process.terminate()
            process.wait(30)


def _tab(folder: Path, process: subprocess.Popen[bytes]) -> str:
    """Return the address at which the browser's first tab takes commands."""
    end, found = time.monotonic() + 120, "nothing"
    while time.monotonic() < end and process.poll() is None:
        try:
            port = (folder / "profile/DevToolsActivePort").read_text().split()[0]
            with requests.Session() as session:
                session.trust_env = False
                tabs = session.get(f"http://127.0.0.1:{port}/json", timeout=10).json()
            return str(next(tab["webSocketDebuggerUrl"] for tab in tabs if tab["type"] == "page"))
        except (OSError, IndexError, StopIteration) as error:  # noqa: PERF203
            found = f"{type(error).__name__}: {error}"
            time.sleep(0.2)
    # There is no message bus, of which it tells many times.
    lines = (folder / "chromium.log").read_text(errors="replace").splitlines()
    log = "\n".join(line for line in lines if "dbus" not in line)
    raise PageError(f"the browser did not start: {found}; exit {process.poll()}\n{log}")
