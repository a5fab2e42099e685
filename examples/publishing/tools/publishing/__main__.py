# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a program: indexer, page, load FILE or digest. Settings come from the environment."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from .loader import load, load_digest, read
from .page import handler
from .server import Server, ServerError, patiently

LOG = logging.getLogger("publishing")
PORT = 8080
# Seconds without a finished round after which the indexer counts as stuck.
STUCK = 120.0


def search_server(environ: Mapping[str, str]) -> Server:
    """Return where OpenSearch is."""
    return Server(environ["SEARCH_URL"].rstrip("/"))


def site_server(environ: Mapping[str, str]) -> Server:
    """Return WordPress' REST API, with the loader's credentials."""
    return Server(
        environ["WORDPRESS_INTERNAL_URL"].rstrip("/"),
        environ["LOADER_USER"],
        environ["LOADER_PASSWORD"],
    )


class Web(ThreadingHTTPServer):
    """A server that finishes what it is doing before it ends."""

    daemon_threads = False
    request_queue_size = 128


def stop_on_signal() -> threading.Event:
    """Return what is set when the container has to stop."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def serve(kind: type[BaseHTTPRequestHandler], stop: threading.Event) -> None:
    """Answer requests until a stop is asked for."""
    with Web(("", PORT), kind) as web:
        thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.2})
        thread.start()
        stop.wait()
        web.shutdown()
        thread.join()


def index(environ: Mapping[str, str]) -> None:
    """Follow the database; port 8080 tells whether rounds are still finished."""
    from .database import Posts  # only this program needs the database's library
    from .indexer import Target, follow

    stop, last = stop_on_signal(), [time.monotonic()]

    class Health(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            fine = time.monotonic() - last[0] < STUCK
            self.send_response(200 if fine else 503)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Probes are not worth a line each."""

    def alive() -> None:
        last[0] = time.monotonic()

    health = threading.Thread(target=serve, args=(Health, stop))
    health.start()
    pause = float(environ.get("PAUSE", "3"))
    try:
        follow(Posts.from_environment(environ), Target(search_server(environ)), stop, pause, alive)
    finally:
        stop.set()
        health.join()


def load_once(action: Callable[[], Mapping[str, int]], environ: Mapping[str, str]) -> None:
    """Load, waiting for a site that is not there yet."""
    count = patiently(action, float(environ.get("WAIT", "300")))
    LOG.info(", ".join(f"{number} {name}" for name, number in count.items()))


def main(arguments: Sequence[str], environ: Mapping[str, str] = os.environ) -> int:
    """Run a program and return its exit code."""
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    name, *rest = [*arguments, ""]
    try:
        if name == "indexer":
            index(environ)
        elif name == "page":
            serve(handler(search_server(environ)), stop_on_signal())
        elif name == "load" and rest[0]:
            load_once(partial(load, site_server(environ), read(Path(rest[0]))), environ)
        elif name == "digest":
            now = datetime.now(timezone.utc)
            load_once(partial(load_digest, site_server(environ), now), environ)
        else:
            LOG.error("expected indexer, page, load FILE or digest, found %r", list(arguments))
            return 2
    except KeyError as error:
        LOG.error("the variable %s must be set", error)  # noqa: TRY400 (no fault of the program)
        return 2
    except (ServerError, ValueError, OSError) as error:
        LOG.error("%s", error)  # noqa: TRY400
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
