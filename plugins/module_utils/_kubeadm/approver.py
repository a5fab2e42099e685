# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service on each control plane that grants kubelets their serving certificates.

It watches, so a new node's kubelet is served in an instant and a rotated one without anybody's
doing. Each control plane runs one; granting twice does no harm.
"""

from __future__ import annotations

import base64
import binascii
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Callable

from .._core.apiserver import Api, ApiError
from .._core.errors import LandfallError
from .api import local_api
from .serving import RECORD, SIGNER, decided, objection

REQUESTS = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
SELECTOR = "fieldSelector=spec.signerName%3D" + SIGNER.replace("/", "%2F")
NODES = f"/api/v1/namespaces/kube-system/configmaps/{RECORD}"
WATCH_SECONDS = 120
PAUSE_SECONDS = 2.0


def serve_once(api: Api, log: Callable[[str], None]) -> None:
    """Grant what waits and what comes until the server ends the watch.

    Raises:
        UnreachableError: the API server does not answer.
    """
    path = f"{REQUESTS}?watch=1&timeoutSeconds={WATCH_SECONDS}&{SELECTOR}"
    for event in api.watch(path, WATCH_SECONDS + 10):
        if event.get("type") in ("ADDED", "MODIFIED") and not decided(event["object"]):
            consider(api, event["object"], log)


def consider(api: Api, csr: Mapping[str, Any], log: Callable[[str], None]) -> None:
    """Grant one request, or say why not; it stays open then, for an administrator."""
    name = csr["metadata"]["name"]
    try:
        pem = base64.b64decode(csr["spec"]["request"], validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError) as error:
        log(f"{name}: not granted: not readable: {error}")
        return
    reason = objection(csr, _record(api), pem)
    if reason:
        log(f"{name}: not granted: {reason}")
        return
    condition = {
        "type": "Approved",
        "status": "True",
        "reason": "LandfallApproved",
        "message": "names and address are those of the node that was admitted",
    }
    try:
        api.call(
            "PUT",
            f"{REQUESTS}/{name}/approval",
            {**csr, **_TYPE, "status": {**csr.get("status", {}), "conditions": [condition]}},
        )
    except ApiError as error:
        if error.status not in (404, 409):  # another control plane's service was first
            raise
        return
    log(f"{name}: granted to {csr['spec']['username']}")


_TYPE = {"apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest"}


def _record(api: Api) -> Mapping[str, str]:
    try:
        data: Mapping[str, str] = api.call("GET", NODES).get("data") or {}
    except ApiError as error:
        if error.status == 404:
            return {}
        raise
    return data


def main(kubeconfig: str, pause: Callable[[float], None] = time.sleep) -> None:
    """Serve for ever; a missing cluster or a silent API server is waited for."""
    last = ""
    while True:
        try:
            if Path(kubeconfig).exists():
                serve_once(local_api(Path(kubeconfig)), _log)
                last = ""
                continue
        except (LandfallError, OSError) as error:
            if str(error) != last:
                last = str(error)
                _log(last)
        pause(PAUSE_SECONDS)


def _log(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
