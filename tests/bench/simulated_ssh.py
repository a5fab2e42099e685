#!/usr/bin/python3 -IS
# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for ``ssh`` to a simulated host: takes a module as a host does and answers for it.

LANDFALL_SIMULATION names a folder with ``answers/<module>.json``, or
``<module>@<address>.json`` for the answer of one host. A module of REAL is run on this machine: it
only touches files whose paths are its parameters. It imports little, since its CPU time counts as
the ssh client's does.
"""

from __future__ import annotations

import os
import sys
import time

REAL = ("site_lock", "site_store")
MARK = b"ansible_module='"


def answer(folder: str, module: str, address: str) -> bytes:
    """Return the recorded answer of a module on a host."""
    path = f"{folder}/answers/{module}@{address}.json"
    if not os.path.exists(path):  # noqa: PTH110 (pathlib is slow to import)
        path = f"{folder}/answers/{module}.json"
    with open(path, "rb") as file:  # noqa: PTH123
        return file.read()


def echo(payload: bytes) -> bytes:
    """Return the parameters of a module, as the real one returns them in its result."""
    begin = payload.rindex(b"params='") + len(b"params=")
    parameters: str = eval(payload[begin : payload.index(b"\n", begin)].rstrip(b",\r"), {})  # noqa: S307
    return parameters.split(":", 1)[1].rsplit("}", 1)[0].encode()


def note_digest(address: str, payload: bytes) -> None:
    """Note what a host is asked to be, to see whether that is the same in another run."""
    import hashlib

    digest = hashlib.sha256(echo(payload)).hexdigest()
    with open(os.environ["LANDFALL_DIGESTS"], "ab", buffering=0) as log:  # noqa: PTH123
        log.write(f"{address} {digest}\n".encode())


def main() -> None:
    """Answer one call."""
    *_, address, command = sys.argv
    folder = os.environ["LANDFALL_SIMULATION"]
    begin = command.find("BECOME-SUCCESS-")
    if begin >= 0:
        sys.stdout.write(command[begin : command.index(" ", begin)] + "\n")
        sys.stdout.flush()
    payload = sys.stdin.buffer.read() if "python" in command else b""
    at = payload.rfind(MARK)
    name = payload[at + len(MARK) : payload.index(b"'", at + len(MARK))].decode() if at > 0 else ""
    module = name.rsplit(".", 1)[-1]
    with open(os.environ["LANDFALL_CALLS"], "ab", buffering=0) as log:  # noqa: PTH123
        log.write(f"{address}\n".encode())
    if not module:
        sys.exit(f"the simulation cannot do this: {command}")
    if module in REAL:
        read, write = os.pipe()
        if os.fork() == 0:
            os.close(read)
            with os.fdopen(write, "wb") as pipe:
                pipe.write(payload)
            os._exit(0)
        os.close(write)
        os.dup2(read, 0)
        os.execv(sys.executable, [sys.executable])  # noqa: S606
    if module == "node_state" and "LANDFALL_DIGESTS" in os.environ:
        note_digest(address, payload)
    found = answer(folder, module, address)
    if b"@PARAMETERS@" in found:
        found = found.replace(b"@PARAMETERS@", echo(payload))
    found = found.replace(b"@ADDRESS@", address.encode()).replace(b"@EPOCH@", b"%f" % time.time())
    sys.stdout.buffer.write(found)


if __name__ == "__main__":
    main()
