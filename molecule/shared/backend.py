# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands behind a gateway: an API server's /readyz, and applications over HTTP and HTTPS.

``/slow`` takes some seconds, so that a test can look at what happens to open connections.
"""

from __future__ import annotations

import ssl
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SLOW = 16
"""Half seconds that a slow answer takes."""


class Answer(BaseHTTPRequestHandler):
    """Answers every request."""

    def do_GET(self) -> None:
        """Say in which way the request came."""
        self.send_response(200)
        self.end_headers()
        for _ in range(SLOW if self.path == "/slow" else 0):
            self.wfile.write(b".")
            time.sleep(0.5)
        self.wfile.write(f"port {self.connection.getsockname()[1]}\n".encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (as above)
        """Stay silent."""


def main(port: int, *tls: str) -> None:
    """Serve for ever; with a file of key and certificate, over TLS."""
    server = ThreadingHTTPServer(("", port), Answer)
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls[0])
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
